package wsserver

import (
	"slices"

	"belfry/wsserver/msglog"
	"belfry/wsserver/transport"
)

// This file is the hub's part of the fan-out: whom a message is for, and how far each connection has been sent.

// advance appends to dst whom a message of this stream is for, and to boards the dashboards, and moves the
// position to seq: who joins from now on has it behind them.
func (h *hub) advance(seq uint64, a msglog.Stream, dst, boards []*transport.Conn) (to, dash []*transport.Conn) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.position = max(h.position, seq)
	var s *set
	switch a.Audience {
	case msglog.AudienceEveryone:
		s = &h.everyone
	case msglog.AudienceTopic:
		s = h.topics[a.Name]
	case msglog.AudiencePrivate:
		s = h.persons[a.Name]
	case msglog.AudienceWithdrawn:
		s = &h.clients
	}
	if s != nil {
		dst = slices.Grow(dst, s.live)
		for _, p := range s.list[:s.live] {
			dst = append(dst, &p.Conn)
		}
	}
	for _, p := range h.dashboards.list {
		boards = append(boards, &p.Conn)
	}
	return dst, boards
}

// pause takes a client's connection out of the fan-out: it was sent everything up to position. It reports false where
// it was out already or has left.
func (h *hub) pause(c *peer, position uint64) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if c.paused || !h.clients.has(c) {
		return false
	}
	c.paused, c.sentTo = true, position
	for _, m := range c.in {
		m.set.pause(m.pos)
	}
	return true
}

// resume puts it back: what is fanned out after the returned position reaches it live.
func (h *hub) resume(c *peer) (position uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if c.paused {
		c.paused = false
		for _, m := range c.in {
			m.set.resume(m.pos)
		}
	}
	return h.position
}

// at is the position.
func (h *hub) at() uint64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.position
}

// reached notes that a connection in catch-up is sent everything up to position.
func (h *hub) reached(c *peer, position uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if c.paused {
		c.sentTo = max(c.sentTo, position)
	}
}

// behind is up to where a connection in catch-up was sent everything, false where it is in the fan-out.
func (h *hub) behind(c *peer) (position uint64, ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return c.sentTo, c.paused
}

// left is the position at which a connection left.
func (h *hub) left(c *peer) uint64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return c.leftAt
}

// sent is up to where a connection was sent everything.
func (h *hub) sent(c *peer) uint64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	if c.paused {
		return c.sentTo
	}
	return h.position
}

// silent is how many of those that a message of this stream reaches never said hello.
func (h *hub) silent(stream msglog.Stream) (n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	s := &h.everyone
	switch stream.Audience {
	case msglog.AudienceTopic:
		s = h.topics[stream.Name]
	case msglog.AudiencePrivate:
		s = h.persons[stream.Name]
	}
	if s == nil {
		return 0
	}
	for _, c := range s.list {
		if !c.greeted.Load() {
			n++
		} else if stream.Audience == msglog.AudiencePrivate {
			return 0 // a person like others
		}
	}
	return n
}
