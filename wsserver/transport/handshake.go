package transport

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"belfry/wsserver/internal/turns"
)

// This file answers the plain case of a client's handshake without the HTTP server, which spends two buffers, three
// goroutines and two stacks on each connection, all of them useless to a WebSocket: a third of the cost when a whole room
// connects at once. The plain case is a whole, ordinary request for /ws/client that arrives in one read and is not refused.
// Everything else, and every doubtful case, is passed to the HTTP server with all bytes that were read.

const (
	// HeaderTimeout is how long a connection may take to send a request's header.
	HeaderTimeout = 5 * time.Second
	// handshakePath is the beginning of the plain case.
	handshakePath = "GET /ws/client"
	// maxHandshake is its largest size in bytes.
	maxHandshake = 4 << 10
	// maxIdleWorkers goroutines, whose stacks have grown already, wait for the next connection, for idleWorkerTimeout.
	maxIdleWorkers    = 64
	idleWorkerTimeout = 5 * time.Second
	// acceptRetry is the first pause after a connection could not be accepted; each further one is twice as long, up to
	// maxAcceptRetry.
	acceptRetry    = 5 * time.Millisecond
	maxAcceptRetry = time.Second
)

// Listener accepts connections, answers the plain handshakes itself, and passes the other connections on to an HTTP server
// that accepts from it.
type Listener struct {
	net.Listener
	handler   http.Handler
	countConn func(net.Conn, http.ConnState)
	logger    *slog.Logger
	running   *sync.WaitGroup

	turns   *turns.Turns  // handshakes being answered
	forHTTP chan net.Conn // to Accept
	forIdle chan net.Conn // to an idle worker
	idle    chan struct{} // holds one value for each idle worker
	done    chan struct{} // closed by Close

	mu     sync.Mutex
	closed bool
	silent map[net.Conn]struct{} // have sent nothing yet
}

// NewListener accepts from listener until Close: handler answers the plain case, and count is called with each
// connection's state as http.Server.ConnState is. Every goroutine is counted in running.
func NewListener(listener net.Listener, handler http.Handler, count func(net.Conn, http.ConnState), logger *slog.Logger, running *sync.WaitGroup) *Listener {
	l := &Listener{
		Listener: listener, handler: handler, countConn: count, logger: logger, running: running,
		turns: turns.PerProcessor(), forHTTP: make(chan net.Conn), forIdle: make(chan net.Conn), idle: make(chan struct{}, maxIdleWorkers),
		done: make(chan struct{}), silent: map[net.Conn]struct{}{},
	}
	l.running.Go(l.acceptLoop)
	return l
}

// WasCounted reports whether a connection comes from a Listener, which has counted it already.
func WasCounted(nc net.Conn) bool {
	_, counted := nc.(*replayedConn)
	return counted
}

// Accept returns the next connection for the HTTP server. Only that server calls it.
func (l *Listener) Accept() (net.Conn, error) {
	select {
	case nc := <-l.forHTTP:
		return nc, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

// Close stops accepting, and closes connections that have sent nothing yet.
func (l *Listener) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil
	}
	l.closed = true
	close(l.done)
	for nc := range l.silent {
		_ = nc.Close()
	}
	return l.Listener.Close()
}

// acceptLoop hands each connection to a worker until the listener is closed.
func (l *Listener) acceptLoop() {
	defer func() { _ = l.Close() }() // the listener itself may be closed already
	retry := acceptRetry
	for {
		nc, err := l.Listener.Accept()
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err != nil: // no descriptors are left, or the peer is gone already
			l.logger.Warn("accept", "error", err, "again", retry)
			select {
			case <-time.After(retry):
			case <-l.done:
				return
			}
			retry = min(2*retry, maxAcceptRetry)
			continue
		}
		retry = acceptRetry
		l.countConn(nc, http.StateNew)
		select {
		case l.forIdle <- nc:
		default:
			l.running.Go(func() { l.work(nc) })
		}
	}
}

// work serves one connection after another. It returns when none comes for a while, or enough others are idle.
func (l *Listener) work(nc net.Conn) {
	rest := time.NewTimer(idleWorkerTimeout)
	defer rest.Stop()
	for {
		l.serve(nc)
		select {
		case l.idle <- struct{}{}:
		default:
			return
		}
		rest.Reset(idleWorkerTimeout)
		select {
		case nc = <-l.forIdle:
			<-l.idle
		case <-rest.C:
			<-l.idle
			return
		case <-l.done:
			return
		}
	}
}

// serve answers the plain case, and passes everything else on.
func (l *Listener) serve(nc net.Conn) {
	end := http.StateClosed
	defer func() {
		if p := recover(); p != nil { // as the HTTP server does: a fault in one request must not end the others
			l.logger.Error("handshake", "panic", p, "stack", string(debug.Stack()))
		}
		if end == http.StateClosed {
			_ = nc.Close() // it sent nothing, or the listener is closed
		}
		l.countConn(nc, end)
	}()
	answered, first := l.answer(nc)
	switch {
	case answered:
		end = http.StateHijacked
		return
	case first == nil:
		return
	}
	select {
	case l.forHTTP <- &replayedConn{nc, first}:
		end = http.StateActive // its further states come from the HTTP server
	case <-l.done:
	}
}

// answer reads the first bytes of a connection and answers the plain case. Of another it returns those bytes, nil where none
// came. Answering waits for nobody, so only few do it at once, in their order. Who waits for them, or for the peer, has no
// buffer, where the system says that there is something to read.
func (l *Listener) answer(nc net.Conn) (answered bool, first []byte) {
	var a *attempt
	defer func() {
		if a != nil {
			attempts.Put(a)
		}
	}()
	n := 0
	read := func() (err error) {
		a = attempts.Get().(*attempt)
		n, err = nc.Read(a.buf[:])
		return err
	}
	raw, wait := rawConn(nc), read
	if raw != nil {
		wait = func() error { return awaitReadable(raw) }
	}
	if l.whileSilent(nc, wait) != nil {
		return false, nil
	}
	turn, _ := l.turns.Take(context.Background()) // each lasts a moment
	defer turn.End()
	if raw != nil {
		_ = nc.SetReadDeadline(time.Time{}) // the turn may have come late, and this does not wait
		if read() != nil {
			return false, nil
		}
	}
	if r := a.request(a.buf[:n]); r != nil && a.upgrade(l.handler, nc, r) {
		return true, nil
	}
	return false, bytes.Clone(a.buf[:n])
}

// whileSilent calls wait, which waits for the first bytes of a connection, and lets it wait for at most HeaderTimeout.
func (l *Listener) whileSilent(nc net.Conn, wait func() error) error {
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return net.ErrClosed
	}
	l.silent[nc] = struct{}{}
	l.mu.Unlock()
	_ = nc.SetReadDeadline(time.Now().Add(HeaderTimeout))
	err := wait()
	l.mu.Lock()
	delete(l.silent, nc)
	l.mu.Unlock()
	return err
}

// attempt is one try to answer a handshake, and the ResponseWriter for it: what is written to it is dropped, since a
// request that is not upgraded is passed to the HTTP server, which answers it again.
type attempt struct {
	buf    [maxHandshake]byte
	bytes  bytes.Reader
	br     *bufio.Reader
	header http.Header
	nc     net.Conn // nil after Hijack
}

var attempts = sync.Pool{New: func() any { return &attempt{br: bufio.NewReader(nil)} }}

// request parses b, and returns nil if it is not the plain case.
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

// ordinary reports whether b is exactly one header for handshakePath, in the syntax that all browsers write.
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

// notInHost reports characters that occur in neither names, addresses nor ports.
func notInHost(c rune) bool { return !letter(c) && !strings.ContainsRune(".:[]_", c) }

// upgrade calls the handler, and reports whether it has upgraded the connection.
func (a *attempt) upgrade(handler http.Handler, nc net.Conn, r *http.Request) bool {
	r.RemoteAddr = nc.RemoteAddr().String()
	a.header, a.nc = http.Header{}, nc
	handler.ServeHTTP(a, r)
	upgraded := a.nc == nil
	a.header, a.nc = nil, nil
	return upgraded
}

// IsAttempt reports whether a handler answers a handshake before the HTTP server does: where it refuses, it is asked again.
func IsAttempt(w http.ResponseWriter) bool {
	_, ok := w.(*attempt)
	return ok
}

func (a *attempt) Header() http.Header         { return a.header }
func (a *attempt) Write(b []byte) (int, error) { return len(b), nil }
func (a *attempt) WriteHeader(int)             {}

// Hijack implements http.Hijacker.
func (a *attempt) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	nc := a.nc
	a.nc = nil
	return nc, bufio.NewReadWriter(a.br, nil), nil
}

// replayedConn is a connection whose first bytes were read already, and are read from it once more.
type replayedConn struct {
	net.Conn
	first []byte
}

func (r *replayedConn) Read(b []byte) (int, error) {
	if len(r.first) == 0 {
		return r.Conn.Read(b)
	}
	n := copy(b, r.first)
	r.first = r.first[n:]
	return n, nil
}

// CloseWrite lets the HTTP server half-close the connection, so that a refused peer can read the answer.
func (r *replayedConn) CloseWrite() error {
	if w, ok := r.Conn.(interface{ CloseWrite() error }); ok {
		return w.CloseWrite()
	}
	return nil
}
