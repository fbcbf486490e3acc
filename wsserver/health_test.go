package wsserver_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"belfry/wsserver"
	"belfry/wsserver/msglog"
	"belfry/wsserver/wire"
)

// fullLog refuses every commit while it is full.
type fullLog struct {
	msglog.Log
	full atomic.Bool
}

func (l *fullLog) Append(ctx context.Context, changes []msglog.Change) ([]msglog.Appended, error) {
	if l.full.Load() {
		return nil, errors.Join(wire.ErrNotKept, wire.ErrDiskFull)
	}
	return l.Log.Append(ctx, changes)
}

// The operator is told while the log cannot be written, and when it can again, though nobody writes meanwhile.
func TestHealth_TroubleIsToldAndPasses(t *testing.T) {
	log := &fullLog{Log: msglog.NewMemory()}
	inRoom(t, func(t *testing.T, r *room) {
		d, c := r.dashboard(), r.person("ana", "general")
		if told := r.State().Trouble; told != nil {
			t.Fatalf("at first: %+v", told)
		}
		before := d.Expect("event")
		log.full.Store(true)
		c.Send(map[string]any{"action": "notify", "id": "1", "topic": "general", "message": "x"})
		c.ExpectError("not_kept")
		synctest.Wait() // it is noted after the senders are answered
		now := r.State().Trouble
		if now == nil || now.Code != "disk_full" || now.Message == "" || now.Since == "" {
			t.Fatalf("told %+v", now)
		}
		time.Sleep(time.Minute)
		if later := r.State().Trouble; later == nil || *later != *now {
			t.Errorf("a minute later: %+v", later)
		}
		synctest.Wait()
		if frames := d.Drain(); len(frames) == 0 || frames[len(frames)-1].Text == before.Text {
			t.Error("the dashboard is told nothing")
		}
		log.full.Store(false)
		time.Sleep(10 * time.Second)
		if left := r.State().Trouble; left != nil {
			t.Errorf("with room again: %+v", left)
		}
		if seq := c.Notify("1", "general", "x"); seq != 1 {
			t.Errorf("accepted as %d", seq)
		}
	}, withLog(log))
}

// damagedLog is a log of which a disk has changed so many rows.
type damagedLog struct {
	msglog.Log
	rows atomic.Int64
}

func (l *damagedLog) DamageProblem() (*wire.Problem, int) {
	if l.rows.Load() == 0 {
		return nil, 0
	}
	return &wire.Problem{Code: "damaged_log", Message: "The disk has changed a stored message (number 2).", Hint: "Check the disk."}, int(l.rows.Load())
}

// What a disk has changed stands above the dashboard until the operator has read it, and again where it is more.
func TestHealth_DamageIsTold(t *testing.T) {
	log := &damagedLog{Log: msglog.NewMemory()}
	inRoom(t, func(t *testing.T, r *room) {
		r.dashboard()
		for rows := int64(1); rows < 3; rows++ {
			log.rows.Store(rows)
			time.Sleep(10 * time.Second)
			if n := r.State().Notice; n == nil || n.Code != "log_damaged" || n.Message != "The disk has changed a stored message (number 2). Check the disk." {
				t.Fatalf("%d rows: told %+v", rows, n)
			}
			if err := r.DismissNotice(t.Context()); err != nil {
				t.Fatal(err)
			}
			time.Sleep(10 * time.Second)
			if n := r.State().Notice; n != nil {
				t.Errorf("after it was read: %+v", n)
			}
		}
	}, func(c *wsserver.Config) { c.OpenLog = func(string) (msglog.Log, error) { return log, nil } })
}

// leftLog is a log that was one of several until now.
type leftLog struct{ msglog.Log }

func (leftLog) LeftRoom() bool { return true }

// A machine of several that is started alone says so: its flags may have been forgotten.
func TestHealth_AMachineThatIsStartedAloneSaysSo(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		if n := r.State().Notice; n == nil || n.Code != "left_machines" || !strings.Contains(n.Message, "was started alone") || !strings.Contains(n.Message, "-cluster") {
			t.Errorf("the operator reads %+v", n)
		}
	}, func(c *wsserver.Config) {
		c.OpenLog = func(string) (msglog.Log, error) { return leftLog{msglog.NewMemory()}, nil }
	})
}
