package client

import (
	"belfry/wsserver/hub"
	"belfry/wsserver/identity"
	"belfry/wsserver/wire"
)

// This file bounds the number of new persons. Each leaves a claim and a membership that are kept for a while, and anybody can
// make up any number of user_ids. Beyond the bounds a newcomer takes part as a guest, of whom nothing is kept.

// maxPersons is how many persons may be known.
const maxPersons = 100_000

var errTooManyNew = &wire.Error{
	Code: wire.ErrNotAllowed.Code, Field: "user_id",
	Message: "Many new people have just joined, so you are here as a guest. Join again in a few minutes to keep your identity.",
}

// mayBeNew reports whether a hello may make a user_id known that is not known yet. uncount takes that back, for a hello that
// is refused after all.
func mayBeNew(c *Client, userID string, in *admitted) (uncount func(), ok bool) {
	s := c.service
	if in.vouched || s.identities.Claimed(userID) || c.Greeted() && c.UserID() == userID {
		return func() {}, true
	}
	if s.identities.Len() >= maxPersons || s.ledger.Len() >= maxPersons {
		return nil, false
	}
	return s.limiter.TryPerson(c.Address())
}

// enterAsGuest is the rest of enter for a newcomer beyond the bound. Their name is held as long as they are connected.
func enterAsGuest(c *Client, q *helloRequest, as *hub.IdentityChange, in *admitted, before string) (*joined, error) {
	as.UserID, as.Proved, as.Made = identity.GuestID(c.ID()), false, true
	c.offer("", "")
	if err := reserveAsGuest(c, as, q.name, in); err != nil {
		return nil, err
	}
	j, err := c.join(q, as, before)
	if j != nil {
		c.Send(wire.Encode(wire.NewErrorFrame(errTooManyNew, wire.RequestHead{})))
	}
	return j, err
}
