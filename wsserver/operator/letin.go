package operator

import (
	"time"

	"belfry/wsserver/admission"
	"belfry/wsserver/wire"
)

// This file is who was let in: it comes back by its token without being asked, until it is removed, blocked or freed, or
// its name is taken off the list. It is kept in the log's records.

// revokeGrants lets a person in no more without being asked.
func (s *Operator) revokeGrants(userID string) error {
	return s.LetIns.Revoke(s.Bus, func(id string, _ admission.Grant) bool { return id == userID })
}

// grantAllInside records those who are inside as let in: they come back when the room is not open any more.
func (s *Operator) grantAllInside() error {
	if _, err := s.OpenLog(); err != nil {
		return nil // nobody is
	}
	list := map[string]admission.Grant{}
	for _, c := range s.Hub.Clients() {
		who := c.Identity.Load()
		if _, is := list[who.UserID]; is || !who.Proved {
			continue
		}
		if token := s.Persons.TokenHash(who.UserID); token != nil {
			list[who.UserID] = admission.Grant{Token: token, Since: wire.Time(time.Now()).String()}
		}
	}
	return s.LetIns.Add(s.Bus, s.LetIns.WithoutKnown(list))
}
