package dispatch

import (
	"context"
	"errors"
	"log/slog"
	"sync"

	"belfry/wsserver/hub"
	"belfry/wsserver/msglog"
	"belfry/wsserver/receipts"
	"belfry/wsserver/transport"
	"belfry/wsserver/wire"
)

// This file is the way of every message: posted, committed to the log, fanned out (spread.go), answered. Two goroutines
// do it, so that the log commits one group while the one before is fanned out; what is posted meanwhile forms the next
// group. With nothing else under way a message waits for nobody.

const (
	maxGroupMessages = 1024
	maxGroupBytes    = 4 << 20
	// maxPendingBytes bounds what is posted and not yet fanned out; who posts more waits, and so does its socket.
	maxPendingBytes = 16 << 20
	// postOverhead is about what a post takes beside its text.
	postOverhead = 256
)

// Sender is who is told what became of a message.
type Sender interface {
	// Outcome is what it is told, nil where it asked for nothing.
	Outcome(a msglog.Appended, err error, head wire.RequestHead) []byte
	// Defer sends it frames.
	Defer(frames []byte)
}

// post is a message on its way, with the records that belong to it; or records alone, where entry is nil. When it has
// been fanned out or has failed, a goroutine of the bus tells the client that it is from, or calls done, once; done must
// not block.
type Post struct {
	Entry   *msglog.Entry
	Records []msglog.Record
	From    Sender
	Head    wire.RequestHead // of the client's frame
	Done    func(msglog.Appended, error)
}

func (p *Post) size() int {
	n := postOverhead
	if p.Entry != nil {
		n += len(p.Entry.Text)
	}
	for _, r := range p.Records {
		n += len(r.Value)
	}
	return n
}

// group is what one commit holds. results has one for each post; that of records alone is zero.
type group struct {
	posts   []Post
	results []msglog.Appended
}

func (g *group) size() (n int) {
	for i := range g.posts {
		n += g.posts[i].size()
	}
	return n
}

// bus commits and fans out. Its mutex guards what waits for either.
type Dispatcher struct {
	Log    msglog.Log
	hub    *hub.Hub
	ledger *receipts.Ledger
	logger *slog.Logger
	// accepted is told how many messages each group brought.
	accepted func(n int)
	// noteCommit is told of each commit's outcome, and says whether gone is to be called once those who posted are answered.
	noteCommit func(error) bool
	logGone    func()
	// stalled is told of clients whose socket is full, and up to where they were sent everything.
	Stalled func(c *transport.Conn, position uint64)

	Mu          sync.Mutex
	NotFull     sync.Cond // signalled when size shrinks
	NotEmpty    sync.Cond // signalled when pending grows or the bus closes
	published   sync.Cond // signalled when ready grows or nothing more will be committed
	pending     []Post    // not committed
	ready       group     // committed, not fanned out
	size        int       // bytes of what is on its way
	closed      bool      // nothing more is posted
	commitsDone bool      // nothing more is committed

	Running sync.WaitGroup
}

// busHooks are what the bus tells of what it does; see the fields of bus.
type Hooks struct {
	Accepted  func(n int)
	Committed func(error) bool
	LogGone   func()
	Stalled   func(c *transport.Conn, position uint64)
}

func New(h *hub.Hub, l *receipts.Ledger, logger *slog.Logger, hooks Hooks) *Dispatcher {
	b := &Dispatcher{
		hub: h, ledger: l, logger: logger, accepted: hooks.Accepted, noteCommit: hooks.Committed, logGone: hooks.LogGone, Stalled: hooks.Stalled,
	}
	b.NotFull.L, b.NotEmpty.L, b.published.L = &b.Mu, &b.Mu, &b.Mu
	return b
}

func (b *Dispatcher) Start(log msglog.Log) {
	b.Log = log
	b.Running.Go(b.commitLoop)
	b.Running.Go(b.fanOutLoop)
}

// post queues a message, waiting while too much is queued. ErrClosing once the bus closes.
func (b *Dispatcher) Post(p Post) error {
	b.Mu.Lock()
	defer b.Mu.Unlock()
	for b.size > maxPendingBytes && !b.closed {
		b.NotFull.Wait()
	}
	if b.closed {
		return wire.ErrClosing
	}
	b.pending = append(b.pending, p)
	b.size += p.size()
	b.NotEmpty.Signal()
	return nil
}

// close takes nothing more, and returns when what was taken has been committed and fanned out.
func (b *Dispatcher) Close() {
	b.Mu.Lock()
	b.closed = true
	b.NotFull.Broadcast()
	b.NotEmpty.Broadcast()
	b.Mu.Unlock()
	b.Running.Wait()
}

// next is the next group, nil once the bus is closed and empty.
func (b *Dispatcher) NextGroup() []Post {
	b.Mu.Lock()
	defer b.Mu.Unlock()
	for len(b.pending) == 0 {
		if b.closed {
			return nil
		}
		b.NotEmpty.Wait()
	}
	n, size := 0, 0
	for n < len(b.pending) && n < maxGroupMessages && (n == 0 || size+b.pending[n].size() <= maxGroupBytes) {
		size += b.pending[n].size()
		n++
	}
	posts := append([]Post(nil), b.pending[:n]...)
	left := copy(b.pending, b.pending[n:])
	clear(b.pending[left:])
	b.pending = b.pending[:left]
	return posts
}

func (b *Dispatcher) commitLoop() {
	for posts := b.NextGroup(); posts != nil; posts = b.NextGroup() {
		results, err := b.append(posts)
		gone := b.noteCommit(err)
		if err != nil {
			b.fail(posts, err)
			b.release(group{posts: posts})
		} else {
			b.publish(posts, results)
		}
		if gone {
			b.logGone()
		}
	}
	b.Mu.Lock()
	defer b.Mu.Unlock()
	b.commitsDone = true
	b.published.Signal()
}

// publish gives what was committed to the fan-out.
func (b *Dispatcher) publish(posts []Post, results []msglog.Appended) {
	b.Mu.Lock()
	defer b.Mu.Unlock()
	b.ready.posts = append(b.ready.posts, posts...)
	b.ready.results = append(b.ready.results, results...)
	b.published.Signal()
}

// nextCommitted waits for what is to be fanned out next: all there is. It reports false once nothing comes any more.
func (b *Dispatcher) nextCommitted() (group, bool) {
	b.Mu.Lock()
	defer b.Mu.Unlock()
	for len(b.ready.posts) == 0 {
		if b.commitsDone {
			return group{}, false
		}
		b.published.Wait()
	}
	g := b.ready
	b.ready = group{}
	return g, true
}

// release lets others post in place of what is through.
func (b *Dispatcher) release(g group) {
	b.Mu.Lock()
	defer b.Mu.Unlock()
	b.size -= g.size()
	b.NotFull.Broadcast()
}

// append commits a group and returns what became of each of its posts.
func (b *Dispatcher) append(posts []Post) ([]msglog.Appended, error) {
	entries := make([]*msglog.Entry, 0, len(posts))
	var records []msglog.Record
	for _, p := range posts {
		if p.Entry != nil {
			entries = append(entries, p.Entry)
		}
		records = append(records, p.Records...)
	}
	noted := b.ledger.Flush()
	appended, err := b.Log.Append(context.Background(), entries, append(records, noted...))
	if err != nil {
		b.ledger.MarkDirty(noted)
	}
	if err != nil || len(entries) == len(posts) {
		return appended, err
	}
	results := make([]msglog.Appended, len(posts))
	i := 0
	for j, p := range posts {
		if p.Entry != nil {
			results[j] = appended[i]
			i++
		}
	}
	return results, nil
}

func (b *Dispatcher) fail(posts []Post, err error) {
	b.logger.Error("append to the log", "error", err, "messages", len(posts))
	var known *wire.Error
	switch {
	case errors.Is(err, wire.ErrDiskFull):
		err = wire.ErrNotKept.WithMessage("The disk of the server is full, so the message was not sent. Try again later.")
	case !errors.As(err, &known):
		err = wire.ErrNotKept
	}
	b.answer(group{posts, make([]msglog.Appended, len(posts))}, err)
}

// Keep commits records and returns once they are durable.
func (b *Dispatcher) Keep(records ...msglog.Record) error {
	done := make(chan error, 1)
	if err := b.Post(Post{Records: records, Done: func(_ msglog.Appended, err error) { done <- err }}); err != nil {
		return err
	}
	return <-done
}
