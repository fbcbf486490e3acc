package wsserver_test

import (
	"fmt"
	"testing"

	"belfry/wsserver/msglog"
	"belfry/wsserver/operator"
)

// wantSentTo writes to everyone (topic "") or to a topic: the receipts count as many as Members said, and away of them.
func wantSentTo(t *testing.T, r *room, topic string, sent, away int) {
	t.Helper()
	waitIdle()
	a := r.Clients(operator.ClientsQuery{})
	if a.Members[topic] != sent || a.AwayMembers[topic] != away {
		t.Errorf("before a message to %q: %d members, %d away; want %d, %d", topic, a.Members[topic], a.AwayMembers[topic], sent, away)
	}
	seq := r.broadcast(operator.Broadcast{Message: "counted", Topic: topic}).Seq
	got := receiptsOf(t, r, seq, true)
	absent := 0
	for _, who := range got.Who {
		if !who.Connected {
			absent++
		}
	}
	if got.Sent != sent || absent != away {
		t.Errorf("the message to %q was sent to %d, %d of them away; want %d, %d", topic, got.Sent, absent, sent, away)
	}
}

// How many a message will be sent to is said before as the receipts say it after: with people away, people with two
// devices, guests, and connections that never said hello.
func TestMembers_AreThoseAMessageIsSentTo(t *testing.T) {
	log := msglog.NewMemory()
	inRoom(t, func(t *testing.T, r *room) {
		r.topic("kitchen", "open")
		wantSentTo(t, r, "", 0, 0)
		ana, ben, _ := r.person("ana", "kitchen"), r.person("ben"), r.person("ben", "kitchen")
		guest := r.client()
		guest.Hello("dan", "Dan", "kitchen")
		r.person("dan") // proves it: the other connection is a guest from now on
		bare := r.client()
		bare.Send(map[string]any{"action": "subscribe", "topics": []string{"kitchen"}})
		wantSentTo(t, r, "", 4, 0)
		wantSentTo(t, r, "kitchen", 3, 0)
		ana.Close()
		ben.Close()
		wantSentTo(t, r, "", 4, 1)
		wantSentTo(t, r, "kitchen", 3, 1)
		guest.Close()
		wantSentTo(t, r, "", 3, 1)
		wantSentTo(t, r, "kitchen", 2, 1)
		for i := range 3 {
			r.person(fmt.Sprint("left-", i), "kitchen").Send(map[string]any{"action": "leave"})
		}
		cleo := r.person("cleo", "kitchen")
		wantSentTo(t, r, "kitchen", 3, 1)
		cleo.Send(map[string]any{"action": "unsubscribe", "topics": []string{"kitchen"}})
		wantSentTo(t, r, "", 4, 1)
		wantSentTo(t, r, "kitchen", 2, 1)
	}, withLog(log))
	inRoom(t, func(t *testing.T, r *room) {
		wantSentTo(t, r, "", 4, 4)
		wantSentTo(t, r, "kitchen", 2, 2)
	}, withLog(log))
}
