package client

import (
	"time"

	"belfry/wsserver/admission"
	"belfry/wsserver/hub"
	"belfry/wsserver/wire"
)

// isMuted reports whether a client may not write: as the person that it is, or as one that it was on this connection.
func (s *Service) isMuted(me *hub.Identity) bool {
	_, ok := s.bans.OfPerson(admission.Muted, me.UserID)
	return ok || me.Muted
}

// mutedFrame tells a client that it is muted; nil if it is not.
func (s *Service) mutedFrame(me *hub.Identity) []byte {
	if !s.isMuted(me) {
		return nil
	}
	return wire.Encode(wire.MutedFrame{Type: "muted", Muted: true})
}

// SendMuted tells every connection of a person that the operator has muted them, or lets them write again. The person's lock
// is held, so that the last change is also the last frame.
func (s *Service) SendMuted(userID string, muted bool) {
	hub.SendAll(wire.Encode(wire.MutedFrame{Type: "muted", Muted: muted}), s.hub.PeersOf(userID))
}

// mayWrite returns the error for a message from a muted client, nil for others.
func (s *Service) mayWrite(me *hub.Identity) error {
	if s.isMuted(me) {
		return wire.ErrNotAllowed.WithMessage("The operator has muted you. You can read, but not write.")
	}
	return nil
}

// endIfBlocked ends a connection whose frame, of this action, names a blocked person, and reports whether it did. The
// person's lock is held.
func (c *Client) endIfBlocked(action, userID string) bool {
	b, ok := c.service.bans.OfPerson(admission.Blocked, userID)
	if ok {
		c.End(c.service.errorFrame(b.Refusal(), wire.RequestHead{Action: action}), wire.CloseNotAllowed, "blocked")
	}
	return ok
}

// moveMute durably mutes the person that a muted client, until now me, turns out to be. The locks of both are held. It needs
// a token that was shown: otherwise anybody could have a user_id muted by stating it.
func (s *Service) moveMute(me *hub.Identity, userID string) error {
	if _, already := s.bans.OfPerson(admission.Muted, userID); already || !s.isMuted(me) {
		return nil
	}
	b, ok := s.bans.OfPerson(admission.Muted, me.UserID)
	if !ok {
		b = admission.Ban{Kind: admission.Muted, Name: me.Name, Since: wire.Time(time.Now()).String()}
	}
	b.UserID = userID
	err := s.bans.Set(s.dispatcher, b)
	if err == nil {
		s.SendMuted(userID, true)
	}
	s.news.BansChanged()
	return err
}
