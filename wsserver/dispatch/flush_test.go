package dispatch

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"belfry/wsserver/msglog"
	"belfry/wsserver/wire"
)

// What changes in the ledger is in no message's commit: it is written by commits of its own, each after a group of messages.
func TestDispatcher_FlushHoldsUpNoMessage(t *testing.T) {
	withDispatcher(t, func(t *testing.T, d *Dispatcher, l *gatedLog, calls *[]string) {
		for i := range 2500 { // acknowledgements that are not kept any more: each is a record
			seq := uint64(i + 1)
			if _, err := d.ledger.Ack(kept{}, seq, "ana"); err != nil {
				t.Fatal(err)
			}
		}
		d.ledger.Prune(3000)
		d.ledger.Join("ana", []string{"kitchen"}, 0)
		done := make(chan error, 1)
		go func() { done <- d.Flush() }()
		synctest.Wait() // the first piece is being committed
		s := &sender{calls: calls}
		for i := 0; len(done) == 0; i++ {
			if err := d.Post(Post{Entry: everyone("x"), From: s, Head: wire.RequestHead{ID: fmt.Sprint(i)}}); err != nil {
				t.Fatal(err)
			}
			l.proceed <- nil // a piece
			synctest.Wait()
			l.proceed <- nil // the message
			synctest.Wait()
			if i > 10 {
				t.Fatal("it does not end")
			}
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
		for i, records := range l.recordsOf {
			if want := i % 2; len(l.groups[i]) != want {
				t.Errorf("commit %d has %d messages, want %d", i, len(l.groups[i]), want)
			}
			if n := len(records); n > 501 || len(l.groups[i]) > 0 && n > 0 {
				t.Errorf("commit %d has %d messages and %d records", i, len(l.groups[i]), n)
			}
		}
		if d.ledger.Dirty() {
			t.Error("not all is written")
		}
		d.Close()
		if err := d.Flush(); !errors.Is(err, wire.ErrClosing) {
			t.Errorf("after Close: %v", err)
		}
	})
}

// An announcement is committed with who has joined before it, and with nothing else of the ledger; what people write with
// nothing at all. Where that fails, it is written later.
func TestDispatcher_AnAnnouncementIsForWhoHasJoined(t *testing.T) {
	withDispatcher(t, func(t *testing.T, d *Dispatcher, l *gatedLog, calls *[]string) {
		if _, err := d.ledger.Ack(kept{}, 1, "ana"); err != nil {
			t.Fatal(err)
		}
		d.ledger.Prune(2) // a row is to be erased
		d.ledger.Join("ana", []string{"kitchen"}, 0)
		post := func(e *msglog.Entry, err error) {
			t.Helper()
			if err := d.Post(Post{Entry: e, From: &sender{calls: calls}}); err != nil {
				t.Fatal(err)
			}
			l.proceed <- err
			synctest.Wait()
		}
		announcement := func() *msglog.Entry {
			return &msglog.Entry{Audience: msglog.AudienceEveryone, Text: "x", From: wire.Sender{Operator: true}}
		}
		post(everyone("x"), nil)
		post(announcement(), wire.ErrDiskFull)
		post(announcement(), nil)
		d.ledger.Advance("ana", "kitchen", 0, 1, true)
		post(announcement(), nil)
		var kinds []string
		for _, records := range l.recordsOf {
			kinds = append(kinds, fmt.Sprint(len(records)))
			for _, r := range records {
				if r.Kind != "delta" {
					t.Errorf("a message is committed with a record of kind %s", r.Kind)
				}
			}
		}
		if got := strings.Join(kinds, " "); got != "0 1 1 0" {
			t.Errorf("records of the commits: %s", got)
		}
		d.Close()
	})
}

// kept is a Keeper that keeps nothing.
type kept struct{}

func (kept) Keep(...msglog.Record) error { return nil }

// A failed Flush says so, and the next one writes all of it.
func TestDispatcher_AFailedFlushLosesNothing(t *testing.T) {
	withDispatcher(t, func(t *testing.T, d *Dispatcher, l *gatedLog, calls *[]string) {
		d.ledger.Join("ana", []string{"kitchen"}, 0)
		done := make(chan error, 1)
		for _, err := range []error{wire.ErrDiskFull, nil} {
			go func() { done <- d.Flush() }()
			l.proceed <- err
			if got := <-done; !errors.Is(got, err) {
				t.Errorf("%v, want %v", got, err)
			}
		}
		d.Close()
		if len(l.records) != 2 || string(l.records[0].Value) != string(l.records[1].Value) || d.ledger.Dirty() {
			t.Errorf("written: %v", l.records)
		}
		wantCalls(t, calls, "committed false", "committed true")
	})
}

// A record of the ledger that the log refuses fails nobody's message, and is not tried again.
func TestDispatcher_ARefusedRecordFailsNoMessage(t *testing.T) {
	withDispatcher(t, func(t *testing.T, d *Dispatcher, l *gatedLog, calls *[]string) {
		d.ledger.Join("ana", []string{"kitchen"}, 0)
		done := make(chan error, 1)
		go func() { done <- d.Flush() }()
		synctest.Wait()
		s := &sender{calls: calls}
		if err := d.Post(Post{Entry: everyone("x"), From: s, Head: wire.RequestHead{ID: "0"}}); err != nil {
			t.Fatal(err)
		}
		refused := errors.New("refused")
		for _, err := range []error{refused, refused, nil} { // all records, the one of them, the message
			l.proceed <- err
			synctest.Wait()
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
		d.Close()
		wantCalls(t, calls, "committed true", "committed true", "0 seq 1 true", "accepted 1")
		if d.ledger.Dirty() {
			t.Error("the record is tried again")
		}
	})
}

// fakeOutbox has one record to write, and notes what becomes of it.
type fakeOutbox struct {
	NoOutbox
	records []msglog.Record
	kept    int
	hurry   bool
}

func (o *fakeOutbox) Dirty() bool { return o.hurry }

func (o *fakeOutbox) Flush() []msglog.Record {
	records := o.records
	o.records = nil
	return records
}

func (o *fakeOutbox) MarkDirty(records []msglog.Record) { o.records = append(o.records, records...) }
func (o *fakeOutbox) Kept(records []msglog.Record)      { o.kept += len(records) }

// The outbox is written by the commit of a message, and told whether that was made.
func TestDispatcher_WritesTheOutboxWithAGroup(t *testing.T) {
	withDispatcher(t, func(t *testing.T, d *Dispatcher, l *gatedLog, calls *[]string) {
		o := &fakeOutbox{records: []msglog.Record{{Kind: "hook_event", Key: "1", Value: []byte("{}")}}}
		d.outbox = o
		s := &sender{calls: calls}
		for i, err := range []error{wire.ErrDiskFull, nil, nil} {
			if err := d.Post(Post{Entry: everyone("x"), From: s, Head: wire.RequestHead{ID: fmt.Sprint(i)}}); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			l.proceed <- err
			synctest.Wait()
			if want := min(i, 1); o.kept != want || len(o.records) != 1-want {
				t.Errorf("after commit %d: %d kept, %d left", i, o.kept, len(o.records))
			}
		}
		d.Close()
		if len(l.records) != 2 { // the failed try, and the good one
			t.Errorf("written %d times", len(l.records))
		}
	})
}

// What is told of a change of the ledger is committed behind the change: with the next message where it is not to wait for
// long, else by the next Flush.
func TestDispatcher_TheOutboxComesBehindTheLedger(t *testing.T) {
	for _, hurry := range []bool{false, true} {
		withDispatcher(t, func(t *testing.T, d *Dispatcher, l *gatedLog, calls *[]string) {
			o := &fakeOutbox{records: []msglog.Record{{Kind: "hook_event", Key: "1", Value: []byte("{}")}}, hurry: hurry}
			d.outbox = o
			d.ledger.Advance("ana", "kitchen", 0, 1, true)
			if err := d.Post(Post{Entry: everyone("x"), From: &sender{calls: calls}}); err != nil {
				t.Fatal(err)
			}
			l.proceed <- nil
			synctest.Wait()
			if (len(l.records) == 2) != hurry || (len(l.records) == 0) == hurry || (o.kept == 1) != hurry {
				t.Errorf("hurry %v: %d records are with the message", hurry, len(l.records))
			}
			if !hurry {
				done := make(chan error, 1)
				go func() { done <- d.Flush() }()
				l.proceed <- nil
				if err := <-done; err != nil {
					t.Error(err)
				}
			}
			if len(l.records) != 2 || l.records[0].Kind != "delta" || l.records[1].Kind != "hook_event" || o.kept != 1 {
				t.Errorf("hurry %v: %v, %d kept", hurry, l.records, o.kept)
			}
			d.Close()
		})
	}
}
