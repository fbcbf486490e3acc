package wsserver

// This file is the clients of the hub that are not let in. The rules are those of hub.go.

// enter lets a connection in that is outside, and reports whether it was.
func (h *hub) enter(c *peer) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.letIn(c)
}

// letIn is enter. mu is held.
func (h *hub) letIn(c *peer) bool {
	if !h.outside.remove(c) {
		return false
	}
	c.entered.Store(true)
	h.register(c)
	return true
}

// outsiders are the connections that are not let in.
func (h *hub) outsiders() (list []*peer) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, c := range h.outside.list {
		list = append(list, c)
	}
	return list
}

// everybody is every client's connection, let in or not, and with dashboards theirs.
func (h *hub) everybody(dashboards bool) (list []*peer) {
	list = h.all(true, dashboards)
	h.mu.Lock()
	defer h.mu.Unlock()
	return append(list, h.outside.list...)
}
