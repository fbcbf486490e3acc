package wsserver_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"belfry/wsserver/msglog"
	"belfry/wsserver/operator"
)

// This file tests recovery and history in cases that no page gets into by itself.

// unreadableLog fails to read while unreadable.
type unreadableLog struct {
	msglog.Log
	unreadable atomic.Bool
}

func (l *unreadableLog) Seqs(ctx context.Context, q msglog.Query) ([]uint64, error) {
	if l.unreadable.Load() {
		return nil, errors.New("cannot be read")
	}
	return l.Log.Seqs(ctx, q)
}

// A frame with since is answered by one recovered, or by an error and none; the client is in all the same.
func TestRecovery_ThatFailsIsAnErrorAndNone(t *testing.T) {
	log := &unreadableLog{Log: msglog.NewMemory()}
	inRoom(t, func(t *testing.T, r *room) {
		const missed = 1
		outOfMemory(r)
		log.unreadable.Store(true)
		c := r.client()
		c.SendText(`{"action":"hello","user_id":"ana","token":"` + tokenOf("ana") + `","since":0}`)
		c.Expect("welcome")
		c.Expect("topics")
		if f := c.ExpectError("internal"); f.Action != "hello" {
			t.Errorf("refused by %s", f.Text)
		}
		live := r.say("live").Seq
		if m := c.Expect("message"); m.Seq != live {
			t.Errorf("sent %s", m.Text)
		}
		sendReceipt(c, "received", live, "")
		wantReceipts(t, r, live, 1, 1, 0, 0)
		log.unreadable.Store(false)
		again, f := c.Return("ana", tokenOf("ana"), "", 0)
		wantRecovered(t, again, f, []uint64{missed, live}, 1, live, true, false)
		synctest.Wait()
		if left := c.Drain(); len(left) > 0 {
			t.Errorf("and then %s", left[0].Text)
		}
	}, withLog(log))
}

func TestRecovery_IsOfAThousandAtMost(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		for range 1005 {
			r.say("x")
		}
		for _, limit := range []string{"", `,"limit":0`, `,"limit":5000`} {
			c := r.client()
			c.SendText(`{"action":"subscribe","since":0` + limit + `}`)
			c.Expect("counts")
			missed, f := c.Recovery()
			if got := seqsOf(missed); len(got) != 1000 || got[0] != 6 || f.From.Seq != 6 || f.Complete || f.Gone {
				t.Errorf("limit %q: %d messages, ended by %s", limit, len(got), f.Text)
			}
			for i, m := range missed[1:] { // only the counts of its own coming may be told before
				if m.Type != "message" {
					t.Errorf("frame %d is %s", i+1, m.Text)
				}
			}
			c.Close()
		}
	})
}

// A later hello with since recovers everyone, the private conversation and the topics it names, and no other.
func TestRecovery_OfALaterHello(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		r.topic("kitchen", "open")
		c := r.person("ana", "general")
		r.say("1")
		r.broadcast(operator.Broadcast{Message: "2", Topic: "general"})
		r.broadcast(operator.Broadcast{Message: "3", Topic: "kitchen"})
		r.broadcast(operator.Broadcast{Message: "4", UserID: "ana"})
		synctest.Wait()
		c.Drain()
		missed, f := c.Return("ana", tokenOf("ana"), "", 0, "kitchen")
		wantRecovered(t, missed, f, []uint64{1, 3, 4}, 1, 4, true, false)
		if len(f.Topics) != 1 || f.Topics[0].Topic != "kitchen" {
			t.Errorf("ended by %s", f.Text)
		}
	})
}

func TestHistory_KeepsToItsLimits(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		c := r.person("ana")
		ask := func(more string) (n int, first uint64, isMore bool) {
			t.Helper()
			c.SendText(`{"action":"history","id":"h"` + more + `}`)
			f := c.Expect("history")
			if len(f.Messages) > 0 {
				first = f.Messages[0].Seq
			}
			return len(f.Messages), first, f.More
		}
		for range 205 {
			r.say("x")
		}
		synctest.Wait()
		c.Drain()
		for _, limit := range []string{"", `,"limit":0`, `,"limit":999`} {
			if n, first, more := ask(limit); n != 200 || first != 6 || !more {
				t.Errorf("limit %q: %d from %d on, more %v", limit, n, first, more)
			}
		}
		for range 6 {
			r.say(strings.Repeat("x", 60<<10))
		}
		synctest.Wait()
		c.Drain()
		if n, first, more := ask(""); n != 4 || first != 208 || !more { // 256 KiB of text
			t.Errorf("of long ones: %d from %d on, more %v", n, first, more)
		}
		c.SendText(`{"action":"history","id":"h","topic":"nowhere"}`)
		if f := c.ExpectError("unknown_topic"); f.ID != "h" || f.Action != "history" {
			t.Errorf("refused by %s", f.Text)
		}
	})
}

// Neither history nor a recovery shows anybody what was written to the operator alone, in a topic or without one.
func TestHistory_KeepsSecrets(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		r.topic("safety", "announce")
		ana := r.person("ana", "safety")
		ana.Notify("1", "safety", "a secret")
		ana.Notify("2", "", "another")
		r.broadcast(operator.Broadcast{Message: "about safety", UserID: "ana", Topic: "safety"})
		for _, frame := range []string{`"topic":"safety"`, `"limit":10`} {
			ben := r.person("ben", "safety")
			ben.SendText(`{"action":"history","id":"h",` + frame + `}`)
			if f := ben.Expect("history"); len(f.Messages) != 0 || f.More {
				t.Errorf("history with %s: %s", frame, f.Text)
			}
		}
		missed, f := r.client().Return("ben", tokenOf("ben"), "", 0, "safety")
		wantRecovered(t, missed, f, nil, 1, 3, true, false)
		bare := r.client()
		bare.SendText(`{"action":"subscribe","user_id":"eve","topics":["safety"],"since":0}`)
		bare.Expect("counts")
		missed, f = bare.Recovery()
		wantRecovered(t, missed, f, nil, 1, 3, true, false)
	})
}

// A client without a position skips the messages before its hello: a later receipt does not cover them.
func TestReceipts_OfAFirstJoinBeginAnew(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		c := r.person("ana", "general")
		had := r.say("had").Seq
		sendReceipt(c, "read", had, "")
		c.Close()
		waitIdle()
		lost := r.say("lost").Seq
		c = r.person("ana", "general") // its storage was cleared
		got := r.say("got").Seq
		sendReceipt(c, "read", got, "")
		wantReceipts(t, r, had, 1, 1, 1, 0)
		wantReceipts(t, r, lost, 1, 0, 0, 0)
		wantReceipts(t, r, got, 1, 1, 1, 0)
		// Receipts of a topic that was left are refused.
		synctest.Wait()
		c.Drain()
		c.SendText(`{"action":"unsubscribe","topics":["general"]}`)
		sendReceipt(c, "received", got, "general")
		c.ExpectError("not_allowed")
	})
}

func TestAck_OfAPrunedMessageIsNotAllowed(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		c := r.person("ana")
		asked := r.broadcast(operator.Broadcast{Message: "x", Ack: "OK"}).Seq
		for range 10 {
			r.say("x")
		}
		synctest.Wait()
		c.Drain()
		sendReceipt(c, "ack", asked, "")
		if f := c.ExpectError("not_allowed"); f.Seq != asked {
			t.Errorf("refused by %s", f.Text)
		}
	}, withLog(msglog.NewBoundedMemory(5, 1<<20)))
}

func TestLeave_IsAnsweredByCloseLeft(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		c := r.person("ana", "general")
		c.SendText(`{"action":"leave"}`)
		if code, _ := c.ExpectClosed(); code != 1000 {
			t.Errorf("closed with %d", code)
		}
	})
}
