package hub

import (
	"sync"

	"belfry/wsserver/identity"
	"belfry/wsserver/transport"
)

// Hub is the set of live clients and dashboards, and the position up to which they were sent what the log accepted.
type Hub struct {
	mu       sync.Mutex
	closed   bool
	position uint64        // seq of the newest message fanned out
	advanced chan struct{} // closed when position moves; nil: nobody waits for that
	nextID   uint64

	clients     set          // those that are in
	pending     pendingLists // those that are not
	everyone    set          // clients that said hello or subscribed: the audience "everyone"
	dashboards  set
	knocking    set // those that have not shown everything yet
	topics      map[string]*set
	persons     persons
	subscribers int
	elsewhere   counts // of the other machines of the room
	countsRev   uint64 // rises with each change of the counts, here or elsewhere

	rev      uint64 // rises with each change to the list of clients
	gone     []departure
	goneFrom uint64 // gone holds every departure after this revision

	budget *transport.Budget // of all backlogs together; not guarded

	// changed is signalled when counts or the list of clients changed.
	changed chan struct{}
}

// New makes an empty hub. budget bounds what is queued for all its connections together.
func New(budget *transport.Budget) *Hub {
	return &Hub{
		topics: map[string]*set{}, persons: persons{}, rev: 1, goneFrom: 1, changed: make(chan struct{}, 1), budget: budget,
	}
}

// Budget bounds the queues of all connections together.
func (h *Hub) Budget() *transport.Budget { return h.budget }

// Register adds a connection: a dashboard, or a client that is In or, if it is not admitted yet, Silent. If more than
// maxPending clients are then Silent or Asked, evicted is one that was taken out to make room; the caller ends it. Once the
// hub is closed, Register does nothing and reports false.
func (h *Hub) Register(p *Peer, s State, maxPending int) (evicted *Peer, ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return nil, false
	}
	h.nextID++
	p.id = h.nextID
	switch s {
	case Dashboard:
		p.setState(s)
		h.dashboards.add(p)
		return nil, true
	case Knocking:
		p.setState(s)
		h.knocking.add(p)
		return nil, true
	}
	p.identity.Store(&Identity{UserID: identity.GuestID(p.id), Made: true})
	if s == In {
		h.addClient(p)
		return nil, true
	}
	if h.pending.bounded() >= maxPending {
		evicted = h.pending.evict()
	}
	h.pending.add(p, Silent)
	return evicted, true
}

// addClient adds a client to those that are in. mu is held.
func (h *Hub) addClient(p *Peer) {
	p.setState(In)
	h.clients.add(p)
	h.countsRev++
	h.persons.add(p)
	h.bump(p)
}

// unregister removes a connection from everything. Calling it again does nothing.
func (h *Hub) unregister(p *Peer) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.dashboards.remove(p) || h.knocking.remove(p) || h.pending.remove(p) || !h.clients.remove(p) {
		return
	}
	if len(p.topics) > 0 {
		h.subscribers--
	}
	p.leftAt = h.position
	h.countsRev++
	h.persons.remove(p)
	for len(p.in) > 0 {
		p.in[0].set.remove(p)
	}
	h.departed(p)
}

// Clients is every client that is in.
func (h *Hub) Clients() []*Peer { return h.peers(true, false, false) }

// Dashboards is every dashboard.
func (h *Hub) Dashboards() []*Peer { return h.peers(false, false, true) }

// AllClients is every client, admitted or not.
func (h *Hub) AllClients() []*Peer { return h.peers(true, true, false) }

// ToDashboard makes a connection that was Knocking a Dashboard: what is fanned out from now on reaches it.
func ToDashboard(p *Peer) {
	h := p.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.knocking.remove(p) {
		p.setState(Dashboard)
		h.dashboards.add(p)
	}
}

// everybody returns every client, admitted or not, and every dashboard, including those that are Knocking.
func (h *Hub) everybody() []*Peer { return h.peers(true, true, true) }

func (h *Hub) peers(clients, pending, dashboards bool) (all []*Peer) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if clients {
		all = append(all, h.clients.list...)
	}
	if dashboards {
		all = append(all, h.dashboards.list...)
	}
	if pending {
		all = h.pending.appendTo(all)
	}
	if pending && dashboards { // everybody
		all = append(all, h.knocking.list...)
	}
	return all
}

// Close refuses further connections and returns the existing ones.
func (h *Hub) Close() []*Peer {
	h.mu.Lock()
	h.closed = true
	h.mu.Unlock()
	return h.everybody()
}
