package client

import (
	"time"

	"belfry/wsserver/admission"
	"belfry/wsserver/hub"
	"belfry/wsserver/identity"
	"belfry/wsserver/names"
	"belfry/wsserver/wire"
)

// This file is the lobby: who waits for the operator to let them in. A seat is kept for a while without a connection,
// for who shows the same token.

const ()

// waitInLobby puts a connection into the lobby and tells it so.
func (c *Client) waitInLobby(d *pending, r *wire.Request) error {
	s := c.service
	name, err := names.CheckOptional(r.Name)
	if err != nil {
		return err
	}
	if err := s.checkIdentity(r.UserID, r.Token); err != nil {
		return err
	}
	p := admission.Waiting{UserID: r.UserID, Address: c.Address(), Browser: c.Agent(), Since: time.Now()}
	if name != nil {
		if err := s.Ledger.CanReserve(r.UserID, *name, s.nameRules()); err != nil {
			return err // the operator is not to take one for another
		}
		p.Name = *name
	}
	if r.Token != "" {
		p.Token = identity.HashToken(r.Token)
	}
	refused, err := s.Lobby.Join(c, p, s.Limiter.MaxPending(), s.Limits().MaxPerAddress)
	if err != nil {
		return err
	}
	if refused != nil {
		c.End(wire.Encode(wire.NewErrorFrame(refused, wire.RequestHead{Action: "hello", ID: r.ID})), wire.CloseNotAllowed, "refused")
		return nil
	}
	s.Hub.SetPending(&c.Peer, hub.Waiting)
	c.Send(wire.Encode(wire.WaitingFrame{Type: "waiting"}))
	s.LobbyChanged()
	return nil
}

// checkIdentity reports whether somebody with this token may become userID, without claiming it.
func (s *Service) checkIdentity(userID, token string) error {
	if identity.IsReserved(userID) {
		return wire.ErrIdentityTaken.WithMessage("That user_id is reserved. Choose another.")
	}
	return s.Identities.Check(userID, token)
}
