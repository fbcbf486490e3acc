package wsserver_test

import (
	"testing"

	"belfry/wsserver/msglog"
	"belfry/wsserver/operator"
	"belfry/wsserver/wstest"
)

// This file tests whose a private conversation is: a user_id is seen by everybody, so saying it opens nothing.

func subscribe(userID string, more ...any) map[string]any {
	f := map[string]any{"action": "subscribe", "user_id": userID}
	for i := 0; i < len(more); i += 2 {
		f[more[i].(string)] = more[i+1]
	}
	return f
}

// private are the texts of the private messages that a client was sent since it was last looked at.
func private(c *wstest.Client) (texts []string) {
	waitIdle()
	for _, f := range c.Drain() {
		list := f.Messages
		if f.Type == "message" {
			list = append(list, f)
		}
		for _, m := range list {
			if m.Audience == "private" {
				texts = append(texts, m.Message)
			}
		}
	}
	return texts
}

func wantPrivate(t *testing.T, c *wstest.Client, want ...string) {
	t.Helper()
	if got := private(c); len(got) != len(want) || len(got) > 0 && got[0] != want[0] {
		t.Errorf("was sent %q in private, want %q", got, want)
	}
}

// What one person and the operator write to each other is read by nobody else: not live, not by since, not by history, not by
// the topic that it was written to, also after a restart.
func TestPrivate_IsReadByNobodyElse(t *testing.T) {
	log := msglog.NewMemory()
	inRoom(t, func(t *testing.T, r *room) {
		r.topic("news", "announce")
		ana, phone, ben, guest := r.person("ana", "news"), r.person("ana"), r.person("ben", "news", "general"), r.client()
		guest.Send(subscribe("", "topics", []string{"news"}))
		ana.Notify("1", "", "the result, please")
		ana.Notify("2", "news", "is it true?")
		r.broadcast(operator.Broadcast{Message: "It is positive.", UserID: "ana"})
		r.broadcast(operator.Broadcast{Message: "It is true.", UserID: "ana", Topic: "news"})
		wantPrivate(t, phone, "the result, please", "is it true?", "It is positive.", "It is true.")
		for _, other := range []*wstest.Client{ben, guest} {
			other.SendText(`{"action":"history","id":"h"}`)
			wantPrivate(t, other)
		}
	}, withLog(log))
	inRoom(t, func(t *testing.T, r *room) {
		ben, stranger := r.client(), r.client()
		ben.Send(map[string]any{"action": "hello", "user_id": "ben", "token": tokenOf("ben"), "topics": []string{"news"}, "since": 0})
		stranger.Send(subscribe("eve", "topics", []string{"news"}, "since", 0))
		for _, other := range []*wstest.Client{ben, stranger} {
			other.SendText(`{"action":"history","id":"h","topic":"news"}`)
			other.SendText(`{"action":"history","id":"i"}`)
			wantPrivate(t, other)
		}
		ana := r.client()
		ana.Send(map[string]any{"action": "hello", "user_id": "ana", "token": tokenOf("ana"), "since": 0})
		wantPrivate(t, ana, "the result, please", "is it true?", "It is positive.", "It is true.")
	}, withLog(log))
}

// Who only says a user_id is sent none of its private messages: not live, not by since, not by history.
func TestUnproved_IsSentNothingPrivate(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		victim := r.client()
		victim.Send(subscribe("abc123"))
		victim.Notify("1", "", "the result, please")
		r.broadcast(operator.Broadcast{Message: "It is positive.", UserID: "abc123"})
		wantPrivate(t, victim, "It is positive.") // it has written itself
		thief := r.client()
		thief.Send(subscribe("abc123", "since", 0))
		thief.SendText(`{"action":"history","id":"h"}`)
		wantPrivate(t, thief)
		r.broadcast(operator.Broadcast{Message: "Tell nobody.", UserID: "abc123"})
		wantPrivate(t, thief)
		wantPrivate(t, victim, "Tell nobody.")
		victim.Send(subscribe("abc123", "since", 0, "topics", []string{"general"}))
		victim.SendText(`{"action":"history","id":"h"}`)
		wantPrivate(t, victim)
	})
}

// The first claim begins a new conversation: what lies before belongs to nobody, also after a restart.
func TestClaim_OfAUserIDInUseGetsNothingFromBefore(t *testing.T) {
	log := msglog.NewMemory()
	inRoom(t, func(t *testing.T, r *room) {
		victim := r.client()
		victim.Send(subscribe("abc123"))
		victim.Notify("1", "", "the result, please")
		asked := r.broadcast(operator.Broadcast{Message: "It is positive.", UserID: "abc123", Ack: "Read"})
		thief := r.client()
		thief.Send(map[string]any{"action": "hello", "user_id": "abc123", "token": "stolentokenstolen", "since": 0})
		readsNothing(t, thief)
		thief.Send(map[string]any{"action": "ack", "seq": asked.Seq})
		thief.ExpectError("not_allowed")
		victim.ExpectAfter("error", "message") // it is told, and is a guest
	}, withLog(log))
	inRoom(t, func(t *testing.T, r *room) {
		thief := r.client()
		thief.Send(map[string]any{"action": "hello", "user_id": "abc123", "token": "stolentokenstolen", "since": 0})
		readsNothing(t, thief)
		r.broadcast(operator.Broadcast{Message: "later", UserID: "abc123"})
		wantPrivate(t, thief, "later")
	}, withLog(log))
}

// A connection that wrote to the operator, and then claims its user_id, keeps the conversation from there on.
func TestClaim_KeepsWhatItsOwnConnectionWrote(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		other, c := r.client(), r.client()
		other.Send(subscribe("abc123"))
		other.Notify("1", "", "of another")
		c.Send(subscribe("abc123"))
		c.Notify("2", "", "mine")
		r.broadcast(operator.Broadcast{Message: "the answer", UserID: "abc123"})
		wantPrivate(t, c, "the answer")
		c.Send(map[string]any{"action": "hello", "user_id": "abc123", "token": tokenOf("abc123"), "since": 0})
		wantPrivate(t, c, "mine", "the answer")
	})
}

// Who says hello without a token has shown none before its next frame; what was written to it until then it was not sent, and
// has not received.
func TestOffered_HasNotReceivedWhatItWasNotSent(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		c := r.client()
		c.Hello("abc123", "")
		early := r.broadcast(operator.Broadcast{Message: "early", UserID: "abc123"})
		wantPrivate(t, c)
		c.Send(map[string]any{"action": "received", "seq": early.Seq})
		waitIdle()
		late := r.broadcast(operator.Broadcast{Message: "late", UserID: "abc123"})
		c.Send(map[string]any{"action": "received", "seq": late.Seq})
		wantPrivate(t, c, "late")
		got, err := r.Receipts(t.Context(), []uint64{early.Seq, late.Seq}, false)
		if err != nil || got.Receipts[0].Received != 0 || got.Receipts[1].Received != 1 {
			t.Errorf("receipts %+v, %v", got, err)
		}
		made := r.client() // the server made its user_id: nobody could have said it
		made.SendText(`{"action":"hello","name":"Ana"}`)
		r.broadcast(operator.Broadcast{Message: "to Ana", UserID: made.Expect("welcome").UserID})
		wantPrivate(t, made, "to Ana")
	})
}

// Dashboards are told who only says who it is.
func TestClients_SayWhoIsUnproved(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		said := r.client()
		said.Send(subscribe("abc123"))
		r.person("ana")
		r.client()
		waitIdle()
		for _, c := range r.Clients(operator.ClientsQuery{}).Clients {
			if c.Unproved != (c.UserID == "abc123") {
				t.Errorf("%s is listed as unproved: %v", c.UserID, c.Unproved)
			}
		}
	})
}
