package client

import (
	"fmt"

	"belfry/wsserver/hub"
	"belfry/wsserver/identity"
	"belfry/wsserver/wire"
)

// This file is how a client enters and leaves topics, and how it leaves altogether.

// subscribe puts the client into the topics named, or into general. The answer is counts.
func (c *Client) subscribe(r *wire.Request, head wire.RequestHead) error {
	topics := unique(r.Topics)
	if len(topics) == 0 {
		topics = []string{wire.GeneralTopic}
	}
	for _, t := range topics {
		if k, ok := c.service.topics.Get(t); !ok || k.Archived {
			return wire.ErrUnknownTopic
		}
	}
	if err := c.checkTopics(topics); err != nil || !awaitPlace(c, r) {
		return err
	}
	c.catching <- struct{}{}
	j, err := c.withPerson(r.UserID, func() (*joined, error) { return c.enterTopics(r, topics, head) })
	if j == nil {
		<-c.catching
		return err
	}
	c.SendFirst(func() []byte { return wire.EncodeCounts(c.service.hub.Counts()) })
	recoveryOf(c, r, j, topics).start(head)
	return nil
}

// enterTopics joins topics, under the person's lock. If both results are nil, the client was ended with an error. From then
// on live messages are queued, until the caller resumes them.
func (c *Client) enterTopics(r *wire.Request, topics []string, head wire.RequestHead) (*joined, error) {
	if c.endIfBlocked(r.Action, r.UserID) {
		return nil, nil
	}
	as, asGuest, err := c.identifySubscriber(r.UserID)
	if err != nil {
		return nil, err
	}
	position, ok := c.pauseAndJoin(as, topics)
	if !ok {
		return nil, errBehind
	}
	if asGuest != nil {
		c.fail(asGuest, head)
	}
	j := &joined{position: position}
	if c.Greeted() {
		c.service.ledger.Unassign(c.UserID(), topics)
		c.service.ledger.Join(c.UserID(), topics, position)
	}
	if r.Since == nil {
		return j, nil
	}
	if j.streams = topicStreams(topics); !c.Greeted() {
		j.streams = append(j.streams, personStreams(c.Identity())...)
	}
	return j, nil
}

// identifySubscriber returns the identity of a client without a hello that subscribes under an unclaimed user_id. If it
// cannot have that one, as is nil, and asGuest is the error to send.
func (c *Client) identifySubscriber(userID string) (as *hub.IdentityChange, asGuest, err error) {
	switch {
	case userID == "" || userID == c.UserID():
		return nil, nil, nil
	case c.isAnother(userID):
		return nil, nil, wire.ErrNotAllowed.WithMessage("This connection already has another user_id. Open a new one.")
	case c.Greeted():
		return nil, nil, nil
	case identity.IsReserved(userID):
		return nil, wire.ErrIdentityTaken.WithMessage("That user_id is reserved. You are here as a guest."), nil
	case c.service.identities.Check(userID, "") != nil:
		return nil, wire.ErrIdentityTaken.WithMessage("That user_id belongs to someone else. You are here as a guest."), nil
	}
	return &hub.IdentityChange{UserID: userID, Muted: c.service.isMuted(c.Identity())}, nil, nil
}

// checkTopics reports whether the client stays within its limit of topics if it joins these.
func (c *Client) checkTopics(topics []string) error {
	in := map[string]bool{}
	for _, t := range c.Topics() {
		in[t] = true
	}
	for _, t := range topics {
		in[t] = true
	}
	if most := c.service.settings.Effective().MaxTopics; len(in) > most {
		return wire.ErrTooLarge.WithMessage(fmt.Sprintf("A device can be in at most %d topics.", most))
	}
	return nil
}

// unsubscribe removes the client from topics; nil means all. A membership ends with the person's last device in the topic.
func (c *Client) unsubscribe(topics []string) {
	defer c.lockPerson("")()
	left, position := c.service.hub.Unsubscribe(&c.Peer, topics)
	for _, t := range topics {
		delete(c.gaplessFrom, t)
	}
	if topics == nil {
		for t := range c.gaplessFrom {
			if t != "" {
				delete(c.gaplessFrom, t)
			}
		}
	}
	if c.Greeted() {
		c.service.ledger.Unassign(c.UserID(), topics)
		c.service.ledger.Leave(c.UserID(), left, position)
	}
}

// leave ends the connection, and the person's memberships except those of topics that another of their devices is in.
func (c *Client) leave() {
	defer c.lockPerson("")()
	if c.Greeted() {
		there, topics := c.service.hub.OtherDevices(&c.Peer)
		if there {
			c.service.ledger.LeaveAllBut(c.UserID(), topics, c.service.hub.Position())
		} else {
			if !c.service.ledger.IsElsewhere(c.UserID()) { // whose server says at once what they stay in
				c.service.ReleaseName(c.UserID())
			}
			c.service.ledger.EndMemberships(c.UserID(), c.service.hub.Position())
		}
	}
	c.End(nil, wire.CloseLeft, "left")
}
