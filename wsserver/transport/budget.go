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
type Budget struct {
	Used  atomic.Int64
	Limit func() int64
	// over is signalled when bytes passes most.
	Overrun chan struct{}
}

func NewBudget(most func() int64) *Budget {
	return &Budget{Limit: most, Overrun: make(chan struct{}, 1)}
}

func (q *Budget) add(n int) {
	if now := q.Used.Add(int64(n)); n > 0 && now > q.Limit() {
		select {
		case q.Overrun <- struct{}{}:
		default:
		}
	}
}

// exceeded reports whether more waits than may.
func (q *Budget) exceeded() bool { return q.Used.Load() > q.Limit() }

// addQueued adds n bytes to what waits. mu is held.
func (l *Link) addQueued(n int) {
	l.queued += n
	l.budget.add(n)
}

// backlog is since when something waits, and how much; ok is false where nothing does.
func (l *Link) backlog() (since time.Time, bytes int, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.writingSince, l.queued, l.queued > 0
}

// setPartial notes how much there is of a frame that has begun, 0 once it has ended. What comes after the connection's end is
// read for two seconds more, and not counted.
func (c *Conn) setPartial(bytes int) {
	if c.Ending.Load() {
		bytes = 0
	}
	if was := c.partial.Swap(int64(bytes)); was != int64(bytes) {
		c.budget.add(bytes - int(was))
	}
}

// holds is since when the connection holds memory, of what waits for it or of a frame of its own, and how much.
func (c *Conn) Backlog() (since time.Time, bytes int, ok bool) {
	since, bytes, ok = c.Link.backlog()
	// The frame may become whole at this moment: then it has no time by which it must be.
	if partial, by := c.partial.Load(), c.frameDeadline.Load(); partial > 0 && by != 0 {
		if began := time.Unix(0, by).Add(-FrameTimeout); !ok || began.Before(since) {
			since = began
		}
		bytes += int(partial)
	}
	return since, bytes, bytes > 0
}

// discardQueue forgets what waits, but for what may be half written. mu is held.
func (l *Link) discardQueue() {
	kept := l.queue[:min(1, len(l.queue))] // the first may be half a frame
	for _, b := range l.queue[len(kept):] {
		l.addQueued(-len(b))
	}
	clear(l.queue[len(kept):])
	l.queue = kept
}

// dropQueued forgets what waits for a connection, and ends it.
func (c *Conn) DiscardQueue() {
	c.Link.mu.Lock()
	c.Link.discardQueue()
	c.Link.mu.Unlock()
	c.EndTooSlow()
	c.setPartial(0)
}
