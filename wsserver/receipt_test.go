package wsserver_test

import (
	"context"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"belfry/wsserver"
	"belfry/wsserver/wstest"
)

func itoa(n uint64) string { return strconv.FormatUint(n, 10) }

func receiptsOf(t *testing.T, r *room, seq uint64, detail bool) wsserver.Receipts {
	t.Helper()
	synctest.Wait()
	a, err := r.Receipts(t.Context(), []uint64{seq}, detail)
	if err != nil || len(a.Receipts) != 1 {
		t.Fatalf("receipts of %d: %+v, error %v", seq, a, err)
	}
	return a.Receipts[0]
}

// wantReceipts checks how many it was sent to, and how many of them received, read and acknowledged it.
func wantReceipts(t *testing.T, r *room, seq uint64, sent, received, read, acked int) {
	t.Helper()
	a := receiptsOf(t, r, seq, false)
	if a.Sent != sent || a.Received != received || a.Read != read || a.Acked != acked {
		t.Errorf("receipts of %d: %+v; want %d sent, %d received, %d read, %d acknowledged", seq, a, sent, received, read, acked)
	}
}

func tell(c *wstest.Client, action string, seq uint64, topic string) {
	c.Send(map[string]any{"action": action, "seq": seq, "topic": topic})
}

func TestReceipts_FollowWhatEachSays(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		ana, ben := r.person("ana", "general"), r.person("ben")
		r.person("eve", "general")
		all := r.say("everyone").Seq
		topic := r.broadcast(wsserver.Broadcast{Message: "general", Topic: "general"}).Seq
		own := r.broadcast(wsserver.Broadcast{Message: "Ana", UserID: "ana"}).Seq
		wantReceipts(t, r, all, 3, 0, 0, 0)
		wantReceipts(t, r, topic, 2, 0, 0, 0)
		wantReceipts(t, r, own, 1, 0, 0, 0)
		tell(ana, "received", own, "") // everyone and private, not the topic
		tell(ben, "read", all, "")
		wantReceipts(t, r, all, 3, 2, 1, 0)
		wantReceipts(t, r, topic, 2, 0, 0, 0)
		wantReceipts(t, r, own, 1, 1, 0, 0)
		tell(ana, "read", own, "general") // beyond the last of the topic
		wantReceipts(t, r, topic, 2, 1, 1, 0)
		wantReceipts(t, r, own, 1, 1, 0, 0)
		tell(ben, "read", all, "general")
		ben.ExpectAfter("error", "message")
	})
}

// Nobody is shown to have what they were never sent.
func TestReceipts_AreClampedToWhatWasSent(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		before := r.say("before anybody came").Seq
		ana := r.person("ana")
		tell(ana, "read", 1<<60, "")
		synctest.Wait()
		now := r.say("now").Seq
		wantReceipts(t, r, before, 0, 0, 0, 0)
		wantReceipts(t, r, now, 1, 0, 0, 0)
		tell(ana, "read", 1<<60, "")
		wantReceipts(t, r, now, 1, 1, 1, 0)
		later := r.say("later").Seq
		wantReceipts(t, r, later, 1, 0, 0, 0)
	})
}

// The sleeping phone is the very person whom the operator must see.
func TestReceipts_OfAPhoneThatSleeps(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		epoch := r.State().Epoch
		r.person("ana").Close()
		settle()
		said := r.say("wake up").Seq
		a := receiptsOf(t, r, said, true)
		if a.Sent != 1 || a.Who[0].Connected || a.Who[0].UserID != "ana" {
			t.Errorf("receipts %+v, want Ana away", a)
		}
		if away := r.Clients(wsserver.ClientsQuery{}).Away; len(away) != 1 || away[0].UserID != "ana" || away[0].Seen == "" {
			t.Errorf("away: %+v", away)
		}
		back := r.client()
		_, f := back.Return("ana", tokenOf("ana"), epoch, said-1)
		tell(back, "received", f.To, "")
		wantReceipts(t, r, said, 1, 1, 0, 0)
		if len(r.Clients(wsserver.ClientsQuery{}).Away) != 0 {
			t.Error("still listed as away")
		}
	})
}

// A recovery that leaves something out does not make it received.
func TestReceipts_AfterAnIncompleteRecovery(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		epoch := r.State().Epoch
		r.person("ana").Close()
		settle()
		left, got := r.say("left out").Seq, r.say("got").Seq
		c := r.client()
		c.Send(map[string]any{"action": "hello", "user_id": "ana", "token": tokenOf("ana"), "since": 0, "epoch": epoch, "limit": 1})
		c.Expect("welcome")
		c.Expect("topics")
		_, f := c.Recovery()
		if f.Complete {
			t.Fatalf("ended by %s", f.Text)
		}
		tell(c, "read", f.To, "")
		wantReceipts(t, r, left, 1, 0, 0, 0)
		wantReceipts(t, r, got, 1, 1, 1, 0)
	})
}

func TestReceipts_OfDevicesAreMerged(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		phone, laptop := r.person("ana"), r.person("ana")
		one := r.say("1").Seq
		tell(phone, "received", one, "")
		tell(laptop, "read", one, "")
		tell(phone, "received", one, "")
		wantReceipts(t, r, one, 1, 1, 1, 0)
		phone.Close()
		settle()
		two := r.say("2").Seq
		if a := receiptsOf(t, r, two, true); a.Sent != 1 || !a.Who[0].Connected {
			t.Errorf("with one device left: %+v", a)
		}
	})
}

func TestReceipts_WhoNeverSaidHelloIsCountedApart(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		old := r.client()
		old.Subscribe()
		synctest.Wait() // the counts may have been those of its coming
		r.person("ana")
		said := r.say("x").Seq
		if a := receiptsOf(t, r, said, true); a.Sent != 1 || a.Guests != 1 || len(a.Who) != 1 {
			t.Errorf("receipts %+v", a)
		}
		guest := r.Clients(wsserver.ClientsQuery{}).Clients[0].UserID
		said = r.broadcast(wsserver.Broadcast{Message: "x", UserID: guest}).Seq
		if a := receiptsOf(t, r, said, true); a.Sent != 0 || a.Guests != 1 {
			t.Errorf("receipts %+v", a)
		}
	})
}

func TestMembership_Ends(t *testing.T) {
	for name, end := range map[string]func(*room, *wstest.Client){
		"ByUnsubscribe": func(_ *room, c *wstest.Client) { c.SendText(`{"action":"unsubscribe"}`) },
		"ByLeave":       func(_ *room, c *wstest.Client) { c.SendText(`{"action":"leave"}`) },
		"ByRemoval":     func(r *room, _ *wstest.Client) { _ = r.Disconnect(context.Background(), "ana", "") },
		"Hours after the last connection": func(_ *room, c *wstest.Client) {
			c.Close()
			time.Sleep(12*time.Hour + time.Minute)
		},
	} {
		t.Run(name, func(t *testing.T) {
			inRoom(t, func(t *testing.T, r *room) {
				c := r.person("ana", "general")
				first := r.broadcast(wsserver.Broadcast{Message: "1", Topic: "general"}).Seq
				end(r, c)
				settle()
				wantReceipts(t, r, r.broadcast(wsserver.Broadcast{Message: "2", Topic: "general"}).Seq, 0, 0, 0, 0)
				wantReceipts(t, r, first, 1, 0, 0, 0) // it was for her then
			})
		})
	}
}

func TestMembership_StaysWithTheOtherDevice(t *testing.T) {
	for _, action := range []string{"unsubscribe", "leave"} {
		inRoom(t, func(t *testing.T, r *room) {
			phone := r.person("ana", "general")
			r.person("ana", "general")
			phone.Send(map[string]any{"action": action})
			settle()
			wantReceipts(t, r, r.broadcast(wsserver.Broadcast{Message: "x", Topic: "general"}).Seq, 1, 0, 0, 0)
			wantReceipts(t, r, r.say("x").Seq, 1, 0, 0, 0)
		})
	}
}

func TestAck_IsDurableIdempotentAndTold(t *testing.T) {
	log := wsserver.NewMemoryLog()
	var seq uint64
	var first string
	inRoom(t, func(t *testing.T, r *room) {
		phone, laptop := r.person("ana"), r.person("ana")
		r.person("ben")
		seq = r.broadcast(wsserver.Broadcast{Message: "fire drill", Ack: "Understood"}).Seq
		if m := phone.Expect("message"); m.Ack != "Understood" {
			t.Errorf("sent %s", m.Text)
		}
		laptop.Expect("message")
		tell(phone, "ack", seq, "")
		f := phone.Expect("acked")
		if g := laptop.Expect("acked"); f.Seq != seq || g.Text != f.Text {
			t.Errorf("told %s and %s", f.Text, g.Text)
		}
		time.Sleep(time.Second)
		tell(laptop, "ack", seq, "")
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

func TestAck_ThatCannotCountIsNotAllowed(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		before := r.broadcast(wsserver.Broadcast{Message: "x", Ack: "OK"}).Seq
		ana := r.person("ana")
		plain := r.say("x").Seq
		r.person("ben")
		others := r.broadcast(wsserver.Broadcast{Message: "x", Ack: "OK", UserID: "ben"}).Seq
		taken := r.broadcast(wsserver.Broadcast{Message: "x", Ack: "OK"}).Seq
		w, err := r.Withdraw(t.Context(), taken)
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		ana.Drain()
		for _, seq := range []uint64{before, plain, others, taken, w.Seq, 0, 999} {
			tell(ana, "ack", seq, "")
			if f := ana.ExpectError("not_allowed"); f.Seq != seq || f.Action != "ack" {
				t.Errorf("ack of %d: %s", seq, f.Text)
			}
		}
	})
}

func TestReceipts_StandAfterARestart(t *testing.T) {
	log := wsserver.NewMemoryLog()
	var one, two uint64
	inRoom(t, func(t *testing.T, r *room) {
		ana := r.person("ana", "general")
		r.person("ben")
		one = r.broadcast(wsserver.Broadcast{Message: "1", Topic: "general"}).Seq
		two = r.say("2").Seq
		tell(ana, "read", two, "general")
		tell(ana, "received", two, "")
		synctest.Wait()
	}, withLog(log))
	inRoom(t, func(t *testing.T, r *room) {
		wantReceipts(t, r, one, 1, 1, 1, 0)
		wantReceipts(t, r, two, 2, 1, 0, 0)
		a := receiptsOf(t, r, two, true)
		if !a.Who[0].Connected || !a.Who[1].Connected {
			t.Errorf("who was connected then: %+v", a.Who)
		}
		a = receiptsOf(t, r, r.say("3").Seq, true)
		if len(a.Who) != 2 || a.Who[0].Connected || a.Who[1].Connected {
			t.Errorf("who is away now: %+v", a.Who)
		}
	}, withLog(log))
}

func TestRepeat_UntilAcknowledged(t *testing.T) {
	log := wsserver.NewMemoryLog()
	inRoom(t, func(t *testing.T, r *room) {
		ana, ben := r.person("ana"), r.person("ben")
		b := wsserver.Broadcast{Message: "x", Ack: "OK", Repeat: &wsserver.Repeat{Every: 2, Times: 3}, MessageID: "m"}
		seq := r.broadcast(b).Seq
		tell(ben, "ack", seq, "")
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
		if a, _ := r.Receipts(t.Context(), []uint64{seq}, false); a.Repeats[seq] != (wsserver.Repeat{Every: 2, Times: 2}) {
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
		if err := r.StopRepeat(seq); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Minute)
		if n := reminds(ana); n != 0 {
			t.Errorf("reminded %d times although stopped", n)
		}
	}, withLog(log))
}

func TestWriteAgain_ReachesThoseWhoHaveNot(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		ana, ben := r.person("ana"), r.person("ben")
		seq := r.broadcast(wsserver.Broadcast{Message: "x", Ack: "OK"}).Seq
		tell(ana, "ack", seq, "")
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

func TestWithdraw_TakesItFromEverywhere(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		d, ana, old := r.dashboard(), r.person("ana", "general"), r.client()
		seq := ana.Notify("1", "general", "a slip of the tongue")
		synctest.Wait()
		ana.Drain()
		w, err := r.Withdraw(t.Context(), seq)
		if err != nil || w.Seq != seq+1 {
			t.Fatalf("withdrawn as %+v, error %v", w, err)
		}
		d.Expect("message")
		for _, c := range []*wstest.Client{d, ana, old} { // every client, also who never subscribed
			if f := c.Expect("withdrawn"); f.Of != seq || f.Seq != w.Seq {
				t.Errorf("told %s", f.Text)
			}
		}
		page, err := r.History(t.Context(), wsserver.HistoryQuery{})
		if err != nil || len(page.Messages) != 0 {
			t.Errorf("history %+v, error %v", page, err)
		}
		found, err := r.Search(t.Context(), wsserver.FindQuery{Text: "slip"})
		if err != nil || len(found.Messages) != 0 {
			t.Errorf("found %+v, error %v", found, err)
		}
		_, err = r.Withdraw(t.Context(), seq)
		wantCode(t, err, "not_allowed")
		if again := ana.Notify("1", "general", "a slip of the tongue"); again != seq {
			t.Errorf("sent again it is accepted as %d", again)
		}
		missed, _ := r.client().Return("ana", tokenOf("ana"), "", 0, "general")
		if len(missed) != 1 || missed[0].Type != "withdrawn" || strings.Contains(missed[0].Text, "slip") {
			t.Errorf("recovered %v", missed)
		}
	})
}

// A thousand announcements cost the row of a reader no more than a few: older times go onto rows of their own.
func TestReceipts_OfVeryManyMessages(t *testing.T) {
	log := wsserver.NewMemoryLog()
	const n = 300
	inRoom(t, func(t *testing.T, r *room) {
		ana := r.person("ana")
		for range n {
			tell(ana, "read", r.say("x").Seq, "")
			synctest.Wait()
			time.Sleep(time.Second)
		}
	}, withLog(log))
	longest := 0
	for _, kind := range []string{"cursor", "steps"} {
		err := log.Records(t.Context(), kind, func(_ string, value []byte) error {
			longest = max(longest, len(value))
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if longest > 8<<10 {
		t.Errorf("a row of %d bytes", longest)
	}
	inRoom(t, func(t *testing.T, r *room) {
		last := ""
		for seq := uint64(1); seq <= n; seq++ {
			a := receiptsOf(t, r, seq, true)
			if a.Received != 1 || a.Read != 1 || a.Who[0].Read <= last {
				t.Fatalf("seq %d: %+v after %s", seq, a, last)
			}
			last = a.Who[0].Read
		}
	}, withLog(log))
}

// What is known of a message goes with it.
func TestRetention_ForgetsReceiptsToo(t *testing.T) {
	log := wsserver.NewSmallLog(3, 1<<20)
	inRoom(t, func(t *testing.T, r *room) {
		ana := r.person("ana", "general")
		r.client().Subscribe()
		b := wsserver.Broadcast{Message: "x", Ack: "OK", Repeat: &wsserver.Repeat{Every: 1, Times: 1}}
		seq := r.broadcast(b).Seq
		tell(ana, "ack", seq, "")
		kept := func() (n int) {
			for _, kind := range []string{"ack", "guests", "repeat"} {
				_ = log.Records(t.Context(), kind, func(string, []byte) error { n++; return nil })
			}
			return n
		}
		settle()
		time.Sleep(time.Second)
		if n := kept(); n != 3 {
			t.Errorf("%d records, want 3", n)
		}
		for range 3 {
			ana.Send(map[string]any{"action": "notify", "topic": "general", "message": "x"})
		}
		time.Sleep(2 * time.Minute)
		if n := kept(); n != 0 {
			t.Errorf("%d records are left of a message that is not", n)
		}
		wantReceipts(t, r, r.say("x").Seq, 1, 0, 0, 0) // who is here stays so
	}, withLog(log))
}
