package operator

import (
	"slices"

	"belfry/wsserver/admission"
	"belfry/wsserver/client"
	"belfry/wsserver/msglog"
	"belfry/wsserver/wire"
)

// This file does here what follows from a verb, or a claim, at another server of the same log: the stores have followed the
// record by then, and this server's own connections are told, made guests, or ended.

// ChangedElsewhere takes records that others have appended and that were applied. It waits for the locks of persons.
func (o *Operator) ChangedElsewhere(records []msglog.Record) {
	is := func(r msglog.Record, kinds []string) bool { return slices.Contains(kinds, r.Kind) }
	var topics, bans, list, grants bool
	for _, r := range records {
		switch {
		case is(r, o.People.identities.Kinds()):
			o.identityElsewhere(r.Key)
		case is(r, o.Room.topics.Kinds()):
			topics = true
		case is(r, o.People.bans.Kinds()):
			bans = true
		case is(r, o.Entry.list.Kinds()):
			list = true
		case is(r, o.People.grants.Kinds()):
			grants = true
		}
	}
	if topics {
		o.sendTopics()
		o.revisions.StateChanged()
	}
	if bans {
		o.endBanned()
		o.revisions.BansChanged()
	}
	if list {
		o.revisions.ListChanged()
	}
	if grants {
		o.revisions.GrantsChanged()
	}
}

// identityElsewhere is what a claim or a release at another server means for the connections of that user_id. The key of a
// token that was freed is nobody's user_id.
func (s *People) identityElsewhere(userID string) {
	if len(s.hub.PeersOf(userID)) == 0 {
		return
	}
	defer s.identities.Lock(userID)()
	switch {
	case s.identities.Retired(userID):
		s.ledger.ReleaseName(userID)
		s.endPerson(userID, client.ErrFreed, wire.CloseRemoved)
	case s.identities.Claimed(userID):
		s.clients.Demote(userID)
	}
}

// endBanned ends the connections of blocked persons and addresses.
func (s *People) endBanned() {
	for _, p := range s.hub.AllClients() {
		if b, ok := s.bans.OfAddress(p.Address()); ok {
			p.End(wire.Encode(wire.NewErrorFrame(b.Refusal(), wire.RequestHead{})), wire.CloseNotAllowed, "blocked")
			continue
		}
		userID := p.Identity().UserID
		unlock := s.identities.Lock(userID)
		if b, ok := s.bans.OfPerson(admission.Blocked, userID); ok {
			s.endPerson(userID, b.Refusal(), wire.CloseNotAllowed)
		}
		unlock()
	}
}
