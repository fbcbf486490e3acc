package hub

import (
	"slices"

	"belfry/wsserver/identity"
)

// This file groups the connections by person, who has one for each device.

// persons are the connections of each person, by user_id. Guarded by the hub's mu.
type persons map[string]*set

// add puts a client into the set of its person.
func (m persons) add(p *Peer) {
	userID := p.UserID()
	s := m[userID]
	if s == nil {
		s = &set{}
		m[userID] = s
	}
	s.add(p)
}

// remove removes a client from its person's set.
func (m persons) remove(p *Peer) {
	userID := p.UserID()
	s := m[userID]
	s.remove(p)
	if len(s.list) == 0 {
		delete(m, userID)
	}
}

// Prove notes that a client has shown the token of the person that it is.
func (h *Hub) Prove(p *Peer) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.clients.has(p) {
		h.identify(p, IdentityChange{UserID: p.UserID(), Proved: true})
	}
}

// identify gives a client an identity. mu is held.
func (h *Hub) identify(p *Peer, as IdentityChange) {
	next := *p.identity.Load()
	next.Proved, next.Muted = as.Proved, next.Muted || as.Muted
	if as.Name != nil {
		next.Name = *as.Name
	}
	if as.UserID == next.UserID {
		p.identity.Store(&next)
	} else {
		h.persons.remove(p)
		next.UserID, next.Made, next.Wrote = as.UserID, as.Made, 0
		p.identity.Store(&next)
		h.persons.add(p)
	}
	h.bump(p)
}

// RenamePerson gives a person a new name, on every device.
func (h *Hub) RenamePerson(userID, name string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.persons[userID] != nil {
		h.renameDevices(userID, &name)
	}
}

// renameDevices gives a person's connections the name that one of them has asked for; nil for none. mu is held.
func (h *Hub) renameDevices(userID string, name *string) {
	if name == nil {
		return
	}
	for _, o := range h.persons[userID].list {
		if next := *o.identity.Load(); next.Name != *name {
			next.Name = *name
			o.identity.Store(&next)
			h.bump(o)
		}
	}
}

// Demoted is a client that goes on as a guest: the topics that it is in, and in Left those of them that its former person has
// left, having no other connection there.
type Demoted struct {
	Peer         *Peer
	Topics, Left []string
}

// Demote makes guests of the clients that use a user_id without having shown its token; with muted they stay muted.
func (h *Hub) Demote(userID string, muted bool) (demoted []Demoted) {
	h.mu.Lock()
	defer h.mu.Unlock()
	s := h.persons[userID]
	if s == nil {
		return nil
	}
	for _, p := range slices.Clone(s.list) {
		if p.identity.Load().Proved {
			continue
		}
		noName := "" // the name belongs to the person, not to the guest
		h.identify(p, IdentityChange{UserID: identity.GuestID(p.id), Name: &noName, Made: true, Muted: muted})
		d := Demoted{Peer: p, Topics: slices.Clone(p.topics)}
		for _, t := range d.Topics {
			if !h.personIn(userID, t) {
				d.Left = append(d.Left, t)
			}
		}
		demoted = append(demoted, d)
	}
	return demoted
}

// personIn reports whether a person has a connection in a topic. mu is held.
func (h *Hub) personIn(userID, topic string) bool {
	p, t := h.persons[userID], h.topics[topic]
	return p != nil && t != nil && slices.ContainsFunc(p.list, t.has)
}

// OtherDevices reports whether a person has connections other than p that said hello, and returns their topics.
func (h *Hub) OtherDevices(p *Peer) (there bool, topics []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if s := h.persons[p.UserID()]; s != nil {
		for _, o := range s.list {
			if o != p && o.greeted.Load() {
				there, topics = true, append(topics, o.topics...)
			}
		}
	}
	return there, topics
}

// PeersOf returns the live connections of one user_id.
func (h *Hub) PeersOf(userID string) []*Peer {
	h.mu.Lock()
	defer h.mu.Unlock()
	if s := h.persons[userID]; s != nil {
		return slices.Clone(s.list)
	}
	return nil
}

// BumpPerson gives every connection of a person the next revision, because what dashboards list about them has changed.
func (h *Hub) BumpPerson(userID string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if s := h.persons[userID]; s != nil {
		for _, p := range s.list {
			h.bump(p)
		}
	}
}
