package wsserver_test

import (
	"testing"
	"time"

	"belfry/wsserver/msglog"
	"belfry/wsserver/operator"
	"belfry/wsserver/receipts"
	"belfry/wsserver/wstest"
)

// reminded counts the reminders of a message that a connection was sent since the last call.
func reminded(c *wstest.Client, seq uint64) (n int) {
	waitIdle()
	for _, f := range c.Drain() {
		if f.Type == "remind" && f.Seq == seq {
			n++
		}
	}
	return n
}

// A reminder is sent once, though each server's clock says so; each server reminds its own people. One of whose people nobody is
// missing does not end it for the others.
func TestSeveral_ReminderOnce(t *testing.T) {
	inRooms(t, 2, func(t *testing.T, s []server) {
		ana, ben := s[0].person("ana"), s[1].person("ben")
		waitIdle()
		s[1].view.SetDelay(30 * time.Millisecond)
		b := operator.Broadcast{Message: "Evacuate", Ack: "I am out", Repeat: &receipts.Repeat{Every: 2, Times: 4}}
		seq := s[0].broadcast(b).Seq
		for round := range 2 {
			time.Sleep(2*time.Minute + 6*time.Second)
			if a, b := reminded(ana, seq), reminded(ben, seq); a != 1 || b != 1 {
				t.Errorf("round %d: Ana was reminded %d times, Ben %d", round, a, b)
			}
		}
		sendReceipt(ana, "ack", seq, "")
		time.Sleep(5 * time.Minute)
		if a, b := reminded(ana, seq), reminded(ben, seq); a != 0 || b != 2 {
			t.Errorf("after Ana's acknowledgement she was reminded %d times, Ben %d", a, b)
		}
		time.Sleep(10 * time.Minute)
		if b := reminded(ben, seq); b != 0 {
			t.Errorf("Ben was reminded %d times too often", b)
		}

		seq = s[0].broadcast(b).Seq
		time.Sleep(time.Second) // until the other server has it
		sendReceipt(ana, "ack", seq, "")
		sendReceipt(ben, "ack", seq, "")
		time.Sleep(4 * time.Minute)
		for i := range s {
			if a, _ := s[i].Receipts(t.Context(), []uint64{seq}, false); len(a.Repeats) > 0 {
				t.Errorf("of server %d, all have acknowledged, and are reminded still: %+v", i, a.Repeats)
			}
		}
		seq = s[0].broadcast(b).Seq
		waitIdle()
		if err := s[1].StopRepeat(t.Context(), seq); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Minute)
		if a, b := reminded(ana, seq), reminded(ben, seq); a != 0 || b != 0 {
			t.Errorf("after the end Ana was reminded %d times, Ben %d", a, b)
		}
	})
}

// A server that is cut off goes on to remind its people, and once it is back they are not reminded of all that was meanwhile.
func TestSeveral_RemindersWhileCutOff(t *testing.T) {
	inRooms(t, 2, func(t *testing.T, s []server) {
		ana, ben := s[0].person("ana"), s[1].person("ben")
		waitIdle()
		seq := s[0].broadcast(operator.Broadcast{Message: "Evacuate", Ack: "I am out", Repeat: &receipts.Repeat{Every: 2, Times: 100}}).Seq
		waitIdle()
		s[1].view.SetCut(true)
		time.Sleep(20*time.Minute + 30*time.Second)
		if a, b := reminded(ana, seq), reminded(ben, seq); a < 8 || b < 8 || a > 10 || b > 10 {
			t.Errorf("Ana was reminded %d times, Ben, whose server is cut off, %d", a, b)
		}
		s[1].view.SetCut(false)
		time.Sleep(time.Second)
		if b := reminded(ben, seq); b > 1 {
			t.Errorf("Ben was reminded %d times at once", b)
		}
		time.Sleep(20 * time.Minute)
		if a, b := reminded(ana, seq), reminded(ben, seq); a < 8 || b < 8 || a > 10 || b > 10 {
			t.Errorf("then Ana was reminded %d times, Ben %d", a, b)
		}
	})
}

// While the log cannot be written, people are reminded at the interval that was asked for: neither more often, nor never.
func TestReminder_WhereItCannotBeWritten(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		ana := r.person("ana")
		b := operator.Broadcast{Message: "x", Ack: "OK", Repeat: &receipts.Repeat{Every: 2, Times: 3}}
		if _, err := r.Broadcast(t.Context(), b); err == nil {
			t.Error("the operator is not told that the reminders are not kept")
		}
		seq := r.State().Seq
		time.Sleep(4*time.Minute + 20*time.Second)
		if n := reminded(ana, seq); n != 2 {
			t.Errorf("reminded %d times in two intervals", n)
		}
		if err := r.StopRepeat(t.Context(), seq); err == nil {
			t.Error("the operator is not told that their end is not kept")
		}
		time.Sleep(5 * time.Minute)
		if n := reminded(ana, seq); n != 0 {
			t.Errorf("reminded %d times after their end", n)
		}
	}, withLog(failingLog{msglog.NewMemory(), "repeat"}))
}
