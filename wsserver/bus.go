package wsserver

import (
	"context"
	"errors"
	"log/slog"
	"sync"
)

// This file is the way of every message: posted, committed to the log, fanned out, answered. Two goroutines do it,
// so that the log commits one group while the one before is fanned out; what is posted meanwhile forms the next
// group. With nothing else under way a message waits for nobody.

const (
	groupMessages = 1024
	groupBytes    = 4 << 20
	// pendingBytes bounds what is posted and not yet committed; who posts more waits, and so does its socket.
	pendingBytes = 16 << 20
	// runBytes is how much of a group is joined into one write a connection.
	runBytes = 64 << 10
)

// address is who a message is for.
type address struct {
	audience string
	name     string // of the topic, or the person's user_id; "" for everyone
}

func addressOf(e *Entry) address {
	switch e.Audience {
	case AudienceTopic:
		return address{e.Audience, e.Topic}
	case AudiencePrivate:
		return address{e.Audience, e.UserID}
	}
	return address{AudienceEveryone, ""}
}

// post is a message on its way. done is called once, from a goroutine of the bus, when the message has been fanned
// out or has failed; it must not block.
type post struct {
	entry *Entry
	done  func(Appended, error)
}

// group is what one commit holds.
type group struct {
	posts   []post
	results []Appended
}

// bus commits and fans out. Its mutex guards what waits for a commit.
type bus struct {
	log    Log
	hub    *hub
	logger *slog.Logger
	// accepted is told how many messages each group brought.
	accepted func(n int)

	mu      sync.Mutex
	room    sync.Cond // signalled when pending shrinks
	work    sync.Cond // signalled when pending grows or the bus closes
	pending []post
	size    int
	closed  bool

	committed chan group
	running   sync.WaitGroup
}

func newBus(log Log, h *hub, logger *slog.Logger, accepted func(int)) *bus {
	b := &bus{log: log, hub: h, logger: logger, accepted: accepted, committed: make(chan group, 1)}
	b.room.L, b.work.L = &b.mu, &b.mu
	return b
}

func (b *bus) start() {
	b.running.Go(b.commit)
	b.running.Go(b.fanOut)
}

// post queues a message, waiting while too much is queued. ErrClosing once the bus closes.
func (b *bus) post(e *Entry, done func(Appended, error)) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	for b.size > pendingBytes && !b.closed {
		b.room.Wait()
	}
	if b.closed {
		return ErrClosing
	}
	b.pending = append(b.pending, post{e, done})
	b.size += len(e.Text)
	b.work.Signal()
	return nil
}

// close takes nothing more, and returns when what was taken has been committed and fanned out.
func (b *bus) close() {
	b.mu.Lock()
	b.closed = true
	b.room.Broadcast()
	b.work.Broadcast()
	b.mu.Unlock()
	b.running.Wait()
}

// next is the next group, nil once the bus is closed and empty.
func (b *bus) next() []post {
	b.mu.Lock()
	defer b.mu.Unlock()
	for len(b.pending) == 0 {
		if b.closed {
			return nil
		}
		b.work.Wait()
	}
	n, size := 0, 0
	for n < len(b.pending) && n < groupMessages && (n == 0 || size+len(b.pending[n].entry.Text) <= groupBytes) {
		size += len(b.pending[n].entry.Text)
		n++
	}
	posts := append([]post(nil), b.pending[:n]...)
	left := copy(b.pending, b.pending[n:])
	clear(b.pending[left:])
	b.pending = b.pending[:left]
	b.size -= size
	b.room.Broadcast()
	return posts
}

func (b *bus) commit() {
	defer close(b.committed) // received by fanOut alone, sent by this goroutine alone
	for {
		posts := b.next()
		if posts == nil {
			return
		}
		entries := make([]*Entry, len(posts))
		for i, p := range posts {
			entries[i] = p.entry
		}
		results, err := b.log.Append(context.Background(), entries)
		if err != nil {
			b.fail(posts, err)
			continue
		}
		b.committed <- group{posts, results}
	}
}

func (b *bus) fail(posts []post, err error) {
	var known *Error
	if !errors.As(err, &known) {
		b.logger.Error("append to the log", "error", err, "messages", len(posts))
		err = ErrNotKept
	}
	for _, p := range posts {
		p.done(Appended{}, err)
	}
}

func (b *bus) fanOut() {
	var s spreader
	for g := range b.committed {
		n := 0
		for i := 0; i < len(g.posts); {
			i = s.run(b.hub, g, i)
		}
		for i, p := range g.posts {
			r := g.results[i]
			if r.Err == nil && !r.Duplicate {
				n++
			}
			p.done(r, r.Err)
		}
		b.accepted(n)
	}
}

// spreader writes frames to many connections. Its slices are kept from one run to the next.
type spreader struct{ to, boards []*conn }

// run sends the messages from the i-th on that have the same address, joined into one write a connection, and
// returns where the next run begins. Each stays a WebSocket frame of its own.
func (s *spreader) run(h *hub, g group, i int) int {
	a := addressOf(g.posts[i].entry)
	var frames []byte
	var last uint64
	for ; i < len(g.posts) && len(frames) < runBytes && addressOf(g.posts[i].entry) == a; i++ {
		if r := g.results[i]; r.Err != nil || r.Duplicate {
			continue
		}
		f := encode(g.posts[i].entry.Message())
		last = g.results[i].Seq
		if frames == nil {
			frames = f
		} else {
			frames = append(frames, f...)
		}
	}
	if last == 0 {
		return i
	}
	s.to, s.boards = h.advance(last, a, s.to[:0], s.boards[:0])
	s.send(frames)
	return i
}

func (s *spreader) send(frames []byte) {
	w := fastWriters.Get().(*fastWriter)
	defer fastWriters.Put(w)
	for _, list := range [][]*conn{s.to, s.boards} {
		for _, c := range list {
			if !c.link.sendBy(w, frames) {
				c.tooSlow()
			}
		}
		clear(list) // keep no connection alive until the next message
	}
}
