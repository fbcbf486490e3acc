package wsserver

import (
	"sync/atomic"

	"belfry/wsserver/transport"
)

// peer is one connection that the hub knows, of a client or of a dashboard.
type peer struct {
	transport.Conn
	hub *hub
	id  uint64
	// slot spreads the pings over the period.
	slot int
	// dashboard: it is one, and no client.
	dashboard bool
	// out: it is a client that is not let in when it is admitted.
	out bool
	// entered: it was let in. Never false again.
	entered atomic.Bool
	// who it is. Changed under hub.mu, read anywhere.
	who atomic.Pointer[who]
	// greeted: hello was said. Written by the reader alone.
	greeted atomic.Bool

	// Guarded by hub.mu.
	in     []membership
	paused bool   // out of the fan-out, in catch-up
	sentTo uint64 // while paused: the position up to which it was sent everything
	leftAt uint64 // the position at which it left
	topics []string
	rev    uint64
}

// who is a client's identity; one that is replaced is never changed.
type who struct {
	userID, name string
	proved       bool // it has shown the person's token
}

func (c *peer) userID() string { return c.who.Load().userID }

// Leaving takes the connection out of the hub.
func (c *peer) Leaving() { c.hub.leave(c) }

// AsPeer is the peer itself, for who has the connection alone.
func (c *peer) AsPeer() *peer { return c }

// peerOf is the peer whose connection it is.
func peerOf(c *transport.Conn) *peer { return c.Owner.(interface{ AsPeer() *peer }).AsPeer() }

// connsOf are the connections of peers.
func connsOf(list []*peer) []*transport.Conn {
	conns := make([]*transport.Conn, len(list))
	for i, p := range list {
		conns[i] = &p.Conn
	}
	return conns
}
