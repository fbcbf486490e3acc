package client

import (
	"fmt"
	"slices"
	"sync"

	"belfry/wsserver/admission"
	"belfry/wsserver/hub"
	"belfry/wsserver/wire"
)

// This file is how the operator puts people into topics and takes them out, whether they are here or away: each device that
// is here is told at once, and the ledger tells the others at their next hello.

// changed are the topics that others have put a client into, or taken it out of, and that its reader has not noted yet: the
// reader alone keeps track of the topics in which receipts count.
type changed struct {
	mu   sync.Mutex
	list []topicChange
}

// topicChange is one such topic. With out the client was taken out, otherwise it was put in at position.
type topicChange struct {
	topic    string
	position uint64
	out      bool
}

func (d *changed) add(t topicChange) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.list = append(d.list, t)
}

func (d *changed) take() (list []topicChange) {
	d.mu.Lock()
	defer d.mu.Unlock()
	list, d.list = d.list, nil
	return list
}

// noteChanged begins or ends the ranges of topics that others have changed. The client's reader calls it.
func noteChanged(c *Client) {
	for _, t := range c.changed.take() {
		if t.out {
			delete(c.gaplessFrom, t.topic)
			continue
		}
		c.beginRanges([]string{t.topic}, t.position, nil, nil)
	}
}

// AddMember puts a person into a topic: on every device that is here, and on the others at their next hello. Errors:
// unknown_user, not_allowed if they are blocked, too_large if they would be in too many topics.
func (s *Service) AddMember(userID, topic string) error {
	defer s.identities.Lock(userID)()
	if s.identities.Retired(userID) || !s.ledger.Belongs(userID) {
		return wire.ErrUnknownUser.WithMessage("That person is not in this room.")
	}
	if _, ok := s.bans.OfPerson(admission.Blocked, userID); ok {
		return wire.ErrNotAllowed.WithMessage("That person is blocked.")
	}
	most := s.settings.Effective().MaxTopics
	full := wire.ErrTooLarge.WithMessage(fmt.Sprintf("That person is in %d topics already. Remove them from one first.", most))
	if !s.ledger.HasRoom(userID, topic, most) {
		return full
	}
	devices := slices.DeleteFunc(s.hub.PeersOf(userID), func(p *hub.Peer) bool { return !p.Greeted() })
	position, in := s.hub.Position(), len(devices) == 0
	var added []*hub.Peer
	for _, p := range devices {
		at, result := hub.AddTopic(p, topic, most)
		in = in || result != hub.TopicsFull
		if result != hub.TopicAdded {
			continue
		}
		p.Handler().(*Client).changed.add(topicChange{topic: topic, position: at})
		if len(added) == 0 {
			position = at // the others' are not before it
		}
		added = append(added, p)
	}
	if !in {
		return full
	}
	s.ledger.Assign(userID, topic, position)
	hub.SendAll(wire.Encode(wire.JoinedFrame{Type: "joined", Topics: []string{topic}}), added)
	return nil
}

// RemoveMember takes a person out of a topic in the same way. They may subscribe again. Errors: unknown_user.
func (s *Service) RemoveMember(userID, topic string) error {
	defer s.identities.Lock(userID)()
	devices := s.hub.PeersOf(userID)
	if len(devices) == 0 && !s.ledger.Known(userID) {
		return wire.ErrUnknownUser.WithMessage("That person is not in this room.")
	}
	t, _ := s.topics.Get(topic)
	var removed []*hub.Peer
	for _, p := range devices {
		switch {
		case slices.Contains(p.Topics(), topic):
			s.hub.Unsubscribe(p, []string{topic})
			p.Handler().(*Client).changed.add(topicChange{topic: topic, out: true})
		case !t.Archived || !p.Greeted():
			continue
		}
		// A device may remember an archived topic that it could not join, and would join it once that is open again.
		removed = append(removed, p)
	}
	if s.ledger.Known(userID) {
		s.ledger.Remove(userID, topic, s.hub.Position())
	}
	hub.SendAll(wire.Encode(wire.PartedFrame{Type: "parted", Topics: []string{topic}}), removed)
	return nil
}

// FollowMember has a person's devices here follow what another server of the same log has changed: topics that the operator has
// put them into, or taken them out of, and up to where the operator has seen what they wrote. In a topic that they have left on a
// device there, and have a device in here, they stay: a membership ends with the last device, wherever that is.
func FollowMember(s *Service, userID string) {
	defer s.identities.Lock(userID)()
	devices := slices.DeleteFunc(s.hub.PeersOf(userID), func(p *hub.Peer) bool { return !p.Greeted() || p.Ending() })
	if len(devices) == 0 {
		return
	}
	in, out := s.ledger.Assigned(userID)
	position, topics := s.hub.Position(), []string{}
	for _, p := range devices {
		c := p.Handler().(*Client)
		var joined, parted []string
		for _, t := range s.openTopics(in) {
			if at, result := hub.AddTopic(p, t, s.settings.Effective().MaxTopics); result == hub.TopicAdded {
				c.changed.add(topicChange{topic: t, position: at})
				joined = append(joined, t)
			}
		}
		for _, t := range p.Topics() {
			if slices.Contains(out, t) {
				c.changed.add(topicChange{topic: t, out: true})
				parted = append(parted, t)
			}
		}
		if len(parted) > 0 {
			s.hub.Unsubscribe(p, parted)
		}
		p.Defer(changedFrames(joined, parted))
		tellSeen(c)
		topics = append(topics, p.Topics()...)
	}
	s.ledger.Stay(userID, topics, position)
}

// topicsOf returns the topics that a hello joins: the existing ones that it names, without those that the operator has taken
// the person out of, and with those that the operator has put them into. joined and parted are the changes that the hello
// did not know of. They include archived topics, which it would otherwise join once those are open again.
func topicsOf(c *Client, userID string, named []string) (topics, joined, parted []string) {
	in, out := c.service.ledger.Assigned(userID)
	for _, t := range unique(named) {
		if slices.Contains(out, t) {
			parted = append(parted, t)
		}
	}
	topics = slices.DeleteFunc(c.service.openTopics(named), func(t string) bool { return slices.Contains(out, t) })
	mine := c.Topics()
	count := len(unique(append(slices.Clone(mine), topics...)))
	for _, t := range c.service.openTopics(in) {
		if slices.Contains(mine, t) || slices.Contains(topics, t) || count >= c.service.settings.Effective().MaxTopics {
			continue
		}
		topics, joined = append(topics, t), append(joined, t)
		count++
	}
	return topics, joined, parted
}

// changedFrames tells a client what topicsOf has changed.
func changedFrames(joined, parted []string) (frames []byte) {
	if len(joined) > 0 {
		frames = append(frames, wire.Encode(wire.JoinedFrame{Type: "joined", Topics: joined})...)
	}
	if len(parted) > 0 {
		frames = append(frames, wire.Encode(wire.PartedFrame{Type: "parted", Topics: parted})...)
	}
	return frames
}

// Seen notes that the operator has seen what a person wrote up to seq, and tells their devices. Errors: unknown_user.
func (s *Service) Seen(userID string, seq uint64) error {
	defer s.identities.Lock(userID)()
	now, grown, ok := s.ledger.NoteSeen(userID, min(seq, s.source.log.Last()))
	if !ok || s.identities.Retired(userID) {
		return wire.ErrUnknownUser
	}
	if grown && now > s.identities.PrivateSince(userID) {
		proved := slices.DeleteFunc(s.hub.PeersOf(userID), func(p *hub.Peer) bool { return !p.Identity().Proved })
		hub.SendAll(wire.Encode(wire.SeenFrame{Type: "seen", Seq: now}), proved)
	}
	return nil
}

// tellSeen tells a client, after its recovery, up to where the operator has seen what its person wrote. The person's lock is
// held.
func tellSeen(c *Client) {
	me := c.Identity()
	if seq := c.service.ledger.SeenUpTo(me.UserID); me.Proved && seq > c.service.identities.PrivateSince(me.UserID) {
		c.Defer(wire.Encode(wire.SeenFrame{Type: "seen", Seq: seq}))
	}
}
