package hub

import "slices"

// This file is the list of clients as dashboards follow it: by revisions, each with the changes since another.

// departure is a client that left at a revision of the list.
type departure struct{ rev, id uint64 }

// maxGone bounds how many departures are remembered for dashboards that ask what changed.
const maxGone = 16384

// Client is a snapshot of a client's state in the hub.
type Client struct {
	Peer         *Peer
	UserID, Name string
	Topics       []string
	// Unproved: it only states the user_id, and has not shown the token.
	Unproved bool
	Muted    bool // the connection, whoever it is
}

// ClientsChange is the change of the list of clients up to revision Rev. With Full, Clients has all of them; otherwise it has
// those that came or changed, and Gone the IDs of those that left, the last one first.
type ClientsChange struct {
	Rev     uint64
	Full    bool
	Clients []Client
	Gone    []uint64
}

// ClientsSince returns the changes after a revision. It returns everything for 0, and for a revision that is too long ago or
// not from this hub.
func (h *Hub) ClientsSince(rev uint64) ClientsChange {
	h.mu.Lock()
	defer h.mu.Unlock()
	c := ClientsChange{Rev: h.rev, Full: rev < h.goneFrom || rev > h.rev, Gone: []uint64{}}
	for _, p := range h.clients.list {
		if c.Full || p.rev > rev {
			c.Clients = append(c.Clients, p.snapshot())
		}
	}
	if !c.Full {
		for i := len(h.gone) - 1; i >= 0 && h.gone[i].rev > rev; i-- {
			c.Gone = append(c.Gone, h.gone[i].id)
		}
	}
	return c
}

// ClientsByID returns those of these clients that are in, and the list's revision.
func (h *Hub) ClientsByID(ids []uint64) (clients []Client, rev uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, p := range h.clients.list {
		if slices.Contains(ids, p.id) {
			clients = append(clients, p.snapshot())
		}
	}
	return clients, h.rev
}

// snapshot is the client as it is now. mu is held.
func (p *Peer) snapshot() Client {
	who := p.identity.Load()
	return Client{Peer: p, UserID: who.UserID, Name: who.Name, Topics: slices.Clone(p.topics), Unproved: !who.Proved && !who.Made, Muted: who.Muted}
}

// Revision is the revision of the list of clients. It rises with each client that comes, leaves or changes.
func (h *Hub) Revision() uint64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.rev
}

// bump gives a client the next revision. mu is held.
func (h *Hub) bump(p *Peer) {
	h.rev++
	p.rev = h.rev
	h.signal()
}

// departed notes that a client has left. mu is held.
func (h *Hub) departed(p *Peer) {
	h.rev++
	h.gone = append(h.gone, departure{h.rev, p.id})
	if len(h.gone) > maxGone {
		half := len(h.gone) / 2
		h.goneFrom = h.gone[half-1].rev
		h.gone = append([]departure(nil), h.gone[half:]...)
	}
	h.signal()
}

// signal wakes SendCounts; it never blocks.
func (h *Hub) signal() {
	select {
	case h.changed <- struct{}{}:
	default:
	}
}
