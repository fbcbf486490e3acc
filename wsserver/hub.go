package wsserver

import (
	"slices"
	"sync"
)

// This file is the set of live connections. The rules are:
//
//   - nothing under mu blocks, logs or calls out;
//   - fan-out takes a copy of who is meant under mu and writes without it;
//   - a link's lock may be held while mu is taken, never the other way round.

// set is a group of connections: all clients, everyone, a topic's, a person's, the dashboards. Guarded by hub.mu.
type set struct{ list []*conn }

// membership is one connection's place in a set.
type membership struct {
	set *set
	pos int
}

func (s *set) has(c *conn) bool {
	return slices.ContainsFunc(c.in, func(m membership) bool { return m.set == s })
}

func (s *set) add(c *conn) bool {
	if s.has(c) {
		return false
	}
	c.in = append(c.in, membership{s, len(s.list)})
	s.list = append(s.list, c)
	return true
}

// remove takes c out and moves the set's last into its place, so that it costs the same in a set of any size.
func (s *set) remove(c *conn) bool {
	i := slices.IndexFunc(c.in, func(m membership) bool { return m.set == s })
	if i < 0 {
		return false
	}
	pos := c.in[i].pos
	c.in = slices.Delete(c.in, i, i+1)
	last := len(s.list) - 1
	moved := s.list[last]
	s.list[pos], s.list[last] = moved, nil
	s.list = s.list[:last]
	if moved != c {
		j := slices.IndexFunc(moved.in, func(m membership) bool { return m.set == s })
		moved.in[j].pos = pos
	}
	return true
}

// hub is the set of live clients and dashboards, and the position up to which they were sent what the log accepted.
type hub struct {
	mu       sync.Mutex
	closed   bool
	position uint64 // seq of the newest message fanned out
	nextID   uint64

	clients     set
	everyone    set // clients that said hello or subscribed: who is meant by "everyone"
	dashboards  set
	topics      map[string]*set
	persons     map[string]*set // by user_id
	subscribers int
	countsRev   uint64 // rises with each change of the two counts

	rev      uint64 // rises with each change to the list of clients
	gone     []departure
	goneFrom uint64 // gone holds every departure after this revision

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
func (h *hub) touched(c *client) {
	h.rev++
	c.rev = h.rev
	h.signal()
}

// admit registers a connection, of a client or of a dashboard. It reports false once the hub is closed.
func (h *hub) admit(c *conn) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return false
	}
	h.nextID++
	c.id = h.nextID
	c.slot = int(c.id) % pingSlots
	if c.client == nil {
		h.dashboards.add(c)
		return true
	}
	h.clients.add(c)
	h.countsRev++
	c.client.who.Store(&who{userID: guestID(c.id)})
	h.personOf(c.client.userID()).add(c)
	h.touched(c.client)
	return true
}

func (h *hub) personOf(userID string) *set {
	p := h.persons[userID]
	if p == nil {
		p = &set{}
		h.persons[userID] = p
	}
	return p
}

// leave takes a connection out of everything. Calling it again does nothing.
func (h *hub) leave(c *conn) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if c.client == nil {
		h.dashboards.remove(c)
		return
	}
	if !h.clients.remove(c) {
		return
	}
	if len(c.client.topics) > 0 {
		h.subscribers--
	}
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

func (h *hub) leavePerson(c *conn) {
	userID := c.client.userID()
	p := h.persons[userID]
	p.remove(c)
	if len(p.list) == 0 {
		delete(h.persons, userID)
	}
}

// identify makes c a connection of userID, under name where one is given. proved: it has shown that person's token.
func (h *hub) identify(c *client, userID string, name *string, proved bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.clients.has(&c.conn) {
		h.rename(c, userID, name, proved)
	}
}

func (h *hub) rename(c *client, userID string, name *string, proved bool) {
	next := *c.who.Load()
	next.proved = proved
	if name != nil {
		next.name = *name
	}
	if userID != next.userID {
		h.leavePerson(&c.conn)
		next.userID = userID
		h.personOf(userID).add(&c.conn)
	}
	c.who.Store(&next)
	h.touched(c)
}

// expel makes guests of the connections that use userID without having shown its token, and returns them.
func (h *hub) expel(userID string) (expelled []*conn) {
	h.mu.Lock()
	defer h.mu.Unlock()
	p := h.persons[userID]
	if p == nil {
		return nil
	}
	for _, c := range slices.Clone(p.list) {
		if !c.client.who.Load().proved {
			h.rename(c.client, guestID(c.id), nil, false)
			expelled = append(expelled, c)
		}
	}
	return expelled
}

// join puts c among everyone and into topics, as one step, and returns the position it joined at. A connection that
// has left stays out.
func (h *hub) join(c *client, topics []string) (position uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.clients.has(&c.conn) {
		return h.position
	}
	h.everyone.add(&c.conn)
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
		if s.add(&c.conn) {
			c.topics = append(c.topics, t)
		}
	}
	h.touched(c)
	return h.position
}

// part takes c out of topics; nil: out of all. Who has not said hello is then no longer among everyone. left are those
// in which the person has no other connection.
func (h *hub) part(c *client, topics []string) (left []string, position uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(c.topics) == 0 || !h.clients.has(&c.conn) {
		return nil, h.position
	}
	if topics == nil {
		topics = slices.Clone(c.topics)
	}
	for _, t := range topics {
		if s := h.topics[t]; s != nil && s.remove(&c.conn) {
			c.topics = slices.DeleteFunc(c.topics, func(o string) bool { return o == t })
			if !slices.ContainsFunc(h.persons[c.userID()].list, s.has) {
				left = append(left, t)
			}
		}
	}
	if len(c.topics) == 0 {
		h.subscribers--
		h.countsRev++
		if !c.greeted.Load() {
			h.everyone.remove(&c.conn)
		}
	}
	h.touched(c)
	return left, h.position
}

func (h *hub) counts() countsFrame {
	c, _ := h.countsAt()
	return c
}

// countsAt is the counts and their revision. Two equal counts may have had others between them, which somebody was
// told.
func (h *hub) countsAt() (c countsFrame, rev uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return countsFrame{Type: "counts", Subscribers: h.subscribers, Clients: len(h.clients.list)}, h.countsRev
}

// advance appends to dst whom a message of this stream is for, and to boards the dashboards, and moves the
// position to seq: who joins from now on has it behind them.
func (h *hub) advance(seq uint64, a Stream, dst, boards []*conn) (to, dash []*conn) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.position = max(h.position, seq)
	var s *set
	switch a.Audience {
	case AudienceEveryone:
		s = &h.everyone
	case AudienceTopic:
		s = h.topics[a.Name]
	case AudiencePrivate:
		s = h.persons[a.Name]
	case AudienceWithdrawn:
		s = &h.clients
	}
	if s != nil {
		for _, c := range s.list {
			if !c.paused {
				dst = append(dst, c)
			}
		}
	}
	return dst, append(boards, h.dashboards.list...)
}

// pause takes a client's connection out of the fan-out: it was sent everything up to position. It reports false where
// it was out already or has left.
func (h *hub) pause(c *conn, position uint64) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if c.paused || !h.clients.has(c) {
		return false
	}
	c.paused, c.sentTo = true, position
	return true
}

// resume puts it back: what is fanned out after the returned position reaches it live.
func (h *hub) resume(c *conn) (position uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	c.paused = false
	return h.position
}

// at is the position.
func (h *hub) at() uint64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.position
}

// sent is up to where a connection was sent everything.
func (h *hub) sent(c *conn) uint64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	if c.paused {
		return c.sentTo
	}
	return h.position
}

// silent is how many of those that a message of this stream reaches never said hello.
func (h *hub) silent(stream Stream) (n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	s := &h.everyone
	if stream.Audience == AudienceTopic {
		s = h.topics[stream.Name]
	}
	if s == nil || stream.Audience == AudiencePrivate {
		return 0
	}
	for _, c := range s.list {
		if !c.client.greeted.Load() {
			n++
		}
	}
	return n
}

// streams is what a client follows.
func (h *hub) streams(c *client) []Stream {
	h.mu.Lock()
	defer h.mu.Unlock()
	list := []Stream{{Audience: AudienceWithdrawn}, {AudiencePrivate, c.userID()}}
	if h.everyone.has(&c.conn) {
		list = append(list, Stream{Audience: AudienceEveryone})
	}
	for _, t := range c.topics {
		list = append(list, Stream{AudienceTopic, t})
	}
	return list
}

// person is the live connections of one user_id.
func (h *hub) person(userID string) []*conn {
	h.mu.Lock()
	defer h.mu.Unlock()
	if p := h.persons[userID]; p != nil {
		return slices.Clone(p.list)
	}
	return nil
}

// all is every connection of the chosen kinds.
func (h *hub) all(clients, dashboards bool) (list []*conn) {
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

// close refuses further connections and returns those there are.
func (h *hub) close() []*conn {
	h.mu.Lock()
	h.closed = true
	h.mu.Unlock()
	return h.all(true, true)
}
