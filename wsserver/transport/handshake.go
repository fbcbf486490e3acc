package transport

import (
	"bufio"
	"bytes"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"strings"
	"sync"
	"time"
)

// This file answers the plain case of a client's handshake without the HTTP server, which spends two buffers, three
// goroutines and two stacks on each connection that a WebSocket then throws away: a third of what it costs when a whole room
// comes in at once. The plain case is a whole, ordinary request for /ws/client that comes in one piece and is not refused.
// Anything else, and any doubt, goes to the HTTP server with every byte that was read, and is answered there.

const (
	// handshakePath is what the plain case begins with.
	handshakePath = "GET /ws/client"
	// handshakeMost is how long it may be, in bytes.
	MaxHandshake = 4 << 10
	// idleHandshakers is how many goroutines wait for the next connection on a stack that has grown already, and handshakerRest
	// how long.
	MaxIdleWorkers    = 64
	IdleWorkerTimeout = 5 * time.Second
	// acceptRetry is how long to wait, at the least and at the most, after a connection could not be accepted.
	AcceptRetry    = 5 * time.Millisecond
	maxAcceptRetry = time.Second
)

// handshakes is a listener of what the HTTP server has to answer.
type Listener struct {
	net.Listener
	handler   http.Handler
	CountConn func(net.Conn, http.ConnState)
	logger    *slog.Logger
	running   *sync.WaitGroup

	forHTTP chan net.Conn // to the HTTP server
	forIdle chan net.Conn // to an idle handshaker
	Idle    chan struct{} // one for each of them
	done    chan struct{} // closed by Close

	mu     sync.Mutex
	closed bool
	Silent map[net.Conn]struct{} // have said nothing yet
}

// newHandshakes stands before the HTTP server on listener: handler answers the plain case. count is told of each
// connection's state as an http.Server tells it, and running counts every goroutine.
func NewListener(listener net.Listener, handler http.Handler, count func(net.Conn, http.ConnState), logger *slog.Logger, running *sync.WaitGroup) *Listener {
	l := &Listener{
		Listener: listener, handler: handler, CountConn: count, logger: logger, running: running,
		forHTTP: make(chan net.Conn), forIdle: make(chan net.Conn), Idle: make(chan struct{}, MaxIdleWorkers),
		done: make(chan struct{}), Silent: map[net.Conn]struct{}{},
	}
	l.running.Go(l.acceptLoop)
	return l
}

// wasCounted reports whether a connection was counted before the HTTP server had it.
func WasCounted(nc net.Conn) bool {
	_, counted := nc.(*Replayed)
	return counted
}

// Accept returns a connection that is left to the HTTP server.
func (l *Listener) Accept() (net.Conn, error) {
	select {
	case nc := <-l.forHTTP:
		return nc, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

// Close accepts nothing more, and ends connections that have said nothing yet.
func (l *Listener) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil
	}
	l.closed = true
	close(l.done)
	for nc := range l.Silent {
		_ = nc.Close()
	}
	return l.Listener.Close()
}

// acceptLoop hands each connection to a handshaker until the listener is closed.
func (l *Listener) acceptLoop() {
	defer func() { _ = l.Close() }() // the listener itself may be closed already
	retry := AcceptRetry
	for {
		nc, err := l.Listener.Accept()
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err != nil: // there are too many descriptors, or who came is gone
			l.logger.Warn("accept", "error", err, "again", retry)
			select {
			case <-time.After(retry):
			case <-l.done:
				return
			}
			retry = min(2*retry, maxAcceptRetry)
			continue
		}
		retry = AcceptRetry
		l.CountConn(nc, http.StateNew)
		select {
		case l.forIdle <- nc:
		default:
			l.running.Go(func() { l.work(nc) })
		}
	}
}

// work serves one connection after another, while they come and not too many others wait for one.
func (l *Listener) work(nc net.Conn) {
	rest := time.NewTimer(IdleWorkerTimeout)
	defer rest.Stop()
	for {
		l.serve(nc)
		select {
		case l.Idle <- struct{}{}:
		default:
			return
		}
		rest.Reset(IdleWorkerTimeout)
		select {
		case nc = <-l.forIdle:
			<-l.Idle
		case <-rest.C:
			<-l.Idle
			return
		case <-l.done:
			return
		}
	}
}

// serve answers the plain case, and hands over what is none.
func (l *Listener) serve(nc net.Conn) {
	a := attempts.Get().(*Attempt)
	defer attempts.Put(a)
	end := http.StateClosed
	defer func() {
		if p := recover(); p != nil { // as the HTTP server does: one request's fault is not everybody's
			l.logger.Error("handshake", "panic", p, "stack", string(debug.Stack()))
		}
		if end == http.StateClosed {
			_ = nc.Close() // it said nothing, or nobody listens any more
		}
		l.CountConn(nc, end)
	}()
	n, err := l.readFirst(nc, a.buf[:])
	if err != nil {
		return
	}
	if r := a.Request(a.buf[:n]); r != nil && a.upgrade(l.handler, nc, r) {
		end = http.StateHijacked
		return
	}
	select {
	case l.forHTTP <- &Replayed{nc, bytes.Clone(a.buf[:n])}:
		end = http.StateActive // the HTTP server counts it out
	case <-l.done:
	}
}

// readFirst waits for the first that a connection says, as long as it may take.
func (l *Listener) readFirst(nc net.Conn, buf []byte) (int, error) {
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return 0, net.ErrClosed
	}
	l.Silent[nc] = struct{}{}
	l.mu.Unlock()
	_ = nc.SetReadDeadline(time.Now().Add(HeaderTimeout))
	n, err := nc.Read(buf)
	l.mu.Lock()
	delete(l.Silent, nc)
	l.mu.Unlock()
	return n, err
}

// attempt is one goroutine's try to answer a handshake, and the ResponseWriter that it is answered through: whatever but
// an upgrade is written to it is thrown away, since the HTTP server will then say it.
type Attempt struct {
	buf    [MaxHandshake]byte
	Bytes  bytes.Reader
	Br     *bufio.Reader
	header http.Header
	nc     net.Conn // nil once it was handed to the WebSocket
}

var attempts = sync.Pool{New: func() any { return &Attempt{Br: bufio.NewReader(nil)} }}

// request is the request that b is, nil where it is not the plain case.
func (a *Attempt) Request(b []byte) *http.Request {
	if !ordinary(b) {
		return nil
	}
	a.Bytes.Reset(b)
	a.Br.Reset(&a.Bytes)
	r, err := http.ReadRequest(a.Br)
	if err != nil || r.ProtoMajor != 1 || r.ProtoMinor != 1 || strings.ContainsFunc(r.Host, notInHost) || r.Body != http.NoBody || r.Header.Get("Upgrade") == "" {
		return nil
	}
	return r
}

// ordinary reports whether b is one whole header for handshakePath, of nothing but what any browser writes.
func ordinary(b []byte) bool {
	lines, whole := bytes.CutSuffix(b, []byte("\r\n\r\n"))
	if !whole || !bytes.HasPrefix(b, []byte(handshakePath)) || bytes.ContainsFunc(b, unprintable) {
		return false
	}
	_, lines, _ = bytes.Cut(lines, []byte("\r\n"))
	hosts := 0
	for line := range bytes.SplitSeq(lines, []byte("\r\n")) {
		name, value, ok := bytes.Cut(line, []byte(":"))
		if !ok || len(name) == 0 || bytes.ContainsFunc(name, notInHeaderName) || bytes.ContainsAny(value, "\r\n") {
			return false
		}
		if strings.EqualFold(string(name), "Host") {
			hosts++
		}
	}
	return hosts == 1
}

func unprintable(c rune) bool { return (c < ' ' || c > '~') && c != '\r' && c != '\n' }

func letter(c rune) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-'
}

func notInHeaderName(c rune) bool { return !letter(c) }

// notInHost is what neither names, addresses nor ports hold.
func notInHost(c rune) bool { return !letter(c) && !strings.ContainsRune(".:[]_", c) }

// upgrade has the handler answer, and reports whether the connection is a WebSocket now.
func (a *Attempt) upgrade(handler http.Handler, nc net.Conn, r *http.Request) bool {
	r.RemoteAddr = nc.RemoteAddr().String()
	a.header, a.nc = http.Header{}, nc
	handler.ServeHTTP(a, r)
	shaken := a.nc == nil
	a.header, a.nc = nil, nil
	return shaken
}

func (a *Attempt) Header() http.Header         { return a.header }
func (a *Attempt) Write(b []byte) (int, error) { return len(b), nil }
func (a *Attempt) WriteHeader(int)             {}

// Hijack gives the connection away, as http.Hijacker says.
func (a *Attempt) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	nc := a.nc
	a.nc = nil
	return nc, bufio.NewReadWriter(a.Br, nil), nil
}

// replayed is a connection of which the first bytes were read already.
type Replayed struct {
	net.Conn
	first []byte
}

func (r *Replayed) Read(b []byte) (int, error) {
	if len(r.first) == 0 {
		return r.Conn.Read(b)
	}
	n := copy(b, r.first)
	r.first = r.first[n:]
	return n, nil
}

// CloseWrite lets who is refused read why before the connection ends, as the HTTP server does where it can.
func (r *Replayed) CloseWrite() error {
	if w, ok := r.Conn.(interface{ CloseWrite() error }); ok {
		return w.CloseWrite()
	}
	return nil
}

const HeaderTimeout = 5 * time.Second
