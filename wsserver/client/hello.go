package client

import (
	"context"
	"fmt"
	"slices"
	"time"

	"belfry/wsserver/hub"
	"belfry/wsserver/identity"
	"belfry/wsserver/msglog"
	"belfry/wsserver/names"
	"belfry/wsserver/receipts"
	"belfry/wsserver/wire"
)

// This file is how a client comes in, and into topics: where it joins, and what it has missed.

// hello says who the client is and puts it into the topics named that exist. Said again it changes the name. With
// since it is sent what it missed before anything live.
func (c *Client) hello(r *wire.Request) error {
	name, err := names.CheckOptional(r.Name)
	if err != nil {
		return err
	}
	if err := c.mayJoin(r.Topics); err != nil {
		return err
	}
	if c.endIfBlocked(r.Action, r.UserID) {
		return nil
	}
	c.catching <- struct{}{}
	defer c.endCatchUp()
	before := c.UserID()
	as, err := c.admit(r, name)
	if as == nil {
		return err
	}
	known := c.service.Topics.All()
	var wanted []string
	for _, t := range r.Topics {
		there := slices.ContainsFunc(known, func(k wire.Topic) bool { return k.Topic == t && !k.Archived })
		if there && !slices.Contains(wanted, t) {
			wanted = append(wanted, t)
		}
	}
	if err := c.service.moveMute(before, as.UserID); err != nil {
		return err
	}
	position := c.join(as, wanted)
	defer c.ResumeLive()
	if c.endIfBlocked(r.Action, as.UserID) {
		return nil // blocked meanwhile
	}
	switch claimed := c.service.Identities.Claimed(as.UserID); {
	case as.Proved && !claimed:
		c.End(wire.Encode(wire.NewErrorFrame(ErrFreed, wire.RequestHead{Action: r.Action})), wire.CloseRemoved, ErrFreed.Code)
		return nil // freed meanwhile
	case claimed:
		c.service.demote(as.UserID)
	}
	if !as.Proved && c.UserID() != as.UserID {
		return wire.ErrIdentityTaken // claimed meanwhile: it goes on as a guest
	}
	joined := wanted
	if !c.Greeted.Swap(true) || as.UserID != before { // what it subscribed to before counts from now on
		c.gaplessFrom = nil
		joined = c.Topics()
	}
	me := c.Identity.Load()
	c.service.Ledger.Connect(&c.device, me.UserID, me.Name, position, joined)
	c.Send(append(c.welcome(position, name), wire.Encode(wire.TopicsFrame{Type: "topics", Topics: known})...))
	streams := []msglog.Stream{{Audience: msglog.AudienceEveryone}, {Audience: msglog.AudiencePrivate, Name: c.UserID()}}
	f, err := c.sendMissed(r, append(streams, topicStreams(wanted)...), wanted, position)
	c.beginRanges(append([]string{""}, wanted...), position, r.Since, f)
	c.beginRanges(joined, position, nil, nil)
	return err
}

func topicStreams(topics []string) (list []msglog.Stream) {
	for _, t := range topics {
		list = append(list, msglog.Stream{Audience: msglog.AudienceTopic, Name: t})
	}
	return list
}

// join puts the client where it belongs and holds back what others send it: what it is sent until release goes out
// before. One that is in catch-up is brought up to date first. catching is held.
func (c *Client) join(as *hub.IdentityChange, topics []string) (position uint64) {
	for !c.PauseLive(func() (ok bool) {
		position, ok = c.service.Hub.Join(&c.Peer, as, topics)
		return ok
	}) {
		c.catchUpNow()
	}
	return position
}

// endCatchUp lets the client's next catch-up begin.
func (c *Client) endCatchUp() {
	<-c.catching
	c.ResetIdle() // sending may have taken long
}

// welcome says the name where it is not the one that was asked for.
func (c *Client) welcome(seq uint64, asked *string) []byte {
	name := c.Identity.Load().Name
	if asked != nil && *asked == name {
		name = ""
	}
	return wire.Encode(wire.WelcomeFrame{
		Type: "welcome", Protocol: wire.ProtocolVersion, UserID: c.UserID(), Token: c.offered, Epoch: c.service.Log.Epoch(), Seq: seq,
		Time: wire.Time(time.Now()), Limits: wire.Limits(c.service.Limits().MaxTopics), Name: name,
	})
}

// mayJoin reports whether the client stays within its number of topics with these.
func (c *Client) mayJoin(names []string) error {
	in := map[string]bool{}
	for _, t := range c.Topics() {
		in[t] = true
	}
	for _, t := range names {
		in[t] = true
	}
	if most := c.service.Limits().MaxTopics; len(in) > most {
		return wire.ErrTooLarge.WithMessage(fmt.Sprintf("A client is in at most %d topics.", most))
	}
	return nil
}

// subscribe puts the client into the topics named, or into general. It is answered by counts.
func (c *Client) subscribe(r *wire.Request, head wire.RequestHead) error {
	names := r.Topics
	if len(names) == 0 {
		names = []string{wire.GeneralTopic}
	}
	for _, t := range names {
		if k, ok := c.service.Topics.Get(t); !ok || k.Archived {
			return wire.ErrUnknownTopic
		}
	}
	if err := c.mayJoin(names); err != nil {
		return err
	}
	names = unique(names)
	if c.endIfBlocked(r.Action, r.UserID) {
		return nil
	}
	var as *hub.IdentityChange
	switch {
	case r.UserID == "" || r.UserID == c.UserID():
	case c.isAnother(r.UserID):
		return wire.ErrNotAllowed.WithMessage("This connection has another user_id already. Open a new one.")
	case c.Greeted.Load():
	case identity.IsReserved(r.UserID):
		c.fail(wire.ErrIdentityTaken.WithMessage("That user_id is reserved. You are here as a guest."), head)
	case c.service.Identities.Claimed(r.UserID):
		c.fail(wire.ErrIdentityTaken.WithMessage("That user_id belongs to somebody else. You are here as a guest."), head)
	default:
		as = &hub.IdentityChange{UserID: r.UserID}
	}
	c.catching <- struct{}{}
	defer c.endCatchUp()
	position := c.join(as, names)
	defer c.ResumeLive()
	if c.endIfBlocked(r.Action, r.UserID) {
		return nil // blocked meanwhile
	}
	if as != nil && c.service.Identities.Claimed(as.UserID) {
		c.service.demote(as.UserID) // somebody claimed it meanwhile
	}
	c.SendFirst(func() []byte { return wire.EncodeCounts(c.service.Hub.Counts()) })
	streams := topicStreams(names)
	if c.Greeted.Load() {
		c.service.Ledger.Join(c.UserID(), names, position)
	} else {
		streams = append(streams, msglog.Stream{Audience: msglog.AudienceEveryone}, msglog.Stream{Audience: msglog.AudiencePrivate, Name: c.UserID()})
	}
	f, err := c.sendMissed(r, streams, names, position)
	c.beginRanges(names, position, r.Since, f)
	return err
}

func unique(names []string) (list []string) {
	for _, t := range names {
		if !slices.Contains(list, t) {
			list = append(list, t)
		}
	}
	return list
}

// unsubscribe takes the client out of topics, nil: out of all. A membership ends with the person's last device in it.
func (c *Client) unsubscribe(topics []string) {
	left, position := c.service.Hub.Unsubscribe(&c.Peer, topics)
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
	if c.Greeted.Load() {
		c.service.Ledger.Leave(c.UserID(), left, position)
	}
}

// leave ends the connection, and the person's memberships but those that another of its devices is in.
func (c *Client) leave() {
	if c.Greeted.Load() {
		there, topics := c.service.Hub.OtherDevices(&c.Peer)
		if there {
			topics = append(topics, receipts.InEveryone, receipts.Present)
		} else {
			c.service.Ledger.ReleaseName(c.UserID())
		}
		c.service.Ledger.EndMemberships(c.UserID(), c.service.Hub.Position(), topics)
	}
	c.End(nil, wire.CloseLeft, "left")
}

// history answers a page of what came before, of one topic or of all that the client follows.
func (c *Client) history(r *wire.Request) error {
	if r.Limit == 0 || r.Limit > MaxHistory {
		r.Limit = MaxHistory
	}
	streams := c.Streams()[1:] // withdrawals are not messages
	if r.Topic != "" {
		if _, ok := c.service.Topics.Get(r.Topic); !ok {
			return wire.ErrUnknownTopic
		}
		streams = []msglog.Stream{{Audience: msglog.AudienceTopic, Name: r.Topic}}
	}
	before := c.service.Hub.Position() + 1 // what is committed but not fanned out comes live
	if r.Before > 0 {
		before = min(before, r.Before)
	}
	ctx, cancel := context.WithTimeout(context.Background(), VerbTimeout)
	defer cancel()
	entries, more, err := c.service.Log.Page(ctx, msglog.Query{Streams: streams, Before: before, Limit: r.Limit, Bytes: MaxHistoryBytes})
	if err != nil {
		return err
	}
	f := wire.HistoryFrame{Type: "history", ID: r.ID, Messages: make([]wire.Message, len(entries)), More: more, Acked: []uint64{}}
	entries = c.service.Identities.FilterOwn(c.UserID(), entries)
	f.Messages = f.Messages[:len(entries)]
	for i, e := range entries {
		f.Messages[i] = e.Message()
		if _, ok := c.service.Ledger.AckTime(e.Seq, c.UserID()); ok && e.Ack != "" {
			f.Acked = append(f.Acked, e.Seq)
		}
	}
	if c.AwaitDrained(0) { // a page may be as large as what may wait
		c.Send(wire.Encode(f))
	}
	c.ResetIdle()
	return nil
}
