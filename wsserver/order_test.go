package wsserver_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"belfry/wsserver"
	"belfry/wsserver/msglog"
	"belfry/wsserver/operator"
	"belfry/wsserver/wire"
	"belfry/wsserver/wstest"
)

// Promise 1: live messages arrive in rising seq at every client.
func TestOrder_RisesForEverybodyUnderManyPublishers(t *testing.T) {
	const publishers, each = 8, 40
	inRoom(t, func(t *testing.T, r *room) {
		d := r.dashboard()
		var people []*wstest.Client
		for i := range publishers {
			people = append(people, r.person(fmt.Sprint("p", i), "general"))
		}
		var group sync.WaitGroup
		for _, p := range people {
			group.Go(func() {
				for i := range each {
					p.Send(map[string]any{"action": "notify", "topic": "general", "id": fmt.Sprint(i), "message": "x"})
				}
			})
		}
		group.Go(func() {
			for range each {
				r.say("y")
			}
		})
		group.Wait()
		synctest.Wait()
		for _, c := range append(people, d) {
			wantEverySeq(t, c.Drain(), 1, (publishers+1)*each)
		}
	}, func(c *wsserver.Config) { c.ClientRate = 0 })
}

// wantEverySeq checks that the messages among frames have each seq from first to last once, in order.
func wantEverySeq(t *testing.T, frames []wstest.Frame, first, last uint64) {
	t.Helper()
	next := first
	for _, f := range frames {
		if f.Type != "message" {
			continue
		}
		if f.Seq != next {
			t.Errorf("seq %d where %d comes next", f.Seq, next)
			return
		}
		next++
	}
	if next != last+1 {
		t.Errorf("messages end at seq %d, want %d", next-1, last)
	}
}

// A client that joins while others publish is sent every message after welcome.seq, and none up to it.
func TestOrder_JoiningLeavesNoGap(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		var group sync.WaitGroup
		group.Go(func() {
			for range 300 {
				r.say("x")
			}
		})
		for i := range 20 {
			group.Go(func() {
				c := r.client()
				c.SendText(fmt.Sprintf(`{"action":"hello","user_id":"p%d"}`, i))
				w := c.Expect("welcome")
				time.Sleep(time.Second) // everything has been written and read by then
				wantEverySeq(t, c.Drain(), w.Seq+1, 300)
			})
		}
		group.Wait()
	})
}

// Promise 2: no message is sent, and none is accepted, before the log has committed it.
func TestAccepted_OnlyAfterTheCommit(t *testing.T) {
	log := &manualLog{Log: msglog.NewMemory(), append: make(chan error)}
	inRoom(t, func(t *testing.T, r *room) {
		log.append = make(chan error) // of this bubble
		c, d := r.person("ana", "general"), r.dashboard()
		c.Send(map[string]any{"action": "notify", "id": "1", "topic": "general", "message": "x"})
		time.Sleep(time.Second)
		for _, f := range append(c.Drain(), d.Drain()...) {
			if f.Type == "accepted" || f.Type == "message" {
				t.Errorf("before the commit: %s", f.Text)
			}
		}
		log.append <- nil
		c.Expect("message")
		c.Expect("accepted")
		d.Expect("message")
	}, func(c *wsserver.Config) {
		c.OpenLog = func(string) (msglog.Log, error) { return log, nil }
	})
}

func TestAppend_ThatFailsIsNotKeptAndNotShown(t *testing.T) {
	log := &manualLog{Log: msglog.NewMemory()}
	inRoom(t, func(t *testing.T, r *room) {
		log.append = make(chan error, 2)
		c, d := r.person("ana", "general"), r.dashboard()
		time.Sleep(time.Second) // records of joining are committed: the message is a group by itself
		log.append <- errors.New("disk on fire, /secret/path")
		c.Send(map[string]any{"action": "notify", "id": "1", "topic": "general", "message": "x"})
		if f := c.ExpectError("not_kept"); f.ID != "1" || f.Action != "notify" {
			t.Errorf("error %s does not name the frame", f.Text)
		}
		log.append <- wire.ErrNotKept
		_, err := r.Broadcast(t.Context(), operator.Broadcast{Message: "y"})
		wantCode(t, err, "not_kept")
		wantMessages(t, d)
		log.append <- nil
		if seq := c.Notify("1", "general", "x"); seq != 1 {
			t.Errorf("tried again: seq %d", seq)
		}
	}, func(c *wsserver.Config) {
		c.OpenLog = func(string) (msglog.Log, error) { return log, nil }
	})
}

// manualLog appends, or fails, with each value received from append.
type manualLog struct {
	msglog.Log
	append  chan error
	records chan error // the same for commits of records alone; nil: they are not delayed
}

func (l *manualLog) Append(ctx context.Context, changes []msglog.Change) ([]msglog.Appended, error) {
	entries, _ := wstest.Parts(changes)
	proceed := l.append
	if len(entries) == 0 {
		proceed = l.records
	}
	if proceed != nil {
		if err := <-proceed; err != nil {
			return nil, err
		}
	}
	return l.Log.Append(ctx, changes)
}

func TestStart_GoesOnFromTheLog(t *testing.T) {
	log := msglog.NewMemory()
	before := &msglog.Entry{Text: "from before", Audience: msglog.AudienceEveryone, From: wire.Sender{UserID: "ana"}}
	if _, err := log.Append(t.Context(), msglog.OfEntries(before)); err != nil {
		t.Fatal(err)
	}
	inRoom(t, func(t *testing.T, r *room) {
		c := r.client()
		if w := c.Hello("ana", ""); w.Seq != 1 || w.Epoch != log.Epoch() {
			t.Errorf("welcome %s", w.Text)
		}
		if got := r.say("next"); got.Seq != 2 {
			t.Errorf("next seq %d", got.Seq)
		}
	}, func(c *wsserver.Config) {
		c.OpenLog = func(string) (msglog.Log, error) { return log, nil }
	})
}
