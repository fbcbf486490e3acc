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

// closedAt is when an announcement was closed, "" while it is open.
func (r *room) closedAt(seq uint64) string {
	r.t.Helper()
	answer, err := r.Receipts(r.t.Context(), []uint64{seq}, false)
	if err != nil || len(answer.Receipts) != 1 {
		r.t.Fatalf("receipts %+v, %v", answer, err)
	}
	return answer.Receipts[0].Closed
}

func (r *room) noted(what string) (n int) {
	for _, e := range r.Audit(operator.AuditQuery{}).Entries {
		if e.What == what {
			n++
		}
	}
	return n
}

func (r *room) verb(d *wstest.Client, action string, args map[string]any) {
	r.t.Helper()
	if e := d.Ask(action, args, nil); e != nil {
		r.t.Fatalf("%s: %s", action, e.Text)
	}
}

func TestClose_EndsTheReminders(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		ana, d, other := r.person("ana"), r.dashboard(), r.dashboard()
		sent := r.broadcast(operator.Broadcast{Message: "Evacuate", Ack: "I am out", Repeat: &receipts.Repeat{Every: 1, Times: 5}})
		time.Sleep(90 * time.Second)
		ana.ExpectAfter("remind", "message")
		other.Drain()
		before := time.Now()
		r.verb(d, "close_announcement", map[string]any{"seq": sent.Seq})
		r.verb(d, "close_announcement", map[string]any{"seq": sent.Seq})
		if at, err := time.Parse(time.RFC3339, r.closedAt(sent.Seq)); err != nil || at.Before(before.Truncate(time.Millisecond)) {
			t.Errorf("closed at %v, error %v", at, err)
		}
		waitIdle()
		if !slices.ContainsFunc(other.Drain(), func(f wstest.Frame) bool { return f.Type == "event" }) {
			t.Error("the other dashboard is told nothing")
		}
		time.Sleep(time.Hour)
		if got := texts(ana, "remind"); len(got) > 0 {
			t.Errorf("reminded by %q", got)
		}
		ana.Send(map[string]any{"action": "ack", "seq": sent.Seq})
		ana.Expect("acked")
		r.verb(d, "reopen_announcement", map[string]any{"seq": sent.Seq})
		r.verb(d, "reopen_announcement", map[string]any{"seq": sent.Seq})
		if at := r.closedAt(sent.Seq); at != "" {
			t.Errorf("closed at %q", at)
		}
		if closed, reopened := r.noted("announcement_closed"), r.noted("announcement_reopened"); closed != 1 || reopened != 1 {
			t.Errorf("noted %d and %d times", closed, reopened)
		}
	})
}

func TestClose_IsForAnnouncements(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		ana := r.person("ana")
		theirs := ana.Notify("1", "", "hello")
		private := r.broadcast(operator.Broadcast{Message: "hello", UserID: "ana"})
		gone := r.say("a mistake")
		if _, err := r.Withdraw(t.Context(), gone.Seq); err != nil {
			t.Fatal(err)
		}
		for _, seq := range []uint64{theirs, private.Seq, gone.Seq, 0, 99} {
			wantCode(t, r.CloseAnnouncement(t.Context(), seq), "not_allowed")
			wantCode(t, r.ReopenAnnouncement(t.Context(), seq), "not_allowed")
		}
	})
}

func TestClose_OutlivesARestart(t *testing.T) {
	log := msglog.NewMemory()
	var closed, withdrawn uint64
	inRoom(t, func(t *testing.T, r *room) {
		closed, withdrawn = r.say("one").Seq, r.say("two").Seq
		for _, seq := range []uint64{closed, withdrawn} {
			if err := r.CloseAnnouncement(t.Context(), seq); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := r.Withdraw(t.Context(), withdrawn); err != nil {
			t.Fatal(err)
		}
	}, withLog(log))
	inRoom(t, func(t *testing.T, r *room) {
		synctest.Wait()
		if r.closedAt(closed) == "" {
			t.Error("it is open again")
		}
		n := 0
		if err := log.Records(t.Context(), "closed", func(string, []byte) error { n++; return nil }); err != nil || n != 1 {
			t.Errorf("%d records, error %v", n, err)
		}
	}, withLog(log))
}
