package wsserver_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"belfry/wsserver/msglog"
	"belfry/wsserver/operator"
	"belfry/wsserver/wstest"
)

func (r *room) conversations(q operator.ConversationsQuery) operator.ConversationsAnswer {
	r.t.Helper()
	synctest.Wait()
	answer, err := r.Conversations(r.t.Context(), q)
	if err != nil {
		r.t.Fatal(err)
	}
	return answer
}

// who lists the people of an answer, with a mark behind those who wait.
func who(a operator.ConversationsAnswer) (list []string) {
	for _, c := range a.Conversations {
		if c.Waiting != "" {
			c.UserID += "!"
		}
		list = append(list, c.UserID)
	}
	return list
}

func (r *room) wantConversations(waiting, unseen int, want ...string) {
	r.t.Helper()
	a := r.conversations(operator.ConversationsQuery{})
	if got := who(a); !slices.Equal(got, want) || a.Waiting != waiting || a.Unseen != unseen {
		r.t.Errorf("conversations %q, %d wait, %d unseen; want %q, %d, %d", got, a.Waiting, a.Unseen, want, waiting, unseen)
	}
}

func (r *room) answer(userID, text string) operator.Receipt {
	r.t.Helper()
	return r.broadcast(operator.Broadcast{UserID: userID, Message: text})
}

func TestConversations_WhoWaitsIsKnown(t *testing.T) {
	log := msglog.NewMemory()
	var help uint64
	inRoom(t, func(t *testing.T, r *room) {
		ana, ben := r.client(), r.person("ben", "general")
		wantWelcome(t, helloNamed(ana, "ana", "Ana Lima"))
		r.wantConversations(0, 0)
		help = ana.Notify("1", "", strings.Repeat("ü", 300))
		time.Sleep(time.Minute)
		last := ana.Notify("2", "", strings.Repeat("ü", 300))
		ben.Notify("1", "general", "not private")
		ben.Notify("2", "", "me too")
		r.wantConversations(2, 2, "ben!", "ana!")
		a := r.conversations(operator.ConversationsQuery{}).Conversations[1]
		since, err := time.Parse(time.RFC3339, a.Waiting)
		if a.Name != "Ana Lima" || a.Seq != last || a.WaitingSeq != help || a.Operator || a.Text != strings.Repeat("ü", 200) || err != nil || time.Since(since) < time.Minute {
			t.Errorf("ana's: %+v", a)
		}
		r.say("to everyone")
		r.wantConversations(2, 2, "ben!", "ana!")
		r.answer("ben", "soon")
		r.wantConversations(1, 1, "ben", "ana!")
		if b := r.conversations(operator.ConversationsQuery{}).Conversations[0]; !b.Operator || b.Text != "soon" || b.WaitingSeq != 0 {
			t.Errorf("ben's: %+v", b)
		}
		r.verb(r.dashboard(), "seen", map[string]any{"user_id": "ana", "seq": last})
		r.wantConversations(1, 0, "ben", "ana!")
		ana.Notify("3", "", "please")
		r.wantConversations(1, 1, "ana!", "ben") // it still waits for the first, and the last was not seen
		time.Sleep(time.Second)
	}, withLog(log))
	inRoom(t, func(t *testing.T, r *room) { // after a restart
		r.wantConversations(1, 1, "ana!", "ben")
		if a := r.conversations(operator.ConversationsQuery{}).Conversations[0]; a.WaitingSeq != help {
			t.Errorf("ana's: %+v", a)
		}
	}, withLog(log))
}

// What needs no answer waits on no dashboard, also after a restart; what is written later does.
func TestConversations_WhatIsSettled(t *testing.T) {
	log := msglog.NewMemory()
	inRoom(t, func(t *testing.T, r *room) {
		ana, guest := r.person("ana"), r.client()
		first := ana.Notify("1", "", "thanks")
		second := ana.Notify("2", "", "and bye")
		hello := guest.Notify("1", "", "hello?")
		r.wantConversations(2, 2, guestOf(r), "ana!")
		d := r.dashboard()
		r.verb(d, "settle", map[string]any{"user_id": "ana", "seq": first})
		if a := r.conversations(operator.ConversationsQuery{}).Conversations[1]; a.WaitingSeq != second || a.WaitingNewest != second {
			t.Errorf("ana's: %+v", a)
		}
		r.verb(d, "settle", map[string]any{"user_id": "ana", "seq": second})
		r.verb(d, "settle", map[string]any{"user_id": strings.TrimSuffix(guestOf(r), "!"), "seq": hello})
		if a := r.conversations(operator.ConversationsQuery{}); a.Waiting != 0 || a.Unseen != 0 {
			t.Errorf("got %+v", a)
		}
		for name, q := range map[string]map[string]any{
			"unknown_user": {"user_id": "nobody", "seq": 1},
			"not_allowed":  {"user_id": "ana", "seq": 1, "epoch": "another"},
			"bad_frame":    {"user_id": "ana", "seq": -1},
		} {
			if e := d.Ask("settle", q, nil); e == nil || e.Code != name {
				t.Errorf("%s: got %+v", name, e)
			}
		}
		time.Sleep(time.Second)
	}, withLog(log))
	inRoom(t, func(t *testing.T, r *room) { // after a restart
		if a := r.conversations(operator.ConversationsQuery{}); a.Waiting != 0 {
			t.Errorf("got %+v", a)
		}
		r.person("ana").Notify("3", "", "are you there?")
		if a := r.conversations(operator.ConversationsQuery{}); a.Waiting != 1 || a.Unseen != 1 || a.Conversations[0].WaitingSeq != a.Conversations[0].Seq {
			t.Errorf("got %+v", a)
		}
	}, withLog(log))
}

// guestOf is the first of the newest conversations, that of a guest who waits.
func guestOf(r *room) string { return who(r.conversations(operator.ConversationsQuery{}))[0] }

// The operator adds something to a private message of their own.
func TestConversations_AnAddedAnswer(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		ana := r.person("ana")
		wait := r.answer("ana", "Please wait.")
		ana.Notify("1", "", "how long?")
		r.wantConversations(1, 1, "ana!")
		r.broadcast(operator.Broadcast{UserID: "ana", Message: "An hour.", ReplyTo: wait.Seq})
		r.wantConversations(0, 0, "ana")
	})
}

// A copy of an announcement is no answer, and a guest who has gone waits no more.
func TestConversations_WhatAnswers(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		ana, guest := r.person("ana"), r.client()
		fire := r.broadcast(operator.Broadcast{Message: "Evacuate", Ack: "I am out"})
		ana.ExpectAfter("message", "message")
		ana.Notify("1", "", "where to?")
		guest.Notify("1", "", "hello?")
		if n, err := r.WriteAgain(t.Context(), fire.Seq, "ack", "", ""); n != 1 || err != nil {
			t.Fatal(n, err)
		}
		if a := r.conversations(operator.ConversationsQuery{}); a.Waiting != 2 || a.Conversations[0].Waiting == "" {
			t.Errorf("got %+v", a)
		}
		guest.Close()
		if a := r.conversations(operator.ConversationsQuery{}); a.Waiting != 1 || len(a.Conversations) != 2 {
			t.Errorf("got %+v", a)
		}
		if err := r.Free(t.Context(), "ana"); err != nil {
			t.Fatal(err)
		}
		if a := r.conversations(operator.ConversationsQuery{}); a.Waiting != 0 {
			t.Errorf("got %+v", a)
		}
	})
}

func TestConversations_FollowWithdrawals(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		ana, ben := r.person("ana"), r.person("ben")
		first := ana.Notify("1", "", "one")
		ben.Notify("1", "", "two")
		answered := r.answer("ana", "yes")
		r.wantConversations(1, 1, "ana", "ben!")
		for _, step := range []struct {
			seq  uint64
			want []string
		}{{answered.Seq, []string{"ben!", "ana!"}}, {first, []string{"ben!"}}} {
			if _, err := r.Withdraw(t.Context(), step.seq); err != nil {
				t.Fatal(err)
			}
			if got := who(r.conversations(operator.ConversationsQuery{})); !slices.Equal(got, step.want) {
				t.Errorf("conversations %q, want %q", got, step.want)
			}
		}
	})
}

func TestConversations_ComeInPages(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		for i := range 5 {
			r.person(fmt.Sprint("p", i)).Notify("1", "", "hello")
		}
		var got []string
		for before, more := uint64(0), true; more; {
			a := r.conversations(operator.ConversationsQuery{Before: before, Limit: 2})
			got, more = append(got, who(a)...), a.More
			before = a.Conversations[len(a.Conversations)-1].Seq
		}
		if want := []string{"p4!", "p3!", "p2!", "p1!", "p0!"}; !slices.Equal(got, want) {
			t.Errorf("got %q", got)
		}
		d := r.dashboard()
		waitIdle()
		before := lastEvent(t, d.Drain())
		r.person("p0").Notify("2", "", "again")
		waitIdle()
		if after := lastEvent(t, d.Drain()); after <= before {
			t.Errorf("conversations_rev %d, then %d", before, after)
		}
		_, err := r.Conversations(t.Context(), operator.ConversationsQuery{Before: 1 << 63})
		wantCode(t, err, "bad_frame")
	})
}

// lastEvent is the revision of conversations in the last event among frames.
func lastEvent(t *testing.T, frames []wstest.Frame) (rev uint64) {
	t.Helper()
	for _, f := range frames {
		var e operator.Event
		if f.Type == "event" && json.Unmarshal([]byte(f.Text), &e) == nil {
			rev = e.ConversationsRev
		}
	}
	return rev
}
