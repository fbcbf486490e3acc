package dispatch

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"belfry/wsserver/hub"
	"belfry/wsserver/msglog"
	"belfry/wsserver/receipts"
	"belfry/wsserver/wire"
	"belfry/wsserver/wstest"
)

// gatedLog commits one group for each value received from proceed, which is the error of that commit.
type gatedLog struct {
	msglog.Log
	proceed chan error
	groups  [][]*msglog.Entry
	records []msglog.Record
	// recordsOf are the records of each group.
	recordsOf [][]msglog.Record
}

func (l *gatedLog) Append(ctx context.Context, changes []msglog.Change) ([]msglog.Appended, error) {
	entries, records := wstest.Parts(changes)
	l.groups, l.records, l.recordsOf = append(l.groups, entries), append(l.records, records...), append(l.recordsOf, records)
	if err := <-l.proceed; err != nil {
		return nil, err
	}
	return l.Log.Append(ctx, changes)
}

// sender notes its answers, in order.
type sender struct {
	calls  *[]string
	frames int
}

func (s *sender) Outcome(a msglog.Appended, err error, head wire.RequestHead) []byte {
	*s.calls = append(*s.calls, fmt.Sprint(head.ID, " seq ", a.Seq, " ", err == nil))
	return []byte(head.ID)
}

func (s *sender) Defer([]byte) { s.frames++ }

// NoOutbox has nothing to write.
type NoOutbox struct{}

func (NoOutbox) Dirty() bool               { return false }
func (NoOutbox) Flush() []msglog.Record    { return nil }
func (NoOutbox) MarkDirty([]msglog.Record) {}
func (NoOutbox) Kept([]msglog.Record)      {}

func everyone(text string) *msglog.Entry {
	return &msglog.Entry{Audience: msglog.AudienceEveryone, Text: text, From: wire.Sender{UserID: "ana"}}
}

// withDispatcher runs a test in a bubble. calls are the calls of hooks and senders, in order.
func withDispatcher(t *testing.T, test func(t *testing.T, d *Dispatcher, l *gatedLog, calls *[]string)) {
	synctest.Test(t, func(t *testing.T) {
		calls := new([]string)
		l := &gatedLog{Log: msglog.NewMemory(), proceed: make(chan error)}
		d := New(hub.New(nil), receipts.NewLedger(), NoOutbox{}, slog.New(slog.DiscardHandler), Hooks{
			Sent:     func(*msglog.Entry, []byte, bool) {},
			Appended: func(time.Duration, error) {}, FannedOut: func(time.Duration, int) {},
			Accepted: func(n int) { *calls = append(*calls, fmt.Sprint("accepted ", n)) },
			Applied:  func([]msglog.Record, bool) {},
			Committed: func(err error) bool {
				*calls = append(*calls, fmt.Sprint("committed ", err == nil))
				return errors.Is(err, wire.ErrLogGone)
			},
			LogGone: func() { *calls = append(*calls, "log gone") },
		})
		d.Start(l)
		test(t, d, l, calls)
	})
}

func wantCalls(t *testing.T, calls *[]string, want ...string) {
	t.Helper()
	if got := strings.Join(*calls, ", "); got != strings.Join(want, ", ") {
		t.Errorf("called: %s\nwant:   %s", got, strings.Join(want, ", "))
	}
	*calls = nil
}

// Messages posted during a commit form the next group; consecutive answers to one sender are one write.
func TestDispatcher_AnswersInOrder(t *testing.T) {
	withDispatcher(t, func(t *testing.T, d *Dispatcher, l *gatedLog, calls *[]string) {
		s := &sender{calls: calls}
		for i := range 4 {
			if err := d.Post(Post{Entry: everyone("x"), From: s, Head: wire.RequestHead{ID: fmt.Sprint(i)}}); err != nil {
				t.Fatal(err)
			}
			synctest.Wait() // the first is being committed, alone
		}
		l.proceed <- nil
		synctest.Wait() // it is fanned out before the next commit
		l.proceed <- nil
		d.Close()
		wantCalls(t, calls, "committed true", "0 seq 1 true", "accepted 1", "committed true", "1 seq 2 true", "2 seq 3 true", "3 seq 4 true", "accepted 3")
		if len(l.groups) != 2 || len(l.groups[1]) != 3 || s.frames != 2 {
			t.Errorf("%d groups, %d writes", len(l.groups), s.frames)
		}
		if err := d.Post(Post{Entry: everyone("x")}); !errors.Is(err, wire.ErrClosing) {
			t.Errorf("after Close: %v", err)
		}
		if d.size != 0 || len(d.pending) != 0 {
			t.Errorf("%d bytes and %d posts are left", d.size, len(d.pending))
		}
	})
}

// Records share the commit of messages, and are neither counted nor sent.
func TestDispatcher_KeepsRecords(t *testing.T) {
	withDispatcher(t, func(t *testing.T, d *Dispatcher, l *gatedLog, calls *[]string) {
		errs := make(chan error, 1)
		go func() { errs <- d.Keep(msglog.Record{Kind: "k", Key: "a", Value: []byte("1")}) }()
		synctest.Wait()
		if len(errs) > 0 {
			t.Error("kept before the commit")
		}
		l.proceed <- nil
		if err := <-errs; err != nil || len(l.records) != 1 {
			t.Errorf("%d records, error %v", len(l.records), err)
		}
		synctest.Wait()
		wantCalls(t, calls, "committed true", "accepted 0")
		d.Close()
		if err := d.Keep(); !errors.Is(err, wire.ErrClosing) {
			t.Errorf("after Close: %v", err)
		}
	})
}

// A failed commit is answered to the senders of its group before LogGone, and the pipeline goes on.
func TestDispatcher_SurvivesAFailedCommit(t *testing.T) {
	withDispatcher(t, func(t *testing.T, d *Dispatcher, l *gatedLog, calls *[]string) {
		s := &sender{calls: calls}
		for i, err := range []error{wire.ErrDiskFull, errors.Join(wire.ErrNotKept, wire.ErrLogGone), nil} {
			if err := d.Post(Post{Entry: everyone("x"), From: s, Head: wire.RequestHead{ID: fmt.Sprint(i)}}); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			l.proceed <- err
			synctest.Wait()
		}
		d.Close()
		wantCalls(t, calls, "committed false", "0 seq 0 false", "committed false", "1 seq 0 false", "log gone", "committed true", "2 seq 1 true", "accepted 1")
	})
}

// A group is bounded in messages and bytes; a single post of any size is a group.
func TestDispatcher_BoundsGroups(t *testing.T) {
	for name, row := range map[string]struct {
		posts, size, first int
	}{
		"messages":    {maxGroupMessages + 5, 1, maxGroupMessages},
		"bytes":       {20, maxGroupBytes / 8, 7},
		"a large one": {2, maxGroupBytes + 1, 1},
	} {
		d := New(nil, nil, NoOutbox{}, nil, Hooks{})
		for range row.posts {
			if err := d.Post(Post{Entry: everyone(strings.Repeat("x", row.size))}); err != nil {
				t.Fatal(err)
			}
		}
		if got, _ := d.nextGroup(); len(got) != row.first || len(d.pending) != row.posts-row.first {
			t.Errorf("%s: the first group has %d posts, %d are left, want %d in the first", name, len(got), len(d.pending), row.first)
		}
	}
}

// A row that the log refuses fails alone: its neighbours are committed one by one, in their order, and nobody is told that
// the log cannot be written.
func TestDispatcher_ARefusedRowFailsAlone(t *testing.T) {
	withDispatcher(t, func(t *testing.T, d *Dispatcher, l *gatedLog, calls *[]string) {
		s := &sender{calls: calls}
		refused := errors.New("sql: that cannot be converted")
		kept := make(chan error, 1)
		for i := range 4 {
			if err := d.Post(Post{Entry: everyone("x"), From: s, Head: wire.RequestHead{ID: fmt.Sprint(i)}}); err != nil {
				t.Fatal(err)
			}
			synctest.Wait() // the first is being committed, alone
		}
		go func() { kept <- d.Keep(msglog.Record{Kind: "k", Key: "a", Value: []byte("1")}) }()
		synctest.Wait()
		for _, err := range []error{nil, refused, nil, refused, nil, nil} {
			l.proceed <- err
			synctest.Wait()
		}
		if err := <-kept; err != nil {
			t.Errorf("the record: %v", err)
		}
		wantCalls(t, calls, "committed true", "0 seq 1 true", "accepted 1", "committed true", "1 seq 2 true", "accepted 1", "2 seq 0 false", "accepted 0",
			"committed true", "3 seq 3 true", "accepted 1", "committed true", "accepted 0") // each as soon as the log has it

		// Alone in its group it is neither good nor bad news of the log.
		if err := d.Post(Post{Entry: everyone("x"), From: s, Head: wire.RequestHead{ID: "4"}}); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		l.proceed <- refused
		synctest.Wait()
		wantCalls(t, calls, "4 seq 0 false", "accepted 0")
		d.Close()
		if d.size != 0 {
			t.Errorf("%d bytes are left", d.size)
		}
	})
}

// Where the log cannot be written while a group is committed one by one, what was committed is sent and the rest fails.
func TestDispatcher_AFullDiskWithinARefusedGroup(t *testing.T) {
	withDispatcher(t, func(t *testing.T, d *Dispatcher, l *gatedLog, calls *[]string) {
		s := &sender{calls: calls}
		for i := range 4 {
			if err := d.Post(Post{Entry: everyone("x"), From: s, Head: wire.RequestHead{ID: fmt.Sprint(i)}}); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
		}
		for _, err := range []error{nil, errors.New("refused"), nil, errors.Join(wire.ErrNotKept, wire.ErrDiskFull)} {
			l.proceed <- err
			synctest.Wait()
		}
		got := strings.Join(*calls, ", ")
		for _, want := range []string{"committed false", "1 seq 2 true", "2 seq 0 false, 3 seq 0 false"} {
			if !strings.Contains(got, want) {
				t.Errorf("called: %s; want %s", got, want)
			}
		}
		d.Close()
		if d.size != 0 {
			t.Errorf("%d bytes are left", d.size)
		}
	})
}
