package wsserver_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"belfry/wsserver/msglog"
	"belfry/wsserver/operator"
	"belfry/wsserver/receipts"
	"belfry/wsserver/wire"
	"belfry/wsserver/wstest"
)

func TestClaim_TheTokenIsNeededFromThenOn(t *testing.T) {
	log := msglog.NewMemory()
	for range 2 { // and after a restart
		inRoom(t, func(t *testing.T, r *room) {
			phone := r.person("ana")
			for _, frame := range []string{
				`{"action":"hello","user_id":"ana"}`,
				`{"action":"hello","user_id":"ana","token":"somebody-elses-token"}`,
			} {
				c := r.client()
				c.SendText(frame)
				if f := c.ExpectError("identity_taken"); f.Field != "user_id" || f.Action != "hello" {
					t.Errorf("%s does not name the field", f.Text)
				}
				c.HelloAs("other", tokenOf("other")) // and may say hello again
			}
			bare := r.client()
			bare.SendText(`{"action":"subscribe","user_id":"ana"}`)
			if f := bare.ExpectError("identity_taken"); f.Field != "user_id" || f.Action != "subscribe" {
				t.Errorf("%s does not name the field", f.Text)
			}
			bare.Expect("counts")
			r.broadcast(operator.Broadcast{Message: "for Ana", UserID: "ana"})
			wantMessages(t, bare)
			wantMessages(t, phone, "for Ana")
			r.person("ana") // with the token
		}, withLog(log))
	}
}

// Without the token nobody writes, reads or confirms as that person: whatever names them is a guest's.
func TestClaim_NobodyWritesReadsOrConfirmsAsAnother(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		d, _ := r.dashboard(), r.person("ana", "general")
		asked := r.broadcast(operator.Broadcast{Message: "All well?", UserID: "ana", Ack: "Yes"})
		waitIdle()
		d.Drain()
		for _, frame := range []string{
			`{"action":"hello","user_id":"ana","token":"somebody-elses-token"}`,
			`{"action":"subscribe","user_id":"ana"}`,
		} {
			thief := r.client()
			thief.SendText(frame)
			thief.ExpectError("identity_taken")
			for _, topic := range []string{"", "general"} {
				thief.Send(map[string]any{"action": "notify", "id": "x" + topic, "user_id": "ana", "topic": topic, "message": "I am Ana"})
				if m := d.Expect("message"); !strings.HasPrefix(m.From.UserID, "guest-") || m.From.Name != "" {
					t.Errorf("shown as %s", m.Text)
				}
			}
			waitIdle()
			thief.Drain() // its own messages
			for _, action := range []string{"received", "read", "ack"} {
				thief.Send(map[string]any{"action": action, "seq": asked.Seq, "user_id": "ana"})
				thief.ExpectError("not_allowed")
			}
			thief.SendText(`{"action":"leave"}`)
		}
		waitIdle()
		if got := receiptsOf(t, r, asked.Seq, false); got.Sent != 1 || got.Received+got.Read+got.Acked != 0 {
			t.Errorf("receipts %+v", got)
		}
		r.broadcast(operator.Broadcast{Message: "still there?", UserID: "ana"})
		if got := r.Clients(operator.ClientsQuery{}).Clients; len(got) != 1 || got[0].UserID != "ana" {
			t.Errorf("connected are %+v", got)
		}
	})
}

func TestClaim_ATokenOfTheServerBindsAtTheNextFrame(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		lost := r.client()
		lost.SendText(`{"action":"hello","user_id":"ana"}`)
		if w := lost.Expect("welcome"); len(w.Token) < 16 {
			t.Errorf("welcome %s", w.Text)
		}
		lost.Close() // before any other frame: nothing is bound
		c := r.client()
		w := c.Hello("ana", "Ana")
		c.SendText(`{"action":"subscribe"}`)
		c.Expect("counts")
		other := r.client()
		other.SendText(`{"action":"hello","user_id":"ana"}`)
		other.ExpectError("identity_taken")
		other.HelloAs("ana", w.Token)
		if again := c.Hello("ana", "Ana Maria"); again.Token != "" {
			t.Errorf("a claimed one is given another token: %s", again.Text)
		}
	})
}

// Unproved connections of a user_id become guests when it is claimed.
func TestClaim_MakesGuestsOfOthers(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		r.topic("kitchen", "open")
		bare, early := r.client(), r.client()
		bare.SendText(`{"action":"subscribe","user_id":"ana"}`)
		bare.ExpectCounts(1, 2)
		early.Hello("ana", "Not Ana", "kitchen")
		phone := r.person("ana", "general")
		for _, c := range []*wstest.Client{bare, early} {
			if f := c.ExpectError("identity_taken"); f.Field != "user_id" || f.Action != "" {
				t.Errorf("told %s", f.Text)
			}
		}
		waitIdle()
		bare.Drain()
		early.Drain()
		phone.Drain()
		r.broadcast(operator.Broadcast{Message: "private", UserID: "ana"})
		said := r.broadcast(operator.Broadcast{Message: "in the kitchen", Topic: "kitchen"})
		wantMessages(t, phone, "private")
		wantMessages(t, bare)
		wantMessages(t, early, "in the kitchen") // it is still there
		if who := names(receiptsOf(t, r, said.Seq, true)); len(who) != 1 || !strings.HasPrefix(who[0], "guest-") {
			t.Errorf("meant for %v, want the guest alone", who)
		}
		early.SendText(`{"action":"received","seq":` + itoa(said.Seq) + `,"topic":"kitchen"}`)
		early.HelloAs("new", tokenOf("new")) // a new identity on the same connection
		if again := receiptsOf(t, r, said.Seq, false); again.Received != 1 {
			t.Errorf("received %d", again.Received)
		}
	})
}

func TestClaim_IsDurableBeforeWelcome(t *testing.T) {
	log := &manualLog{Log: msglog.NewMemory()}
	inRoom(t, func(t *testing.T, r *room) {
		log.records = make(chan error)
		c := r.client()
		c.Send(map[string]any{"action": "hello", "user_id": "ana", "token": tokenOf("ana")})
		synctest.Wait()
		for _, f := range c.Drain() {
			if f.Type == "welcome" {
				t.Error("welcome before the claim is kept")
			}
		}
		log.records <- wire.ErrNotKept
		c.ExpectError("not_kept")
		c.Send(map[string]any{"action": "hello", "user_id": "ana", "token": tokenOf("ana")})
		log.records <- nil
		close(log.records)
		c.Expect("welcome")
	}, withLog(log))
}

func TestClaim_ReservedIDsCannotBe(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		c := r.client()
		for _, id := range []string{"operator", "guest-x"} {
			c.Send(map[string]any{"action": "hello", "user_id": id, "token": tokenOf(id)})
			c.ExpectError("identity_taken")
		}
	})
}

// Two tabs of one person are one person: each is sent everything, both count as one recipient.
func TestPerson_TwoTabs(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		one, two := r.person("ana", "general"), r.person("ana", "general")
		said := r.say("x")
		wantMessages(t, one, "x")
		wantMessages(t, two, "x")
		if n := receiptsOf(t, r, said.Seq, false).Sent; n != 1 {
			t.Errorf("sent to %d persons", n)
		}
	})
}

func names(r receipts.Receipts) (list []string) {
	for _, w := range r.Who {
		list = append(list, w.UserID)
	}
	slices.Sort(list)
	return list
}
