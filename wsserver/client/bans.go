package client

import (
	"belfry/wsserver/admission"
	"belfry/wsserver/identity"
	"belfry/wsserver/wire"
)

// mayWrite returns the error for a message of a muted person, nil for others.
func (s *Service) mayWrite(userID string) error {
	if _, ok := s.bans.OfPerson(admission.Muted, userID); ok {
		return wire.ErrNotAllowed.WithMessage("The operator has muted you: you can read, but not write.")
	}
	return nil
}

// endIfBlocked ends a connection whose frame, of this action, names a blocked person, and reports whether it did. The
// person's lock is held.
func (c *Client) endIfBlocked(action, userID string) bool {
	b, ok := c.service.bans.OfPerson(admission.Blocked, userID)
	if ok {
		c.End(wire.Encode(wire.NewErrorFrame(b.Refusal(), wire.RequestHead{Action: action})), wire.CloseNotAllowed, "blocked")
	}
	return ok
}

// moveMute mutes the person that a muted guest turns out to be, durably. The locks of both are held.
func (s *Service) moveMute(guestID, userID string) error {
	b, ok := s.bans.OfPerson(admission.Muted, guestID)
	if !ok || userID == guestID || !identity.IsGuest(guestID) {
		return nil
	}
	b.UserID = userID
	err := s.bans.Set(s.dispatcher, b)
	s.news.BansChanged()
	return err
}
