package hub

import (
	"sync/atomic"

	"belfry/wsserver/transport"
)

// peer is one connection that the hub knows, of a client or of a dashboard.
type Peer struct {
	transport.Conn
	Hub *Hub
	ID  uint64
	// slot spreads the pings over the period.
	PingSlot int
	// dashboard: it is one, and no client.
	Dashboard bool
	// out: it is a client that is not let in when it is admitted.
	Out bool
	// entered: it was let in. Never false again.
	Entered atomic.Bool
	// who it is. Changed under hub.mu, read anywhere.
	Identity atomic.Pointer[Identity]
	// greeted: hello was said. Written by the reader alone.
	Greeted atomic.Bool

	// Guarded by hub.mu.
	in     []membership
	paused bool   // out of the fan-out, in catch-up
	sentTo uint64 // while paused: the position up to which it was sent everything
	leftAt uint64 // the position at which it left
	Topics []string
	Rev    uint64
}

// Identity is a client's identity; one that is replaced is never changed.
type Identity struct {
	UserID, Name string
	Proved       bool // it has shown the person's token
}

func (c *Peer) UserID() string { return c.Identity.Load().UserID }

// Leaving takes the connection out of the hub.
func (c *Peer) Leaving() { c.Hub.Unregister(c) }

// AsPeer is the peer itself, for who has the connection alone.
func (c *Peer) AsPeer() *Peer { return c }

// peerOf is the peer whose connection it is.
func PeerOf(c *transport.Conn) *Peer { return c.Handler.(interface{ AsPeer() *Peer }).AsPeer() }

// connsOf are the connections of peers.
func ConnsOf(list []*Peer) []*transport.Conn {
	conns := make([]*transport.Conn, len(list))
	for i, p := range list {
		conns[i] = &p.Conn
	}
	return conns
}
