package wsserver

import (
	"context"
	"crypto/rand"
	"slices"
	"strings"
	"time"
)

// This file is how a client comes in, and into topics: who it is, where it joins, and what it has missed.

// hello says who the client is and puts it into the topics named that exist. Said again it changes the name. With
// since it is sent what it missed before anything live.
func (c *client) hello(r *request) error {
	name, err := cleanName(r.Name)
	if err != nil {
		return err
	}
	if err := c.mayJoin(r.Topics); err != nil {
		return err
	}
	c.hold()
	defer c.release()
	if err := c.identify(r, name); err != nil {
		return err
	}
	first := !c.greeted.Swap(true)
	known := c.server.topics.all()
	wanted := slices.DeleteFunc(r.Topics, func(t string) bool {
		return !slices.ContainsFunc(known, func(k Topic) bool { return k.Topic == t && !k.Archived })
	})
	position := c.server.hub.join(c, wanted)
	c.server.ledger.arrive(c, first, position)
	c.server.ledger.join(c.userID(), wanted, position)
	c.send(append(c.welcome(position), encode(topicsFrame{"topics", known})...))
	streams := []Stream{{Audience: AudienceEveryone}, {AudiencePrivate, c.userID()}}
	f, err := c.recover(r, append(streams, topicStreams(wanted)...), wanted, position)
	if err == nil {
		c.places(append([]string{""}, wanted...), position, r.Since, f)
	}
	return err
}

func topicStreams(topics []string) (list []Stream) {
	for _, t := range topics {
		list = append(list, Stream{AudienceTopic, t})
	}
	return list
}

// hold keeps live messages back while the client comes in: what it is sent until release goes out before them.
func (c *client) hold() {
	c.catching.Lock()
	c.link.hold()
}

func (c *client) release() {
	c.link.release()
	c.catching.Unlock()
	c.setReadDeadline(time.Now()) // sending may have taken long
}

// identify settles who says hello: a new person, one whose token is shown, or one who keeps its user_id.
func (c *client) identify(r *request, name *string) error {
	me := c.who.Load()
	userID, token := r.UserID, r.Token
	switch {
	case userID == "" && !strings.HasPrefix(me.userID, guestPrefix):
		userID = me.userID
	case userID == "":
		userID = strings.ToLower(rand.Text())
	case reserved(userID):
		return ErrIdentityTaken.because("That user_id is reserved. Choose another.")
	case userID != me.userID && c.greeted.Load():
		return ErrNotAllowed.because("This connection has another user_id already. Open a new one.")
	}
	if me.proved && userID == me.userID && token == "" {
		c.server.hub.identify(c, userID, name, true) // a new name
		return nil
	}
	if token == "" {
		if c.server.persons.claimed(userID) {
			return ErrIdentityTaken
		}
		if c.pending == "" || userID != me.userID {
			c.pending = rand.Text() // binds at the next frame: a lost welcome must lock nobody out
		}
		c.server.hub.identify(c, userID, name, false)
		return nil
	}
	if err := c.server.persons.claim(c.server.bus, userID, token); err != nil {
		return err
	}
	c.pending = ""
	c.server.hub.identify(c, userID, name, true)
	c.server.expel(userID)
	return nil
}

// bind claims the user_id that hello was answered with, now that the client is known to have read its token.
func (c *client) bind() error {
	if c.pending == "" {
		return nil
	}
	token, userID := c.pending, c.userID()
	c.pending = ""
	if err := c.server.persons.claim(c.server.bus, userID, token); err != nil {
		c.server.hub.identify(c, guestID(c.id), nil, false)
		c.server.ledger.move(c, c.server.hub.at())
		return err
	}
	c.server.hub.identify(c, userID, nil, true)
	c.server.expel(userID)
	return nil
}

// expel tells the connections that used a user_id before it was claimed that they go on as guests.
func (s *Server) expel(userID string) {
	for _, c := range s.hub.expel(userID) {
		s.ledger.move(c.client, s.hub.at())
		c.send(encode(newErrorFrame(ErrIdentityTaken.because(
			"That user_id belongs to somebody else now. You are here as a guest."), requestHead{})))
	}
}

func (c *client) welcome(seq uint64) []byte {
	return encode(welcomeFrame{
		Type: "welcome", Protocol: protocolVersion, UserID: c.userID(), Token: c.pending, Epoch: c.server.log.Epoch(), Seq: seq,
		Time: wireTime(time.Now()), Limits: wireLimits,
	})
}

// mayJoin reports whether the client stays within its number of topics with these.
func (c *client) mayJoin(names []string) error {
	c.server.hub.mu.Lock()
	defer c.server.hub.mu.Unlock()
	more := len(c.topics)
	for i, t := range names {
		if !slices.Contains(c.topics, t) && !slices.Contains(names[:i], t) {
			more++
		}
	}
	if more > maxTopics {
		return ErrTooLarge.because("A client is in at most 32 topics.")
	}
	return nil
}

// subscribe puts the client into the topics named, or into general. It is answered by counts.
func (c *client) subscribe(r *request, head requestHead) error {
	names := r.Topics
	if len(names) == 0 {
		names = []string{generalTopic}
	}
	for _, t := range names {
		if k, ok := c.server.topics.get(t); !ok || k.Archived {
			return ErrUnknownTopic
		}
	}
	if err := c.mayJoin(names); err != nil {
		return err
	}
	c.hold()
	defer c.release()
	me := c.who.Load()
	switch {
	case r.UserID == "" || r.UserID == me.userID:
	case c.greeted.Load():
		return ErrNotAllowed.because("This connection has another user_id already. Open a new one.")
	case reserved(r.UserID):
		c.fail(ErrIdentityTaken.because("That user_id is reserved. You are here as a guest."), head)
	case c.server.persons.claimed(r.UserID):
		c.fail(ErrIdentityTaken.because("That user_id belongs to somebody else. You are here as a guest."), head)
	default:
		c.server.hub.identify(c, r.UserID, nil, false)
	}
	position := c.server.hub.join(c, names)
	c.sendFirst(func() []byte { return encode(c.server.hub.counts()) })
	streams := topicStreams(names)
	if c.greeted.Load() {
		c.server.ledger.join(c.userID(), names, position)
	} else {
		streams = append(streams, Stream{Audience: AudienceEveryone}, Stream{AudiencePrivate, c.userID()})
	}
	f, err := c.recover(r, streams, names, position)
	if err == nil {
		c.places(names, position, r.Since, f)
	}
	return err
}

// unsubscribe takes the client out of topics, nil: out of all. A membership ends with the person's last device in it.
func (c *client) unsubscribe(topics []string) {
	left, position := c.server.hub.part(c, topics)
	for _, t := range topics {
		delete(c.bases, t)
	}
	if topics == nil {
		for t := range c.bases {
			if t != "" {
				delete(c.bases, t)
			}
		}
	}
	if c.greeted.Load() {
		c.server.ledger.part(c.userID(), left, position)
	}
}

// leave ends all of the person's memberships and the connection.
func (c *client) leave() {
	if c.greeted.Load() {
		c.server.ledger.end(c.userID(), c.server.hub.at())
	}
	c.end(nil, closeLeft, "left")
}

// history answers a page of what came before, of one topic or of all that the client follows.
func (c *client) history(r *request) error {
	if r.Limit == 0 || r.Limit > historyMost {
		r.Limit = historyMost
	}
	streams := c.server.hub.streams(c)[1:] // withdrawals are not messages
	if r.Topic != "" {
		if _, ok := c.server.topics.get(r.Topic); !ok {
			return ErrUnknownTopic
		}
		streams = []Stream{{AudienceTopic, r.Topic}}
	}
	before := c.server.hub.at() + 1 // what is committed but not fanned out comes live
	if r.Before > 0 {
		before = min(before, r.Before)
	}
	ctx, cancel := context.WithTimeout(context.Background(), verbTimeout)
	defer cancel()
	entries, more, err := c.server.log.Page(ctx, Query{Streams: streams, Before: before, Limit: r.Limit, Bytes: historyBytes})
	if err != nil {
		return err
	}
	f := historyFrame{Type: "history", ID: r.ID, Messages: make([]Message, len(entries)), More: more, Acked: []uint64{}}
	for i, e := range entries {
		f.Messages[i] = e.Message()
		if _, ok := c.server.ledger.ackOf(e.Seq, c.userID()); ok && e.Ack != "" {
			f.Acked = append(f.Acked, e.Seq)
		}
	}
	if c.link.awaitLow() {
		c.send(encode(f))
	}
	c.setReadDeadline(time.Now())
	return nil
}
