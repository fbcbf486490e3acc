package dispatch

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"belfry/wsserver/msglog"
	"belfry/wsserver/wire"
	"belfry/wsserver/wstest"
)

// others are two views of one order: the first is the dispatcher's, the second somebody else's.
func others(t *testing.T, test func(t *testing.T, d *Dispatcher, here, there *wstest.View, calls *[]string)) {
	withDispatcher(t, func(t *testing.T, d *Dispatcher, _ *gatedLog, calls *[]string) {
		d.Close() // of the log that the helper made
		shared := wstest.NewSharedLog()
		here, there := shared.View(msglog.NewMemory()), shared.View(msglog.NewMemory())
		there.Follow(func(msglog.Committed) {})
		again := New(d.hub, d.ledger, NoOutbox{}, d.logger, d.hooks)
		again.hooks.Sent = func(e *msglog.Entry, _ []byte, _ bool) {
			*calls = append(*calls, fmt.Sprint("sent ", e.Seq, " ", e.Text))
		}
		again.Start(here)
		test(t, again, here, there, calls)
		again.Close()
		for _, v := range []*wstest.View{here, there} {
			if err := v.Close(); err != nil {
				t.Error(err)
			}
		}
		if again.size != 0 || again.others != 0 {
			t.Errorf("%d bytes are left, %d of others", again.size, again.others)
		}
	})
}

func appendThere(t *testing.T, v *wstest.View, changes ...msglog.Change) {
	t.Helper()
	if _, err := v.Append(t.Context(), changes); err != nil {
		t.Fatal(err)
	}
}

// What others have appended is fanned out in its place in the order. It answers nobody, and is no news of this log's health.
func TestFollow_OthersAreFannedOutInOrder(t *testing.T) {
	others(t, func(t *testing.T, d *Dispatcher, here, there *wstest.View, calls *[]string) {
		s := &sender{calls: calls}
		post := func(text string) {
			if err := d.Post(Post{Entry: everyone(text), From: s, Head: wire.RequestHead{ID: text}}); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
		}
		post("a")
		appendThere(t, there, msglog.OfEntries(everyone("b"), everyone("c"))...)
		synctest.Wait()
		here.SetCut(true) // what is posted now is refused
		post("refused")
		appendThere(t, there, msglog.OfEntries(everyone("d"))...)
		here.SetCut(false)
		synctest.Wait()
		post("e")
		wantCalls(t, calls, "committed true", "sent 1 a", "a seq 1 true", "accepted 1", "sent 2 b", "sent 3 c", "accepted 2",
			"committed false", "refused seq 0 false", "sent 4 d", "accepted 1", "committed true", "sent 5 e", "e seq 5 true", "accepted 1")
	})
}

// What was refused, or said before, is sent to nobody, and records of others are no messages.
func TestFollow_OnlyWhatWasApplied(t *testing.T) {
	others(t, func(t *testing.T, d *Dispatcher, here, there *wstest.View, calls *[]string) {
		first, again, conflict, refused := everyone("first"), everyone("first"), everyone("other"), everyone("refused")
		first.ID, again.ID, conflict.ID = "1", "1", "1"
		none := []byte("nobody has set this")
		appendThere(t, there, msglog.Change{Records: []msglog.Record{{Kind: "k", Key: "a"}}}, msglog.Change{Entry: first}, msglog.Change{Entry: again},
			msglog.Change{Entry: conflict}, msglog.Change{Entry: refused, Records: []msglog.Record{{Kind: "k", Key: "b", Value: []byte("x"), If: &none}}})
		appendThere(t, there, msglog.OfRecords(msglog.Record{Kind: "k", Key: "c", Value: []byte("x")})...)
		synctest.Wait()
		wantCalls(t, calls, "sent 1 first", "accepted 1")
	})
}

// A condition that does not hold is its own post's alone.
func TestFollow_ConditionOfOnePost(t *testing.T) {
	others(t, func(t *testing.T, d *Dispatcher, here, there *wstest.View, calls *[]string) {
		absent := []byte(nil)
		claim := func(by string) msglog.Record {
			return msglog.Record{Kind: "claim", Key: "ana", Value: []byte(by), If: &absent}
		}
		if err := d.Keep(claim("here")); err != nil {
			t.Errorf("the first: %v", err)
		}
		appendThere(t, there, msglog.OfRecords(claim("there"))...)
		if err := d.Keep(claim("here again")); !errors.Is(err, msglog.ErrCondition) {
			t.Errorf("the third: %v", err)
		}
		for _, view := range []*wstest.View{here, there} {
			_ = view.Records(t.Context(), "claim", func(key string, value []byte) error {
				if key != "ana" || string(value) != "here" {
					t.Errorf("kept: %s %s", key, value)
				}
				return nil
			})
		}
	})
}

// Others that write faster than this server sends are held back, by bytes.
func TestFollow_OthersWaitForTheFanOut(t *testing.T) {
	others(t, func(t *testing.T, d *Dispatcher, here, there *wstest.View, calls *[]string) {
		proceed := make(chan struct{})
		d.hooks.Sent = func(*msglog.Entry, []byte, bool) { <-proceed }
		const n = 40
		for range n {
			appendThere(t, there, msglog.OfEntries(everyone(strings.Repeat("x", 1<<20)))...)
		}
		synctest.Wait()
		if last := here.Last(); last < 17 || last > 20 {
			t.Errorf("%d MiB are applied while nothing is sent, want as many as may wait", last)
		}
		close(proceed)
		synctest.Wait()
		if here.Last() != n || d.hub.Position() != n {
			t.Errorf("then %d are applied, %d sent", here.Last(), d.hub.Position())
		}
	})
}
