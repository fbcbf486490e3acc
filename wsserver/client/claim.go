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
func (c *Client) identify(r *wire.Request, name *string) (*hub.IdentityChange, error) {
	me := c.Identity.Load()
	userID := r.UserID
	switch {
	case userID == "" && !identity.IsGuest(me.UserID):
		userID = me.UserID
	case userID == "":
		userID = strings.ToLower(rand.Text())
	case identity.IsReserved(userID):
		return nil, wire.ErrIdentityTaken.WithMessage("That user_id is reserved. Choose another.")
	case c.isAnother(userID):
		return nil, wire.ErrNotAllowed.WithMessage("This connection has another user_id already. Open a new one.")
	}
	proved := me.Proved && userID == me.UserID && r.Token == ""
	if !proved { // whose name it is matters only where the user_id is right
		if err := c.service.Identities.Check(userID, r.Token); err != nil {
			return nil, err
		}
	}
	name, undo, err := c.service.Ledger.ReserveName(&c.device, userID, name, c.hasListName, c.service.nameRules())
	if err != nil {
		return nil, err
	}
	if proved {
		return &hub.IdentityChange{UserID: userID, Name: name, Proved: true}, nil // a new name
	}
	if r.Token != "" {
		if err := c.service.Identities.Claim(c.service.Dispatcher, userID, r.Token); err != nil {
			undo()
			return nil, err
		}
		c.offer("", "")
		return &hub.IdentityChange{UserID: userID, Name: name, Proved: true}, nil
	}
	if c.offered == "" || userID != c.offeredFor {
		c.offer(userID, rand.Text()) // binds at the next frame: a lost welcome must lock nobody out
	}
	return &hub.IdentityChange{UserID: userID, Name: name}, nil
}

// isAnother reports whether the client said hello as somebody else. Who was made a guest since may say it anew.
func (c *Client) isAnother(userID string) bool {
	me := c.UserID()
	return userID != me && c.Greeted.Load() && !identity.IsGuest(me)
}

// offer is the token that the client was given for a user_id and has not bound yet, "": none.
func (c *Client) offer(userID, token string) {
	c.service.Identities.DropOffer(c.offered)
	if c.offered, c.offeredFor = token, userID; token != "" {
		c.service.Identities.Offer(userID, token)
	}
}

// bind claims the user_id that hello was answered with, now that the client is known to have read its token.
func (c *Client) bind() error {
	token, userID := c.offered, c.offeredFor
	defer c.offer("", "")
	if token == "" || c.UserID() != userID { // nothing to bind, or it is a guest by now and was told so
		return nil
	}
	err := c.service.Identities.Claim(c.service.Dispatcher, userID, token)
	if err == nil {
		c.service.Hub.Prove(&c.Peer)
		c.service.demote(userID)
	} else if c.service.Identities.Claimed(userID) {
		c.service.demote(userID) // this one too, which is told by that
		return nil
	}
	return err
}

// demote tells the connections that used a user_id before it was claimed that they go on as guests.
func (s *Service) demote(userID string) {
	for _, x := range s.Hub.Demote(userID) {
		if c := x.Peer.Handler().(*Client); c.Greeted.Load() {
			s.Ledger.DemoteToGuest(&c.device, userID, c.UserID(), x.Topics, x.Left, s.Hub.Position())
		}
		x.Peer.Defer(wire.Encode(wire.NewErrorFrame(wire.ErrIdentityTaken.WithMessage(
			"That user_id belongs to somebody else now. You are here as a guest."), wire.RequestHead{})))
	}
}
