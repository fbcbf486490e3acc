package operator

import (
	"cmp"
	"context"
	"slices"

	"belfry/wsserver/admission"
	"belfry/wsserver/client"
	"belfry/wsserver/settings"
	"belfry/wsserver/wire"
)

// Waiting is a person in the lobby.
type Waiting struct {
	UserID string `json:"user_id"`
	// Name that the person gave, "" for none.
	Name    string `json:"name"`
	Address string `json:"address"`
	Browser string `json:"browser"`
	Since   string `json:"since"`
	// Connected: there is a connection. Without one the person stays in the lobby for ten minutes.
	Connected bool `json:"connected"`
	// NameTaken: somebody else has that name, so this person will have to take another once they are let in.
	NameTaken bool `json:"name_taken"`
}

// LobbyAnswer is the lobby, the longest wait first.
type LobbyAnswer struct {
	Waiting []Waiting `json:"waiting"`
}

// Lobby lists the people who are waiting.
func (s *Entry) Lobby() LobbyAnswer {
	a := LobbyAnswer{Waiting: []Waiting{}}
	for _, p := range s.lobby.List("", true) {
		a.Waiting = append(a.Waiting, Waiting{
			UserID: p.UserID, Name: p.Name, Address: p.Address, Browser: p.Browser,
			Since: wire.Time(p.Since).String(), Connected: len(p.Conns) > 0,
			NameTaken: s.clients.NameTaken(p.UserID, p.Name),
		})
	}
	return a
}

// LetIn admits a person from the lobby, or everybody in it. Errors: unknown_user, not_kept.
func (s *Entry) LetIn(ctx context.Context, userID string, all bool) error {
	list, unlock, err := s.lockWaiting(userID, all)
	if err != nil {
		return err
	}
	defer unlock()
	kept := map[string]admission.Grant{}
	for _, p := range list {
		if p.Token != nil {
			kept[p.UserID] = admission.NewGrant(p.Token, settings.AccessApproval, "")
		}
	}
	if err := s.grants.Add(s.dispatcher, kept); err != nil {
		return err
	}
	removed := s.lobby.Remove(list, nil)
	s.audit.noteAll(ctx, AuditEntry{What: "let_in"}, notes(removed))
	for _, p := range removed {
		s.clients.RetryHellos(clientsOf(p.Conns), p.UserID)
	}
	s.revisions.LobbyChanged()
	return nil
}

// letInElsewhere admits a person who waits here, and was let in at another server.
func (s *Entry) letInElsewhere(userID string) {
	if len(s.lobby.List(userID, false)) == 0 {
		return
	}
	defer s.identities.Lock(userID)()
	list := slices.DeleteFunc(s.lobby.List(userID, false), func(w admission.Waiting) bool { return !s.grants.Admits(userID, w.Token) })
	for _, p := range s.lobby.Remove(list, nil) {
		s.clients.RetryHellos(clientsOf(p.Conns), userID)
		s.revisions.LobbyChanged()
	}
}

// Refuse turns a person in the lobby away, or everybody in it, with a reason. Errors: unknown_user, bad_frame, too_large.
func (s *Entry) Refuse(ctx context.Context, userID string, all bool, reason string) error {
	reason, err := admission.CleanReason(reason)
	if err != nil {
		return err
	}
	list, err := s.waiting(userID, all)
	if err != nil {
		return err
	}
	refuseWaiting(s.lobby, s.revisions, list, wire.ErrNotAllowed.WithMessage(cmp.Or(reason, "The operator did not let you in.")))
	s.audit.noteAll(ctx, AuditEntry{What: "refused", Detail: reason}, notes(list))
	return nil
}

// notes are people of the lobby for the audit list.
func notes(list []admission.Waiting) []AuditEntry {
	people := make([]AuditEntry, len(list))
	for i, p := range list {
		people[i] = AuditEntry{UserID: p.UserID, Name: p.Name, Target: p.Address}
	}
	return people
}

// refuseWaiting removes people from the lobby and ends their connections; they read why.
func refuseWaiting(lobby *admission.Lobby, r *Revisions, list []admission.Waiting, why *wire.Error) {
	said := wire.Encode(wire.NewErrorFrame(why, wire.RequestHead{Action: "hello"}))
	for _, p := range lobby.Remove(list, why) {
		for _, c := range p.Conns {
			c.(*client.Client).End(said, wire.CloseNotAllowed, "refused")
		}
	}
	r.LobbyChanged()
}

// lockWaiting is waiting, with the lock of each of them held. Who joins the lobby after the call is not among them.
func (s *Entry) lockWaiting(userID string, all bool) (list []admission.Waiting, unlock func(), err error) {
	if list, err = s.waiting(userID, all); err != nil {
		return nil, nil, err
	}
	ids := make([]string, len(list))
	for i, w := range list {
		ids[i] = w.UserID
	}
	unlock = s.identities.Lock(ids...)
	list, err = s.waiting(userID, all) // as they are now that nobody changes them
	if err != nil {
		unlock()
		return nil, nil, err
	}
	slices.Sort(ids)
	list = slices.DeleteFunc(list, func(w admission.Waiting) bool {
		_, locked := slices.BinarySearch(ids, w.UserID)
		return !locked
	})
	return list, unlock, nil
}

// waiting returns one person in the lobby, or everybody. Errors: unknown_user if that person is not there.
func (s *Entry) waiting(userID string, all bool) ([]admission.Waiting, error) {
	if _, err := s.openLog(); err != nil {
		return nil, err
	}
	list := s.lobby.List(userID, all)
	if len(list) == 0 && !all {
		return nil, wire.ErrUnknownUser.WithMessage("That person is not waiting.")
	}
	return list, nil
}

// clientsOf returns the connections of somebody who is waiting.
func clientsOf(list []admission.Waiter) []*client.Client {
	clients := make([]*client.Client, len(list))
	for i, c := range list {
		clients[i] = c.(*client.Client)
	}
	return clients
}
