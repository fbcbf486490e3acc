package hub

import (
	"slices"

	"belfry/wsserver/msglog"
)

// This file has the streams that clients follow: everyone, topics, and their own private messages.

// IdentityChange is a client's next identity. Name nil: the name stays.
type IdentityChange struct {
	UserID string
	Name   *string
	Proved bool // it has shown the person's token
	Made   bool // the server made the user_id for this connection
	Muted  bool // it stays muted, whoever it becomes
}

// Join makes a client somebody (nil: who it is), which lets it in, and puts it among everyone and into topics, as one step.
// position is that at which it joined. It reports false, having done nothing, while the client is out of the fan-out: it
// must catch up first. A connection that has left stays out, and keeps its identity.
func (h *Hub) Join(p *Peer, as *IdentityChange, topics []string) (position uint64, ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if as != nil {
		h.admit(p)
	}
	if !h.clients.has(p) {
		return h.position, true
	}
	if p.paused {
		return 0, false
	}
	if as != nil {
		h.identify(p, *as)
		h.renameDevices(as.UserID, as.Name)
	}
	h.everyone.add(p)
	if len(topics) > 0 && len(p.topics) == 0 {
		h.subscribers++
		h.countsRev++
	}
	for _, t := range topics {
		s := h.topics[t]
		if s == nil {
			s = &set{}
			h.topics[t] = s
		}
		if s.add(p) {
			p.topics = append(p.topics, t)
		}
	}
	h.bump(p)
	return h.position, true
}

// Unsubscribe removes a client from topics; nil: from all. One that has not said hello is then no longer among everyone.
// left are those in which the person has no other connection.
func (h *Hub) Unsubscribe(p *Peer, topics []string) (left []string, position uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(p.topics) == 0 || !h.clients.has(p) {
		return nil, h.position
	}
	if topics == nil {
		topics = slices.Clone(p.topics)
	}
	for _, t := range topics {
		if s := h.topics[t]; s != nil && s.remove(p) {
			p.topics = slices.DeleteFunc(p.topics, func(o string) bool { return o == t })
			if !h.personIn(p.UserID(), t) {
				left = append(left, t)
			}
		}
	}
	if len(p.topics) == 0 {
		h.subscribers--
		h.countsRev++
		if !p.greeted.Load() {
			h.everyone.remove(p)
		}
	}
	h.bump(p)
	return left, h.position
}

// Topics returns the topics of a client.
func (p *Peer) Topics() []string {
	p.hub.mu.Lock()
	defer p.hub.mu.Unlock()
	return slices.Clone(p.topics)
}

// Streams returns the streams that a client follows: withdrawals first, then its private messages, everyone, and its
// topics.
func (p *Peer) Streams() []msglog.Stream {
	h := p.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	streams := []msglog.Stream{{Audience: msglog.AudienceWithdrawn}, {Audience: msglog.AudiencePrivate, Name: p.UserID()}}
	if h.everyone.has(p) {
		streams = append(streams, msglog.Stream{Audience: msglog.AudienceEveryone})
	}
	for _, t := range p.topics {
		streams = append(streams, msglog.Stream{Audience: msglog.AudienceTopic, Name: t})
	}
	return streams
}
