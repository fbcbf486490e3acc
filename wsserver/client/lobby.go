package client

import (
	"time"

	"belfry/wsserver/admission"
	"belfry/wsserver/hub"
	"belfry/wsserver/identity"
	"belfry/wsserver/names"
	"belfry/wsserver/wire"
)

// waitInLobby puts a pending client into the lobby and answers waiting. It refuses only for reasons that reveal nothing about
// who is inside: that a name is taken is told after admission, but to the operator before (NameTaken).
func (c *Client) waitInLobby(r *wire.Request) error {
	s := c.service
	name, err := names.CheckOptional(r.Name)
	if err != nil {
		return err
	}
	if identity.IsReserved(r.UserID) {
		return wire.ErrIdentityTaken.WithMessage("That user_id is reserved. Choose another.")
	}
	if err := s.identities.Check(r.UserID, r.Token); err != nil {
		return err
	}
	w := admission.Waiting{UserID: r.UserID, Address: c.Address(), Browser: c.Agent(), Since: time.Now()}
	if name != nil {
		w.Name = *name
	}
	if r.Token != "" {
		w.Token = identity.HashToken(r.Token)
	}
	refused, err := s.lobby.Join(c, w, s.limiter.MaxPending(), s.settings.Effective().MaxPerAddress)
	if err != nil {
		return err
	}
	if refused != nil {
		c.End(s.errorFrame(refused, wire.RequestHead{Action: "hello", ID: r.ID}), wire.CloseNotAllowed, "refused")
		return nil
	}
	s.hub.SetPending(&c.Peer, hub.Waiting)
	c.Send(wire.Encode(wire.WaitingFrame{Type: "waiting"}))
	s.news.LobbyChanged()
	return nil
}

// NameTaken reports whether a name belongs to somebody other than this person.
func (s *Service) NameTaken(userID, name string) bool {
	return s.ledger.CanReserve(userID, name, s.nameRules()) != nil
}
