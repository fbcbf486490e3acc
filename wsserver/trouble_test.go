package wsserver_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"belfry/wsserver"
)

// The operator is told while the log cannot be written, and when it can again, though nobody writes meanwhile.
func TestTrouble_IsToldAndPasses(t *testing.T) {
	log := &heldLog{Log: wsserver.NewMemoryLog()}
	inRoom(t, func(t *testing.T, r *room) {
		c := r.person("ana", "general")
		time.Sleep(time.Second) // what the ledger noted of that is written
		log.append, log.records = make(chan error, 1), make(chan error)
		stop := make(chan struct{})
		full := func() { // what comes beside messages fails, too, until stop
			for {
				select {
				case log.records <- errors.Join(wsserver.ErrNotKept, wsserver.ErrDiskFull):
				case <-stop:
					close(log.records)
					return
				}
			}
		}
		before := r.State()
		if before.Trouble != nil {
			t.Fatalf("at first: %+v", before.Trouble)
		}
		go full()
		log.append <- errors.Join(wsserver.ErrNotKept, wsserver.ErrDiskFull)
		c.Send(map[string]any{"action": "notify", "id": "1", "topic": "general", "message": "x"})
		c.ExpectError("not_kept")
		now := r.State().Trouble
		if now == nil || now.Code != "disk_full" || now.Message == "" || now.Since == "" {
			t.Fatalf("told %+v", now)
		}
		time.Sleep(time.Minute)
		if later := r.State().Trouble; later == nil || *later != *now {
			t.Errorf("a minute later: %+v", later)
		}
		close(stop)
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if left := r.State().Trouble; left != nil {
			t.Errorf("with room again: %+v", left)
		}
		log.append <- nil
		if seq := c.Notify("1", "general", "x"); seq != 1 {
			t.Errorf("accepted as %d", seq)
		}
	}, withLog(log))
}
