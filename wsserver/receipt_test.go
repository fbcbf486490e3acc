package wsserver_test

import (
	"context"
	"strconv"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"belfry/wsserver"
	"belfry/wsserver/msglog"
	"belfry/wsserver/operator"
	"belfry/wsserver/receipts"
	"belfry/wsserver/wstest"
)

func itoa(n uint64) string { return strconv.FormatUint(n, 10) }

func receiptsOf(t *testing.T, r *room, seq uint64, detail bool) receipts.Receipts {
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

func sendReceipt(c *wstest.Client, action string, seq uint64, topic string) {
	c.Send(map[string]any{"action": action, "seq": seq, "topic": topic})
}

func TestReceipts_FollowWhatEachSays(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		ana, ben := r.person("ana", "general"), r.person("ben")
		r.person("eve", "general")
		all := r.say("everyone").Seq
		topic := r.broadcast(operator.Broadcast{Message: "general", Topic: "general"}).Seq
		own := r.broadcast(operator.Broadcast{Message: "Ana", UserID: "ana"}).Seq
		wantReceipts(t, r, all, 3, 0, 0, 0)
		wantReceipts(t, r, topic, 2, 0, 0, 0)
		wantReceipts(t, r, own, 1, 0, 0, 0)
		sendReceipt(ana, "received", own, "") // everyone and private, not the topic
		sendReceipt(ben, "read", all, "")
		wantReceipts(t, r, all, 3, 2, 1, 0)
		wantReceipts(t, r, topic, 2, 0, 0, 0)
		wantReceipts(t, r, own, 1, 1, 0, 0)
		sendReceipt(ana, "read", own, "general") // beyond the last of the topic
		wantReceipts(t, r, topic, 2, 1, 1, 0)
		wantReceipts(t, r, own, 1, 1, 0, 0)
		sendReceipt(ben, "read", all, "general")
		ben.ExpectAfter("error", "message")
	})
}

// Receipts beyond the last message sent are clamped.
func TestReceipts_AreClampedToWhatWasSent(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		before := r.say("before anybody came").Seq
		ana := r.person("ana")
		sendReceipt(ana, "read", 1<<60, "")
		synctest.Wait()
		now := r.say("now").Seq
		wantReceipts(t, r, before, 0, 0, 0, 0)
		wantReceipts(t, r, now, 1, 0, 0, 0)
		sendReceipt(ana, "read", 1<<60, "")
		wantReceipts(t, r, now, 1, 1, 1, 0)
		later := r.say("later").Seq
		wantReceipts(t, r, later, 1, 0, 0, 0)
	})
}

// A sleeping phone must be listed as not having received.
func TestReceipts_OfAPhoneThatSleeps(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		epoch := r.State().Epoch
		r.person("ana").Close()
		waitIdle()
		said := r.say("wake up").Seq
		a := receiptsOf(t, r, said, true)
		if a.Sent != 1 || a.Who[0].Connected || a.Who[0].UserID != "ana" {
			t.Errorf("receipts %+v, want Ana away", a)
		}
		if away := r.Clients(operator.ClientsQuery{}).Away; len(away) != 1 || away[0].UserID != "ana" || away[0].Seen == "" {
			t.Errorf("away: %+v", away)
		}
		back := r.client()
		_, f := back.Return("ana", tokenOf("ana"), epoch, said-1)
		sendReceipt(back, "received", f.To, "")
		wantReceipts(t, r, said, 1, 1, 0, 0)
		if len(r.Clients(operator.ClientsQuery{}).Away) != 0 {
			t.Error("still listed as away")
		}
	})
}

// Messages that a recovery left out do not count as received.
func TestReceipts_AfterAnIncompleteRecovery(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		epoch := r.State().Epoch
		r.person("ana").Close()
		waitIdle()
		left, got := r.say("left out").Seq, r.say("got").Seq
		c := r.client()
		c.Send(map[string]any{"action": "hello", "user_id": "ana", "token": tokenOf("ana"), "since": 0, "epoch": epoch, "limit": 1})
		c.Expect("welcome")
		c.Expect("topics")
		_, f := c.Recovery()
		if f.Complete {
			t.Fatalf("ended by %s", f.Text)
		}
		sendReceipt(c, "read", f.To, "")
		wantReceipts(t, r, left, 1, 0, 0, 0)
		wantReceipts(t, r, got, 1, 1, 1, 0)
	})
}

func TestReceipts_OfDevicesAreMerged(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		phone, laptop := r.person("ana"), r.person("ana")
		one := r.say("1").Seq
		sendReceipt(phone, "received", one, "")
		sendReceipt(laptop, "read", one, "")
		sendReceipt(phone, "received", one, "")
		wantReceipts(t, r, one, 1, 1, 1, 0)
		phone.Close()
		waitIdle()
		two := r.say("2").Seq
		if a := receiptsOf(t, r, two, true); a.Sent != 1 || !a.Who[0].Connected {
			t.Errorf("with one device left: %+v", a)
		}
	})
}

func TestReceipts_AClientWithoutHelloIsCountedApart(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		old := r.client()
		old.Subscribe()
		synctest.Wait() // the counts may have been those of its coming
		r.person("ana")
		said := r.say("x").Seq
		if a := receiptsOf(t, r, said, true); a.Sent != 1 || a.Guests != 1 || len(a.Who) != 1 {
			t.Errorf("receipts %+v", a)
		}
		guest := r.Clients(operator.ClientsQuery{}).Clients[0].UserID
		said = r.broadcast(operator.Broadcast{Message: "x", UserID: guest}).Seq
		if a := receiptsOf(t, r, said, true); a.Sent != 0 || a.Guests != 1 {
			t.Errorf("receipts %+v", a)
		}
	})
}

func TestReceipts_StandAfterARestart(t *testing.T) {
	log := msglog.NewMemory()
	var one, two uint64
	inRoom(t, func(t *testing.T, r *room) {
		ana := r.person("ana", "general")
		r.person("ben")
		one = r.broadcast(operator.Broadcast{Message: "1", Topic: "general"}).Seq
		two = r.say("2").Seq
		sendReceipt(ana, "read", two, "general")
		sendReceipt(ana, "received", two, "")
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

// A thousand announcements do not grow a reader's record: older intervals are archived in records of their own.
func TestReceipts_OfVeryManyMessages(t *testing.T) {
	log := msglog.NewMemory()
	const n = 300
	inRoom(t, func(t *testing.T, r *room) {
		ana := r.person("ana")
		for range n {
			sendReceipt(ana, "read", r.say("x").Seq, "")
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

// countingLog counts commits and records.
type countingLog struct {
	msglog.Log
	commits, records, bytes atomic.Int64
}

func (l *countingLog) Append(ctx context.Context, changes []msglog.Change) ([]msglog.Appended, error) {
	_, records := wstest.Parts(changes)
	l.commits.Add(1)
	l.records.Add(int64(len(records)))
	for _, r := range records {
		l.bytes.Add(int64(len(r.Value)))
	}
	return l.Log.Append(ctx, changes)
}

// A thousand readers of two messages are one commit of one small record, however often each sends a receipt.
func TestReceipts_OfAThousandReadersAreOneCommit(t *testing.T) {
	log := &countingLog{Log: msglog.NewMemory()}
	const readers = 1000
	inRoom(t, func(t *testing.T, r *room) {
		clients := make([]*wstest.Client, readers)
		for i := range clients {
			clients[i] = r.person("reader" + strconv.Itoa(i))
		}
		first, seq := r.say("1").Seq, r.say("2").Seq
		time.Sleep(1100 * time.Millisecond) // the memberships are written, and no flush is due at this very instant
		log.commits.Store(0)
		log.records.Store(0)
		log.bytes.Store(0)
		for _, c := range clients {
			sendReceipt(c, "received", first, "")
			sendReceipt(c, "received", seq, "")
			sendReceipt(c, "read", first, "")
			sendReceipt(c, "read", seq, "")
		}
		wantReceipts(t, r, seq, readers, readers, readers, 0)
		time.Sleep(time.Second)
		if c, n := log.commits.Load(), log.records.Load(); c != 1 || n != 1 {
			t.Errorf("%d commits of %d records, want one of one", c, n)
		}
		// Each reader has received the first, the second, and read both: four changes.
		if n := log.bytes.Load(); n > 4*readers*10 {
			t.Errorf("%d bytes for the receipts of %d readers", n, readers)
		}
	}, withLog(log), func(c *wsserver.Config) { c.MaxPerAddress = 0 })
}
