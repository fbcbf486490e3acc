package operator

import (
	"cmp"
	"context"
	"slices"

	"belfry/wsserver/admission"
	"belfry/wsserver/client"
	"belfry/wsserver/msglog"
	"belfry/wsserver/operator/tell"
	"belfry/wsserver/peers"
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
	// Missing are the machines that have not answered: who waits there is not told.
	Missing []string `json:"missing,omitempty"`
}

// waitingThere is a person in the lobby of another machine.
type waitingThere struct {
	Waiting
	Token []byte `json:"token,omitempty"` // hashed; nil: none was shown
}

// lobbyQuestion asks a machine who waits there.
type lobbyQuestion struct {
	UserID string `json:"user_id"`
	All    bool   `json:"all"`
}

// answerPeers has other machines told who waits here.
func (s *Entry) answerPeers() {
	peers.Answer(s.peers, listLobby, func(q lobbyQuestion) any { return s.waitingHere(q.UserID, q.All) })
}

// waitingHere are those who wait at this machine.
func (s *Entry) waitingHere(userID string, all bool) []waitingThere {
	list := []waitingThere{}
	for _, p := range s.lobby.List(userID, all) {
		list = append(list, waitingThere{Waiting{
			UserID: p.UserID, Name: p.Name, Address: p.Address, Browser: p.Browser,
			Since: wire.Time(p.Since).String(), Connected: len(p.Conns) > 0,
			NameTaken: s.clients.NameTaken(p.UserID, p.Name),
		}, p.Token})
	}
	return list
}

// waitingElsewhere are those who wait at other machines. missing, where it is not nil, gets the machines that have not answered.
func waitingElsewhere(p *peers.Peers, userID string, all bool, missing *[]string) (list []waitingThere) {
	absent := peers.Gather(context.Background(), p, listLobby, lobbyQuestion{userID, all}, func(_ string, there []waitingThere) {
		list = append(list, there...)
	})
	if missing != nil {
		*missing = absent
	}
	return list
}

// Lobby lists the people who are waiting, at all machines. It waits for other machines, for peers.AskTimeout at most.
func (s *Entry) Lobby() LobbyAnswer {
	a := LobbyAnswer{Waiting: []Waiting{}}
	all := append(s.waitingHere("", true), waitingElsewhere(s.peers, "", true, &a.Missing)...)
	slices.SortStableFunc(all, func(a, b waitingThere) int { return cmp.Compare(a.Since, b.Since) })
	at := map[string]int{} // by person and token: a phone that came back to another machine waits once
	for _, w := range all {
		who := w.UserID + " " + string(w.Token)
		if i, twice := at[who]; twice {
			a.Waiting[i].Connected = a.Waiting[i].Connected || w.Connected
			continue
		}
		at[who] = len(a.Waiting)
		a.Waiting = append(a.Waiting, w.Waiting)
	}
	return a
}

// LetIn admits a person from the lobby, or everybody in it, at all machines. Errors: unknown_user, not_kept.
func (s *Entry) LetIn(ctx context.Context, userID string, all bool) error {
	there := waitingElsewhere(s.peers, userID, all, nil)
	list, unlock, err := s.lockWaiting(userID, all, there)
	if err != nil {
		return err
	}
	defer unlock()
	kept, told := map[string]admission.Grant{}, []msglog.Record{}
	grant := func(userID string, token []byte) {
		if _, is := kept[userID]; token != nil && !is {
			kept[userID] = admission.NewGrant(token, settings.AccessApproval, "")
		}
	}
	for _, p := range list {
		grant(p.UserID, p.Token)
	}
	for _, p := range there {
		if grant(p.UserID, p.Token); p.Token == nil {
			told = append(told, tell.Once(tell.LetIn, p.UserID, []byte{})...)
		}
	}
	if err := s.grants.Add(s.dispatcher, kept); err != nil {
		return err
	}
	if len(told) > 0 {
		if err := s.dispatcher.Keep(told...); err != nil {
			return err
		}
	}
	removed := s.lobby.Remove(list, nil)
	s.audit.noteAll(ctx, AuditEntry{What: "let_in"}, notes(removed, there))
	for _, p := range removed {
		s.clients.RetryHellos(clientsOf(p.Conns), p.UserID)
	}
	s.revisions.LobbyChanged()
	return nil
}

// letInElsewhere admits a person who waits here, and was let in at another server: by a grant, or where bare, who has shown no
// token.
func (s *Entry) letInElsewhere(userID string, bare bool) {
	if len(s.lobby.List(userID, false)) == 0 {
		return
	}
	defer s.identities.Lock(userID)()
	list := slices.DeleteFunc(s.lobby.List(userID, false), func(w admission.Waiting) bool {
		return bare != (w.Token == nil) || !bare && !s.grants.Admits(userID, w.Token)
	})
	for _, p := range s.lobby.Remove(list, nil) {
		s.clients.RetryHellos(clientsOf(p.Conns), userID)
		s.revisions.LobbyChanged()
	}
}

// Refuse turns a person in the lobby away, or everybody in it, at all machines, with a reason. Errors: unknown_user, bad_frame,
// too_large; not_kept where somebody waits at another machine.
func (s *Entry) Refuse(ctx context.Context, userID string, all bool, reason string) error {
	reason, err := admission.CleanReason(reason)
	if err != nil {
		return err
	}
	there := waitingElsewhere(s.peers, userID, all, nil)
	list, err := s.waiting(userID, all, there)
	if err != nil {
		return err
	}
	why := wire.ErrNotAllowed.WithMessage(cmp.Or(reason, "The operator did not let you in."))
	told := []msglog.Record{}
	for _, w := range there {
		told = append(told, tell.Why(tell.Refused, w.UserID, why)...)
	}
	if len(told) > 0 {
		if err := s.dispatcher.Keep(told...); err != nil {
			return err
		}
	}
	refuseWaiting(s.lobby, s.revisions, list, why)
	s.audit.noteAll(ctx, AuditEntry{What: "refused", Detail: reason}, notes(list, there))
	return nil
}

// notes are people of the lobby for the audit list, each once.
func notes(list []admission.Waiting, there []waitingThere) (people []AuditEntry) {
	add := func(p AuditEntry) {
		if !slices.ContainsFunc(people, func(o AuditEntry) bool { return o.UserID == p.UserID }) {
			people = append(people, p)
		}
	}
	for _, p := range list {
		add(AuditEntry{UserID: p.UserID, Name: p.Name, Target: p.Address})
	}
	for _, p := range there {
		add(AuditEntry{UserID: p.UserID, Name: p.Name, Target: p.Address})
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

// lockWaiting is waiting, with the lock of each of them held, and of those there. Who joins the lobby after the call is not among
// them.
func (s *Entry) lockWaiting(userID string, all bool, there []waitingThere) (list []admission.Waiting, unlock func(), err error) {
	if list, err = s.waiting(userID, all, there); err != nil {
		return nil, nil, err
	}
	var ids []string
	for _, w := range list {
		ids = append(ids, w.UserID)
	}
	for _, w := range there {
		ids = append(ids, w.UserID)
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	unlock = s.identities.Lock(ids...)
	list, err = s.waiting(userID, all, there) // as they are now that nobody changes them
	if err != nil {
		unlock()
		return nil, nil, err
	}
	list = slices.DeleteFunc(list, func(w admission.Waiting) bool {
		_, locked := slices.BinarySearch(ids, w.UserID)
		return !locked
	})
	return list, unlock, nil
}

// waiting returns one person in the lobby of this machine, or everybody. Errors: unknown_user if that person is not there, nor
// elsewhere.
func (s *Entry) waiting(userID string, all bool, there []waitingThere) ([]admission.Waiting, error) {
	if _, err := s.openLog(); err != nil {
		return nil, err
	}
	list := s.lobby.List(userID, all)
	if len(list)+len(there) == 0 && !all {
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
