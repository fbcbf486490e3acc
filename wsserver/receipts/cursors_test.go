package receipts

import (
	"testing"

	"belfry/wsserver/msglog"
	"belfry/wsserver/wire"
)

// Whoever says hello again and again, each time from elsewhere, makes no more than so many ranges, and a small record; and
// nobody is shown to have what they were not sent.
func TestCursor_HasABoundedNumberOfRanges(t *testing.T) {
	for name, next := range map[string]func(i uint64) uint64{
		"descending": func(i uint64) uint64 { return 5000 - 2*i },
		"ascending":  func(i uint64) uint64 { return 2 * i },
		"scattered":  func(i uint64) uint64 { return i * 2654435761 % 5000 },
	} {
		for _, receives := range []bool{false, true} {
			l := NewLedger()
			l.Connect(new(Device), "ana", "Ana", 0, nil)
			for i := range uint64(2000) {
				since := next(i)
				from := l.BeginRange("ana", "", since, true)
				if from > since {
					t.Fatalf("%s: from %d, after %d", name, from, since)
				}
				if receives {
					l.Advance("ana", "", from, since+1, true)
				}
			}
			c := l.core.members["ana"].cursors[""]
			if n := len(c.row(c.upto)); len(c.received) > maxRanges || len(c.read) > maxRanges || n > 4<<10 {
				t.Errorf("%s: %d and %d ranges, a record of %d bytes", name, len(c.received), len(c.read), n)
			}
		}
	}
}

// A cursor that has left out beginnings takes no range for continued, also after it was read again.
func TestCursor_CoarseClaimsNothing(t *testing.T) {
	l := NewLedger()
	l.Connect(new(Device), "ana", "Ana", 0, nil)
	for seq := range uint64(400) {
		l.Broadcast(&msglog.Entry{Seq: seq + 1, Audience: msglog.AudienceEveryone, From: wire.Sender{Operator: true}}, 0)
	}
	l.Advance("ana", "", l.BeginRange("ana", "", 0, false), 10, false)
	for i := range uint64(maxRanges + 10) {
		l.BeginRange("ana", "", 20+2*i, false)
	}
	c := l.core.members["ana"].cursors[""]
	again := NewLedger()
	if err := again.core.readCursor("ana\x00", c.row(c.upto)); err != nil {
		t.Fatal(err)
	}
	for _, l := range []*Ledger{l, again} {
		for since, want := range map[uint64]uint64{5: 0, 10: 0, 11: 11, 21: 21, 300: 300} {
			if from := l.BeginRange("ana", "", since, true); from != want {
				t.Errorf("who comes back after %d counts from %d, want %d", since, from, want)
			}
		}
	}
}

// Whoever comes back a hundred times, each time after more than a recovery has, is still counted: only where the operator wrote
// something in between does a range of its own matter.
func TestCursor_CountsHoweverOftenSomebodyWasAway(t *testing.T) {
	l := NewLedger()
	l.Connect(new(Device), "ana", "Ana", 0, nil)
	announce := func(seq uint64) {
		l.Broadcast(&msglog.Entry{Seq: seq, Audience: msglog.AudienceEveryone, From: wire.Sender{Operator: true}}, 0)
	}
	missed, last := uint64(500), uint64(0)
	for i := range uint64(100) {
		came := 1000 * (i + 1)
		if came == 5000 {
			announce(came - missed)
		}
		from := l.BeginRange("ana", "", came-10, false)
		last = came + 5
		announce(last)
		l.Advance("ana", "", from, last, true)
	}
	c := l.core.members["ana"].cursors[""]
	if !c.received.has(last) || !c.read.has(last) {
		t.Errorf("the newest announcement does not count: %d ranges", len(c.received))
	}
	if c.received.has(5000-missed) || c.read.has(5000-missed) {
		t.Error("an announcement that was left out counts")
	}
}
