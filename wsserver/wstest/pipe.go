package wstest

import (
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"time"
)

// Pipe returns the two ends of a connection between a and b. Unlike net.Pipe it buffers a little in each direction, and
// data written before a Close can still be read.
func Pipe(a, b net.Addr) (atA, atB net.Conn) {
	up, down := newStream(), newStream()
	return &pipeConn{in: down, out: up, local: a, remote: b}, &pipeConn{in: up, out: down, local: b, remote: a}
}

// stream is one direction. Nothing blocks while mu is held, so that synctest knows when a whole bubble is blocked.
type stream struct {
	read, write deadline

	mu      sync.Mutex
	buf     []byte
	ended   bool          // the writer closed: after buf comes EOF
	refused bool          // the reader closed: writing fails
	changed chan struct{} // closed, and replaced, with each change
}

func newStream() *stream {
	return &stream{changed: make(chan struct{}), read: newDeadline(), write: newDeadline()}
}

// notify makes both ends look again. mu is held.
func (s *stream) notify() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// receive reads what there is; where there is nothing yet, changed is closed with the next change.
func (s *stream) receive(p []byte) (n int, changed <-chan struct{}, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.refused:
		return 0, nil, net.ErrClosed
	case len(s.buf) > 0:
		n = copy(p, s.buf)
		s.buf = s.buf[n:]
		s.notify()
		return n, nil, nil
	case s.ended:
		return 0, nil, io.EOF
	}
	return 0, s.changed, nil
}

// send writes what there is room for; where some of p is left, changed is closed with the next change.
func (s *stream) send(p []byte) (n int, changed <-chan struct{}, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.ended:
		return 0, nil, net.ErrClosed
	case s.refused:
		return 0, nil, io.ErrClosedPipe
	}
	n = min(len(p), pipeBuffer-len(s.buf))
	if n > 0 {
		s.buf = append(s.buf, p[:n]...)
		s.notify()
	}
	if n == len(p) {
		return n, nil, nil
	}
	return n, s.changed, nil
}

// set closes the writer's end (ended), the reader's (refused), or both.
func (s *stream) set(ended, refused bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended, s.refused = s.ended || ended, s.refused || refused
	s.notify()
}

// pipeConn is one end.
type pipeConn struct {
	in, out       *stream
	local, remote net.Addr
}

func (c *pipeConn) Read(p []byte) (int, error) {
	for {
		moved, expired := c.in.read.look()
		if expired {
			return 0, c.fail("read", os.ErrDeadlineExceeded)
		}
		n, changed, err := c.in.receive(p)
		if changed == nil {
			if err != nil && !errors.Is(err, io.EOF) {
				err = c.fail("read", err)
			}
			return n, err
		}
		select {
		case <-changed:
		case <-moved:
		}
	}
}

func (c *pipeConn) Write(p []byte) (total int, err error) {
	for {
		moved, expired := c.out.write.look()
		if expired {
			return total, c.fail("write", os.ErrDeadlineExceeded)
		}
		n, changed, err := c.out.send(p)
		total, p = total+n, p[n:]
		if err != nil {
			return total, c.fail("write", err)
		}
		if changed == nil {
			return total, nil
		}
		select {
		case <-changed:
		case <-moved:
		}
	}
}

func (c *pipeConn) fail(op string, err error) error {
	return &net.OpError{Op: op, Net: "tcp", Source: c.local, Addr: c.remote, Err: err}
}

func (c *pipeConn) Close() error {
	c.in.set(false, true)
	c.out.set(true, false)
	c.in.read.set(time.Time{}) // stops the timers
	c.out.write.set(time.Time{})
	return nil
}

func (c *pipeConn) LocalAddr() net.Addr  { return c.local }
func (c *pipeConn) RemoteAddr() net.Addr { return c.remote }

func (c *pipeConn) SetDeadline(t time.Time) error {
	c.in.read.set(t)
	c.out.write.set(t)
	return nil
}

func (c *pipeConn) SetReadDeadline(t time.Time) error  { c.in.read.set(t); return nil }
func (c *pipeConn) SetWriteDeadline(t time.Time) error { c.out.write.set(t); return nil }

// deadline is a time that may be moved while somebody waits for it.
type deadline struct{ state *deadlineState }

type deadlineState struct {
	mu    sync.Mutex
	at    time.Time
	timer *time.Timer
	moved chan struct{} // closed, and replaced, when at moves or is reached
}

func newDeadline() deadline {
	return deadline{&deadlineState{moved: make(chan struct{})}}
}

func (d deadline) set(t time.Time) {
	s := d.state
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.timer != nil {
		s.timer.Stop()
		s.timer = nil
	}
	s.at = t
	s.notify()
	if left := time.Until(t); !t.IsZero() && left > 0 {
		s.timer = time.AfterFunc(left, func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.notify()
		})
	}
}

func (s *deadlineState) notify() {
	close(s.moved)
	s.moved = make(chan struct{})
}

// look reports whether the deadline has passed; moved is closed when it passes or is moved.
func (d deadline) look() (moved <-chan struct{}, expired bool) {
	d.state.mu.Lock()
	defer d.state.mu.Unlock()
	return d.state.moved, !d.state.at.IsZero() && !time.Now().Before(d.state.at)
}
