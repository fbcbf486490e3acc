package hub

// This file is the clients of the hub that are not let in. The rules are those of hub.go.

// enter lets a connection in that is outside, and reports whether it was.
func (h *Hub) Admit(c *Peer) bool {
	h.Mu.Lock()
	defer h.Mu.Unlock()
	return h.admit(c)
}

// admit is enter. mu is held.
func (h *Hub) admit(c *Peer) bool {
	if !h.pending.remove(c) {
		return false
	}
	c.Entered.Store(true)
	h.addClient(c)
	return true
}

// outsiders are the connections that are not let in.
func (h *Hub) Pending() (list []*Peer) {
	h.Mu.Lock()
	defer h.Mu.Unlock()
	for _, c := range h.pending.List {
		list = append(list, c)
	}
	return list
}

// everybody is every client's connection, let in or not, and with dashboards theirs.
func (h *Hub) Everybody(dashboards bool) (list []*Peer) {
	list = h.All(true, dashboards)
	h.Mu.Lock()
	defer h.Mu.Unlock()
	return append(list, h.pending.List...)
}
