package wsserver

import (
	"cmp"
	"context"
	"slices"
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
		c.hub.queues.add(bytes - int(was))
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

// shed ends the slowest while more waits than may, until ctx ends.
func (s *Server) shed(ctx context.Context) {
	for {
		select {
		case <-s.hub.queues.over:
			s.shedSome()
		case <-ctx.Done():
			return
		}
	}
}

// shedSome brings what waits to an eighth below the bound, so that not every message ends one connection more.
func (s *Server) shedSome() {
	type slow struct {
		*conn
		since time.Time
		bytes int
	}
	var list []slow
	for _, c := range s.hub.everybody(true) {
		if since, bytes, ok := c.holds(); ok {
			list = append(list, slow{c, since, bytes})
		}
	}
	slices.SortFunc(list, func(a, b slow) int { return cmp.Or(a.since.Compare(b.since), cmp.Compare(b.bytes, a.bytes)) })
	enough := s.hub.queues.most() / 8 * 7
	n := 0
	for _, c := range list {
		if s.hub.queues.bytes.Load() <= enough {
			break
		}
		c.link.mu.Lock()
		c.link.drop()
		c.link.mu.Unlock()
		c.tooSlow()
		c.partly(0)
		n++
	}
	if n > 0 {
		s.logger.Warn("too much waited for slow connections", "ended", n)
	}
}
