package client

import (
	"errors"
	"slices"

	"belfry/wsserver/admission"
	"belfry/wsserver/dispatch"
	"belfry/wsserver/hub"
	"belfry/wsserver/msglog"
	"belfry/wsserver/names"
	"belfry/wsserver/receipts"
	"belfry/wsserver/wire"
)

// This file is how names are reserved: while the person is connected and for some hours after, or until the name is released.
// A reserved name is kept with the member, in the log's next commit; where several servers share the log, it is a record that is
// there before the answer. The rules are:
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

// reserveAndClaim reserves the name of a hello, or of the list entry that admitted it, and claims the user_id: both or neither.
// Where another server was faster with the name, or with another that looks the same, it is looked at again.
func reserveAndClaim(c *Client, as *hub.IdentityChange, q *helloRequest, in *admitted) error {
	for range msglog.MaxTries {
		r, err := c.reserveName(as, q.name, in)
		if err != nil {
			return err
		}
		if err = c.claim(as, q.Token, r.Records); err == nil {
			takeGivenName(c, as)
			return nil
		}
		if r.Undo(); !errors.Is(err, msglog.ErrCondition) {
			return err
		}
	}
	return wire.ErrNotKept
}

// takeGivenName gives who asked for no name and had none the one that they have by now: that they had it from another server may
// have come while the claim was being written.
func takeGivenName(c *Client, as *hub.IdentityChange) {
	if as.Name != nil {
		return
	}
	if name, _, ok := c.service.ledger.SharedNames().NameNow(as.UserID); ok {
		as.Name = &name
	}
}

// reserveAsGuest is reserveAndClaim for a guest, who claims nothing.
func reserveAsGuest(c *Client, as *hub.IdentityChange, name *string, in *admitted) error {
	for range msglog.MaxTries {
		r, err := c.reserveName(as, name, in)
		if err != nil || len(r.Records) == 0 {
			return err
		}
		if err := c.service.dispatcher.Keep(r.Records...); !errors.Is(err, msglog.ErrCondition) {
			return err
		}
	}
	return wire.ErrNotKept
}

// reserveName reserves the name of a hello, or of the list entry that admitted it, and sets it in as.
func (c *Client) reserveName(as *hub.IdentityChange, name *string, in *admitted) (r receipts.Reservation, err error) {
	listed := in.name != nil
	if listed {
		name = in.name
	}
	r, err = c.service.ledger.ReserveName(&c.device, as.UserID, name, listed, c.service.nameRules())
	as.Name = r.Name
	return r, err
}

// ReleaseName lets a person's name go. It waits for the log where several servers share that.
func (s *Service) ReleaseName(userID string) {
	if records := s.ledger.ReleaseName(userID); len(records) > 0 {
		_ = s.dispatcher.Keep(records...) // where it is not written, somebody has the name by now, or it runs out
	}
}

// releaseGuest lets the name of a guest who has gone go. It waits for nothing.
func (s *Service) releaseGuest(userID string) {
	if records := s.ledger.ReleaseName(userID); len(records) > 0 {
		_ = s.dispatcher.Post(dispatch.Post{Records: records, Done: func(msglog.Appended, error) {}}) // as in ReleaseName
	}
}

// reassignName renames others who use the name of a list entry, because the entry's owner was admitted, and sends them the
// new name.
func (s *Service) reassignName(e admission.Entry) {
	owns := func(userID, name string) bool {
		other, ok := s.list.Get(s.grants.EntryOf(userID))
		return ok && (other.ID == e.ID || other.Name == name) // "Ian" and "lan" may both be on the list
	}
	s.rename(e.Name, "That name belongs to someone on the list, who has joined. You have a new name.", owns)
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
	s.rename(name, why, owns)
}

// rename gives new names to persons who use one that looks like name, and tells them why. Where another server was faster, they
// have one by then.
func (s *Service) rename(name, why string, owns func(userID, name string) bool) {
	for _, r := range s.ledger.ReassignName(name, why, owns, s.nameRules()) {
		if len(r.Records) > 0 {
			if err := s.dispatcher.Keep(r.Records...); errors.Is(err, msglog.ErrCondition) {
				continue
			} else if err != nil {
				s.logger.Warn("give somebody another name", "error", err)
				continue
			}
			s.ledger.SharedNames().Renamed(r)
		}
		s.tellRenamed(r.UserID, r.Name, why)
	}
}

// tellRenamed gives a person's devices another name, and tells them why, "" for nothing.
func (s *Service) tellRenamed(userID, name, why string) {
	s.hub.RenamePerson(userID, name)
	if why == "" {
		return
	}
	renamed := &wire.Error{Code: wire.ErrIdentityTaken.Code, Field: "name", Free: name, Message: why}
	hub.SendAll(wire.Encode(wire.NewErrorFrame(renamed, wire.RequestHead{})), s.hub.PeersOf(userID))
}

// NamedElsewhere has a person's devices here follow the name that another server of the same log has given them.
func (s *Service) NamedElsewhere(userID string) {
	name, why, ok := s.ledger.SharedNames().NameNow(userID)
	if !ok || !slices.ContainsFunc(s.hub.PeersOf(userID), func(p *hub.Peer) bool { return p.Identity().Name != name }) {
		return
	}
	s.tellRenamed(userID, name, why)
}
