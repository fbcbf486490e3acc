package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"sync/atomic"
	"time"
)

// This file brings what was committed from the write-ahead log into the file. SQLite would have the commit that fills the
// write-ahead log do that, and whoever sent a message then waited for a thousand pages to reach the disk. Here a connection of
// its own does it beside the commits, which go on meanwhile.

const (
	// From checkpointAt pages on they are brought over once nobody commits, and from checkpointBusy on in any case: the more there
	// are, the more of them are the same page, which is written to the file once.
	checkpointAt   = 1000
	checkpointBusy = 4000
	// checkpointMost is where commits wait until all of it is done: the write-ahead log begins anew only when nothing of it is
	// left, and where messages come one after another there is no such moment.
	checkpointMost = 8000
	// checkpointTries is how often that moment is looked for before more pages have to come.
	checkpointTries = 8
	// checkpointRest is how long it rests after it has looked.
	checkpointRest = 50 * time.Millisecond
)

// checkpointer is the goroutine that does it.
type checkpointer struct {
	db    *sql.DB       // one connection
	last  atomic.Int64  // Unix ns of the newest commit
	wake  chan struct{} // there was one
	stop  chan struct{}
	ended chan struct{}
}

// startCheckpoints begins, until close is called. The connection is open from now on: a file that is removed is not made again.
func startCheckpoints(l *Log) error {
	db, err := connectAs(l.file, "mode=rw", 1)
	if err != nil {
		return err
	}
	c := &checkpointer{db: db, wake: make(chan struct{}, 1), stop: make(chan struct{}), ended: make(chan struct{})}
	if _, _, err := c.checkpoint("NOOP"); err != nil {
		return errors.Join(err, db.Close())
	}
	l.checkpoints = c
	go c.run(l) // ended and waited for by Close
	return nil
}

// close ends the goroutine and waits for it.
func (c *checkpointer) close() error {
	close(c.stop)
	<-c.ended
	return c.db.Close()
}

// committed is told of each commit. It never blocks.
func (c *checkpointer) committed() {
	c.last.Store(time.Now().UnixNano())
	select {
	case c.wake <- struct{}{}:
	default: // it is woken already
	}
}

// run looks after commits how much there is. Where that is to wait for quiet, it looks again by itself.
func (c *checkpointer) run(l *Log) {
	defer close(c.ended)
	tried := 0 // how many pages the last try has left
	for again := false; ; {
		var soon <-chan time.Time
		if again {
			soon = time.After(logQuiet)
		}
		select {
		case <-c.wake:
		case <-soon:
		case <-c.stop:
			return
		}
		left, total, err := c.checkpoint("NOOP")
		if tried > total { // it has begun anew
			tried = 0
		}
		fresh, quiet := left-tried, time.Now().UnixNano()-c.last.Load() >= int64(logQuiet)
		again = err == nil && fresh >= checkpointAt
		if again && (quiet || fresh >= checkpointBusy) {
			tried, again = c.bring(l, checkpointMost), false // no commit depends on it: after a failure the next ones try again
		}
		select {
		case <-time.After(checkpointRest):
		case <-c.stop:
			return
		}
	}
}

// bring brings over what there is, and returns how many pages are left: some came meanwhile, and some have to wait for somebody
// who still reads what was before them. Commits wait for it where there are more than most pages in total.
func (c *checkpointer) bring(l *Log, most int) (left int) {
	for range checkpointTries {
		if _, _, err := c.checkpoint("PASSIVE"); err != nil {
			return 0
		}
		total := 0
		left, total, _ = c.checkpoint("NOOP") // it knows of those that came meanwhile
		if total > most {
			l.appending.Lock()
			defer l.appending.Unlock()
			left, _, _ = c.checkpoint("PASSIVE")
			return left
		}
		if left == 0 {
			return 0
		}
	}
	return left
}

// checkpoint has SQLite make one, and returns how many pages of the write-ahead log are left, of how many in total. NOOP only
// looks; PASSIVE waits for nobody.
func (c *checkpointer) checkpoint(mode string) (left, total int, err error) {
	var busy, done int
	err = c.db.QueryRowContext(context.Background(), "PRAGMA wal_checkpoint("+mode+")").Scan(&busy, &total, &done)
	return total - done, total, err
}
