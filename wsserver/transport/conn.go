package transport

import (
	"bytes"
	"encoding/binary"
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
	// idleTimeout ends a connection from which no frame came. A vanished phone leaves the counts within it.
	IdleTimeout = 25 * time.Second
	// pingPeriod lets two pings go unanswered before that.
	PingPeriod = IdleTimeout * 2 / 5
	// frameTimeout is how long a message may take to come in, whatever comes between its parts.
	FrameTimeout = IdleTimeout
	// shortFrame is not worth counting: every connection may be reading one.
	shortFrame = 4 << 10
)

// Handler is what a connection's frames are handed to, one after another.
type Handler interface {
	// Handle answers one text frame, which is only valid during the call.
	Handle(frame []byte)
	// Leaving is called when the connection takes part in nothing any more, more than once.
	Leaving()
	// Ended is called once, when nothing of the connection runs any more.
	Ended()
}

// conn is one WebSocket connection, of a client or of a dashboard: who reads, who is pinged, how it ends.
type Conn struct {
	Link    Link
	ws      *websocket.Conn
	socket  *hijacked
	Address string // the peer's IP address
	Agent   string // a short readable form of the User-Agent
	Since   time.Time
	Handler Handler
	budget  *Budget
	// grown: what was done with the last frame may have left the reader a large stack. The reader's alone.
	StackGrown bool

	LastHeard   atomic.Int64 // Unix ns of the last whole frame
	PingSent    atomic.Int64 // Unix ns of the last ping, 0 once answered
	RTT         atomic.Int64 // ns of the last answered ping, -1 before
	Ending      atomic.Bool
	endDeadline atomic.Int64 // Unix ns: when an ending connection is given up, 0 before

	partial       atomic.Int64 // bytes there are of a frame that has begun
	ReadLimit     readLimiter  // used by the reader alone
	frameDeadline atomic.Int64 // Unix ns: when the message that has begun must be whole, 0: none has; written by the reader
}

// noteFrame notes a whole frame from the peer and gives it another idleTimeout. A peer that sends more than its share is
// read more slowly: its own socket fills, nobody else's.
func (c *Conn) noteFrame() {
	c.ReadLimit.throttleFrame()
	now := time.Now()
	c.LastHeard.Store(now.UnixNano())
	c.SetReadDeadline(now)
}

func (c *Conn) SetReadDeadline(now time.Time) {
	by := now.Add(IdleTimeout)
	if frameBy := c.frameDeadline.Load(); frameBy != 0 && frameBy < by.UnixNano() {
		by = time.Unix(0, frameBy) // pings between its fragments keep no message open
	}
	_ = c.Link.nc.SetReadDeadline(by)
	if by := c.endDeadline.Load(); by != 0 { // end may have run since; a peer that goes on talking gains nothing by it
		_ = c.Link.nc.SetReadDeadline(time.Unix(0, by))
	}
}

// linger gives the peer this long from now, whatever it sends.
func (c *Conn) Linger(d time.Duration) {
	by := time.Now().Add(d)
	c.endDeadline.Store(by.UnixNano())
	_ = c.Link.nc.SetReadDeadline(by)
}

func (c *Conn) onPing(data string) error {
	c.noteFrame()
	c.Send(wire.Frame(websocket.PongMessage, []byte(data)))
	return nil
}

func (c *Conn) onPong(data string) error {
	c.noteFrame()
	sent := c.PingSent.Load()
	if sent != 0 && len(data) == 8 && int64(binary.BigEndian.Uint64([]byte(data))) == sent {
		c.RTT.Store(time.Now().UnixNano() - sent)
		c.PingSent.Store(0)
	}
	return nil
}

// onClose answers the peer's close frame in kind.
func (c *Conn) onClose(code int, _ string) error {
	if code == websocket.CloseNoStatusReceived {
		code = websocket.CloseNormalClosure
	}
	c.End(nil, code, "")
	return nil
}

// pingFrame asks for a sign of life. Its nonce is the time of sending, by which onPong knows it.
func PingFrame(now time.Time) []byte {
	var nonce [8]byte
	binary.BigEndian.PutUint64(nonce[:], uint64(now.UnixNano()))
	return wire.Frame(websocket.PingMessage, nonce[:])
}

// send hands a ready frame to the link, and ends a connection that does not keep up.
func (c *Conn) Send(b []byte) {
	if !c.Link.send(b) {
		c.EndTooSlow()
	}
}

// tell is send for what others cause: it does not come between the messages of a recovery.
func (c *Conn) Defer(b []byte) {
	w := fastWriters.Get().(*fastWriter)
	defer fastWriters.Put(w)
	if !c.Link.deferFrame(w, b) {
		c.EndTooSlow()
	}
}

// sendFirst sends what make returns before anything that others send from then on: it is never older than what the
// client was told.
func (c *Conn) SendFirst(make func() []byte) {
	if !c.Link.sendFirst(make) {
		c.EndTooSlow()
	}
}

// end sends last, if any, and a close frame, and takes the connection out of the hub at once. The peer has
// lingerTimeout to answer, then the reader finishes.
func (c *Conn) End(last []byte, code int, reason string) {
	if c.Ending.Swap(true) {
		return
	}
	c.Handler.Leaving()
	c.Linger(LingerTimeout)
	c.Link.end(last, wire.CloseFrame(code, reason))
}

// read hands each text frame to the owner, until the connection ends. It returns when nothing of the connection runs
// any more, or when another goroutine goes on in its place: one with a small stack, since most connections are idle.
func (c *Conn) Read() {
	for {
		c.socket.awaitReadable()
		if !c.answerControl() {
			if err := c.readFrame(); err != nil {
				c.drainRefused(err)
				c.Handler.Leaving()
				c.Link.close()
				c.Handler.Ended()
				return
			}
		}
		if c.StackGrown {
			c.StackGrown = false
			go c.Read() // the owner is waited for, whichever goroutine reads
			return
		}
	}
}

// readFrame reads one frame into a pooled buffer, so that an idle connection holds none.
func (c *Conn) readFrame() error {
	kind, r, err := c.ws.NextReader()
	if err != nil {
		return err
	}
	buf := wire.Buffers.Get().(*bytes.Buffer)
	buf.Reset()
	defer wire.PutBuffer(buf)
	c.frameDeadline.Store(time.Now().Add(FrameTimeout).UnixNano()) // the deadline is no later, and is not moved beyond it
	if err := c.readAll(buf, r); err != nil {
		return err
	}
	c.frameDeadline.Store(0)
	c.noteFrame()
	switch {
	case c.Ending.Load():
	case kind == websocket.BinaryMessage:
		c.Send(wire.Encode(wire.NewErrorFrame(wire.ErrBadFrame.WithMessage("Binary frames are not understood here: send text."), wire.RequestHead{})))
	case !utf8.Valid(buf.Bytes()):
		c.End(nil, wire.CloseBadText, "not UTF-8")
	default:
		c.Handler.Handle(buf.Bytes())
	}
	return nil
}

// readAll reads a frame to its end. What is there of a long one counts among what waits for all connections.
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

// drainRefused lets a peer that was refused by gorilla itself (1002, 1009) read why: a socket closed with unread input
// resets, and the close code would be lost. Who has closed, vanished or said nothing more is not waited for.
func (c *Conn) drainRefused(err error) {
	var closed *websocket.CloseError
	var failed net.Error
	if errors.As(err, &closed) || errors.As(err, &failed) || errors.Is(err, net.ErrClosed) || errors.Is(err, io.ErrClosedPipe) {
		return
	}
	c.Ending.Store(true)
	c.Handler.Leaving()
	c.Linger(LingerTimeout)
	const enough = 16 << 20 // of what a flooding peer had under way
	_, _ = io.CopyN(io.Discard, c.Link.nc, enough)
}

func RetryReason(d time.Duration) string { return fmt.Sprintf("retry_ms=%d", d.Milliseconds()) }

// tooSlow ends a connection that does not read.
func (c *Conn) EndTooSlow() { c.End(nil, wire.CloseTooSlow, "too slow") }
