package hub

import "container/list"

// This file has the clients that are not admitted. They are in no set, so that nothing that others do is sent to them.
//
// Those that are Silent or Asked are bounded together, over all addresses: an attacker with many addresses must not fill
// every descriptor with connections that say nothing, or nothing that admits them. Those that are Waiting are not counted:
// the lobby has a bound of its own.

// pendingLists are the clients that are not admitted, by state: *Peer, in the order in which they entered that state. Guarded
// by the hub's mu.
type pendingLists [pendingStates]list.List

// Admit admits a pending client, under its guest identity, and reports whether it was pending.
func (h *Hub) Admit(p *Peer) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.admit(p)
}

// admit is Admit. mu is held.
func (h *Hub) admit(p *Peer) bool {
	if !h.pending.remove(p) {
		return false
	}
	h.addClient(p)
	return true
}

// SetPending notes what became of a pending client's hello: Asked or Waiting. The client then comes after all others in that
// state. One that is in, or has left, does not change.
func (h *Hub) SetPending(p *Peer, s State) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.pending.remove(p) {
		h.pending.add(p, s)
	}
}

// add puts a client, which is in no list, into that of a state.
func (l *pendingLists) add(p *Peer, s State) {
	p.setState(s)
	p.pending = l[s].PushBack(p)
}

// remove removes a client from its state's list, and reports whether it was in one.
func (l *pendingLists) remove(p *Peer) bool {
	if p.pending == nil {
		return false
	}
	l[p.State()].Remove(p.pending)
	p.pending = nil
	return true
}

// bounded returns how many count towards the bound.
func (l *pendingLists) bounded() int { return l[Silent].Len() + l[Asked].Len() }

// len is how many clients are not admitted.
func (l *pendingLists) len() int { return l.bounded() + l[Waiting].Len() }

// evict takes out the oldest client without a hello, otherwise the one whose hello is oldest; nil if there is none.
func (l *pendingLists) evict() *Peer {
	for _, s := range []State{Silent, Asked} {
		if e := l[s].Front(); e != nil {
			p := e.Value.(*Peer)
			l.remove(p)
			return p
		}
	}
	return nil
}

// Pending returns every client that is not admitted.
func (h *Hub) Pending() []*Peer { return h.peers(false, true, false) }

// appendTo appends them to all.
func (l *pendingLists) appendTo(all []*Peer) []*Peer {
	for i := range l {
		for e := l[i].Front(); e != nil; e = e.Next() {
			all = append(all, e.Value.(*Peer))
		}
	}
	return all
}
