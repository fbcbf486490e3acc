// Package wstest has what tests of a room need: a network in memory whose deadlines follow the clock of testing/synctest, a
// scripted WebSocket client, and TestLog, the conformance tests of every msglog.Log.
//
// A Client's methods are called from the test's goroutine. Those that expect something block until it comes, and fail the
// test where something else comes or nothing does for a while.
package wstest

import (
	"context"
	"net"
	"net/netip"
	"sync"
)

// pipeBuffer is how many bytes one direction of a connection buffers, like a socket.
const pipeBuffer = 32 << 10

// Listener accepts connections made by Dial, in memory.
type Listener struct {
	addr   net.Addr
	accept chan net.Conn

	closing sync.Once
	closed  chan struct{}

	mu   sync.Mutex
	next uint16 // port of the next connection
}

// Listen returns a listener that seems to be on port 8000 of this machine.
func Listen() *Listener {
	return &Listener{
		addr:   tcpAddr("127.0.0.1", 8000),
		accept: make(chan net.Conn), closed: make(chan struct{}), next: 40000,
	}
}

func tcpAddr(ip string, port uint16) net.Addr {
	return net.TCPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr(ip), port))
}

// Accept waits for a Dial.
func (l *Listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.accept:
		return c, nil
	case <-l.closed:
		return nil, &net.OpError{Op: "accept", Net: "tcp", Addr: l.addr, Err: net.ErrClosed}
	}
}

// Close ends Accept and Dial. Connections stay open.
func (l *Listener) Close() error {
	l.closing.Do(func() { close(l.closed) })
	return nil
}

// Addr returns 127.0.0.1:8000.
func (l *Listener) Addr() net.Addr { return l.addr }

// Dial connects from 127.0.0.1.
func (l *Listener) Dial(ctx context.Context) (net.Conn, error) { return l.DialFrom(ctx, "127.0.0.1") }

// DialFrom connects from an IP address of the caller's choice. It waits until the connection is accepted.
func (l *Listener) DialFrom(ctx context.Context, ip string) (net.Conn, error) {
	l.mu.Lock()
	l.next++
	from := tcpAddr(ip, l.next)
	l.mu.Unlock()
	near, far := Pipe(from, l.addr)
	select {
	case l.accept <- far:
		return near, nil
	case <-l.closed:
		return nil, &net.OpError{Op: "dial", Net: "tcp", Addr: l.addr, Err: net.ErrClosed}
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
