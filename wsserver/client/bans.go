package client

import (
	"belfry/wsserver/admission"
	"belfry/wsserver/identity"
	"belfry/wsserver/wire"
)

// mayWrite refuses what a muted person writes.
func (s *Clients) mayWrite(userID string) error {
	if _, ok := s.Bans.Person(admission.Muted, userID); ok {
		return wire.ErrNotAllowed.Because("The operator has muted you: you can read, but not write.")
	}
	return nil
}

// keptOut ends the connection of who says, by an action, to be a blocked person.
func (c *Client) keptOut(action, userID string) bool {
	b, ok := c.server.Bans.Person(admission.Blocked, userID)
	if ok {
		c.End(wire.Encode(wire.NewErrorFrame(b.Refusal(), wire.RequestHead{Action: action})), wire.CloseNotAllowed, "blocked")
	}
	return ok
}

// stayMuted mutes the person that a muted guest turns out to be.
func (s *Clients) stayMuted(guestID, userID string) error {
	b, ok := s.Bans.Person(admission.Muted, guestID)
	if !ok || userID == guestID || !identity.Guest(guestID) {
		return nil
	}
	b.UserID = userID
	err := s.Bans.Set(s.Bus, b)
	s.BansChanged()
	return err
}
