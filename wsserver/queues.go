package wsserver

import (
	"sync/atomic"
	"time"
)

// This file is the bound on what waits for all connections together. Each has one of its own; five thousand times that
// would still be more than a machine has. What has come of frames that are not whole counts too. Beyond the bound live
// messages wait for nobody who is behind (they are read from the log later), and the slowest leave: those that are
// behind for longest.

// queues counts what waits for all connections.
type queues struct {
	bytes atomic.Int64
	most  func() int64
	// over is signalled when bytes passes most.
	over chan struct{}
}

func newQueues(most func() int64) *queues { return &queues{most: most, over: make(chan struct{}, 1)} }

func (q *queues) add(n int) {
	if now := q.bytes.Add(int64(n)); n > 0 && now > q.most() {
		select {
		case q.over <- struct{}{}:
		default:
		}
	}
}

// full reports whether more waits than may.
func (q *queues) full() bool { return q.bytes.Load() > q.most() }

// queueMore adds n bytes to what waits. mu is held.
func (l *link) queueMore(n int) {
	l.queued += n
	l.all.add(n)
}

// behind is since when something waits, and how much; ok is false where nothing does.
func (l *link) behind() (since time.Time, bytes int, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.since, l.queued, l.queued > 0
}

// partly notes how much there is of a frame that has begun, 0 once it has ended. What comes after the connection's end is
// read for two seconds more, and not counted.
func (c *conn) partly(bytes int) {
	if c.ending.Load() {
		bytes = 0
	}
	if was := c.partial.Swap(int64(bytes)); was != int64(bytes) {
		c.budget.add(bytes - int(was))
	}
}

// holds is since when the connection holds memory, of what waits for it or of a frame of its own, and how much.
func (c *conn) holds() (since time.Time, bytes int, ok bool) {
	since, bytes, ok = c.link.behind()
	// The frame may become whole at this moment: then it has no time by which it must be.
	if partial, by := c.partial.Load(), c.frameBy.Load(); partial > 0 && by != 0 {
		if began := time.Unix(0, by).Add(-frameTimeout); !ok || began.Before(since) {
			since = began
		}
		bytes += int(partial)
	}
	return since, bytes, bytes > 0
}

// drop forgets what waits, but for what may be half written. mu is held.
func (l *link) drop() {
	kept := l.queue[:min(1, len(l.queue))] // the first may be half a frame
	for _, b := range l.queue[len(kept):] {
		l.queueMore(-len(b))
	}
	clear(l.queue[len(kept):])
	l.queue = kept
}

// dropQueued forgets what waits for a connection, and ends it.
func (c *conn) dropQueued() {
	c.link.mu.Lock()
	c.link.drop()
	c.link.mu.Unlock()
	c.tooSlow()
	c.partly(0)
}
