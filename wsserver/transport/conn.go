package transport

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/gorilla/websocket"

	"belfry/wsserver/wire"
)

const (
	// IdleTimeout ends a connection from which no frame came. A phone that vanished stops being counted within it.
	IdleTimeout = 25 * time.Second
	// PingPeriod lets two pings go unanswered before that.
	PingPeriod = IdleTimeout * 2 / 5
	// FrameTimeout is how long a message may take to arrive, including any control frames between its fragments.
	FrameTimeout = IdleTimeout
	// shortFrame is not counted in the budget: every connection may be reading one.
	shortFrame = 4 << 10
)

// Handler receives the frames of a connection, one after another.
type Handler interface {
	// Handle answers one text frame, which is valid only during the call. It is called by the connection's reader.
	Handle(frame []byte)
	// Leaving is called when the connection begins to end, and must not block. It may be called more than once, from
	// any goroutine.
	Leaving()
	// Ended is called once, by the last goroutine of the connection as it ends.
	Ended()
}

// Options configure a connection.
type Options struct {
	// Address is the peer's IP address, Agent a short readable form of its User-Agent.
	Address, Agent string
	// MaxQueued bounds the bytes queued for this connection, Budget those for all.
	MaxQueued int
	Budget    *Budget
}

// Conn is one WebSocket connection, of a client or of a dashboard. Upgrade makes it one; it must not be copied.
type Conn struct {
	link    link // first: see there
	ws      *websocket.Conn
	socket  *hijacked
	address string
	agent   string
	since   time.Time
	handler Handler
	budget  *Budget
	// stackGrown: the last frame was handled by code that grows the stack. Used by the reader alone.
	stackGrown bool

	lastHeard   atomic.Int64 // Unix ns of the last whole frame
	pingSent    atomic.Int64 // Unix ns of the last ping, 0 once answered
	rtt         atomic.Int64 // ns of the last answered ping, -1 before
	ending      atomic.Bool
	endDeadline atomic.Int64 // Unix ns: when an ending connection is given up, 0 before

	partial       atomic.Int64 // bytes received of an incomplete message
	busy          atomic.Bool  // no frame is expected of the peer: pings wait behind what it is sent
	readLimit     readLimiter  // used by the reader alone
	frameDeadline atomic.Int64 // Unix ns: when the message being received must be whole, 0: there is none; written by the reader
}

// Attach makes c a connection that writes to nc. Upgrade does so; tests do it without a handshake.
func (c *Conn) Attach(nc net.Conn, o Options) {
	c.address, c.agent, c.budget = o.Address, o.Agent, o.Budget
	c.since = time.Now()
	c.link.open(nc, o.MaxQueued, o.Budget)
	c.rtt.Store(-1)
	c.lastHeard.Store(c.since.UnixNano())
}

// SetHandler sets the receiver of the frames. Call it before Upgrade or Attach.
func (c *Conn) SetHandler(h Handler) { c.handler = h }

// Handler returns the handler that SetHandler set.
func (c *Conn) Handler() Handler { return c.handler }

// Address is the peer's IP address.
func (c *Conn) Address() string { return c.address }

// Agent is a short readable form of the peer's User-Agent.
func (c *Conn) Agent() string { return c.agent }

// Since is when the connection was made.
func (c *Conn) Since() time.Time { return c.since }

// LastHeard is when the last whole frame came, at first when the connection was made.
func (c *Conn) LastHeard() time.Time { return time.Unix(0, c.lastHeard.Load()) }

// RTT is the round trip of the last answered ping, -1 before the first.
func (c *Conn) RTT() time.Duration { return time.Duration(c.rtt.Load()) }

// Ending reports whether End was called, or the peer was refused.
func (c *Conn) Ending() bool { return c.ending.Load() }

// SetStackGrown says whether handling the present frame grows the stack, so that the reader should continue on a fresh
// goroutine: most connections are idle, and should hold a small stack. Only Handler.Handle may call it.
func (c *Conn) SetStackGrown(grown bool) { c.stackGrown = grown }

// noteFrame notes a whole frame from the peer, and gives it another IdleTimeout. Reads are throttled per connection, so
// a peer that exceeds its rate fills only its own socket.
func (c *Conn) noteFrame() {
	c.readLimit.throttleFrame()
	now := time.Now()
	c.lastHeard.Store(now.UnixNano())
	c.setReadDeadline(now)
}

// SetBusy says whether the peer is being sent so much that its answers to pings come late. While it is, no silence ends the
// connection, only a socket without progress; afterwards the peer has another IdleTimeout.
func (c *Conn) SetBusy(busy bool) {
	c.busy.Store(busy)
	c.ResetIdle()
}

// ResetIdle gives the peer another IdleTimeout from now.
func (c *Conn) ResetIdle() { c.setReadDeadline(time.Now()) }

func (c *Conn) setReadDeadline(now time.Time) {
	for {
		busy, by := c.busy.Load(), now.Add(IdleTimeout)
		if busy {
			by = now.Add(time.Hour)
		}
		if frameDeadline := c.frameDeadline.Load(); frameDeadline != 0 && frameDeadline < by.UnixNano() {
			by = time.Unix(0, frameDeadline) // pings between fragments do not extend a message's time
		}
		_ = c.link.nc.SetReadDeadline(by)
		if c.busy.Load() == busy { // otherwise another goroutine has changed it in the meantime
			break
		}
	}
	if by := c.endDeadline.Load(); by != 0 { // End may have run since: frames do not extend the time of an ending peer
		_ = c.link.nc.SetReadDeadline(time.Unix(0, by))
	}
}

// Linger ends the connection after d, whatever the peer sends before that.
func (c *Conn) Linger(d time.Duration) {
	by := time.Now().Add(d)
	c.endDeadline.Store(by.UnixNano())
	_ = c.link.nc.SetReadDeadline(by)
}

// Send writes or queues a ready frame, and ends a connection whose queue is full. The bytes must not be changed
// afterwards.
func (c *Conn) Send(b []byte) {
	if !c.link.send(b) {
		c.EndTooSlow()
	}
}

// SendSome sends as many of the frames in b as the socket takes at once, at least one, and returns how many those are. ends
// is where each of them ends. The caller may use the bytes again.
func (c *Conn) SendSome(b []byte, ends []int) (frames int) {
	frames, ok := c.link.sendSome(b, ends)
	if !ok {
		c.EndTooSlow()
	}
	return frames
}

// Defer is Send for frames caused by others: between PauseLive and ResumeLive they queue behind what is sent then.
func (c *Conn) Defer(b []byte) {
	w := fastWriters.Get().(*fastWriter)
	defer fastWriters.Put(w)
	if !c.link.deferFrame(w, b) {
		c.EndTooSlow()
	}
}

// SendFirst sends the frames that make returns before anything that others send from then on, so they are never older than
// the frames sent before. make is called with the link's lock held.
func (c *Conn) SendFirst(make func() []byte) {
	if !c.link.sendFirst(make) {
		c.EndTooSlow()
	}
}

// PauseLive calls join with the link's lock held. If that returns true, live and deferred frames queue until ResumeLive,
// behind the frames sent in the meantime. It returns join's result.
func (c *Conn) PauseLive(join func() bool) bool { return c.link.pauseLive(join) }

// ResumeLive sends the frames that have queued since PauseLive. Without a PauseLive it does nothing.
func (c *Conn) ResumeLive() { c.link.resumeLive() }

// AwaitDrained waits until at most n bytes are queued, not counting what PauseLive defers. It returns false if the
// connection ended instead, which it does after WriteTimeout without any progress.
func (c *Conn) AwaitDrained(n int) bool { return c.link.awaitDrained(n) }

// IsDrained reports whether AwaitDrained would not wait.
func (c *Conn) IsDrained(n int) bool { return c.link.isDrained(n) }

// Uncork writes what was sent since Upgrade, in one write with the handshake's answer.
func (c *Conn) Uncork() { c.link.uncork() }

// CloseSocket closes the socket at once, without a close frame. It never blocks. The reader then ends.
func (c *Conn) CloseSocket() { c.link.closeSocket() }

// End sends last, if any, and a close frame, and calls Handler.Leaving at once. The peer has LingerTimeout to answer,
// then the reader ends. Only the first call does anything.
func (c *Conn) End(last []byte, code int, reason string) {
	if c.ending.Swap(true) {
		return
	}
	c.handler.Leaving()
	c.Linger(LingerTimeout)
	c.link.end(last, wire.CloseFrame(code, reason))
}

// EndTooSlow ends a connection whose peer does not read.
func (c *Conn) EndTooSlow() { c.End(nil, wire.CloseTooSlow, "too slow") }

// RetryReason is the reason of a close frame that says when to connect again.
func RetryReason(d time.Duration) string { return fmt.Sprintf("retry_ms=%d", d.Milliseconds()) }

// Read hands each text frame to the handler until the connection ends, and returns after Handler.Ended, or earlier when
// it continues on a fresh goroutine with a small stack.
func (c *Conn) Read() {
	for {
		c.socket.awaitReadable()
		if !c.answerControl() {
			if err := c.readFrame(); err != nil {
				c.drainRefused(err)
				c.handler.Leaving()
				c.link.close()
				c.handler.Ended()
				return
			}
		}
		if c.stackGrown {
			c.stackGrown = false
			go c.Read() // Handler.Ended is called by whichever goroutine reads last
			return
		}
	}
}

// readFrame reads one message into a pooled buffer, so that an idle connection holds none, and handles it.
func (c *Conn) readFrame() error {
	kind, r, err := c.ws.NextReader()
	if err != nil {
		return err
	}
	buf := wire.GetBuffer()
	defer wire.PutBuffer(buf)
	// The read deadline that is set is no later than this, and will not be moved beyond it.
	c.frameDeadline.Store(time.Now().Add(FrameTimeout).UnixNano())
	if err := c.readAll(buf, r); err != nil {
		return err
	}
	c.frameDeadline.Store(0)
	c.noteFrame()
	switch {
	case c.ending.Load():
	case kind == websocket.BinaryMessage:
		c.Send(wire.Encode(wire.NewErrorFrame(wire.ErrBadFrame.WithMessage("Binary frames do not work here. Send text."), wire.RequestHead{})))
	case !utf8.Valid(buf.Bytes()):
		c.End(nil, wire.CloseBadText, "not UTF-8")
	default:
		c.handler.Handle(buf.Bytes())
	}
	return nil
}

// readAll reads a message to its end. The received part of a long one counts in the budget of all connections.
func (c *Conn) readAll(buf *bytes.Buffer, r io.Reader) error {
	defer c.setPartial(0)
	for {
		if buf.Available() == 0 {
			buf.Grow(max(bytes.MinRead, buf.Len()))
		}
		b := buf.AvailableBuffer()
		n, err := r.Read(b[:cap(b)])
		buf.Write(b[:n])
		if buf.Len() > shortFrame {
			c.setPartial(buf.Len())
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
	}
}

// drainRefused reads on for a while after gorilla has refused the peer (1002, 1009): a socket that is closed with unread
// input resets, and the peer would lose the close code. A peer that has closed, vanished or fallen silent is not waited
// for.
func (c *Conn) drainRefused(err error) {
	var closed *websocket.CloseError
	var failed net.Error
	if errors.As(err, &closed) || errors.As(err, &failed) || errors.Is(err, net.ErrClosed) || errors.Is(err, io.ErrClosedPipe) {
		return
	}
	c.ending.Store(true)
	c.handler.Leaving()
	c.Linger(LingerTimeout)
	const enough = 16 << 20 // of a flooding peer's data in flight
	_, _ = io.CopyN(io.Discard, c.link.nc, enough)
}
