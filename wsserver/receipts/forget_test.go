package receipts

import (
	"fmt"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"belfry/wsserver/msglog"
	"belfry/wsserver/wire"
)

// Fifty thousand who come and go leave nothing, in small steps; who was a recipient of something stays.
func TestForget_ManyWhoComeAndGo(t *testing.T) {
	const many = 50_000
	synctest.Test(t, func(t *testing.T) {
		l := NewLedger()
		rules := NameRules{Keep: time.Hour, Reserved: func(string) bool { return false }}
		come := func(userID string) *Device {
			d, name := new(Device), userID
			if _, err := l.ReserveName(d, userID, &name, false, rules); err != nil {
				t.Fatal(err)
			}
			l.Connect(d, userID, name, 0, []string{"general"})
			l.BeginRange(userID, "general", 0, false)
			return d
		}
		ages := func() Ages { return Ages{Now: time.Now(), Away: time.Hour, Name: time.Hour} }
		memory := func() int64 {
			runtime.GC()
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			return int64(m.HeapAlloc)
		}
		before := memory()
		for i := range many {
			l.Disconnect(come(fmt.Sprint("stranger-", i)), 0)
		}
		l.Merge()
		if rows := flushed(l); len(rows) < 2*many {
			t.Fatalf("%d records, want a member and a cursor of each", len(rows))
		}
		if quiet := l.Quiet(ages()); len(quiet) != 0 {
			t.Errorf("%d are quiet while they belong to the room", len(quiet))
		}
		heard := come("heard")
		l.Broadcast(&msglog.Entry{Seq: 1, Audience: msglog.AudienceTopic, Topic: "general", From: wire.Sender{Operator: true}}, 0)
		l.Disconnect(heard, 1)
		l.Withdraw(1)
		l.Broadcast(&msglog.Entry{Seq: 2, Audience: msglog.AudienceEveryone, From: wire.Sender{Operator: true}}, 0)
		for _, m := range l.core.members { // strangers were away: it was for them too, so nobody is quiet
			if !l.core.isRecipient(m) {
				t.Fatal("a recipient is none")
			}
			break
		}
		l.Prune(3)
		time.Sleep(2 * time.Hour)
		l.ExpireAway(time.Hour, 2)
		for quiet := l.Quiet(ages()); len(quiet) > 0; quiet = l.Quiet(ages()) {
			for _, userID := range quiet {
				if _, ok := l.Forget(userID, ages()); !ok {
					t.Fatalf("%s is not quiet any more", userID)
				}
			}
		}
		for _, r := range drain(l) {
			if r.Value != nil && r.Kind != recordDelta && r.Kind != recordMerged {
				t.Fatalf("%s %q is written, want it erased", r.Kind, r.Key)
			}
		}
		l.Compact()
		if more := memory() - before; l.Len() != 0 || len(l.reserved) != 0 || more > 1<<20 {
			t.Errorf("%d persons, %d names, %d bytes are left", l.Len(), len(l.reserved), more)
		}
	})
}

// A guest who said hello leaves no record, unless a message was for it.
func TestForget_AGuestLeavesNothing(t *testing.T) {
	l := NewLedger()
	for _, hears := range []bool{false, true} {
		var d Device
		l.Connect(&d, "guest-1", "Ana", 0, nil)
		l.BeginRange("guest-1", "", 0, false)
		for key, value := range flushed(l) {
			if value != "" {
				t.Errorf("%s is written", key)
			}
		}
		if hears {
			l.Broadcast(&msglog.Entry{Seq: 1, Audience: msglog.AudienceEveryone, From: wire.Sender{Operator: true}}, 0)
		}
		l.Disconnect(&d, 1)
		if got := flushed(l)["member guest-1"]; (got != "") != hears || (l.Len() == 1) != hears {
			t.Errorf("heard %v: %q", hears, got)
		}
	}
}
