package webhook

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"belfry/wsserver/msglog"
	"belfry/wsserver/wire"
)

// Beyond the bound the oldest goes, and the operator is told; the log and its senders do not wait.
func TestEngine_BoundsWhatWaits(t *testing.T) {
	withBench(t, Types, func(t *testing.T, b *bench, id string) {
		if _, err := b.Pause(id, true); err != nil {
			t.Fatal(err)
		}
		for range 20 {
			b.Joined("ana", time.Now())
		}
		for n := range maxWaiting {
			b.says(fmt.Sprint(n))
		}
		if i := b.info(); i.Waiting != maxWaiting || i.Error != "20 events were dropped, because too many waited." {
			t.Errorf("%d waiting, %q", i.Waiting, i.Error)
		}
		if said, _ := b.Notice(); !strings.Contains(said, "20 events were dropped") || b.noticed != 1 {
			t.Errorf("the operator is told %q, %d times", said, b.noticed)
		}
		for range maxBytes/256 + 10 {
			b.Joined("ana", time.Now())
		}
		if b.outbox.bytes > maxBytes || len(b.outbox.events) > maxWaiting {
			t.Errorf("%d bytes in %d events", b.outbox.bytes, len(b.outbox.events))
		}
		b.commit()
		dir := strings.TrimSuffix(b.path, "/"+fileName)
		b.stop()
		b = newBench(t, dir, b.log, b.to)
		if i := b.info(); i.Waiting != maxWaiting {
			t.Errorf("%d waiting after a restart", i.Waiting)
		}
	})
}

// What was taken back before it was sent is not sent; the operator's own messages and programs' never are.
func TestEngine_SendsWhatPeopleWrote(t *testing.T) {
	withBench(t, []string{Message}, func(t *testing.T, b *bench, id string) {
		_, _ = b.Pause(id, true)
		one := b.says("one")
		for _, from := range []wire.Sender{{Operator: true, Name: "Operator"}, {Program: true, Name: "grafana"}} {
			e := &msglog.Entry{Audience: msglog.AudienceEveryone, Text: "not this", From: from}
			_, _ = b.log.Append(context.Background(), msglog.OfEntries(e))
			b.Sent(e, true)
		}
		gone := &msglog.Entry{Audience: msglog.AudienceWithdrawn, Withdraws: one.Seq, From: wire.Sender{Operator: true}}
		_, _ = b.log.Append(context.Background(), msglog.OfEntries(gone))
		b.Sent(gone, true)
		b.says("two")
		b.Joined("ana", time.Now()) // not wanted
		_, _ = b.Pause(id, false)
		if got := b.to.take(); len(got) != 1 || !strings.Contains(got[0].body, `"two"`) {
			t.Errorf("sent %v", got)
		}
		if i := b.info(); i.Waiting != 0 {
			t.Errorf("%+v", i)
		}
	})
}

// A cursor passes over what is not for its webhook, so that a start does not look through all of it.
func TestEngine_PassesOverWhatIsForOthers(t *testing.T) {
	withBench(t, []string{Left}, func(t *testing.T, b *bench, _ string) {
		for range passEvery + 10 {
			b.says("not this")
		}
		b.Left("ana", time.Now())
		b.commit()
		b.to.take()
		b.commit()
		wantCursor := func(want string) {
			_ = b.log.Records(context.Background(), recordStatus, func(_ string, value []byte) error {
				if !strings.Contains(string(value), want) {
					t.Errorf("the cursor is in %s, want %s", value, want)
				}
				return nil
			})
		}
		wantCursor(fmt.Sprintf(`"done":{"seq":%d,"n":1}`, passEvery+10))
		for range passEvery {
			b.says("not this")
		}
		if b.Dirty() {
			t.Error("a commit is made for a cursor that passes over messages")
		}
		wantCursor(fmt.Sprintf(`"done":{"seq":%d}`, 2*passEvery))
	})
}

// A webhook that is changed gets what it still wants; one that is removed nothing more, and leaves nothing.
func TestEngine_ChangedAndRemoved(t *testing.T) {
	withBench(t, Types, func(t *testing.T, b *bench, id string) {
		b.to.answers(refusing(500))
		b.says("one")
		b.Joined("ana", time.Now())
		b.commit()
		b.to.take()
		b.to.answers(nil)
		if i, err := b.Change(id, Spec{URL: "http://other/", Events: []string{Joined, Joined}}); err != nil || len(i.Events) != 1 {
			t.Errorf("%+v, error %v", i, err)
		}
		if got := kinds(b.to.take()); got != "joined" {
			t.Errorf("sent %s", got)
		}
		b.Joined("ben", time.Now())
		if _, err := b.Remove(id); err != nil {
			t.Error(err)
		}
		b.commit()
		if got := b.to.take(); len(got) > 0 || len(b.List()) > 0 || b.Presence() || len(b.outbox.events) > 0 {
			t.Errorf("after the end %s, %d events", kinds(got), len(b.outbox.events))
		}
		for _, kind := range []string{recordEvent, recordStatus} {
			_ = b.log.Records(context.Background(), kind, func(key string, _ []byte) error {
				t.Errorf("the record %s %s is left", kind, key)
				return nil
			})
		}
		if _, err := b.Remove(id); err == nil {
			t.Error("it is removed twice")
		}
		if n := b.commit(); n != 0 {
			t.Errorf("%d records without a webhook", n)
		}
	})
}

func TestEngine_HasABoundedNumberOfWebhooks(t *testing.T) {
	e := New(Options{Own: func() []netip.Addr { return nil }, Changed: func() {}})
	for range maxHooks {
		if _, _, err := e.Create(Spec{URL: "https://example.org/", Events: []string{Left}}); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := e.Create(Spec{URL: "https://example.org/", Events: []string{Left}}); err == nil {
		t.Error("one too many is made")
	}
	for _, events := range [][]string{nil, {}, {"nonsense"}, {Left, ""}} {
		if _, err := e.Change(e.List()[0].ID, Spec{URL: "https://example.org/", Events: events}); err == nil {
			t.Errorf("%q are events", events)
		}
	}
}
