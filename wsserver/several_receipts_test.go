package wsserver_test

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"belfry/wsserver/msglog"
	"belfry/wsserver/operator"
	"belfry/wsserver/sqlite"
	"belfry/wsserver/wstest"
)

// Receipts and memberships are the same at every server of one log.

// knows is all that the operator sees of receipts at a server.
func (s *server) knows(t *testing.T, seqs ...uint64) string {
	t.Helper()
	receipts, err := s.Receipts(t.Context(), seqs, true)
	if err != nil {
		t.Fatal(err)
	}
	people := s.Clients(operator.ClientsQuery{})
	return fmt.Sprintf("%+v\naway %+v\nmembers %v", receipts.Receipts, people.Away, people.Members)
}

// wantAllKnow compares what the servers know, a moment later.
func wantAllKnow(t *testing.T, list []server, seqs ...uint64) {
	t.Helper()
	time.Sleep(2 * time.Second)
	synctest.Wait()
	first := list[0].knows(t, seqs...)
	for i := range list[1:] {
		if got := list[i+1].knows(t, seqs...); got != first {
			t.Errorf("server %d knows\n%s, want\n%s", i+1, got, first)
		}
	}
}

// A person with a device at each server receives on one, reads on the other, and acknowledges on either: all count it once.
func TestSeveral_ReceiptsOfOnePersonAtTwo(t *testing.T) {
	for _, acks := range []int{0, 1} {
		inRooms(t, 2, func(t *testing.T, s []server) {
			s[1].view.SetDelay(40 * time.Millisecond)
			both := []*wstest.Client{s[0].person("ana", "general"), s[1].person("ana", "general")}
			s[1].person("ben")
			time.Sleep(time.Second)
			seq := s[0].broadcast(operator.Broadcast{Message: "all", Ack: "OK"}).Seq
			time.Sleep(time.Second)
			sendReceipt(both[0], "received", seq, "")
			time.Sleep(100 * time.Millisecond)
			sendReceipt(both[1], "read", seq, "")
			wantAllKnow(t, s, seq)
			for i := range s {
				wantReceipts(t, s[i].room, seq, 2, 1, 1, 0)
			}
			both[acks].Drain()
			both[1-acks].Drain()
			both[acks].Send(map[string]any{"action": "ack", "seq": seq})
			first, there := both[acks].Expect("acked"), both[1-acks].Expect("acked")
			if first.Time != there.Time || there.Seq != seq {
				t.Errorf("acknowledged at %s, told %s", first.Text, there.Text)
			}
			wantAllKnow(t, s, seq)
			for i := range s {
				wantReceipts(t, s[i].room, seq, 2, 1, 1, 1)
			}
		})
	}
}

// Both devices acknowledge at the same moment: the first time holds, everywhere.
func TestSeveral_AcknowledgedAtBothAtOnce(t *testing.T) {
	inRooms(t, 2, func(t *testing.T, s []server) {
		both := []*wstest.Client{s[0].person("ana"), s[1].person("ana")}
		time.Sleep(time.Second)
		seq := s[0].broadcast(operator.Broadcast{Message: "all", Ack: "OK"}).Seq
		time.Sleep(time.Second)
		s[0].view.SetDelay(300 * time.Millisecond)
		s[1].view.SetDelay(500 * time.Millisecond)
		both[0].Send(map[string]any{"action": "ack", "seq": seq})
		time.Sleep(50 * time.Millisecond)
		both[1].Send(map[string]any{"action": "ack", "seq": seq})
		a, b := both[0].ExpectAfter("acked", "message"), both[1].ExpectAfter("acked", "message")
		if a.Time != b.Time {
			t.Errorf("acknowledged at %s and %s", a.Time, b.Time)
		}
		wantAllKnow(t, s, seq)
	})
}

// A person is here while a device of theirs is at any server, and belongs to what they have joined at either.
func TestSeveral_PresenceAndMemberships(t *testing.T) {
	inRooms(t, 3, func(t *testing.T, s []server) {
		s[0].topic("kitchen", "open")
		waitIdle()
		here, there := s[0].person("ana", "general"), s[1].person("ana", "kitchen")
		s[2].person("ben", "general")
		wantAllKnow(t, s)
		kitchen := s[2].broadcast(operator.Broadcast{Message: "k", Topic: "kitchen"}).Seq
		here.Close()
		wantAllKnow(t, s, kitchen)
		if got := s[2].Clients(operator.ClientsQuery{}); len(got.Away) > 0 {
			t.Errorf("away: %+v", got.Away)
		}
		there.Close()
		wantAllKnow(t, s, kitchen)
		for i := range s {
			got := s[i].Clients(operator.ClientsQuery{})
			if len(got.Away) != 1 || got.Away[0].UserID != "ana" || len(got.Away[0].Topics) != 2 || got.Members["general"] != 2 {
				t.Errorf("server %d: away %+v, members %v", i, got.Away, got.Members)
			}
			wantReceipts(t, s[i].room, kitchen, 1, 0, 0, 0)
		}
	})
}

// A device leaves at one server, while the person is at another and stays: they miss nothing that is written at that moment, are
// counted for it everywhere, and keep their name.
func TestSeveral_LeavingWithOneDeviceLeavesTheOther(t *testing.T) {
	for _, earlier := range []bool{false, true} { // a message before, so that the membership has begun for something
		inRooms(t, 3, func(t *testing.T, s []server) {
			s[0].topic("kitchen", "open")
			waitIdle()
			phone, laptop := s[0].client(), s[1].client()
			for _, c := range []*wstest.Client{phone, laptop} {
				c.Send(map[string]any{"action": "hello", "user_id": "ana", "token": tokenOf("ana"), "name": "Ana", "topics": []string{"kitchen"}})
				time.Sleep(time.Second)
			}
			if earlier {
				s[2].broadcast(operator.Broadcast{Message: "before", Topic: "kitchen"})
				s[2].broadcast(operator.Broadcast{Message: "before"})
				time.Sleep(time.Second)
			}
			phone.SendText(`{"action":"leave"}`)
			phone.ExpectClosed()
			var seqs []uint64
			for i := range 6 {
				seqs = append(seqs, s[i%3].broadcast(operator.Broadcast{Message: "now", Topic: []string{"kitchen", ""}[i/3]}).Seq)
				time.Sleep(200 * time.Millisecond)
			}
			wantTaken(t, helloSlow(s[2].client(), "ben", "Ana"), "Ana 2")
			wantAllKnow(t, s, seqs...)
			for i := range seqs {
				wantReceipts(t, s[0].room, seqs[i], 1, 0, 0, 0)
			}
		})
	}
}

// Guests of all servers are counted, each once.
func TestSeveral_GuestsAreCountedOnce(t *testing.T) {
	inRooms(t, 2, func(t *testing.T, s []server) {
		for i := range s {
			for range i + 1 {
				s[i].client().SendText(`{"action":"subscribe","topics":["general"]}`)
			}
		}
		time.Sleep(time.Second)
		seq := s[0].say("all").Seq
		wantAllKnow(t, s, seq)
		if got := receiptsOf(t, s[1].room, seq, false); got.Guests != 3 {
			t.Errorf("guests: %+v", got)
		}
	})
}

// What was received at a server that is cut off is known to all once it is back, and there is what the others have.
func TestSeveral_ReceiptsOfOneThatWasCutOff(t *testing.T) {
	inRooms(t, 2, func(t *testing.T, s []server) {
		ana, ben := s[0].person("ana"), s[1].person("ben")
		time.Sleep(time.Second)
		seq := s[0].say("all").Seq
		time.Sleep(time.Second)
		s[1].view.SetCut(true)
		sendReceipt(ana, "read", seq, "")
		sendReceipt(ben, "read", seq, "")
		time.Sleep(3 * time.Second)
		wantReceipts(t, s[0].room, seq, 2, 1, 1, 0)
		wantReceipts(t, s[1].room, seq, 2, 1, 1, 0)
		if err := s[0].CloseAnnouncement(t.Context(), seq); err != nil {
			t.Fatal(err)
		}
		s[1].view.SetCut(false)
		wantAllKnow(t, s, seq)
		wantReceipts(t, s[1].room, seq, 2, 2, 2, 0)
	})
}

// A server that was restarted on its disk has the same as those that stayed.
func TestSeveral_ReceiptsAfterARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir, shared := t.TempDir(), wstest.NewSharedLog()
		open := func() *sqlite.Log {
			own, err := sqlite.Open(dir)
			if err != nil {
				t.Fatal(err)
			}
			return own
		}
		list := make([]server, 2)
		for i := range list {
			if i == 0 {
				list[i].view = shared.View(msglog.NewMemory())
			} else {
				list[i].view = shared.View(open())
			}
			list[i].room = newRoom(t, onView(list[i].view))
		}
		ana, ben := list[0].person("ana", "general"), list[1].person("ben", "general")
		time.Sleep(time.Second)
		var seqs []uint64
		for i := range 20 {
			seqs = append(seqs, list[i%2].broadcast(operator.Broadcast{Message: fmt.Sprint(i), Ack: "OK"}).Seq)
			time.Sleep(300 * time.Millisecond)
			sendReceipt(ana, "received", seqs[i], "")
			if i%3 == 0 {
				sendReceipt(ben, "read", seqs[i], "")
			}
		}
		wantAllKnow(t, list, seqs...)
		list[1].stop()
		sendReceipt(ana, "read", seqs[10], "")
		time.Sleep(time.Second)
		list[1].view = list[1].view.Reopen(open())
		list[1].room = newRoom(t, onView(list[1].view))
		wantAllKnow(t, list, seqs...)
		if away := list[0].Clients(operator.ClientsQuery{}).Away; len(away) != 1 || away[0].UserID != "ben" {
			t.Errorf("away: %+v", away)
		}
	})
}

// What the operator changes in a person's topics at one server is told to their devices at the other; and who leaves a topic on
// one device stays in it on another, wherever that is.
func TestSeveral_TopicsOfDevicesElsewhere(t *testing.T) {
	inRooms(t, 2, func(t *testing.T, s []server) {
		s[0].topic("kitchen", "open")
		waitIdle()
		here, there := s[0].person("ana", "general"), s[1].person("ana", "general")
		time.Sleep(time.Second)
		here.Send(map[string]any{"action": "unsubscribe", "topics": []string{"general"}})
		wantAllKnow(t, s)
		seq := s[0].broadcast(operator.Broadcast{Message: "1", Topic: "general"}).Seq
		waitIdle()
		sendReceipt(there, "read", seq, "general")
		wantAllKnow(t, s, seq)
		wantReceipts(t, s[0].room, seq, 1, 1, 1, 0)

		there.Drain()
		s[0].addMembers("ana")
		wantAllKnow(t, s)
		seq = s[0].inKitchen("2").Seq
		waitIdle()
		wantFrames(t, there, joinedKitchen, "2")
		there.Send(map[string]any{"action": "subscribe", "topics": []string{"general"}}) // its reader notes the other one
		waitIdle()
		sendReceipt(there, "received", seq, "kitchen")
		wantAllKnow(t, s, seq)
		wantReceipts(t, s[0].room, seq, 1, 1, 0, 0)

		there.Drain()
		s[0].removeMembers("ana")
		wantAllKnow(t, s, seq)
		seq = s[0].inKitchen("3").Seq
		wantAllKnow(t, s, seq)
		wantFrames(t, there, partedKitchen)
		wantReceipts(t, s[1].room, seq, 0, 0, 0, 0)
	})
}

// wantFrames compares the frames about topics, and the texts of the messages, that a connection was sent.
func wantFrames(t *testing.T, c *wstest.Client, want ...string) {
	t.Helper()
	var got []string
	for _, f := range c.Drain() {
		switch f.Type {
		case "joined", "parted":
			got = append(got, f.Text)
		case "message":
			got = append(got, f.Message)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("sent %q, want %q", got, want)
	}
}
