package client

import (
	"belfry/wsserver/admission"
	"belfry/wsserver/hub"
	"belfry/wsserver/receipts"
	"belfry/wsserver/settings"
	"belfry/wsserver/wire"
)

// This file is how names are held: while their holder is connected and for some hours after, or until they are let go. A
// name is kept with the member that holds it, in the log's next commit. The rules are:
//
//   - names that look the same count as one (nameKeys);
//   - a person has one name, on all devices;
//   - who came without a name holds none.

// nameRules are those that hold now.
func (s *Service) nameRules() receipts.NameRules {
	access := s.access()
	return receipts.NameRules{Keep: settings.Hours(s.Limits().NameHours), Reserved: func(name string) bool { return s.List.Reserved(access, name) }}
}

// reassignName gives another name to who has the one of a card without that card, and tells them: the card's owner has come.
func (s *Service) reassignName(e admission.Entry) {
	for userID, name := range s.Ledger.ReassignName(e.Name, func(userID string) bool { return s.Grants.EntryOf(userID) == e.ID }, s.nameRules()) {
		s.Hub.RenamePerson(userID, name)
		said := &wire.Error{
			Code: wire.ErrIdentityTaken.Code, Field: "name", Free: name,
			Message: "That name is on the list, and its owner has come. You have another one now.",
		}
		hub.SendAll(wire.Encode(wire.NewErrorFrame(said, wire.RequestHead{})), s.Hub.PeersOf(userID))
	}
}
