package hub

import (
	"container/list"
	"sync/atomic"

	"belfry/wsserver/transport"
)

// Peer is one connection that the hub knows, of a client or a dashboard. Call Init before its upgrade.
type Peer struct {
	transport.Conn
	hub *Hub
	id  uint64 // given by Register

	// Changed under hub.mu, read anywhere.
	identity atomic.Pointer[Identity] // nil for a dashboard
	state    atomic.Uint32            // State

	greeted atomic.Bool // changed by the client's reader alone

	// Guarded by hub.mu.
	in      []membership
	paused  bool   // out of the fan-out, in catch-up
	sentTo  uint64 // while paused: the position up to which it was sent everything
	leftAt  uint64 // the position at which it left
	topics  []string
	rev     uint64        // of its last change
	pending *list.Element // its place in hub.pending, nil if it has none
}

// State is a connection's progress towards taking part. A client that is In never goes back.
type State uint32

// States of a connection. The first three are of clients that are not admitted.
const (
	Silent    State = iota // it has said no hello
	Asked                  // its last hello did not admit it
	Waiting                // it waits in the lobby
	In                     // it takes part
	Dashboard              // it is the operator's
	Knocking               // it may be the operator's, and is sent nothing until it has proved that

	pendingStates = Waiting + 1
)

// Identity is a client's identity at one time; one that is replaced is never changed.
type Identity struct {
	UserID, Name string
	Proved       bool // it has shown the person's token
	// Made: the server made the user_id for this connection, so that nobody else knew it before.
	Made bool
	// Muted: it may not write, whoever it is on this connection.
	Muted bool
	// Wrote is one more than the position at which it first wrote to the operator as this user_id; 0 if it has not.
	Wrote uint64
}

// HearsPrivate reports whether private messages of the user_id go live to the connection. Others can see a user_id, so a
// connection that only states it is sent nothing until it has written itself.
func (i *Identity) HearsPrivate() bool { return i.Proved || i.Made || i.Wrote > 0 }

// Init gives a connection its hub and its handler.
func (p *Peer) Init(h *Hub, handler transport.Handler) { p.hub = h; p.SetHandler(handler) }

// ID is the connection's number, in the order of registration, from 1 up.
func (p *Peer) ID() uint64 { return p.id }

// Identity returns the present identity, nil for a dashboard.
func (p *Peer) Identity() *Identity { return p.identity.Load() }

// Greeted reports whether the client's hello has been answered.
func (p *Peer) Greeted() bool { return p.greeted.Load() }

// SetGreeted notes that the client's hello has been answered, and reports whether this is the first time.
func (p *Peer) SetGreeted() (first bool) { return !p.greeted.Swap(true) }

// State returns the connection's state. It may change at any time, except In and Dashboard.
func (p *Peer) State() State { return State(p.state.Load()) }

func (p *Peer) setState(s State) { p.state.Store(uint32(s)) }

// UserID returns the user_id of the present identity.
func (p *Peer) UserID() string { return p.identity.Load().UserID }

// NoteWrote notes that the client writes to the operator: from now on it is sent the private messages of its user_id.
func (p *Peer) NoteWrote() {
	p.hub.mu.Lock()
	defer p.hub.mu.Unlock()
	if next := *p.identity.Load(); next.Wrote == 0 {
		next.Wrote = p.hub.position + 1
		p.identity.Store(&next)
	}
}

// SetMuted mutes the connection, or lifts that, whoever it is.
func (p *Peer) SetMuted(muted bool) {
	p.hub.mu.Lock()
	defer p.hub.mu.Unlock()
	if next := *p.identity.Load(); next.Muted != muted {
		next.Muted = muted
		p.identity.Store(&next)
		p.hub.bump(p)
	}
}

// Leaving removes the connection from the hub.
func (p *Peer) Leaving() { p.hub.unregister(p) }

// AsPeer returns the peer itself, for code that has only the connection.
func (p *Peer) AsPeer() *Peer { return p }

// PeerOf returns the peer of a connection.
func PeerOf(c *transport.Conn) *Peer { return c.Handler().(interface{ AsPeer() *Peer }).AsPeer() }

// connsOf returns the connections of peers.
func connsOf(peers []*Peer) []*transport.Conn {
	conns := make([]*transport.Conn, len(peers))
	for i, p := range peers {
		conns[i] = &p.Conn
	}
	return conns
}
