package wsserver_test

import (
	"maps"
	"strings"
	"testing"
	"testing/synctest"

	"belfry/wsserver"
	"belfry/wsserver/operator"
	"belfry/wsserver/wstest"
)

func TestHello_AnsweredByWelcomeThenTopics(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		r.say("one")
		c := r.client()
		c.Send(map[string]any{"action": "hello", "user_id": "ana", "name": "  Ana \t Lima\u202e ", "topics": []string{"general", "nowhere"}})
		w := c.Expect("welcome")
		if w.Protocol != 1 || w.UserID != "ana" || w.Seq != 1 || w.Epoch != r.State().Epoch || w.Time == "" {
			t.Errorf("welcome %s", w.Text)
		}
		if !maps.Equal(w.Limits, wsserver.WireLimits) {
			t.Errorf("limits %v", w.Limits)
		}
		topics := c.Expect("topics")
		if want := (wstest.Topic{Topic: "general", Title: "General", Kind: "open"}); len(topics.Topics) != 1 || topics.Topics[0] != want {
			t.Errorf("topics %s", topics.Text)
		}
		info := r.Clients(operator.ClientsQuery{}).Clients[0]
		if info.Name != "Ana Lima" || strings.Join(info.Topics, " ") != "general" {
			t.Errorf("listed as %+v", info)
		}
	})
}

// A message that goes out while somebody says hello comes after the topics, or is before welcome.seq: never between.
func TestHello_NothingLiveBeforeItsTopics(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		device := r.person("ana") // a conversation to write to
		for range 50 {
			c := r.client()
			c.Drain()
			go c.SendText(`{"action":"hello","user_id":"ana","token":"` + tokenOf("ana") + `","topics":["general"]}`)
			go r.broadcast(operator.Broadcast{Message: "private", UserID: "ana"})
			go r.broadcast(operator.Broadcast{Message: "general", Topic: "general"})
			go r.say("everyone")
			waitIdle()
			wantOrderAfterWelcome(t, c)
			c.Close()
		}
		device.Close()
	})
}

func wantOrderAfterWelcome(t *testing.T, c *wstest.Client) {
	t.Helper()
	var kinds []string
	var joined uint64
	for _, f := range c.Drain() {
		switch {
		case f.Type == "counts":
			continue
		case f.Type == "welcome":
			joined = f.Seq
		case f.Type == "message" && f.Seq <= joined:
			t.Errorf("live seq %d although welcome says %d", f.Seq, joined)
		}
		kinds = append(kinds, f.Type)
	}
	if len(kinds) < 2 || kinds[0] != "welcome" || kinds[1] != "topics" {
		t.Errorf("frames came as %v, want welcome and topics first", kinds)
	}
}

func TestHello_AgainChangesTheName(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		d, c := r.dashboard(), r.person("ana")
		c.Hello("ana", "Ana Maria")
		c.Notify("1", "", "hi")
		if m := d.Expect("message"); m.From.Name != "Ana Maria" || m.From.UserID != "ana" {
			t.Errorf("from %+v", m.From)
		}
		c.SendText(`{"action":"hello"}`) // without a name it stays, without a user_id too
		if w := c.Expect("welcome"); w.UserID != "ana" {
			t.Errorf("welcome %s", w.Text)
		}
		c.Expect("topics")
		c.Notify("2", "", "hi")
		if m := d.Expect("message"); m.From.Name != "Ana Maria" {
			t.Errorf("from %+v", m.From)
		}
	})
}

func TestHello_AgainAsSomebodyElseIsNotAllowed(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		c := r.person("ana")
		c.SendText(`{"action":"hello","user_id":"ben"}`)
		c.ExpectError("not_allowed")
		c.SendText(`{"action":"subscribe","user_id":"ben"}`)
		c.ExpectError("not_allowed")
		if got := r.Clients(operator.ClientsQuery{}).Clients[0]; got.UserID != "ana" || len(got.Topics) != 0 {
			t.Errorf("is now %+v", got)
		}
	})
}

func TestHello_WithoutAnIDIsGivenOne(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		seen := map[string]bool{}
		for range 3 {
			c := r.client()
			c.SendText(`{"action":"hello","name":"Ana"}`)
			w := c.Expect("welcome")
			c.Expect("topics")
			if w.UserID == "" || strings.HasPrefix(w.UserID, "guest-") || seen[w.UserID] || len(w.Token) < 16 {
				t.Errorf("given user_id %q, token %q", w.UserID, w.Token)
			}
			seen[w.UserID] = true
			c.Close()
			c = r.client()
			c.HelloAs(w.UserID, w.Token) // to keep
		}
	})
}

func TestHello_ReservedIDsAreTaken(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		c := r.client()
		own := r.Clients(operator.ClientsQuery{}).Clients[0].UserID
		for _, id := range []string{"operator", "guest-", "guest-me", own} {
			c.Send(map[string]any{"action": "hello", "user_id": id})
			if f := c.ExpectError("identity_taken"); f.Field != "user_id" || f.Action != "hello" {
				t.Errorf("%s: %s does not name the field", id, f.Text)
			}
		}
		c.HelloAs("ana", tokenOf("ana"))
	})
}

func TestSubscribe_WithAReservedIDGoesOnAsAGuest(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		c := r.client()
		c.SendText(`{"action":"subscribe","user_id":"operator"}`)
		c.ExpectError("identity_taken")
		c.ExpectCounts(1, 1)
		if got := r.Clients(operator.ClientsQuery{}).Clients[0]; !strings.HasPrefix(got.UserID, "guest-") || len(got.Topics) != 1 {
			t.Errorf("is %+v, want a guest in general", got)
		}
		r.say("for guests too")
		wantMessages(t, c, "for guests too")
	})
}

// A person is every connection that showed the token of the user_id.
func TestPerson_IsAllItsConnections(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		phone, laptop, other := r.person("ana"), r.client(), r.person("ben")
		laptop.HelloAs("ana", tokenOf("ana"), "general")
		r.broadcast(operator.Broadcast{Message: "for Ana", UserID: "ana"})
		phone.Notify("1", "", "from Ana")
		wantMessages(t, laptop, "for Ana", "from Ana")
		wantMessages(t, other)
	})
}

func TestGuest_IsAPersonWhileConnected(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		d, c := r.dashboard(), r.client()
		c.SendText(`{"action":"notify","message":"who am I?"}`)
		guest := d.Expect("message").From.UserID
		synctest.Wait()
		c.Drain()
		r.broadcast(operator.Broadcast{Message: "you are " + guest, UserID: guest})
		wantMessages(t, c, "you are "+guest)
		c.Close()
		synctest.Wait()
		_, err := r.Broadcast(t.Context(), operator.Broadcast{Message: "gone?", UserID: guest})
		wantCode(t, err, "unknown_user")
		again := r.client()
		defer again.Close()
		if id := r.Clients(operator.ClientsQuery{}).Clients[0].UserID; id == guest {
			t.Errorf("the next guest is %s too", id)
		}
	})
}
