package test

import (
	"context"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"belfry/wsserver"
	"belfry/wsserver/msglog"
	"belfry/wsserver/operator"
	"belfry/wsserver/receipts"
	"belfry/wsserver/sqlite"
	"belfry/wsserver/wstest"
)

const day = 24 * time.Hour

// begins is the first instant: a bubble begins before anything that a log believes.
var begins = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// room is a server on a data folder, in a bubble whose clock a test chooses: each bubble begins at the same instant.
type room struct {
	*wsserver.Server
	t      *testing.T
	listen *wstest.Listener
}

// at runs a test in a room on dir, with the clock so long after the first instant.
func at(t *testing.T, dir string, clock time.Duration, test func(r *room)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(begins) + clock)
		r := &room{t: t, listen: wstest.Listen()}
		r.Server = wsserver.New(wsserver.Config{
			Dir: dir, Token: programKey, Listener: r.listen, Logger: slog.New(slog.DiscardHandler),
			OpenLog: func(dir string) (msglog.Log, error) { return sqlite.Open(dir) },
		})
		if err := r.Start(context.Background()); err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := r.Close(context.Background()); err != nil {
				t.Error(err)
			}
		}()
		test(r)
	})
}

func (r *room) device() *wstest.Client { return wstest.Dial(r.t, r.listen.Dial, "/ws/client", nil) }

func (r *room) say(b operator.Broadcast) operator.Receipt {
	r.t.Helper()
	receipt, err := r.Broadcast(r.t.Context(), b)
	if err != nil {
		r.t.Fatal(err)
	}
	return receipt
}

func (r *room) kept() int { return r.State().Kept }

// confirmClock says that the machine's clock is right, and waits for what retention then does.
func (r *room) confirmClock() {
	r.t.Helper()
	if err := r.Confirm(r.t.Context(), operator.DoubtClock); err != nil {
		r.t.Fatal(err)
	}
	time.Sleep(10 * time.Minute)
}

// The clock is set back by two months while the program does not run: order is by seq, nothing is lost, what people
// do counts, reminders come, and retention removes nothing before its time.
func TestClock_SetBack(t *testing.T) {
	dir := t.TempDir()
	var epoch string
	at(t, dir, 60*day, func(r *room) {
		ana, ben := r.device(), r.device()
		epoch = ana.HelloAs("ana", tokenOf("ana"), "general").Epoch
		ben.HelloAs("ben", tokenOf("ben"), "general")
		r.say(operator.Broadcast{Message: "one", Ack: "Understood", Repeat: &receipts.Repeat{Every: 1, Times: 3}})
		if seq := ana.Notify("2", "general", "two"); seq != 2 {
			t.Errorf("accepted as %d", seq)
		}
		ana.Close()
		ben.Close()
		synctest.Wait()
	})
	at(t, dir, 0, func(r *room) {
		ana := r.device()
		missed, f := ana.Return("ana", tokenOf("ana"), epoch, 0, "general")
		if len(missed) != 2 || missed[0].Message != "one" || missed[1].Message != "two" || !f.Complete || f.To != 2 {
			t.Errorf("comes back to %d, ended by %s", len(missed), f.Text)
		}
		three := r.say(operator.Broadcast{Message: "three"})
		m := ana.Expect("message")
		if three.Seq != 3 || m.Seq != 3 || m.Time >= missed[0].Time {
			t.Errorf("sent as %s, after %s: the clock was not set back, or order is by it", m.Text, missed[0].Text)
		}
		ana.SendText(`{"action":"read","seq":3}`)
		ana.SendText(`{"action":"ack","seq":1}`)
		if f := ana.Expect("acked"); f.Seq != 1 {
			t.Errorf("told %s", f.Text)
		}
		synctest.Wait()
		told, err := r.Receipts(r.t.Context(), []uint64{1, 3}, false)
		if err != nil || told.Receipts[0].Read != 1 || told.Receipts[0].Acked != 1 || told.Receipts[1].Read != 1 || told.Receipts[1].Sent != 2 {
			t.Errorf("receipts %+v, error %v", told.Receipts, err)
		}

		ben := r.device()
		ben.Return("ben", tokenOf("ben"), epoch, 2, "general")
		time.Sleep(2 * time.Minute) // two months until the reminder, by what was written down
		if f := ben.Expect("remind"); f.Seq != 1 {
			t.Errorf("reminded of %s", f.Text)
		}
		ben.Close()
		time.Sleep(13 * time.Hour)
		if away := r.Clients(operator.ClientsQuery{}).Away; len(away) != 0 {
			t.Errorf("still counted as away: %+v", away)
		}
		if r.kept() != 3 {
			t.Errorf("%d of 3 messages are kept", r.kept())
		}
	})
	// Each is kept for at least 90 days by the clock that it was written under, and none for ever.
	at(t, dir, 91*day, func(r *room) {
		time.Sleep(10 * time.Minute)
		if r.kept() != 3 {
			t.Errorf("%d of 3 messages are kept", r.kept())
		}
	})
	// Far from the time that was seen last nothing is removed until the operator confirms the clock. What was written while
	// it was in doubt is as old as that.
	at(t, dir, 151*day, func(r *room) {
		time.Sleep(10 * time.Minute)
		if r.kept() != 3 {
			t.Errorf("%d of 3 messages are kept before the clock is confirmed", r.kept())
		}
		r.confirmClock()
		if r.kept() != 1 {
			t.Errorf("%d messages are kept, want the third", r.kept())
		}
	})
	at(t, dir, 242*day, func(r *room) {
		r.confirmClock()
		if r.kept() != 0 {
			t.Errorf("%d messages are kept", r.kept())
		}
		ana := r.device()
		if missed, f := ana.Return("ana", tokenOf("ana"), epoch, 1); len(missed) != 0 || f.Complete || !f.Gone || f.From.Seq != 4 {
			t.Errorf("comes back to %d, ended by %s", len(missed), f.Text)
		}
	})
}
