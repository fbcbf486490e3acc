package client

import (
	"crypto/rand"
	"errors"

	"belfry/wsserver/admission"
	"belfry/wsserver/hub"
	"belfry/wsserver/identity"
	"belfry/wsserver/msglog"
	"belfry/wsserver/wire"
)

// This file gives a client its identity: it becomes a person by a token, and unproved clients of that user_id become
// guests.

// errBehind means that the client is out of the fan-out, and cannot join before it has caught up.
var errBehind = errors.New("the client is behind")

// withPerson runs steps under the locks of the person that the client is and of the one that it wants to be, "" for none.
// If they return errBehind, the client catches up without the locks, because that waits for its socket; then they run
// again. catching is held.
func (c *Client) withPerson(userID string, steps func() (*joined, error)) (*joined, error) {
	locked := func() (*joined, error) {
		defer c.lockPerson(userID)()
		return steps()
	}
	for {
		if j, err := locked(); !errors.Is(err, errBehind) {
			return j, err
		}
		c.catchUpNow()
	}
}

// lockPerson locks the person that the client is, which does not change until unlock, and userID.
func (c *Client) lockPerson(userID string) (unlock func()) {
	for {
		me := c.UserID()
		unlock = c.service.identities.Lock(me, userID)
		if c.UserID() == me {
			return unlock
		}
		unlock() // it was made a guest while it waited
	}
}

// identify returns the identity that a hello gives the client; userID is the one that wantedID returns. If the user_id has a
// token, the one shown has been checked.
func (c *Client) identify(r *wire.Request, userID string) (*hub.IdentityChange, error) {
	me := c.Identity()
	switch {
	case r.UserID == "":
	case identity.IsReserved(userID):
		return nil, wire.ErrIdentityTaken.WithMessage("That user_id is reserved. Choose another.")
	case c.isAnother(userID):
		return nil, wire.ErrNotAllowed.WithMessage("This connection already has another user_id. Open a new one.")
	}
	as := &hub.IdentityChange{UserID: userID, Proved: me.Proved && userID == me.UserID && r.Token == ""}
	if as.Proved {
		return as, nil
	}
	return as, c.service.identities.Check(userID, r.Token)
}

// claim durably binds the user_id to the token shown, with more. Without a token the client is offered one. Its error is
// ErrCondition as that of identity.Store.Claim.
func (c *Client) claim(as *hub.IdentityChange, token string, more []msglog.Record) error {
	if !as.Proved && token != "" {
		if err := c.claimByToken(as.UserID, token, more...); err != nil {
			return err
		}
		as.Proved = true
		c.offer("", "")
		return nil
	}
	if len(more) > 0 {
		if err := c.service.dispatcher.Keep(more...); err != nil {
			return err
		}
	}
	if !as.Proved && (c.offered == "" || as.UserID != c.offeredFor) {
		c.offer(as.UserID, rand.Text())
	}
	return nil
}

// claimByToken durably binds a user_id to a token, and makes guests of the clients that use it without that token: in one
// step, because a failure after the claim does not undo it. So it does where somebody else was first, at another server.
func (c *Client) claimByToken(userID, token string, more ...msglog.Record) error {
	err := c.service.identities.Claim(c.service.dispatcher, userID, token, c.service.floorFor(c.Identity(), userID), more...)
	if errors.Is(err, wire.ErrIdentityTaken) {
		c.service.Demote(userID)
	}
	if err != nil {
		return err
	}
	if c.UserID() == userID { // otherwise it becomes that person when it joins
		c.service.hub.Prove(&c.Peer)
	}
	c.service.Demote(userID)
	return nil
}

// isAnother reports whether the client has said hello as somebody else. One that was made a guest since may say it again.
func (c *Client) isAnother(userID string) bool {
	me := c.UserID()
	return userID != me && c.Greeted() && !identity.IsGuest(me)
}

// offer notes the token that welcome gives the client for a user_id; "" for none. It binds only with the client's next
// frame, since the welcome may be lost.
func (c *Client) offer(userID, token string) {
	c.service.identities.DropOffer(c.offered)
	if c.offered, c.offeredFor = token, userID; token != "" {
		c.service.identities.Offer(userID, token)
	}
}

// bind claims the user_id of the welcome: the client's next frame shows that it has read its token.
func (c *Client) bind() error {
	token, userID := c.offered, c.offeredFor
	if token == "" {
		return nil
	}
	defer c.lockPerson(userID)()
	defer c.offer("", "")
	if c.UserID() != userID { // it is a guest by now, and was told so
		return nil
	}
	me := c.Identity()
	if err := c.claimByToken(userID, token); err != nil {
		if c.UserID() != userID { // a guest since, and told so
			return nil
		}
		return err
	}
	restartPrivateRange(c, me)
	tellSeen(c)
	return c.service.moveMute(me, userID)
}

// Demote makes guests of the unproved clients of a user_id that was claimed, and sends them the error. The person's lock
// is held.
func (s *Service) Demote(userID string) {
	_, muted := s.bans.OfPerson(admission.Muted, userID)
	for _, d := range s.hub.Demote(userID, muted) {
		if c := d.Peer.Handler().(*Client); c.Greeted() {
			s.ledger.DemoteToGuest(&c.device, userID, c.UserID(), d.Topics, d.Left, s.hub.Position())
		}
		d.Peer.Defer(wire.Encode(wire.NewErrorFrame(wire.ErrIdentityTaken.WithMessage(
			"That user_id now belongs to someone else. You are here as a guest."), wire.RequestHead{})))
	}
}
