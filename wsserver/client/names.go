package client

import (
	"slices"

	"belfry/wsserver/admission"
	"belfry/wsserver/hub"
	"belfry/wsserver/names"
	"belfry/wsserver/receipts"
	"belfry/wsserver/wire"
)

// This file is how names are reserved: while the person is connected and for some hours after, or until the name is released.
// A reserved name is kept with the member, in the log's next commit. The rules are:
//
//   - names that look the same count as one (names.Keys);
//   - nobody has the operator's or a program's name, except people who have it on the list;
//   - a person has one name, on all devices;
//   - a hello without a name reserves none.

// nameRules are those in force.
func (s *Service) nameRules() receipts.NameRules {
	access, operator := s.access(), names.Keys(s.settings.Effective().OperatorName)
	return receipts.NameRules{Keep: s.settings.Effective().NameTime(), Reserved: func(name string) bool {
		return s.list.Reserved(access, name) || s.programHas(name) || slices.ContainsFunc(names.Keys(name), func(k string) bool { return slices.Contains(operator, k) })
	}}
}

// reserveName reserves the name of a hello, or of the list entry that admitted it, and sets it in as. undo restores the
// previous name.
func (c *Client) reserveName(as *hub.IdentityChange, name *string, in *admitted) (undo func(), err error) {
	listed := in.name != nil
	if listed {
		name = in.name
	}
	as.Name, undo, err = c.service.ledger.ReserveName(&c.device, as.UserID, name, listed, c.service.nameRules())
	return undo, err
}

// reassignName renames others who use the name of a list entry, because the entry's owner was admitted, and sends them the
// new name.
func (s *Service) reassignName(e admission.Entry) {
	owns := func(userID, name string) bool {
		other, ok := s.list.Get(s.grants.EntryOf(userID))
		return ok && (other.ID == e.ID || other.Name == name) // "Ian" and "lan" may both be on the list
	}
	s.rename(s.ledger.ReassignName(e.Name, owns, s.nameRules()), "That name belongs to someone on the list, who has joined. You have a new name.")
}

// OperatorNamed renames people who use the name that the operator has now, and sends them the new one. People who have the
// name on the list keep it: that list is the operator's own.
func (s *Service) OperatorNamed(name string) {
	s.takeName(name, "The operator is using that name now. You have a new name.")
}

// ProgramNamed is OperatorNamed for a name that a program has now.
func (s *Service) ProgramNamed(name string) {
	s.takeName(name, "A program is using that name now. You have a new name.")
}

func (s *Service) takeName(name, why string) {
	owns := func(userID, name string) bool {
		e, ok := s.list.Get(s.grants.EntryOf(userID))
		return ok && e.Name == name
	}
	s.rename(s.ledger.ReassignName(name, owns, s.nameRules()), why)
}

// rename gives persons, by user_id, new names, and tells them why.
func (s *Service) rename(persons map[string]string, why string) {
	for userID, name := range persons {
		s.hub.RenamePerson(userID, name)
		renamed := &wire.Error{Code: wire.ErrIdentityTaken.Code, Field: "name", Free: name, Message: why}
		hub.SendAll(wire.Encode(wire.NewErrorFrame(renamed, wire.RequestHead{})), s.hub.PeersOf(userID))
	}
}
