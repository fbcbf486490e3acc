package wsserver_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"belfry/wsserver/msglog"
	"belfry/wsserver/operator"
	"belfry/wsserver/receipts"
	"belfry/wsserver/wstest"
)

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
		for _, c := range []*wstest.Client{d, ana, old} { // every client, also without a subscribe
			if f := c.Expect("withdrawn"); f.Of != seq || f.Seq != w.Seq {
				t.Errorf("told %s", f.Text)
			}
		}
		page, err := r.History(t.Context(), operator.HistoryQuery{})
		if err != nil || len(page.Messages) != 0 {
			t.Errorf("history %+v, error %v", page, err)
		}
		found, err := r.Search(t.Context(), operator.FindQuery{Text: "slip"})
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

// Retention removes a message's receipts with it.
func TestRetention_ForgetsReceiptsToo(t *testing.T) {
	log := msglog.NewBoundedMemory(3, 1<<20)
	inRoom(t, func(t *testing.T, r *room) {
		ana := r.person("ana", "general")
		r.client().Subscribe()
		// Retention looks every minute: not at the very instant of a reminder.
		b := operator.Broadcast{Message: "x", Ack: "OK", Repeat: &receipts.Repeat{Every: 2, Times: 1}}
		seq := r.broadcast(b).Seq
		sendReceipt(ana, "ack", seq, "")
		kept := func() (n int) {
			for _, kind := range []string{"ack", "guests", "repeat"} {
				_ = log.Records(t.Context(), kind, func(string, []byte) error { n++; return nil })
			}
			return n
		}
		waitIdle()
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
		wantReceipts(t, r, r.say("x").Seq, 1, 0, 0, 0) // a connected person stays a member
	}, withLog(log))
}
