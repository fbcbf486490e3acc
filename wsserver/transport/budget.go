package transport

import (
	"sync/atomic"
	"time"
)

// This file bounds the memory of all connections together. Each connection has a bound of its own, but five thousand
// times that would still be more than a machine has. Queued bytes count, and so do incomplete messages. While
// the budget is exceeded, live messages are refused for connections with a backlog (they are read from the log later),
// and the connections with the oldest backlog are closed first.

// Budget counts the bytes that all connections hold. It is safe for concurrent use, and never blocks.
type Budget struct {
	used    atomic.Int64
	limit   func() int64
	exceeds chan struct{}
}

// NewBudget makes a budget of limit bytes; limit is called for every queued frame, must not block, and may change its
// answer.
func NewBudget(limit func() int64) *Budget {
	return &Budget{limit: limit, exceeds: make(chan struct{}, 1)}
}

// Used returns how many bytes are held now.
func (q *Budget) Used() int64 { return q.used.Load() }

// Limit returns how many bytes may be held.
func (q *Budget) Limit() int64 { return q.limit() }

// Exceeded receives a value after the budget was exceeded. It has one receiver.
func (q *Budget) Exceeded() <-chan struct{} { return q.exceeds }

func (q *Budget) add(n int) {
	if now := q.used.Add(int64(n)); n > 0 && now > q.limit() {
		select {
		case q.exceeds <- struct{}{}:
		default:
		}
	}
}

// exceeded reports whether more is held than allowed.
func (q *Budget) exceeded() bool { return q.used.Load() > q.limit() }

// addQueued adds n bytes to the link's backlog. mu is held.
func (l *link) addQueued(n int) {
	l.queued += n
	l.budget.add(n)
}

// backlog is how many bytes are queued, and since when some are; ok is false if none are.
func (l *link) backlog() (since time.Time, bytes int, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.writingSince, l.queued, l.queued > 0
}

// setPartial notes how many bytes of an incomplete message there are, 0 once it is complete. After End they do not count:
// they are read for another LingerTimeout.
func (c *Conn) setPartial(bytes int) {
	if c.ending.Load() {
		bytes = 0
	}
	if was := c.partial.Swap(int64(bytes)); was != int64(bytes) {
		c.budget.add(bytes - int(was))
	}
}

// Backlog returns how many bytes the connection holds, queued or of an incomplete message, and since when. ok is false if it
// holds none.
func (c *Conn) Backlog() (since time.Time, bytes int, ok bool) {
	since, bytes, ok = c.link.backlog()
	// The message may become complete at this moment: then it has no deadline.
	if partial, by := c.partial.Load(), c.frameDeadline.Load(); partial > 0 && by != 0 {
		if began := time.Unix(0, by).Add(-FrameTimeout); !ok || began.Before(since) {
			since = began
		}
		bytes += int(partial)
	}
	return since, bytes, bytes > 0
}

// discardQueue drops what is queued, except a frame that may be half written. mu is held.
func (l *link) discardQueue() {
	kept := l.queue[:min(1, len(l.queue))] // the first may be half a frame
	for _, b := range l.queue[len(kept):] {
		l.addQueued(-len(b))
	}
	clear(l.queue[len(kept):])
	l.queue = kept
}

// EndAndDiscard ends a connection as EndTooSlow does, and gives its memory back at once.
func (c *Conn) EndAndDiscard() {
	c.link.mu.Lock()
	c.link.discardQueue()
	c.link.mu.Unlock()
	c.EndTooSlow()
	c.setPartial(0)
}
