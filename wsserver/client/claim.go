package client

import (
	"crypto/rand"
	"strings"

	"belfry/wsserver/hub"
	"belfry/wsserver/identity"
	"belfry/wsserver/wire"
)

// This file is who a client is: how it becomes a person by a token, and what becomes of those who used the user_id before.

// identify settles who says hello: a new person, one whose token is shown, or one who keeps its user_id. A claim is
// durable when it returns.
func (c *Client) identify(r *wire.Request, name *string) (*hub.As, error) {
	me := c.Identity.Load()
	userID := r.UserID
	switch {
	case userID == "" && !identity.Guest(me.UserID):
		userID = me.UserID
	case userID == "":
		userID = strings.ToLower(rand.Text())
	case identity.Reserved(userID):
		return nil, wire.ErrIdentityTaken.Because("That user_id is reserved. Choose another.")
	case c.isAnother(userID):
		return nil, wire.ErrNotAllowed.Because("This connection has another user_id already. Open a new one.")
	}
	proved := me.Proved && userID == me.UserID && r.Token == ""
	if !proved { // whose name it is matters only where the user_id is right
		if err := c.server.Persons.Check(userID, r.Token); err != nil {
			return nil, err
		}
	}
	name, undo, err := c.server.Ledger.Hold(&c.device, userID, name, c.listed, c.server.nameRules())
	if err != nil {
		return nil, err
	}
	if proved {
		return &hub.As{UserID: userID, Name: name, Proved: true}, nil // a new name
	}
	if r.Token != "" {
		if err := c.server.Persons.Claim(c.server.Bus, userID, r.Token); err != nil {
			undo()
			return nil, err
		}
		c.offer("", "")
		return &hub.As{UserID: userID, Name: name, Proved: true}, nil
	}
	if c.pending == "" || userID != c.pendingFor {
		c.offer(userID, rand.Text()) // binds at the next frame: a lost welcome must lock nobody out
	}
	return &hub.As{UserID: userID, Name: name}, nil
}

// isAnother reports whether the client said hello as somebody else. Who was made a guest since may say it anew.
func (c *Client) isAnother(userID string) bool {
	me := c.UserID()
	return userID != me && c.Greeted.Load() && !identity.Guest(me)
}

// offer is the token that the client was given for a user_id and has not bound yet, "": none.
func (c *Client) offer(userID, token string) {
	c.server.Persons.Settle(c.pending)
	if c.pending, c.pendingFor = token, userID; token != "" {
		c.server.Persons.Offer(userID, token)
	}
}

// bind claims the user_id that hello was answered with, now that the client is known to have read its token.
func (c *Client) bind() error {
	token, userID := c.pending, c.pendingFor
	defer c.offer("", "")
	if token == "" || c.UserID() != userID { // nothing to bind, or it is a guest by now and was told so
		return nil
	}
	err := c.server.Persons.Claim(c.server.Bus, userID, token)
	if err == nil {
		c.server.Hub.Identify(&c.Peer, userID, nil, true)
		c.server.expel(userID)
	} else if c.server.Persons.Claimed(userID) {
		c.server.expel(userID) // this one too, which is told by that
		return nil
	}
	return err
}

// expel tells the connections that used a user_id before it was claimed that they go on as guests.
func (s *Clients) expel(userID string) {
	for _, x := range s.Hub.Expel(userID) {
		if c := x.Peer.Owner.(*Client); c.Greeted.Load() {
			s.Ledger.Move(&c.device, userID, c.UserID(), x.In, x.Parted, s.Hub.At())
		}
		x.Peer.Tell(wire.Encode(wire.NewErrorFrame(wire.ErrIdentityTaken.Because(
			"That user_id belongs to somebody else now. You are here as a guest."), wire.RequestHead{})))
	}
}
