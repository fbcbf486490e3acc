package transport

import (
	"sync/atomic"
	"time"
)

// This file is the bound on what waits for all connections together. Each has one of its own; five thousand times that
// would still be more than a machine has. What has come of frames that are not whole counts too. Beyond the bound live
// messages wait for nobody who is behind (they are read from the log later), and the slowest leave: those that are
// behind for longest.

// queues counts what waits for all connections.
type Queues struct {
	Bytes atomic.Int64
	Most  func() int64
	// over is signalled when bytes passes most.
	Over chan struct{}
}

func NewQueues(most func() int64) *Queues { return &Queues{Most: most, Over: make(chan struct{}, 1)} }

func (q *Queues) add(n int) {
	if now := q.Bytes.Add(int64(n)); n > 0 && now > q.Most() {
		select {
		case q.Over <- struct{}{}:
		default:
		}
	}
}

// full reports whether more waits than may.
func (q *Queues) full() bool { return q.Bytes.Load() > q.Most() }

// queueMore adds n bytes to what waits. mu is held.
func (l *Link) queueMore(n int) {
	l.queued += n
	l.all.add(n)
}

// behind is since when something waits, and how much; ok is false where nothing does.
func (l *Link) behind() (since time.Time, bytes int, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.since, l.queued, l.queued > 0
}

// partly notes how much there is of a frame that has begun, 0 once it has ended. What comes after the connection's end is
// read for two seconds more, and not counted.
func (c *Conn) partly(bytes int) {
	if c.Ending.Load() {
		bytes = 0
	}
	if was := c.partial.Swap(int64(bytes)); was != int64(bytes) {
		c.budget.add(bytes - int(was))
	}
}

// holds is since when the connection holds memory, of what waits for it or of a frame of its own, and how much.
func (c *Conn) Holds() (since time.Time, bytes int, ok bool) {
	since, bytes, ok = c.Link.behind()
	// The frame may become whole at this moment: then it has no time by which it must be.
	if partial, by := c.partial.Load(), c.frameBy.Load(); partial > 0 && by != 0 {
		if began := time.Unix(0, by).Add(-FrameTimeout); !ok || began.Before(since) {
			since = began
		}
		bytes += int(partial)
	}
	return since, bytes, bytes > 0
}

// drop forgets what waits, but for what may be half written. mu is held.
func (l *Link) drop() {
	kept := l.queue[:min(1, len(l.queue))] // the first may be half a frame
	for _, b := range l.queue[len(kept):] {
		l.queueMore(-len(b))
	}
	clear(l.queue[len(kept):])
	l.queue = kept
}

// dropQueued forgets what waits for a connection, and ends it.
func (c *Conn) DropQueued() {
	c.Link.mu.Lock()
	c.Link.drop()
	c.Link.mu.Unlock()
	c.TooSlow()
	c.partly(0)
}
