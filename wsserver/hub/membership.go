package hub

import (
	"slices"

	"belfry/wsserver/msglog"
)

// This file manages the streams that clients follow: everyone, topics, and their own private messages.

// IdentityChange is a client's next identity. Name nil: the name stays.
type IdentityChange struct {
	UserID string
	Name   *string
	Proved bool // it has shown the person's token
	Made   bool // the server made the user_id for this connection
	Muted  bool // it stays muted, whoever it becomes
}

// Join gives a client an identity (nil: it keeps its own), which admits it, and puts it into everyone and into topics, in one
// step. position is where it joined. While the client is out of the fan-out, Join does nothing and reports false: the client
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
	addTopics(p, topics)
	h.bump(p)
	return h.position, true
}

// Results of AddTopic.
const (
	TopicAdded = iota
	TopicKept  // the client was in it already, or has left
	TopicsFull // it is in as many topics as allowed
)

// AddTopic puts a client into a topic, even while it is out of the fan-out: then it may be sent a few messages from before.
// position is where it joined.
func AddTopic(p *Peer, topic string, most int) (position uint64, result int) {
	h := p.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case !h.clients.has(p) || slices.Contains(p.topics, topic):
		return h.position, TopicKept
	case len(p.topics) >= most:
		return h.position, TopicsFull
	}
	addTopics(p, []string{topic})
	h.bump(p)
	return h.position, TopicAdded
}

// addTopics puts a client into topics. The hub's mu is held.
func addTopics(p *Peer, topics []string) {
	h := p.hub
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
}

// Unsubscribe removes a client from topics; nil means all. Without a topic, a client that has not said hello no longer
// belongs to everyone. left are the topics in which the person has no other connection.
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
