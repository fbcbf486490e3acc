// Package dispatch is the message pipeline: queue, group commit, fan-out, reply.
//
// Post queues a message. One goroutine commits to the log what has queued as one group. What is fanned out is what the log
// has applied, as it tells in its order: the groups of this dispatcher, and those that others append to the same order.
// Another goroutine fans it out to the hub's connections and answers the senders. So the log commits one group while the one
// before it is fanned out, and messages posted in the meantime form the next group. Without other traffic a message does not
// wait. Messages are committed, fanned out and answered in the order of posting.
//
// Any goroutine may call Post and Keep. They block while too many bytes are queued, so a client that sends too fast is
// slowed by its own socket. Post.Done, the hooks and Sender must not block, nor call Post or Keep: they run on the
// pipeline's own goroutines. A hook is called with no lock of this package held; the mutex guards the queues alone.
package dispatch

import (
	"errors"
	"log/slog"
	"sync"
	"time"

	"belfry/wsserver/hub"
	"belfry/wsserver/msglog"
	"belfry/wsserver/receipts"
	"belfry/wsserver/transport"
	"belfry/wsserver/wire"
)

const (
	// maxGroupMessages and maxGroupBytes bound one commit.
	maxGroupMessages = 1024
	maxGroupBytes    = 4 << 20
	// maxPendingBytes bounds what is posted and not yet fanned out; Post blocks beyond it.
	maxPendingBytes = 16 << 20
	// postOverhead is roughly the memory of a post beside its text.
	postOverhead = 256
)

// Sender gets the outcome of its messages.
type Sender interface {
	// Outcome returns the frame that answers a message, nil if none was asked for.
	Outcome(a msglog.Appended, err error, head wire.RequestHead) []byte
	// Defer sends frames.
	Defer(frames []byte)
}

// Post is a message with the records that belong to it, or only records if Entry is nil. Once it has been fanned out or has
// failed, From is answered, or Done is called if From is nil: once, by a goroutine of the dispatcher.
type Post struct {
	Entry   *msglog.Entry
	Records []msglog.Record
	From    Sender
	Head    wire.RequestHead // of the client's frame
	Done    func(msglog.Appended, error)
}

// isOwn reports whether it was posted here: nobody waits for what others have posted.
func (p *Post) isOwn() bool { return p.From != nil || p.Done != nil }

// size is about how many bytes a post holds.
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

// group is posts that were committed, with a result for each, which is zero for a post that has only records. Those of
// others have nobody to answer.
type group struct {
	posts   []Post
	results []msglog.Appended
	others  int // bytes of those of others
}

func (g *group) size() (n int) {
	for i := range g.posts {
		n += g.posts[i].size()
	}
	return n
}

// flight is the posts that are being committed together; nil: none are.
type flight struct {
	posts []Post
	began time.Time
}

// Dispatcher commits messages and fans them out. Make it with New, then Start it.
type Dispatcher struct {
	log    msglog.Log
	hub    *hub.Hub
	ledger *receipts.Ledger
	outbox Outbox
	logger *slog.Logger
	hooks  Hooks

	mu          sync.Mutex // guards what follows
	notFull     sync.Cond  // signalled when size shrinks
	notEmpty    sync.Cond  // signalled when pending grows, by Flush, or when the dispatcher closes
	published   sync.Cond  // signalled when ready grows or commitsDone is set
	pending     []Post     // not committed
	inFlight    flight     // what is being committed
	ready       group      // committed, not fanned out
	size        int        // bytes posted, here or by others, and not yet fanned out
	others      int        // the part of size that others have posted
	committing  time.Time  // since when a group is being committed; zero: none is
	flushed     chan error // gets the outcome of the Flush that is under way; nil: none is
	closed      bool       // nothing more is posted
	commitsDone bool       // nothing more is committed

	running sync.WaitGroup
}

// Hooks are called by the dispatcher.
type Hooks struct {
	// Accepted is called after each fan-out with the number of messages that the log accepted.
	Accepted func(n int)
	// Committed is called with the result of each commit, before any sender is answered. Where it returns true for an error,
	// LogGone is called once the senders of that group have been answered.
	Committed func(error) bool
	LogGone   func()
	// Abandoned is called for each sender who is to be ended without an answer: it is not known whether what they wrote is in the log.
	Abandoned func(from Sender)
	// Applied is called with the records of each change once they are in the log, whoever has posted them: before Keep returns,
	// and before the change's message is fanned out. Those that are not own were appended by another server of the same log.
	Applied func(records []msglog.Record, own bool)
	// Appended is called after each commit with the time that the log took, and its error; before Committed.
	Appended func(took time.Duration, err error)
	// FannedOut is called after each fan-out with the time that it took, and how many messages were sent live, once for each
	// client.
	FannedOut func(took time.Duration, deliveries int)
	// Sent is called for each entry, in order, before it is fanned out, with its frame, which is not changed afterwards, and whether
	// it was posted here; Private then for each private message.
	Sent    func(e *msglog.Entry, frame []byte, own bool)
	Private func(e *msglog.Entry)
	// Stalled is called for a client whose socket has no room for live messages: it was sent everything up to position.
	Stalled func(c *transport.Conn, position uint64)
}

// Outbox has records that are committed with the next group, or by the next Flush. A Flush is followed by Kept, or by MarkDirty
// where the commit has failed. Dirty reports whether some of them are not to wait for long. None may block.
type Outbox interface {
	Dirty() bool
	Flush() []msglog.Record
	MarkDirty(records []msglog.Record)
	Kept(records []msglog.Record)
}

// New makes a dispatcher that fans out to the connections of h, and commits the changes of l and o.
func New(h *hub.Hub, l *receipts.Ledger, o Outbox, logger *slog.Logger, hooks Hooks) *Dispatcher {
	d := &Dispatcher{hub: h, ledger: l, outbox: o, logger: logger, hooks: hooks}
	d.notFull.L, d.notEmpty.L, d.published.L = &d.mu, &d.mu, &d.mu
	return d
}

// Start begins to commit to log, and to fan out what is applied there, whoever has appended it. Close must follow.
func (d *Dispatcher) Start(log msglog.Log) {
	d.log = log
	log.Follow(d.follow)
	d.running.Go(d.commitLoop)
	d.running.Go(d.fanOutLoop)
}

// Post queues a message, and blocks while too much is queued. It returns wire.ErrClosing once Close has begun; the post is
// then dropped, and its sender is not answered. Every other failure is answered to the sender.
func (d *Dispatcher) Post(p Post) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	for d.size > maxPendingBytes && !d.closed {
		d.notFull.Wait()
	}
	if d.closed {
		return wire.ErrClosing
	}
	d.pending = append(d.pending, p)
	d.size += p.size()
	d.notEmpty.Signal()
	return nil
}

// Keep commits records and returns once they are durable.
func (d *Dispatcher) Keep(records ...msglog.Record) error {
	done := make(chan error, 1)
	if err := d.Post(Post{Records: records, Done: func(_ msglog.Appended, err error) { done <- err }}); err != nil {
		return err
	}
	return <-done
}

// Close refuses further posts, and returns when all earlier ones have been committed and fanned out.
func (d *Dispatcher) Close() {
	d.mu.Lock()
	d.closed = true
	d.notFull.Broadcast()
	d.notEmpty.Broadcast()
	d.mu.Unlock()
	d.running.Wait()
}

// Queue is how many bytes were posted and are not fanned out yet, and for how long the commit under way has lasted.
func (d *Dispatcher) Queue() (bytes int, committing time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.committing.IsZero() {
		committing = time.Since(d.committing)
	}
	return d.size, committing
}

// nextGroup waits for posts and takes those that fit into one commit; none where only Flush waits. It returns false once
// the dispatcher is closed and all are taken.
func (d *Dispatcher) nextGroup() (posts []Post, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.committing = time.Time{}
	for len(d.pending) == 0 && d.flushed == nil {
		if d.closed {
			return nil, false
		}
		d.notEmpty.Wait()
	}
	if len(d.pending) == 0 {
		return nil, true
	}
	n, size := 0, 0
	for n < len(d.pending) && n < maxGroupMessages && (n == 0 || size+d.pending[n].size() <= maxGroupBytes) {
		size += d.pending[n].size()
		n++
	}
	posts = append(posts, d.pending[:n]...)
	left := copy(d.pending, d.pending[n:])
	clear(d.pending[left:])
	d.pending = d.pending[:left]
	d.committing = time.Now()
	return posts, true
}

// commitLoop commits one group after another.
func (d *Dispatcher) commitLoop() {
	for posts, ok := d.nextGroup(); ok; posts, ok = d.nextGroup() {
		if len(posts) > 0 {
			d.commit(posts)
		}
		d.flushIfAsked()
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.commitsDone = true
	d.published.Signal()
	d.notFull.Broadcast()
}

// commit commits one group, which passes it on to the fan-out, and answers what could not be committed.
func (d *Dispatcher) commit(posts []Post) {
	began := time.Now()
	left, err := d.append(posts)
	if err == nil {
		return
	}
	d.hooks.Appended(time.Since(began), err)
	gone := d.hooks.Committed(err)
	d.fail(left, err)
	d.release(group{posts: left})
	if gone {
		d.hooks.LogGone()
	}
}

// nextCommitted waits for committed posts and takes all of them. It returns false once there will be none any more.
func (d *Dispatcher) nextCommitted() (group, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for len(d.ready.posts) == 0 {
		if d.commitsDone {
			return group{}, false
		}
		d.published.Wait()
	}
	g := d.ready
	d.ready = group{}
	return g, true
}

// release gives the room of a finished group to waiting posts.
func (d *Dispatcher) release(g group) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.size -= g.size()
	d.others -= g.others
	d.notFull.Broadcast()
}

// fail answers a group that was not committed.
func (d *Dispatcher) fail(posts []Post, err error) {
	if !errors.Is(err, wire.ErrCutOff) { // that is said once, of the whole machine
		d.logger.Error("append to the log", "error", err, "messages", len(posts))
	}
	var known *wire.Error
	switch {
	case errors.Is(err, wire.ErrDiskFull):
		err = wire.ErrNotKept.WithMessage("The server's disk is full, so the message was not sent. Try again later.")
	case !errors.As(err, &known):
		err = wire.ErrNotKept
	}
	d.answer(group{posts: posts, results: make([]msglog.Appended, len(posts))}, err)
}
