package wsserver

import (
	"slices"
	"sync"

	ident "belfry/wsserver/identity"
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
type hub struct {
	mu       sync.Mutex
	closed   bool
	position uint64 // seq of the newest message fanned out
	nextID   uint64

	clients     set
	outside     set // clients that are not let in: in no other set
	everyone    set // clients that said hello or subscribed: who is meant by "everyone"
	dashboards  set
	topics      map[string]*set
	persons     map[string]*set // by user_id
	subscribers int
	countsRev   uint64 // rises with each change of the two counts

	rev      uint64 // rises with each change to the list of clients
	gone     []departure
	goneFrom uint64 // gone holds every departure after this revision

	queues *transport.Queues // what waits for all of them; has no need of mu

	// dirty is signalled when counts or the list of clients changed.
	dirty chan struct{}
}

// departure is a client that left at a revision of the list.
type departure struct{ rev, id uint64 }

// maxGone bounds how many departures are remembered for dashboards that ask what changed.
const maxGone = 16384

func newHub() *hub {
	return &hub{topics: map[string]*set{}, persons: map[string]*set{}, rev: 1, goneFrom: 1, dirty: make(chan struct{}, 1)}
}

func (h *hub) signal() {
	select {
	case h.dirty <- struct{}{}:
	default:
	}
}

// touched gives c the next revision. mu is held.
func (h *hub) touched(c *peer) {
	h.rev++
	c.rev = h.rev
	h.signal()
}

// admit registers a connection, of a client or of a dashboard. It reports false once the hub is closed.
func (h *hub) admit(c *peer) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return false
	}
	h.nextID++
	c.id = h.nextID
	c.slot = int(c.id) % pingSlots
	if c.dashboard {
		h.dashboards.add(c)
		return true
	}
	c.who.Store(&who{userID: ident.GuestID(c.id)})
	if c.out {
		h.outside.add(c)
		return true
	}
	h.register(c)
	return true
}

// register puts a client among those who are in. mu is held.
func (h *hub) register(c *peer) {
	h.clients.add(c)
	h.countsRev++
	h.personOf(c.userID()).add(c)
	h.touched(c)
}

// leave takes a connection out of everything. Calling it again does nothing.
func (h *hub) leave(c *peer) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if c.dashboard {
		h.dashboards.remove(c)
		return
	}
	if h.outside.remove(c) || !h.clients.remove(c) {
		return
	}
	if len(c.topics) > 0 {
		h.subscribers--
	}
	c.leftAt = h.position
	h.countsRev++
	h.leavePerson(c)
	for len(c.in) > 0 {
		c.in[0].set.remove(c)
	}
	h.rev++
	h.gone = append(h.gone, departure{h.rev, c.id})
	if len(h.gone) > maxGone {
		half := len(h.gone) / 2
		h.goneFrom = h.gone[half-1].rev
		h.gone = append([]departure(nil), h.gone[half:]...)
	}
	h.signal()
}

// join makes c somebody (nil: who it is), puts it among everyone and into topics, as one step, and returns the position
// it joined at. It reports false, having done nothing, while c is out of the fan-out: it must catch up first. A
// connection that has left stays out.
func (h *hub) join(c *peer, as *identity, topics []string) (position uint64, ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if as != nil {
		h.letIn(c)
	}
	if !h.clients.has(c) {
		return h.position, true
	}
	if c.paused {
		return 0, false
	}
	if as != nil {
		h.rename(c, as.userID, as.name, as.proved)
		h.renameDevices(as.userID, as.name)
	}
	h.everyone.add(c)
	if len(topics) > 0 && len(c.topics) == 0 {
		h.subscribers++
		h.countsRev++
	}
	for _, t := range topics {
		s := h.topics[t]
		if s == nil {
			s = &set{}
			h.topics[t] = s
		}
		if s.add(c) {
			c.topics = append(c.topics, t)
		}
	}
	h.touched(c)
	return h.position, true
}

// topicsOf is what a client is in.
func (h *hub) topicsOf(c *peer) []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(c.topics)
}

// part takes c out of topics; nil: out of all. Who has not said hello is then no longer among everyone. left are those
// in which the person has no other connection.
func (h *hub) part(c *peer, topics []string) (left []string, position uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(c.topics) == 0 || !h.clients.has(c) {
		return nil, h.position
	}
	if topics == nil {
		topics = slices.Clone(c.topics)
	}
	for _, t := range topics {
		if s := h.topics[t]; s != nil && s.remove(c) {
			c.topics = slices.DeleteFunc(c.topics, func(o string) bool { return o == t })
			if !h.isIn(c.userID(), t) {
				left = append(left, t)
			}
		}
	}
	if len(c.topics) == 0 {
		h.subscribers--
		h.countsRev++
		if !c.greeted.Load() {
			h.everyone.remove(c)
		}
	}
	h.touched(c)
	return left, h.position
}

func (h *hub) counts() wire.CountsFrame {
	c, _ := h.countsAt()
	return c
}

// countsAt is the counts and their revision. Two equal counts may have had others between them, which somebody was
// told.
func (h *hub) countsAt() (c wire.CountsFrame, rev uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return wire.CountsFrame{Type: "counts", Subscribers: h.subscribers, Clients: len(h.clients.list)}, h.countsRev
}

// streams is what a client follows.
func (h *hub) streams(c *peer) []msglog.Stream {
	h.mu.Lock()
	defer h.mu.Unlock()
	list := []msglog.Stream{{Audience: msglog.AudienceWithdrawn}, {Audience: msglog.AudiencePrivate, Name: c.userID()}}
	if h.everyone.has(c) {
		list = append(list, msglog.Stream{Audience: msglog.AudienceEveryone})
	}
	for _, t := range c.topics {
		list = append(list, msglog.Stream{Audience: msglog.AudienceTopic, Name: t})
	}
	return list
}

// all is every connection of the chosen kinds.
func (h *hub) all(clients, dashboards bool) (list []*peer) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if clients {
		list = append(list, h.clients.list...)
	}
	if dashboards {
		list = append(list, h.dashboards.list...)
	}
	return list
}

// moves rises with each connection that comes, goes or changes.
func (h *hub) moves() uint64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.rev
}

// close refuses further connections and returns those there are.
func (h *hub) close() []*peer {
	h.mu.Lock()
	h.closed = true
	h.mu.Unlock()
	return h.everybody(true)
}
