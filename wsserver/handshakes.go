package wsserver

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
	handshakeMost = 4 << 10
	// idleHandshakers is how many goroutines wait for the next connection on a stack that has grown already, and handshakerRest
	// how long.
	idleHandshakers = 64
	handshakerRest  = 5 * time.Second
	// acceptRetry is how long to wait, at the least and at the most, after a connection could not be accepted.
	acceptRetry     = 5 * time.Millisecond
	acceptRetryMost = time.Second
)

// handshakes is a listener of what the HTTP server has to answer.
type handshakes struct {
	net.Listener
	handler http.Handler
	count   func(net.Conn, http.ConnState)
	logger  *slog.Logger
	running *sync.WaitGroup

	handed chan net.Conn // to the HTTP server
	next   chan net.Conn // to an idle handshaker
	idle   chan struct{} // one for each of them
	done   chan struct{} // closed by Close

	mu      sync.Mutex
	closed  bool
	reading map[net.Conn]struct{} // have said nothing yet
}

// newHandshakes stands before the HTTP server on listener: handler answers the plain case. count is told of each
// connection's state as an http.Server tells it, and running counts every goroutine.
func newHandshakes(listener net.Listener, handler http.Handler, count func(net.Conn, http.ConnState), logger *slog.Logger, running *sync.WaitGroup) *handshakes {
	l := &handshakes{
		Listener: listener, handler: handler, count: count, logger: logger, running: running,
		handed: make(chan net.Conn), next: make(chan net.Conn), idle: make(chan struct{}, idleHandshakers),
		done: make(chan struct{}), reading: map[net.Conn]struct{}{},
	}
	l.running.Go(l.acceptAll)
	return l
}

// wasCounted reports whether a connection was counted before the HTTP server had it.
func wasCounted(nc net.Conn) bool {
	_, counted := nc.(*replayed)
	return counted
}

// Accept returns a connection that is left to the HTTP server.
func (l *handshakes) Accept() (net.Conn, error) {
	select {
	case nc := <-l.handed:
		return nc, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

// Close accepts nothing more, and ends connections that have said nothing yet.
func (l *handshakes) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil
	}
	l.closed = true
	close(l.done)
	for nc := range l.reading {
		_ = nc.Close()
	}
	return l.Listener.Close()
}

// acceptAll hands each connection to a handshaker until the listener is closed.
func (l *handshakes) acceptAll() {
	defer func() { _ = l.Close() }() // the listener itself may be closed already
	retry := acceptRetry
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
			retry = min(2*retry, acceptRetryMost)
			continue
		}
		retry = acceptRetry
		l.count(nc, http.StateNew)
		select {
		case l.next <- nc:
		default:
			l.running.Go(func() { l.handshaker(nc) })
		}
	}
}

// handshaker serves one connection after another, while they come and not too many others wait for one.
func (l *handshakes) handshaker(nc net.Conn) {
	rest := time.NewTimer(handshakerRest)
	defer rest.Stop()
	for {
		l.serve(nc)
		select {
		case l.idle <- struct{}{}:
		default:
			return
		}
		rest.Reset(handshakerRest)
		select {
		case nc = <-l.next:
			<-l.idle
		case <-rest.C:
			<-l.idle
			return
		case <-l.done:
			return
		}
	}
}

// serve answers the plain case, and hands over what is none.
func (l *handshakes) serve(nc net.Conn) {
	a := attempts.Get().(*attempt)
	defer attempts.Put(a)
	end := http.StateClosed
	defer func() {
		if p := recover(); p != nil { // as the HTTP server does: one request's fault is not everybody's
			l.logger.Error("handshake", "panic", p, "stack", string(debug.Stack()))
		}
		if end == http.StateClosed {
			_ = nc.Close() // it said nothing, or nobody listens any more
		}
		l.count(nc, end)
	}()
	n, err := l.read(nc, a.buf[:])
	if err != nil {
		return
	}
	if r := a.request(a.buf[:n]); r != nil && a.shake(l.handler, nc, r) {
		end = http.StateHijacked
		return
	}
	select {
	case l.handed <- &replayed{nc, bytes.Clone(a.buf[:n])}:
		end = http.StateActive // the HTTP server counts it out
	case <-l.done:
	}
}

// read waits for the first that a connection says, as long as it may take.
func (l *handshakes) read(nc net.Conn, buf []byte) (int, error) {
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return 0, net.ErrClosed
	}
	l.reading[nc] = struct{}{}
	l.mu.Unlock()
	_ = nc.SetReadDeadline(time.Now().Add(headerTimeout))
	n, err := nc.Read(buf)
	l.mu.Lock()
	delete(l.reading, nc)
	l.mu.Unlock()
	return n, err
}

// attempt is one goroutine's try to answer a handshake, and the ResponseWriter that it is answered through: whatever but
// an upgrade is written to it is thrown away, since the HTTP server will then say it.
type attempt struct {
	buf    [handshakeMost]byte
	bytes  bytes.Reader
	br     *bufio.Reader
	header http.Header
	nc     net.Conn // nil once it was handed to the WebSocket
}

var attempts = sync.Pool{New: func() any { return &attempt{br: bufio.NewReader(nil)} }}

// request is the request that b is, nil where it is not the plain case.
func (a *attempt) request(b []byte) *http.Request {
	if !ordinary(b) {
		return nil
	}
	a.bytes.Reset(b)
	a.br.Reset(&a.bytes)
	r, err := http.ReadRequest(a.br)
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
		if !ok || len(name) == 0 || bytes.ContainsFunc(name, notInName) || bytes.ContainsAny(value, "\r\n") {
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

func notInName(c rune) bool { return !letter(c) }

// notInHost is what neither names, addresses nor ports hold.
func notInHost(c rune) bool { return !letter(c) && !strings.ContainsRune(".:[]_", c) }

// shake has the handler answer, and reports whether the connection is a WebSocket now.
func (a *attempt) shake(handler http.Handler, nc net.Conn, r *http.Request) bool {
	r.RemoteAddr = nc.RemoteAddr().String()
	a.header, a.nc = http.Header{}, nc
	handler.ServeHTTP(a, r)
	shaken := a.nc == nil
	a.header, a.nc = nil, nil
	return shaken
}

func (a *attempt) Header() http.Header         { return a.header }
func (a *attempt) Write(b []byte) (int, error) { return len(b), nil }
func (a *attempt) WriteHeader(int)             {}

// Hijack gives the connection away, as http.Hijacker says.
func (a *attempt) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	nc := a.nc
	a.nc = nil
	return nc, bufio.NewReadWriter(a.br, nil), nil
}

// replayed is a connection of which the first bytes were read already.
type replayed struct {
	net.Conn
	first []byte
}

func (r *replayed) Read(b []byte) (int, error) {
	if len(r.first) == 0 {
		return r.Conn.Read(b)
	}
	n := copy(b, r.first)
	r.first = r.first[n:]
	return n, nil
}

// CloseWrite lets who is refused read why before the connection ends, as the HTTP server does where it can.
func (r *replayed) CloseWrite() error {
	if w, ok := r.Conn.(interface{ CloseWrite() error }); ok {
		return w.CloseWrite()
	}
	return nil
}
