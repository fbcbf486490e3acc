package wsserver

import (
	"slices"

	ident "belfry/wsserver/identity"
)

// This file is the connections of the hub by whose they are. The rules are those of hub.go.

func (h *hub) personOf(userID string) *set {
	p := h.persons[userID]
	if p == nil {
		p = &set{}
		h.persons[userID] = p
	}
	return p
}

func (h *hub) leavePerson(c *peer) {
	userID := c.userID()
	p := h.persons[userID]
	p.remove(c)
	if len(p.list) == 0 {
		delete(h.persons, userID)
	}
}

// identify makes c a connection of userID, under name where one is given. proved: it has shown that person's token.
func (h *hub) identify(c *peer, userID string, name *string, proved bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.clients.has(c) {
		h.rename(c, userID, name, proved)
	}
}

func (h *hub) rename(c *peer, userID string, name *string, proved bool) {
	next := *c.who.Load()
	next.proved = proved
	if name != nil {
		next.name = *name
	}
	if userID != next.userID {
		h.leavePerson(c)
		next.userID = userID
		h.personOf(userID).add(c)
	}
	c.who.Store(&next)
	h.touched(c)
}

// renamePerson gives a person another name.
func (h *hub) renamePerson(userID, name string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.persons[userID] != nil {
		h.renameDevices(userID, &name)
	}
}

// renameDevices gives a person's other connections the name that one of them has asked for. mu is held.
func (h *hub) renameDevices(userID string, name *string) {
	if name == nil {
		return
	}
	for _, o := range h.persons[userID].list {
		if next := *o.who.Load(); next.name != *name {
			next.name = *name
			o.who.Store(&next)
			h.touched(o)
		}
	}
}

// expelled is a connection that goes on as a guest: the topics it is in, and those among them in which the person that
// it was has no other connection.
type expelled struct {
	peer       *peer
	in, parted []string
}

// expel makes guests of the connections that use userID without having shown its token.
func (h *hub) expel(userID string) (list []expelled) {
	h.mu.Lock()
	defer h.mu.Unlock()
	p := h.persons[userID]
	if p == nil {
		return nil
	}
	for _, c := range slices.Clone(p.list) {
		if c.who.Load().proved {
			continue
		}
		nobody := "" // a name is the person's, not the guest's
		h.rename(c, ident.GuestID(c.id), &nobody, false)
		x := expelled{peer: c, in: slices.Clone(c.topics)}
		for _, t := range x.in {
			if !h.isIn(userID, t) {
				x.parted = append(x.parted, t)
			}
		}
		list = append(list, x)
	}
	return list
}

// isIn reports whether a person has a connection in a topic. mu is held.
func (h *hub) isIn(userID, topic string) bool {
	p, s := h.persons[userID], h.topics[topic]
	return p != nil && s != nil && slices.ContainsFunc(p.list, s.has)
}

// identity is who a connection is from now on, under name where one is given. proved: it has shown the token.
type identity struct {
	userID string
	name   *string
	proved bool
}

// stays reports whether a person has other connections that said hello than c, and what those are in.
func (h *hub) stays(c *peer) (there bool, topics []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if p := h.persons[c.userID()]; p != nil {
		for _, o := range p.list {
			if o != c && o.greeted.Load() {
				there, topics = true, append(topics, o.topics...)
			}
		}
	}
	return there, topics
}

// person is the live connections of one user_id.
func (h *hub) person(userID string) []*peer {
	h.mu.Lock()
	defer h.mu.Unlock()
	if p := h.persons[userID]; p != nil {
		return slices.Clone(p.list)
	}
	return nil
}

// touchPerson gives every connection of a person the next revision.
func (h *hub) touchPerson(userID string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if p := h.persons[userID]; p != nil {
		for _, c := range p.list {
			h.touched(c)
		}
	}
}
