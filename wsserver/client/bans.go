package client

import (
	"belfry/wsserver/admission"
	"belfry/wsserver/identity"
	"belfry/wsserver/wire"
)

// mayWrite refuses what a muted person writes.
func (s *Service) mayWrite(userID string) error {
	if _, ok := s.Bans.OfPerson(admission.Muted, userID); ok {
		return wire.ErrNotAllowed.WithMessage("The operator has muted you: you can read, but not write.")
	}
	return nil
}

// endIfBlocked ends the connection of who says, by an action, to be a blocked person.
func (c *Client) endIfBlocked(action, userID string) bool {
	b, ok := c.service.Bans.OfPerson(admission.Blocked, userID)
	if ok {
		c.End(wire.Encode(wire.NewErrorFrame(b.Refusal(), wire.RequestHead{Action: action})), wire.CloseNotAllowed, "blocked")
	}
	return ok
}

// moveMute mutes the person that a muted guest turns out to be.
func (s *Service) moveMute(guestID, userID string) error {
	b, ok := s.Bans.OfPerson(admission.Muted, guestID)
	if !ok || userID == guestID || !identity.IsGuest(guestID) {
		return nil
	}
	b.UserID = userID
	err := s.Bans.Set(s.Dispatcher, b)
	s.BansChanged()
	return err
}
