package client

import (
	"time"

	"belfry/wsserver/admission"
	"belfry/wsserver/hub"
	"belfry/wsserver/identity"
	"belfry/wsserver/names"
	"belfry/wsserver/wire"
)

// waitInLobby puts a pending client into the lobby and tells it so. What would be refused once the operator has let it in
// is refused here: the operator is not to take one for another.
func (c *Client) waitInLobby(r *wire.Request) error {
	s := c.service
	name, err := names.CheckOptional(r.Name)
	if err != nil {
		return err
	}
	if identity.IsReserved(r.UserID) {
		return wire.ErrIdentityTaken.WithMessage("That user_id is reserved. Choose another.")
	}
	if err := s.Identities.Check(r.UserID, r.Token); err != nil {
		return err
	}
	w := admission.Waiting{UserID: r.UserID, Address: c.Address(), Browser: c.Agent(), Since: time.Now()}
	if name != nil {
		if err := s.Ledger.CanReserve(r.UserID, *name, s.nameRules()); err != nil {
			return err
		}
		w.Name = *name
	}
	if r.Token != "" {
		w.Token = identity.HashToken(r.Token)
	}
	refused, err := s.Lobby.Join(c, w, s.Limiter.MaxPending(), s.Limits().MaxPerAddress)
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
