package operator

import (
	"context"

	"belfry/wsserver/client"
	"belfry/wsserver/identity"
	"belfry/wsserver/wire"
)

// This file is how the operator frees a name and a user_id: of what was theirs, the next who takes them gets nothing.

// Free frees a person's name and user_id: their connections end, and the old token is refused for good. Whoever takes
// either later gets nothing of the conversation. Errors: unknown_user, not_allowed for a guest, not_kept.
func (s *Operator) Free(ctx context.Context, userID string) error {
	if _, err := s.OpenLog(); err != nil {
		return err
	}
	if identity.IsGuest(userID) {
		return wire.ErrNotAllowed.WithMessage("A guest has no name and no identity that could be freed.")
	}
	if len(s.Hub.PeersOf(userID)) == 0 && !s.Ledger.Known(userID) && !s.Persons.Claimed(userID) {
		return wire.ErrUnknownUser
	}
	e := AuditEntry{What: "freed", UserID: userID, Name: s.nameOf(userID)}
	if err := s.Persons.Free(s.Bus, userID, s.Log.Last()); err != nil {
		return err
	}
	if err := s.revokeGrants(userID); err != nil {
		return err
	}
	s.Ledger.ReleaseName(userID)
	n := s.endPerson(userID, client.ErrFreed, wire.CloseRemoved)
	s.Logger.Info("freed by the operator", "user_id", userID, "connections", n)
	s.note(ctx, e)
	return nil
}
