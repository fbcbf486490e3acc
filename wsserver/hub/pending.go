package hub

// This file is the clients that are not admitted. They are in no set, so that nothing is sent to them that others cause.
//
// Those that are Silent or Asked are bounded together, over all addresses: who has many addresses must not fill every
// descriptor with connections that say nothing, or nothing that lets them in. Those that are Waiting are not counted:
// the lobby has a bound of its own.

// Admit lets a pending client in, under the guest's identity that it has, and reports whether it was pending.
func (h *Hub) Admit(p *Peer) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.admit(p)
}

// admit is Admit. mu is held.
func (h *Hub) admit(p *Peer) bool {
	if !h.removePending(p) {
		return false
	}
	h.addClient(p)
	return true
}

// SetPending notes what became of a pending client's hello: Asked or Waiting. It is then behind all that are in that
// state. A client that is in, or has left, stays what it is.
func (h *Hub) SetPending(p *Peer, s State) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.removePending(p) {
		h.setPending(p, s)
	}
}

// setPending puts a client, which is in no state's list, into one. mu is held.
func (h *Hub) setPending(p *Peer, s State) {
	p.setState(s)
	p.pending = h.pending[s].PushBack(p)
}

// removePending takes a client out of its state's list, and reports whether it was in one. mu is held.
func (h *Hub) removePending(p *Peer) bool {
	if p.pending == nil {
		return false
	}
	h.pending[p.State()].Remove(p.pending)
	p.pending = nil
	return true
}

// evict takes out the oldest client without a hello, else the one whose hello is oldest; nil where there is none. mu is
// held.
func (h *Hub) evict() *Peer {
	for _, s := range []State{Silent, Asked} {
		if e := h.pending[s].Front(); e != nil {
			p := e.Value.(*Peer)
			h.removePending(p)
			return p
		}
	}
	return nil
}

// Pending is every client that is not admitted.
func (h *Hub) Pending() []*Peer { return h.peers(false, true, false) }

// appendPending appends them to all. mu is held.
func (h *Hub) appendPending(all []*Peer) []*Peer {
	for i := range h.pending {
		for e := h.pending[i].Front(); e != nil; e = e.Next() {
			all = append(all, e.Value.(*Peer))
		}
	}
	return all
}
