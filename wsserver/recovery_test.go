package wsserver_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"belfry/wsserver"
	"belfry/wsserver/msglog"
	"belfry/wsserver/operator"
	"belfry/wsserver/wstest"
)

// seqsOf lists the messages among frames.
func seqsOf(frames []wstest.Frame) (list []uint64) {
	for _, f := range frames {
		if f.Type == "message" {
			list = append(list, f.Seq)
		}
	}
	return list
}

// wantRecovered checks a recovery: its messages, and every field of the frame that ends it.
func wantRecovered(t *testing.T, missed []wstest.Frame, f wstest.Frame, want []uint64, from, to uint64, complete, gone bool) {
	t.Helper()
	if got := seqsOf(missed); !slices.Equal(got, want) {
		t.Errorf("recovered %v, want %v", got, want)
	}
	if f.From.Seq != from || f.To != to || f.Complete != complete || f.Gone != gone {
		t.Errorf("ended by %s; want from %d to %d, complete %v, gone %v", f.Text, from, to, complete, gone)
	}
}

func TestRecovery_IsWhatWasMissed(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		epoch := r.State().Epoch
		r.topic("kitchen", "open")
		r.topic("hall", "open")
		r.person("ana").Close()
		r.say("1")
		r.broadcast(operator.Broadcast{Message: "2", Topic: "kitchen"})
		r.broadcast(operator.Broadcast{Message: "3", Topic: "hall"})
		r.broadcast(operator.Broadcast{Message: "4", UserID: "ana"})
		r.person("ben").Notify("1", "", "5")
		r.say("6")
		c := r.client()
		missed, f := c.Return("ana", tokenOf("ana"), epoch, 1, "kitchen", "nowhere", "kitchen")
		wantRecovered(t, missed, f, []uint64{2, 4, 6}, 2, 6, true, false)
		if f.Epoch != epoch || len(f.Topics) != 1 || f.Topics[0].Topic != "kitchen" {
			t.Errorf("ended by %s", f.Text)
		}
		r.say("7")
		wantMessages(t, c, "7")
		missed, f = r.client().Return("ana", tokenOf("ana"), "", 7) // without an epoch: this log
		wantRecovered(t, missed, f, nil, 8, 7, true, false)
	})
}

func TestRecovery_OfASubscribe(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		r.broadcast(operator.Broadcast{Message: "1", Topic: "general"})
		r.say("2")
		c := r.client()
		c.SendText(`{"action":"subscribe","since":0}`)
		c.Expect("counts")
		missed, f := c.Recovery() // without a hello: everyone too
		wantRecovered(t, missed, f, []uint64{1, 2}, 1, 2, true, false)
		ana := r.person("ana")
		ana.SendText(`{"action":"subscribe","since":0,"topics":["general"]}`)
		ana.Expect("counts")
		missed, f = ana.Recovery()
		wantRecovered(t, missed, f, []uint64{1}, 1, 2, true, false)
		ana.SendText(`{"action":"subscribe","since":0,"topics":["nowhere"]}`)
		ana.ExpectError("unknown_topic")
		synctest.Wait()
		for _, f := range ana.Drain() {
			if f.Type == "recovered" {
				t.Error("a refused subscribe is answered by recovered")
			}
		}
	})
}

func TestRecovery_LimitLeavesOutTheOldest(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		epoch := r.State().Epoch
		r.topic("kitchen", "open")
		for range 5 {
			r.say("x")
			r.broadcast(operator.Broadcast{Message: "y", Topic: "kitchen"})
		}
		if _, err := r.Withdraw(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
		c := r.client()
		c.Send(map[string]any{"action": "hello", "user_id": "ana", "token": tokenOf("ana"), "since": 0, "epoch": epoch, "limit": 2})
		c.Expect("welcome")
		c.Expect("topics")
		missed, f := c.Recovery()
		// 5 is the newest that was left out; the withdrawal comes beside the limit.
		wantRecovered(t, missed, f, []uint64{7, 9}, 6, 11, false, false)
		if last := missed[len(missed)-1]; last.Type != "withdrawn" || last.Of != 1 || last.Seq != 11 {
			t.Errorf("ends with %s, want the withdrawal", last.Text)
		}
		for _, m := range missed[:2] {
			if m.Type != "message" {
				t.Errorf("got %s", m.Text)
			}
		}
	})
}

func TestRecovery_WithdrawalsFromBeforeTheLimit(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		r.say("1")
		if _, err := r.Withdraw(t.Context(), 1); err != nil { // seq 2
			t.Fatal(err)
		}
		for range 3 {
			r.say("x") // 3 to 5
		}
		c := r.client()
		c.SendText(`{"action":"hello","user_id":"ana","token":"` + tokenOf("ana") + `","since":1,"limit":1}`)
		c.Expect("welcome")
		c.Expect("topics")
		missed, f := c.Recovery()
		wantRecovered(t, missed, f, []uint64{5}, 5, 5, false, false)
		if len(missed) != 2 || missed[0].Type != "withdrawn" || missed[0].Of != 1 {
			t.Errorf("missed %v, want the withdrawal first", missed)
		}
	})
}

func TestRecovery_OfAnotherLogBeginsAnew(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		r.say("1")
		r.say("2")
		missed, f := r.client().Return("ana", tokenOf("ana"), "another", 2)
		wantRecovered(t, missed, f, []uint64{1, 2}, 1, 2, false, true)
		missed, f = r.client().Return("ben", tokenOf("ben"), r.State().Epoch, 3) // beyond what is committed
		wantRecovered(t, missed, f, []uint64{1, 2}, 1, 2, false, true)
	})
}

func TestRecovery_SaysWhatIsGone(t *testing.T) {
	log := msglog.NewBoundedMemory(5, 1<<20)
	inRoom(t, func(t *testing.T, r *room) {
		r.topic("quiet", "open")
		r.broadcast(operator.Broadcast{Message: "1", Topic: "quiet"})
		for range 10 {
			r.say("x") // 2 to 11; 7 to 11 are kept
		}
		missed, f := r.client().Return("ana", tokenOf("ana"), "", 3)
		wantRecovered(t, missed, f, []uint64{7, 8, 9, 10, 11}, 7, 11, false, true)
		missed, f = r.client().Return("ana", tokenOf("ana"), "", 6)
		wantRecovered(t, missed, f, []uint64{7, 8, 9, 10, 11}, 7, 11, true, false)
		// A quiet topic is not incomplete because a busy stream was pruned.
		c := r.person("ben")
		c.SendText(`{"action":"subscribe","topics":["quiet"],"since":1}`)
		c.Expect("counts")
		missed, f = c.Recovery()
		wantRecovered(t, missed, f, nil, 2, 11, true, false)
		c.SendText(`{"action":"subscribe","topics":["quiet"],"since":0}`)
		c.Expect("counts")
		missed, f = c.Recovery()
		wantRecovered(t, missed, f, nil, 2, 11, false, true)
	}, withLog(log))
}

// Promise 1 with catch-up: a client that returns while others publish is sent every message once, and no live message
// between a recovery's messages and its end.
func TestRecovery_UnderConstantTraffic(t *testing.T) {
	const joiners, messages = 20, 200
	inRoom(t, func(t *testing.T, r *room) {
		var group sync.WaitGroup
		group.Go(func() {
			for i := range messages {
				if i%2 == 0 {
					r.say("x")
				} else {
					r.broadcast(operator.Broadcast{Message: "y", Topic: "general"})
				}
				if i%20 == 0 {
					time.Sleep(time.Millisecond)
				}
			}
		})
		for i := range joiners {
			group.Go(func() {
				who := fmt.Sprint("p", i)
				since := uint64(0)
				var seen []uint64
				for range 4 { // returns again and again
					time.Sleep(time.Duration(i) * time.Millisecond / 3)
					c := r.client()
					missed, f := c.Return(who, tokenOf(who), "", since, "general")
					if !f.Complete || f.From.Seq != since+1 {
						t.Errorf("ended by %s, since %d", f.Text, since)
					}
					seen = append(seen, seqsOf(missed)...)
					since = f.To
					time.Sleep(time.Millisecond)
					c.Close()
					live := seqsOf(c.Drain())
					if seen = append(seen, live...); len(live) > 0 {
						since = live[len(live)-1]
					}
				}
				time.Sleep(time.Second)
				missed, _ := r.client().Return(who, tokenOf(who), "", since, "general")
				if seen = append(seen, seqsOf(missed)...); len(seen) != messages || !slices.IsSorted(seen) ||
					len(slices.Compact(slices.Clone(seen))) != messages {
					t.Errorf("%s has %d messages, want 1 to %d once and in order: %v", who, len(seen), messages, seen)
				}
			})
		}
		group.Wait()
	}, func(c *wsserver.Config) { c.ClientRate, c.MaxPerAddress = 0, 0 })
}

func TestHistory_PagesBackwards(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		r.topic("kitchen", "open")
		for range 5 {
			r.say("x")                                                      // 1, 4, …
			r.broadcast(operator.Broadcast{Message: "y", Topic: "kitchen"}) // 2, 5, …
			r.broadcast(operator.Broadcast{Message: "z", Topic: "general"}) // 3, 6, …
		}
		ben := r.person("ben")
		ben.Notify("1", "", "Ben's own") // 16
		c := r.person("ana", "general")
		ask := func(frame string, more bool, want ...uint64) {
			t.Helper()
			c.SendText(`{"action":"history","id":"h",` + frame + `}`)
			f := c.Expect("history")
			if got := seqsOf(f.Messages); f.ID != "h" || f.More != more || !slices.Equal(got, want) {
				t.Errorf("%s: %v, more %v; want %v, %v", frame, got, f.More, want, more)
			}
		}
		ask(`"limit":3`, true, 12, 13, 15)
		ask(`"limit":3,"before":12`, true, 7, 9, 10)
		ask(`"before":999`, false, 1, 3, 4, 6, 7, 9, 10, 12, 13, 15)
		ask(`"topic":"kitchen","limit":2`, true, 11, 14) // from before it joined, without being in it
		ask(`"topic":"kitchen","before":2`, false)
	})
}
