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

// post is a message on its way, with the records that belong to it; or records alone, where entry is nil. done is
// called once, from a goroutine of the bus, when the message has been fanned out or has failed; it must not block.
type post struct {
	entry   *Entry
	records []Record
	done    func(Appended, error)
}

func (p *post) size() (n int) {
	if p.entry != nil {
		n = len(p.entry.Text)
	}
	for _, r := range p.records {
		n += len(r.Value)
	}
	return n
}

// group is what one commit holds. results has one for each post; that of records alone is zero.
type group struct {
	posts   []post
	results []Appended
}

// bus commits and fans out. Its mutex guards what waits for a commit.
type bus struct {
	log    Log
	hub    *hub
	ledger *ledger
	logger *slog.Logger
	// accepted is told how many messages each group brought.
	accepted func(n int)
	// wrote is told of each commit's outcome.
	wrote func(error)
	// stalled is told of clients whose socket is full, and up to where they were sent everything.
	stalled func(c *conn, position uint64)

	mu      sync.Mutex
	room    sync.Cond // signalled when pending shrinks
	work    sync.Cond // signalled when pending grows or the bus closes
	pending []post
	size    int
	closed  bool

	committed chan group
	running   sync.WaitGroup
}

func newBus(s *Server) *bus {
	b := &bus{
		log: s.log, hub: s.hub, ledger: s.ledger, logger: s.logger, accepted: s.accepted, wrote: s.wrote,
		stalled: s.stalled, committed: make(chan group, 1),
	}
	b.room.L, b.work.L = &b.mu, &b.mu
	return b
}

func (b *bus) start() {
	b.running.Go(b.commit)
	b.running.Go(b.fanOut)
}

// post queues a message, waiting while too much is queued. ErrClosing once the bus closes.
func (b *bus) post(p post) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	for b.size > pendingBytes && !b.closed {
		b.room.Wait()
	}
	if b.closed {
		return ErrClosing
	}
	b.pending = append(b.pending, p)
	b.size += p.size()
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
	for n < len(b.pending) && n < groupMessages && (n == 0 || size+b.pending[n].size() <= groupBytes) {
		size += b.pending[n].size()
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
		results, err := b.append(posts)
		if err != nil {
			b.fail(posts, err)
			continue
		}
		b.committed <- group{posts, results}
	}
}

// append commits a group and returns what became of each of its posts.
func (b *bus) append(posts []post) ([]Appended, error) {
	entries := make([]*Entry, 0, len(posts))
	var records []Record
	for _, p := range posts {
		if p.entry != nil {
			entries = append(entries, p.entry)
		}
		records = append(records, p.records...)
	}
	noted := b.ledger.flush()
	appended, err := b.log.Append(context.Background(), entries, append(records, noted...))
	if err != nil {
		b.ledger.unwritten(noted)
	}
	b.wrote(err)
	if err != nil || len(entries) == len(posts) {
		return appended, err
	}
	results := make([]Appended, len(posts))
	i := 0
	for j, p := range posts {
		if p.entry != nil {
			results[j] = appended[i]
			i++
		}
	}
	return results, nil
}

func (b *bus) fail(posts []post, err error) {
	b.logger.Error("append to the log", "error", err, "messages", len(posts))
	var known *Error
	switch {
	case errors.Is(err, ErrDiskFull):
		err = ErrNotKept.because("The disk of the server is full, so the message was not sent. Try again later.")
	case !errors.As(err, &known):
		err = ErrNotKept
	}
	for _, p := range posts {
		p.done(Appended{}, err)
	}
}

func (b *bus) fanOut() {
	s := spreader{bus: b}
	for g := range b.committed {
		n := 0
		for i := 0; i < len(g.posts); {
			i = s.run(g, i)
		}
		for i, p := range g.posts {
			r := g.results[i]
			if p.entry != nil && r.Err == nil && !r.Duplicate {
				n++
			}
			p.done(r, r.Err)
		}
		b.accepted(n)
	}
}

// keep commits records and returns once they are durable.
func (b *bus) keep(records ...Record) error {
	done := make(chan error, 1)
	if err := b.post(post{records: records, done: func(_ Appended, err error) { done <- err }}); err != nil {
		return err
	}
	return <-done
}

// spreader writes frames to many connections. Its slices are kept from one run to the next.
type spreader struct {
	bus        *bus
	to, boards []*conn
}

// run sends the messages from the i-th on that are of the same stream, joined into one write a connection, and
// returns where the next run begins. Each stays a WebSocket frame of its own.
func (s *spreader) run(g group, i int) int {
	if g.posts[i].entry == nil {
		return i + 1
	}
	stream := g.posts[i].entry.Stream()
	var frames []byte
	var first, last uint64
	for ; i < len(g.posts) && len(frames) < runBytes; i++ {
		e, r := g.posts[i].entry, g.results[i]
		if e == nil || e.Stream() != stream {
			break
		}
		if r.Err != nil || r.Duplicate {
			continue
		}
		if e.From.Operator && e.Of == 0 { // before anybody can answer
			s.bus.ledger.said(r.Seq, s.bus.hub.silent(stream))
		}
		f := encodeEntry(e)
		if frames == nil {
			frames, first = f, r.Seq
		} else {
			frames = append(frames, f...)
		}
		last = r.Seq
	}
	if last == 0 {
		return i
	}
	s.to, s.boards = s.bus.hub.advance(last, stream, s.to[:0], s.boards[:0])
	s.send(frames, first-1)
	return i
}

// send writes to everyone meant. Who has no room is told of by stalled: everything up to position was sent before.
func (s *spreader) send(frames []byte, position uint64) {
	w := fastWriters.Get().(*fastWriter)
	defer fastWriters.Put(w)
	for _, c := range s.to {
		if !c.link.live(w, frames) {
			s.bus.stalled(c, position)
		}
	}
	for _, c := range s.boards {
		if !c.link.sendBy(w, frames) {
			c.tooSlow()
		}
	}
	clear(s.to) // keep no connection alive until the next message
	clear(s.boards)
}
