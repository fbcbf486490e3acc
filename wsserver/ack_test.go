package wsserver_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"belfry/wsserver/msglog"
	"belfry/wsserver/operator"
	"belfry/wsserver/receipts"
	"belfry/wsserver/wstest"
)

func TestAck_IsDurableIdempotentAndTold(t *testing.T) {
	log := msglog.NewMemory()
	var seq uint64
	var first string
	inRoom(t, func(t *testing.T, r *room) {
		phone, laptop := r.person("ana"), r.person("ana")
		r.person("ben")
		seq = r.broadcast(operator.Broadcast{Message: "fire drill", Ack: "Understood"}).Seq
		if m := phone.Expect("message"); m.Ack != "Understood" {
			t.Errorf("sent %s", m.Text)
		}
		laptop.Expect("message")
		sendReceipt(phone, "ack", seq, "")
		f := phone.Expect("acked")
		if g := laptop.Expect("acked"); f.Seq != seq || g.Text != f.Text {
			t.Errorf("told %s and %s", f.Text, g.Text)
		}
		time.Sleep(time.Second)
		sendReceipt(laptop, "ack", seq, "")
		if again := laptop.Expect("acked"); again.Text != f.Text {
			t.Errorf("again: %s, want %s", again.Text, f.Text)
		}
		first = f.Time
		wantReceipts(t, r, seq, 2, 1, 1, 1)
	}, withLog(log))
	inRoom(t, func(t *testing.T, r *room) { // the same log, started again
		wantReceipts(t, r, seq, 2, 1, 1, 1)
		c := r.client()
		missed, _ := c.Return("ana", tokenOf("ana"), "", 0)
		if len(missed) != 2 || missed[1].Type != "acked" || missed[1].Seq != seq || missed[1].Time != first {
			t.Errorf("recovered %v", missed)
		}
		c.SendText(`{"action":"history","id":"1"}`)
		if f := c.Expect("history"); len(f.Acked) != 1 || f.Acked[0] != seq {
			t.Errorf("history %s", f.Text)
		}
		missed, _ = r.client().Return("ben", tokenOf("ben"), "", 0)
		if len(missed) != 1 {
			t.Errorf("Ben recovered %v", missed)
		}
	}, withLog(log))
}

// A further device of somebody who was here before is told what waits for them, and nobody else is.
func TestAck_IsAskedOfAFurtherDevice(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		epoch, ana := r.State().Epoch, r.person("ana")
		r.person("ben")
		ask := func(b operator.Broadcast) uint64 {
			b.Message, b.Ack = "Evacuate", "I am out"
			return r.broadcast(b).Seq
		}
		open, answered, closed, private := ask(operator.Broadcast{}), ask(operator.Broadcast{}), ask(operator.Broadcast{}), ask(operator.Broadcast{UserID: "ana"})
		ask(operator.Broadcast{UserID: "ben"})
		withdrawn := ask(operator.Broadcast{})
		r.say("asks nothing")
		ana.Send(map[string]any{"action": "ack", "seq": answered})
		ana.ExpectAfter("acked", "message")
		if err := r.CloseAnnouncement(t.Context(), closed); err != nil {
			t.Fatal(err)
		}
		if _, err := r.Withdraw(t.Context(), withdrawn); err != nil {
			t.Fatal(err)
		}
		for name, want := range map[string][]uint64{"ana": {open, private}, "new": nil} {
			if f := helloNamed(r.client(), name, ""); f.Type != "welcome" || !slices.Equal(f.Asks, want) {
				t.Errorf("%s: %s, want to be asked %v", name, f.Text, want)
			}
		}
		back := r.client()
		back.Send(map[string]any{"action": "hello", "user_id": "ana", "token": tokenOf("ana"), "since": open, "epoch": epoch})
		if f := back.Expect("welcome"); len(f.Asks) > 0 {
			t.Errorf("a device that was here before: %s", f.Text)
		}
	})
}

// A page that comes back and asks for no more than it shows is asked about what its limit left out, and about nothing else.
func TestAck_IsAskedOfWhatALimitLeavesOut(t *testing.T) {
	log := msglog.NewMemory()
	var after, alarm uint64
	asks := func(r *room, since uint64, epoch string, limit int) []uint64 {
		c := r.client()
		c.Send(map[string]any{"action": "hello", "user_id": "ana", "token": tokenOf("ana"), "since": since, "epoch": epoch, "limit": limit})
		return c.Expect("welcome").Asks
	}
	inRoom(t, func(t *testing.T, r *room) {
		epoch, ana := r.State().Epoch, r.person("ana")
		r.person("ben")
		send := func(b operator.Broadcast) uint64 {
			b.Message = "Evacuate"
			return r.broadcast(b).Seq
		}
		earlier := send(operator.Broadcast{Ack: "I am out"})
		alarmEarlier := send(operator.Broadcast{Priority: 5})
		since := r.say("the last that this page has").Seq
		plain := send(operator.Broadcast{Ack: "I am out"})
		alarm = send(operator.Broadcast{Priority: 5})
		closed, private := send(operator.Broadcast{Ack: "I am out"}), send(operator.Broadcast{UserID: "ana", Priority: 5})
		read := send(operator.Broadcast{Priority: 5})
		send(operator.Broadcast{UserID: "ben", Ack: "I am out", Priority: 5})
		withdrawn := send(operator.Broadcast{Priority: 5})
		if err := r.CloseAnnouncement(t.Context(), closed); err != nil {
			t.Fatal(err)
		}
		if _, err := r.Withdraw(t.Context(), withdrawn); err != nil {
			t.Fatal(err)
		}
		for range 30 {
			r.say("number")
		}
		synctest.Wait()
		ana.Drain()
		send(operator.Broadcast{Ack: "I am out", Priority: 5}) // this one is sent
		want := func(what string, got []uint64, want ...uint64) {
			t.Helper()
			if !slices.Equal(got, want) {
				t.Errorf("%s: asked %v, want %v", what, got, want)
			}
		}
		want("all of it is sent", asks(r, since, epoch, 1000))
		want("what is left out", asks(r, since, epoch, 20), earlier, plain, alarm, private, read)
		want("some of it", asks(r, plain, epoch, 20), earlier, plain, alarm, private, read)
		want("of another log all is new", asks(r, since, "another", 20), earlier, alarmEarlier, plain, alarm, private, read)
		sendReceipt(ana, "ack", plain, "")
		ana.ExpectAfter("acked", "message")
		sendReceipt(ana, "read", read, "")
		synctest.Wait()
		want("after it was read", asks(r, since, epoch, 20), earlier)
		after = r.say("the last that this page has").Seq
		alarm = send(operator.Broadcast{Priority: 5})
		for range 30 {
			r.say("number")
		}
		time.Sleep(time.Second)
	}, withLog(log))
	inRoom(t, func(t *testing.T, r *room) { // after a restart
		if got := asks(r, after, "", 20); !slices.Contains(got, alarm) {
			t.Errorf("asked %v after a restart, want %d among them", got, alarm)
		}
	}, withLog(log))
}

func TestAck_ThatCannotCountIsNotAllowed(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		before := r.broadcast(operator.Broadcast{Message: "x", Ack: "OK"}).Seq
		ana := r.person("ana")
		plain := r.say("x").Seq
		r.person("ben")
		others := r.broadcast(operator.Broadcast{Message: "x", Ack: "OK", UserID: "ben"}).Seq
		taken := r.broadcast(operator.Broadcast{Message: "x", Ack: "OK"}).Seq
		w, err := r.Withdraw(t.Context(), taken)
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		ana.Drain()
		for _, seq := range []uint64{before, plain, others, taken, w.Seq, 0, 999} {
			sendReceipt(ana, "ack", seq, "")
			if f := ana.ExpectError("not_allowed"); f.Seq != seq || f.Action != "ack" {
				t.Errorf("ack of %d: %s", seq, f.Text)
			}
		}
	})
}

func TestReminder_UntilAcknowledged(t *testing.T) {
	log := msglog.NewMemory()
	inRoom(t, func(t *testing.T, r *room) {
		ana, ben := r.person("ana"), r.person("ben")
		b := operator.Broadcast{Message: "x", Ack: "OK", Repeat: &receipts.Repeat{Every: 2, Times: 3}, MessageID: "m"}
		seq := r.broadcast(b).Seq
		sendReceipt(ben, "ack", seq, "")
		reminds := func(c *wstest.Client) (n int) {
			for _, f := range c.Drain() {
				if f.Type == "remind" && f.Seq == seq {
					n++
				}
			}
			return n
		}
		time.Sleep(2*time.Minute + 10*time.Second)
		if a, b := reminds(ana), reminds(ben); a != 1 || b != 0 {
			t.Errorf("after one round Ana was reminded %d times, Ben %d", a, b)
		}
		if a, _ := r.Receipts(t.Context(), []uint64{seq}, false); a.Repeats[seq] != (receipts.Repeat{Every: 2, Times: 2}) {
			t.Errorf("left: %+v", a.Repeats)
		}
		time.Sleep(10 * time.Minute)
		if n := reminds(ana); n != 2 {
			t.Errorf("then %d times, want the 2 that were left", n)
		}
		r.broadcast(b) // the same one again begins nothing anew
		time.Sleep(10 * time.Minute)
		if n := reminds(ana); n != 0 {
			t.Errorf("reminded %d times after the end", n)
		}
		b.MessageID = "n"
		seq = r.broadcast(b).Seq
		if err := r.StopRepeat(t.Context(), seq); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Minute)
		if n := reminds(ana); n != 0 {
			t.Errorf("reminded %d times although stopped", n)
		}
	}, withLog(log))
}

func TestResend_GoesToRecipientsThatLackIt(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		ana, ben := r.person("ana"), r.person("ben")
		seq := r.broadcast(operator.Broadcast{Message: "x", Ack: "OK"}).Seq
		sendReceipt(ana, "ack", seq, "")
		synctest.Wait()
		ana.Drain()
		ben.Drain()
		for range 2 { // once, however often the same is asked for
			if n, err := r.WriteAgain(t.Context(), seq, "ack", "please", "again"); n != 1 || err != nil {
				t.Errorf("written to %d, error %v", n, err)
			}
		}
		wantMessages(t, ana)
		if m := ben.Expect("message"); m.Message != "please" || m.Audience != "private" || m.ReplyTo != seq || m.Ack != "OK" {
			t.Errorf("sent %s", m.Text)
		}
		wantMessages(t, ben)
	})
}

// An acknowledgement of a resend is one of the announcement, and ends its reminders.
func TestAck_OfAResendCountsForTheAnnouncement(t *testing.T) {
	log := msglog.NewMemory()
	var seq, again, third uint64
	inRoom(t, func(t *testing.T, r *room) {
		ana := r.person("ana")
		r.person("ben")
		b := operator.Broadcast{Message: "fire drill", Ack: "Understood", Repeat: &receipts.Repeat{Every: 5, Times: 9}}
		seq = r.broadcast(b).Seq
		again = resend(t, r, ana, seq, "ack")
		third = resend(t, r, ana, again, "ack") // a resend of a resend
		ana.Drain()
		sendReceipt(ana, "ack", again, "")
		var told []uint64
		for range 3 {
			told = append(told, ana.Expect("acked").Seq)
		}
		if !slices.Equal(told, []uint64{again, seq, third}) {
			t.Errorf("told that %v are acknowledged, want %d first, then %d and %d", told, again, seq, third)
		}
		wantReceipts(t, r, seq, 2, 1, 1, 1)
		time.Sleep(11 * time.Minute)
		for _, f := range ana.Drain() {
			if f.Type == "remind" {
				t.Errorf("reminded: %s", f.Text)
			}
		}
	}, withLog(log))
	inRoom(t, func(t *testing.T, r *room) { // the same log, started again
		wantReceipts(t, r, seq, 2, 1, 1, 1)
		missed, _ := r.client().Return("ana", tokenOf("ana"), "", 0)
		acked := 0
		for _, f := range missed {
			if f.Type == "acked" {
				acked++
			}
		}
		if acked != 3 {
			t.Errorf("recovered %v", missed)
		}
	}, withLog(log))
}

// An acknowledgement of the announcement is one of its resends too.
func TestAck_OfTheAnnouncementCountsForItsResends(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		ana := r.person("ana")
		seq := r.broadcast(operator.Broadcast{Message: "x", Ack: "OK"}).Seq
		copied := resend(t, r, ana, seq, "ack")
		other := r.broadcast(operator.Broadcast{Message: "keys?", Ack: "I have them", UserID: "ana", ReplyTo: seq}).Seq
		ana.Drain()
		sendReceipt(ana, "ack", seq, "")
		wantReceipts(t, r, copied, 1, 1, 1, 1)
		wantReceipts(t, r, other, 1, 0, 0, 0) // it asks for something else
	})
}

// Receipts of a resend count for the announcement, also of a phone that was never sent the announcement.
func TestReceipts_OfAResendCountForTheAnnouncement(t *testing.T) {
	log := msglog.NewMemory()
	var seq, copied uint64
	inRoom(t, func(t *testing.T, r *room) {
		r.person("ana", "general").Close()
		r.person("ben", "general")
		waitIdle()
		seq = r.broadcast(operator.Broadcast{Message: "x", Topic: "general"}).Seq
		ana := r.person("ana")
		copied = resend(t, r, ana, seq, "received")
		wantReceipts(t, r, seq, 2, 0, 0, 0)
		sendReceipt(ana, "received", copied, "")
		wantReceipts(t, r, seq, 2, 1, 0, 0)
		sendReceipt(ana, "read", copied, "")
		wantReceipts(t, r, seq, 2, 1, 1, 0)
		if a := receiptsOf(t, r, seq, true); a.Who[0].Read == "" || a.Who[1].Read != "" {
			t.Errorf("who: %+v", a.Who)
		}
	}, withLog(log))
	inRoom(t, func(t *testing.T, r *room) {
		wantReceipts(t, r, seq, 2, 1, 1, 0)
		if _, err := r.Withdraw(t.Context(), copied); err != nil {
			t.Fatal(err)
		}
		wantReceipts(t, r, seq, 2, 0, 0, 0)
	}, withLog(log))
	inRoom(t, func(t *testing.T, r *room) { wantReceipts(t, r, seq, 2, 0, 0, 0) }, withLog(log))
}

// resend writes seq again to the recipients that lack a receipt, and returns the seq of the resend that c is sent.
func resend(t *testing.T, r *room, c *wstest.Client, seq uint64, missing string) uint64 {
	t.Helper()
	synctest.Wait()
	c.Drain()
	if _, err := r.WriteAgain(t.Context(), seq, missing, "", ""); err != nil {
		t.Fatal(err)
	}
	return c.Expect("message").Seq
}
