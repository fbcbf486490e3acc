package hub

import (
	"slices"
	"sync"

	"belfry/wsserver/identity"
	"belfry/wsserver/msglog"
	"belfry/wsserver/transport"
	"belfry/wsserver/wire"
)

// This file is the set of live connections. The rules are:
//
//   - nothing under mu blocks, logs or calls out;
//   - fan-out takes a copy of who is meant under mu and writes without it;
//   - a link's lock may be held while mu is taken, never the other way round.

// hub is the set of live clients and dashboards, and the position up to which they were sent what the log accepted.
type Hub struct {
	Mu       sync.Mutex
	closed   bool
	Position uint64 // seq of the newest message fanned out
	nextID   uint64

	Clients     set
	pending     set // clients that are not let in: in no other set
	Everyone    set // clients that said hello or subscribed: who is meant by "everyone"
	dashboards  set
	Topics      map[string]*set
	Persons     map[string]*set // by user_id
	Subscribers int
	countsRev   uint64 // rises with each change of the two counts

	Rev      uint64 // rises with each change to the list of clients
	Gone     []departure
	GoneFrom uint64 // gone holds every departure after this revision

	Budget *transport.Budget // what waits for all of them; has no need of mu

	// dirty is signalled when counts or the list of clients changed.
	Dirty chan struct{}
}

// departure is a client that left at a revision of the list.
type departure struct{ Rev, Id uint64 }

// maxGone bounds how many departures are remembered for dashboards that ask what changed.
const MaxGone = 16384

func New() *Hub {
	return &Hub{Topics: map[string]*set{}, Persons: map[string]*set{}, Rev: 1, GoneFrom: 1, Dirty: make(chan struct{}, 1)}
}

func (h *Hub) signal() {
	select {
	case h.Dirty <- struct{}{}:
	default:
	}
}

// bump gives c the next revision. mu is held.
func (h *Hub) bump(c *Peer) {
	h.Rev++
	c.Rev = h.Rev
	h.signal()
}

// admit registers a connection, of a client or of a dashboard. It reports false once the hub is closed.
func (h *Hub) Register(c *Peer) bool {
	h.Mu.Lock()
	defer h.Mu.Unlock()
	if h.closed {
		return false
	}
	h.nextID++
	c.ID = h.nextID
	c.PingSlot = int(c.ID) % PingSlots
	if c.Dashboard {
		h.dashboards.add(c)
		return true
	}
	c.Identity.Store(&Identity{UserID: identity.GuestID(c.ID)})
	if c.Out {
		h.pending.add(c)
		return true
	}
	h.addClient(c)
	return true
}

// addClient puts a client among those who are in. mu is held.
func (h *Hub) addClient(c *Peer) {
	h.Clients.add(c)
	h.countsRev++
	h.personOf(c.UserID()).add(c)
	h.bump(c)
}

// leave takes a connection out of everything. Calling it again does nothing.
func (h *Hub) Unregister(c *Peer) {
	h.Mu.Lock()
	defer h.Mu.Unlock()
	if c.Dashboard {
		h.dashboards.remove(c)
		return
	}
	if h.pending.remove(c) || !h.Clients.remove(c) {
		return
	}
	if len(c.Topics) > 0 {
		h.Subscribers--
	}
	c.leftAt = h.Position
	h.countsRev++
	h.leavePerson(c)
	for len(c.in) > 0 {
		c.in[0].set.remove(c)
	}
	h.Rev++
	h.Gone = append(h.Gone, departure{h.Rev, c.ID})
	if len(h.Gone) > MaxGone {
		half := len(h.Gone) / 2
		h.GoneFrom = h.Gone[half-1].Rev
		h.Gone = append([]departure(nil), h.Gone[half:]...)
	}
	h.signal()
}

// join makes c somebody (nil: who it is), puts it among everyone and into topics, as one step, and returns the position
// it joined at. It reports false, having done nothing, while c is out of the fan-out: it must catch up first. A
// connection that has left stays out.
func (h *Hub) Join(c *Peer, as *IdentityChange, topics []string) (position uint64, ok bool) {
	h.Mu.Lock()
	defer h.Mu.Unlock()
	if as != nil {
		h.admit(c)
	}
	if !h.Clients.has(c) {
		return h.Position, true
	}
	if c.paused {
		return 0, false
	}
	if as != nil {
		h.rename(c, as.UserID, as.Name, as.Proved)
		h.renameDevices(as.UserID, as.Name)
	}
	h.Everyone.add(c)
	if len(topics) > 0 && len(c.Topics) == 0 {
		h.Subscribers++
		h.countsRev++
	}
	for _, t := range topics {
		s := h.Topics[t]
		if s == nil {
			s = &set{}
			h.Topics[t] = s
		}
		if s.add(c) {
			c.Topics = append(c.Topics, t)
		}
	}
	h.bump(c)
	return h.Position, true
}

// topicsOf is what a client is in.
func (h *Hub) TopicsOf(c *Peer) []string {
	h.Mu.Lock()
	defer h.Mu.Unlock()
	return slices.Clone(c.Topics)
}

// part takes c out of topics; nil: out of all. Who has not said hello is then no longer among everyone. left are those
// in which the person has no other connection.
func (h *Hub) Unsubscribe(c *Peer, topics []string) (left []string, position uint64) {
	h.Mu.Lock()
	defer h.Mu.Unlock()
	if len(c.Topics) == 0 || !h.Clients.has(c) {
		return nil, h.Position
	}
	if topics == nil {
		topics = slices.Clone(c.Topics)
	}
	for _, t := range topics {
		if s := h.Topics[t]; s != nil && s.remove(c) {
			c.Topics = slices.DeleteFunc(c.Topics, func(o string) bool { return o == t })
			if !h.isIn(c.UserID(), t) {
				left = append(left, t)
			}
		}
	}
	if len(c.Topics) == 0 {
		h.Subscribers--
		h.countsRev++
		if !c.Greeted.Load() {
			h.Everyone.remove(c)
		}
	}
	h.bump(c)
	return left, h.Position
}

func (h *Hub) Counts() wire.CountsFrame {
	c, _ := h.CountsAt()
	return c
}

// countsAt is the counts and their revision. Two equal counts may have had others between them, which somebody was
// told.
func (h *Hub) CountsAt() (c wire.CountsFrame, rev uint64) {
	h.Mu.Lock()
	defer h.Mu.Unlock()
	return wire.CountsFrame{Type: "counts", Subscribers: h.Subscribers, Clients: len(h.Clients.List)}, h.countsRev
}

// streams is what a client follows.
func (h *Hub) Streams(c *Peer) []msglog.Stream {
	h.Mu.Lock()
	defer h.Mu.Unlock()
	list := []msglog.Stream{{Audience: msglog.AudienceWithdrawn}, {Audience: msglog.AudiencePrivate, Name: c.UserID()}}
	if h.Everyone.has(c) {
		list = append(list, msglog.Stream{Audience: msglog.AudienceEveryone})
	}
	for _, t := range c.Topics {
		list = append(list, msglog.Stream{Audience: msglog.AudienceTopic, Name: t})
	}
	return list
}

// all is every connection of the chosen kinds.
func (h *Hub) All(clients, dashboards bool) (list []*Peer) {
	h.Mu.Lock()
	defer h.Mu.Unlock()
	if clients {
		list = append(list, h.Clients.List...)
	}
	if dashboards {
		list = append(list, h.dashboards.List...)
	}
	return list
}

// moves rises with each connection that comes, goes or changes.
func (h *Hub) Revision() uint64 {
	h.Mu.Lock()
	defer h.Mu.Unlock()
	return h.Rev
}

// close refuses further connections and returns those there are.
func (h *Hub) Close() []*Peer {
	h.Mu.Lock()
	h.closed = true
	h.Mu.Unlock()
	return h.Everybody(true)
}
