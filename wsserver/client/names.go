package client

import (
	"belfry/wsserver/admission"
	"belfry/wsserver/hub"
	"belfry/wsserver/receipts"
	"belfry/wsserver/wire"
)

// This file is how names are reserved: while a person is connected and for some hours after, or until it is released. A
// reserved name is kept with the member, in the log's next commit. The rules are:
//
//   - names that look the same count as one (names.Keys);
//   - a person has one name, on all devices;
//   - who came without a name reserves none.

// nameRules are those in force.
func (s *Service) nameRules() receipts.NameRules {
	access := s.access()
	return receipts.NameRules{Keep: s.settings.Effective().NameTime(), Reserved: func(name string) bool { return s.list.Reserved(access, name) }}
}

// reserveName reserves the name that a hello gives, or that of the list's entry by which it comes in, and puts into as the
// name that the person has now. undo gives back the one before.
func (c *Client) reserveName(as *hub.IdentityChange, name *string, in *admitted) (undo func(), err error) {
	listed := in.name != nil
	if listed {
		name = in.name
	}
	as.Name, undo, err = c.service.ledger.ReserveName(&c.device, as.UserID, name, listed, c.service.nameRules())
	return undo, err
}

// reassignName renames whoever uses a name that is reserved for a list entry, since the entry's owner has come, and tells
// them.
func (s *Service) reassignName(e admission.Entry) {
	for userID, name := range s.ledger.ReassignName(e.Name, func(userID string) bool { return s.grants.EntryOf(userID) == e.ID }, s.nameRules()) {
		s.hub.RenamePerson(userID, name)
		renamed := &wire.Error{
			Code: wire.ErrIdentityTaken.Code, Field: "name", Free: name,
			Message: "That name is on the list, and its owner has come. You have another one now.",
		}
		hub.SendAll(wire.Encode(wire.NewErrorFrame(renamed, wire.RequestHead{})), s.hub.PeersOf(userID))
	}
}
