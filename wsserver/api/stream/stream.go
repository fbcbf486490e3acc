// Package stream lets programs follow messages over a connection that lasts: an HTTP response without an end, or a
// WebSocket.
//
// Each follower has a place in the feed and goes at its own pace: nothing is queued for it, so that one that has stalled
// costs its own connection alone, until a write deadline ends it. A follower counts as a connection of its address and of
// all, and is in no count of people. It ends with its token, and with the server.
//
// A Set is safe for concurrent use; its lock guards which streams are open.
package stream

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"belfry/wsserver/api/gate"
	"belfry/wsserver/feed"
	"belfry/wsserver/transport"
	"belfry/wsserver/wire"
)

// Keepalive is how long a stream over HTTP is silent at most: proxies, and ntfy's clients, wait for about a minute.
const Keepalive = 40 * time.Second

// Set is the streams that are open. Make it with NewSet.
type Set struct {
	budget  *transport.Budget
	running sync.WaitGroup

	mu     sync.Mutex // guards what follows
	closed bool
	open   map[transport.Stream]struct{}
}

// NewSet makes an empty set. What is queued for WebSockets counts in budget.
func NewSet(budget *transport.Budget) *Set {
	return &Set{budget: budget, open: map[transport.Stream]struct{}{}}
}

// End ends all streams, and refuses further ones. Wait waits for that.
func (s *Set) End() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	for stream := range s.open {
		go stream.End(wire.CloseGoingAway, "stopping") // it may wait for the socket, and removes itself
	}
}

// Wait waits for all streams that End has ended.
func (s *Set) Wait() { s.running.Wait() }

// add adds a stream that has just been opened, or ends it.
func (s *Set) add(stream transport.Stream) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open[stream] = struct{}{}
	if s.closed {
		go stream.End(wire.CloseGoingAway, "stopping")
	}
}

func (s *Set) remove(stream transport.Stream) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open, stream)
}

// begin counts a stream that is about to be opened; running.Done ends that.
func (s *Set) begin() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return wire.ErrClosing
	}
	s.running.Add(1)
	return nil
}

// ErrDone is what Begin returns where nothing is to follow.
var ErrDone = errors.New("everything was written")

// Follow is how a door follows messages.
type Follow struct {
	// Names are topics, or "everyone"; none: all that the token may read.
	Names []string
	// ContentType of the response, "" for a WebSocket.
	ContentType string
	// Refuse answers a request that cannot be followed.
	Refuse func(http.ResponseWriter, error)
	// Begin writes what comes before the live messages; nil: nothing does.
	Begin func(*Listener) error
	// Event writes an item as the events that it is in this stream, if any.
	Event func(item *feed.Item, write func(event []byte) error) error
	// Idle is what is written after a time of Silence without another event; nil: nothing is.
	Idle func() []byte
	// Silence is how long that is; 0: Keepalive. A WebSocket has its pings in its place.
	Silence time.Duration
}

// Listener is a program that follows.
type Listener struct {
	*feed.Follower
	Caller *gate.Caller
	stream transport.Stream
	ctx    context.Context
}

// Context ends with the stream, or the token.
func (l *Listener) Context() context.Context { return l.ctx }

// Write writes one event, at the peer's pace; an empty one is left out.
func (l *Listener) Write(event []byte) error {
	if len(event) == 0 {
		return nil
	}
	return l.stream.Write(event)
}

// Enter is Gate.Enter for a stream, which outlives its request. stop ends the caller's work; it is never nil.
func Enter(g *gate.Gate, r *http.Request, key bool) (c *gate.Caller, stop func(), err error) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(r.Context()))
	c, end, err := g.Enter(r.WithContext(ctx), key)
	return c, func() { end(); cancel() }, err
}

// Serve answers the request of a caller, who came in by Enter, with a stream. It returns once that is open, or refused. It
// calls stop when the stream has ended.
func (s *Set) Serve(w http.ResponseWriter, r *http.Request, caller *gate.Caller, stop func(), f Follow) {
	stop = sync.OnceFunc(stop)
	follower, err := caller.Follow(f.Names)
	if err != nil {
		stop()
		f.Refuse(w, err)
		return
	}
	leave, err := s.enter(caller)
	if err != nil {
		follower.Close()
		stop()
		f.Refuse(w, err)
		return
	}
	l := &Listener{Follower: follower, Caller: caller, ctx: caller.Context()}
	gone := make(chan struct{})
	if l.stream, err = s.openStream(w, r, f, func() { stop(); close(gone) }); err != nil {
		leave()
		follower.Close()
		stop()
		return
	}
	s.add(l.stream)
	go func() {
		defer leave()
		code, reason := l.run(f)
		follower.Close()
		l.stream.End(code, reason)
		<-gone
		s.remove(l.stream)
	}()
}

// enter counts a stream of a caller in all bounds, until leave is called.
func (s *Set) enter(caller *gate.Caller) (leave func(), err error) {
	if err := s.begin(); err != nil {
		return nil, err
	}
	left, err := caller.Count()
	if err != nil {
		s.running.Done()
		return nil, err
	}
	return func() { left(); s.running.Done() }, nil
}

// openStream takes the connection over. On an error the request was refused.
func (s *Set) openStream(w http.ResponseWriter, r *http.Request, f Follow, ended func()) (transport.Stream, error) {
	if f.ContentType == "" {
		return transport.UpgradeStream(w, r, transport.Options{MaxQueued: transport.MaxQueued, Budget: s.budget}, ended)
	}
	h := w.Header()
	h.Set("Content-Type", f.ContentType)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // nginx would keep it back
	opened, err := transport.OpenStream(w, r, ended)
	if err != nil {
		f.Refuse(w, err)
	}
	return opened, err
}

// run writes until something ends, and returns why in a WebSocket's terms.
func (l *Listener) run(f Follow) (code int, reason string) {
	var err error
	if f.Begin != nil {
		err = f.Begin(l)
	}
	if err == nil {
		err = l.live(f)
	}
	switch {
	case errors.Is(err, wire.ErrClosing):
		return wire.CloseGoingAway, "stopping"
	case errors.Is(err, ErrDone):
		return wire.CloseLeft, ""
	case wire.AsError(err).Code == "too_slow":
		return wire.CloseTooSlow, "too slow"
	}
	return wire.CloseNotAllowed, "the token has ended" // or the peer has gone, and reads no reason
}

// live writes what comes.
func (l *Listener) live(f Follow) error {
	period := cmp.Or(f.Silence, Keepalive)
	if f.ContentType == "" {
		period = transport.PingPeriod
	}
	for {
		ctx, cancel := context.WithTimeout(l.ctx, period)
		items, err := l.Next(ctx)
		cancel()
		if err != nil && (l.ctx.Err() != nil || !errors.Is(err, context.DeadlineExceeded)) {
			return err
		}
		if err != nil {
			if err := l.idle(f); err != nil {
				return err
			}
		}
		for _, item := range items {
			if err := f.Event(item, l.Write); err != nil {
				return err
			}
		}
	}
}

// idle shows the peer that the stream is alive.
func (l *Listener) idle(f Follow) error {
	if f.Idle != nil {
		if err := l.Write(f.Idle()); err != nil {
			return err
		}
	}
	return l.stream.Ping()
}
