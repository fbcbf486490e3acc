package hub

import (
	"slices"

	"belfry/wsserver/msglog"
	"belfry/wsserver/transport"
)

// This file is the hub's part of the fan-out: whom a message is for, and how far each connection has been sent.

// advance appends to dst whom a message of this stream is for, and to boards the dashboards, and moves the
// position to seq: who joins from now on has it behind them.
func (h *Hub) Advance(seq uint64, a msglog.Stream, dst, boards []*transport.Conn) (to, dash []*transport.Conn) {
	h.Mu.Lock()
	defer h.Mu.Unlock()
	h.Position = max(h.Position, seq)
	var s *set
	switch a.Audience {
	case msglog.AudienceEveryone:
		s = &h.Everyone
	case msglog.AudienceTopic:
		s = h.Topics[a.Name]
	case msglog.AudiencePrivate:
		s = h.Persons[a.Name]
	case msglog.AudienceWithdrawn:
		s = &h.Clients
	}
	if s != nil {
		dst = slices.Grow(dst, s.live)
		for _, p := range s.List[:s.live] {
			dst = append(dst, &p.Conn)
		}
	}
	for _, p := range h.dashboards.List {
		boards = append(boards, &p.Conn)
	}
	return dst, boards
}

// pause takes a client's connection out of the fan-out: it was sent everything up to position. It reports false where
// it was out already or has left.
func (h *Hub) Pause(c *Peer, position uint64) bool {
	h.Mu.Lock()
	defer h.Mu.Unlock()
	if c.paused || !h.Clients.has(c) {
		return false
	}
	c.paused, c.sentTo = true, position
	for _, m := range c.in {
		m.set.pause(m.pos)
	}
	return true
}

// resume puts it back: what is fanned out after the returned position reaches it live.
func (h *Hub) Resume(c *Peer) (position uint64) {
	h.Mu.Lock()
	defer h.Mu.Unlock()
	if c.paused {
		c.paused = false
		for _, m := range c.in {
			m.set.resume(m.pos)
		}
	}
	return h.Position
}

// at is the position.
func (h *Hub) At() uint64 {
	h.Mu.Lock()
	defer h.Mu.Unlock()
	return h.Position
}

// reached notes that a connection in catch-up is sent everything up to position.
func (h *Hub) SetSentTo(c *Peer, position uint64) {
	h.Mu.Lock()
	defer h.Mu.Unlock()
	if c.paused {
		c.sentTo = max(c.sentTo, position)
	}
}

// behind is up to where a connection in catch-up was sent everything, false where it is in the fan-out.
func (h *Hub) PausedAt(c *Peer) (position uint64, ok bool) {
	h.Mu.Lock()
	defer h.Mu.Unlock()
	return c.sentTo, c.paused
}

// left is the position at which a connection left.
func (h *Hub) LeftAt(c *Peer) uint64 {
	h.Mu.Lock()
	defer h.Mu.Unlock()
	return c.leftAt
}

// sent is up to where a connection was sent everything.
func (h *Hub) SentTo(c *Peer) uint64 {
	h.Mu.Lock()
	defer h.Mu.Unlock()
	if c.paused {
		return c.sentTo
	}
	return h.Position
}

// silent is how many of those that a message of this stream reaches never said hello.
func (h *Hub) CountSilent(stream msglog.Stream) (n int) {
	h.Mu.Lock()
	defer h.Mu.Unlock()
	s := &h.Everyone
	switch stream.Audience {
	case msglog.AudienceTopic:
		s = h.Topics[stream.Name]
	case msglog.AudiencePrivate:
		s = h.Persons[stream.Name]
	}
	if s == nil {
		return 0
	}
	for _, c := range s.List {
		if !c.Greeted.Load() {
			n++
		} else if stream.Audience == msglog.AudiencePrivate {
			return 0 // a person like others
		}
	}
	return n
}
