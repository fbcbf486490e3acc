package wsserver

import (
	"belfry/wsserver/admission"
	ident "belfry/wsserver/identity"
	"belfry/wsserver/wire"
)

// mayWrite refuses what a muted person writes.
func (s *clients) mayWrite(userID string) error {
	if _, ok := s.bans.Person(admission.Muted, userID); ok {
		return wire.ErrNotAllowed.Because("The operator has muted you: you can read, but not write.")
	}
	return nil
}

// keptOut ends the connection of who says, by an action, to be a blocked person.
func (c *client) keptOut(action, userID string) bool {
	b, ok := c.server.bans.Person(admission.Blocked, userID)
	if ok {
		c.End(wire.Encode(wire.NewErrorFrame(b.Refusal(), wire.RequestHead{Action: action})), wire.CloseNotAllowed, "blocked")
	}
	return ok
}

// stayMuted mutes the person that a muted guest turns out to be.
func (s *clients) stayMuted(guestID, userID string) error {
	b, ok := s.bans.Person(admission.Muted, guestID)
	if !ok || userID == guestID || !ident.Guest(guestID) {
		return nil
	}
	b.UserID = userID
	err := s.bans.Set(s.bus, b)
	s.bansChanged()
	return err
}
