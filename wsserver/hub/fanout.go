package hub

import (
	"slices"

	"belfry/wsserver/msglog"
	"belfry/wsserver/transport"
)

// This file is the hub's part of the fan-out: who the recipients of a message are, and up to where each connection was sent
// everything. A client whose socket is full is paused: it is out of the fan-out, and is sent pages of the log instead until
// it has caught up.

// Advance appends the recipients of a message of this stream to dst, and the dashboards to boards, and moves the position to
// seq: for whoever joins from now on, the message is history. It allocates only if dst or boards is too small.
func (h *Hub) Advance(seq uint64, a msglog.Stream, dst, boards []*transport.Conn) (to, dash []*transport.Conn) {
	h.mu.Lock()
	defer h.mu.Unlock()
	advance(h, seq)
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
	switch {
	case s != nil && a.Audience == msglog.AudiencePrivate:
		for _, p := range s.list[:s.live] {
			if p.identity.Load().HearsPrivate() {
				dst = append(dst, &p.Conn)
			}
		}
	case s != nil:
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

// CountSilent returns how many recipients of a message of this stream never said hello.
func (h *Hub) CountSilent(stream msglog.Stream) (n int) {
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
	private := stream.Audience == msglog.AudiencePrivate
	for _, p := range s.list {
		switch {
		case p.greeted.Load() && private:
			return 0 // counted as a person
		case p.greeted.Load() || private && !p.identity.Load().HearsPrivate():
		default:
			n++
		}
	}
	return n
}

// Position is the seq of the newest message that was fanned out.
func (h *Hub) Position() uint64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.position
}

// SetPosition is for the start: what the log already holds is sent to nobody live.
func (h *Hub) SetPosition(seq uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.position = seq
}

// Pause removes a client, which was sent everything up to position, from the fan-out. It reports false if the client was
// already out or has left.
func (h *Hub) Pause(p *Peer, position uint64) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if p.paused || !h.clients.has(p) {
		return false
	}
	p.paused, p.sentTo = true, position
	for _, m := range p.in {
		m.set.pause(m.pos)
	}
	return true
}

// Resume puts the client back: what is fanned out after the returned position reaches it live.
func (h *Hub) Resume(p *Peer) (position uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if p.paused {
		p.paused = false
		for _, m := range p.in {
			m.set.resume(m.pos)
		}
	}
	return h.position
}

// PausedAt returns the position up to which a paused client was sent everything; false if it is in the fan-out.
func (p *Peer) PausedAt() (position uint64, ok bool) {
	p.hub.mu.Lock()
	defer p.hub.mu.Unlock()
	return p.sentTo, p.paused
}

// SetSentTo notes that a paused client was sent everything up to position.
func (p *Peer) SetSentTo(position uint64) {
	p.hub.mu.Lock()
	defer p.hub.mu.Unlock()
	if p.paused {
		p.sentTo = max(p.sentTo, position)
	}
}

// SentTo returns the position up to which a client was sent everything.
func (p *Peer) SentTo() uint64 {
	p.hub.mu.Lock()
	defer p.hub.mu.Unlock()
	if p.paused {
		return p.sentTo
	}
	return p.hub.position
}

// LeftAt returns the position at which a client left, 0 before that.
func (p *Peer) LeftAt() uint64 {
	p.hub.mu.Lock()
	defer p.hub.mu.Unlock()
	return p.leftAt
}
