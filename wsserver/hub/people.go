package hub

import (
	"slices"

	"belfry/wsserver/identity"
)

// This file is the connections of the hub by whose they are. The rules are those of hub.go.

func (h *Hub) personOf(userID string) *set {
	p := h.Persons[userID]
	if p == nil {
		p = &set{}
		h.Persons[userID] = p
	}
	return p
}

func (h *Hub) leavePerson(c *Peer) {
	userID := c.UserID()
	p := h.Persons[userID]
	p.remove(c)
	if len(p.List) == 0 {
		delete(h.Persons, userID)
	}
}

// identify makes c a connection of userID, under name where one is given. proved: it has shown that person's token.
func (h *Hub) Identify(c *Peer, userID string, name *string, proved bool) {
	h.Mu.Lock()
	defer h.Mu.Unlock()
	if h.Clients.has(c) {
		h.rename(c, userID, name, proved)
	}
}

func (h *Hub) rename(c *Peer, userID string, name *string, proved bool) {
	next := *c.Identity.Load()
	next.Proved = proved
	if name != nil {
		next.Name = *name
	}
	if userID != next.UserID {
		h.leavePerson(c)
		next.UserID = userID
		h.personOf(userID).add(c)
	}
	c.Identity.Store(&next)
	h.bump(c)
}

// renamePerson gives a person another name.
func (h *Hub) RenamePerson(userID, name string) {
	h.Mu.Lock()
	defer h.Mu.Unlock()
	if h.Persons[userID] != nil {
		h.renameDevices(userID, &name)
	}
}

// renameDevices gives a person's other connections the name that one of them has asked for. mu is held.
func (h *Hub) renameDevices(userID string, name *string) {
	if name == nil {
		return
	}
	for _, o := range h.Persons[userID].List {
		if next := *o.Identity.Load(); next.Name != *name {
			next.Name = *name
			o.Identity.Store(&next)
			h.bump(o)
		}
	}
}

// Demoted is a connection that goes on as a guest: the topics it is in, and those among them in which the person that
// it was has no other connection.
type Demoted struct {
	Peer         *Peer
	Topics, Left []string
}

// expel makes guests of the connections that use userID without having shown its token.
func (h *Hub) Demote(userID string) (list []Demoted) {
	h.Mu.Lock()
	defer h.Mu.Unlock()
	p := h.Persons[userID]
	if p == nil {
		return nil
	}
	for _, c := range slices.Clone(p.List) {
		if c.Identity.Load().Proved {
			continue
		}
		nobody := "" // a name is the person's, not the guest's
		h.rename(c, identity.GuestID(c.ID), &nobody, false)
		x := Demoted{Peer: c, Topics: slices.Clone(c.Topics)}
		for _, t := range x.Topics {
			if !h.isIn(userID, t) {
				x.Left = append(x.Left, t)
			}
		}
		list = append(list, x)
	}
	return list
}

// isIn reports whether a person has a connection in a topic. mu is held.
func (h *Hub) isIn(userID, topic string) bool {
	p, s := h.Persons[userID], h.Topics[topic]
	return p != nil && s != nil && slices.ContainsFunc(p.List, s.has)
}

// identity is who a connection is from now on, under name where one is given. proved: it has shown the token.
type IdentityChange struct {
	UserID string
	Name   *string
	Proved bool
}

// stays reports whether a person has other connections that said hello than c, and what those are in.
func (h *Hub) OtherDevices(c *Peer) (there bool, topics []string) {
	h.Mu.Lock()
	defer h.Mu.Unlock()
	if p := h.Persons[c.UserID()]; p != nil {
		for _, o := range p.List {
			if o != c && o.Greeted.Load() {
				there, topics = true, append(topics, o.Topics...)
			}
		}
	}
	return there, topics
}

// person is the live connections of one user_id.
func (h *Hub) PeersOf(userID string) []*Peer {
	h.Mu.Lock()
	defer h.Mu.Unlock()
	if p := h.Persons[userID]; p != nil {
		return slices.Clone(p.List)
	}
	return nil
}

// touchPerson gives every connection of a person the next revision.
func (h *Hub) BumpPerson(userID string) {
	h.Mu.Lock()
	defer h.Mu.Unlock()
	if p := h.Persons[userID]; p != nil {
		for _, c := range p.List {
			h.bump(c)
		}
	}
}
