package operator

import (
	"cmp"
	"context"
	"slices"

	"belfry/wsserver/admission"
	"belfry/wsserver/msglog"
	"belfry/wsserver/operator/tell"
	"belfry/wsserver/wire"
)

// List returns the list: names with personal codes.
func (s *Entry) List() admission.ListAnswer {
	return admission.ListAnswer{Entries: s.list.All(), LastImport: s.list.LastImport()}
}

// AddEntry adds a name to the list, and returns its code, which is not shown again. Errors: bad_frame, too_large,
// name_refused, identity_taken if a name on the list reads the same, not_kept.
func (s *Entry) AddEntry(ctx context.Context, name string) (admission.EntryCode, error) {
	if _, err := s.openLog(); err != nil {
		return admission.EntryCode{}, err
	}
	code, err := s.list.Add(s.dispatcher, name)
	if err != nil {
		return admission.EntryCode{}, err
	}
	s.listChanged(ctx, AuditEntry{What: "list_added", Name: code.Name})
	return code, nil
}

// ImportEntries adds the names of a table to the list, all that can be; with Preview it says only what it would do. Errors:
// bad_frame, too_large, not_kept.
func (s *Entry) ImportEntries(ctx context.Context, q admission.ImportQuery) (admission.ImportAnswer, error) {
	if _, err := s.openLog(); err != nil {
		return admission.ImportAnswer{}, err
	}
	answer, err := s.list.Import(s.dispatcher, q)
	if n := len(answer.Added); err == nil && n > 0 && !q.Preview {
		s.listChanged(ctx, AuditEntry{What: "list_imported", Count: n})
	}
	return answer, err
}

// UndoImport removes the entries of the last import, with their codes and the grants that were given by them. It removes
// nobody if there is no import to undo. Errors: not_kept.
func (s *Entry) UndoImport(ctx context.Context) (admission.UndoAnswer, error) {
	if _, err := s.openLog(); err != nil {
		return admission.UndoAnswer{}, err
	}
	answer, gone, err := s.list.UndoImport(s.dispatcher)
	if err != nil || len(gone) == 0 {
		return answer, err
	}
	if _, err := s.endGrants(nil, func(_ string, g admission.Grant) bool { return gone[g.Entry] }); err != nil {
		return answer, err
	}
	s.listChanged(ctx, AuditEntry{What: "list_import_undone", Count: answer.Removed})
	return answer, nil
}

// RenewAnswer is an entry with its new code, and how many people who had joined with the old one were put out.
type RenewAnswer struct {
	Entry  admission.EntryCode `json:"entry"`
	PutOut int                 `json:"put_out"`
}

// errRenewed is what they read.
var errRenewed = &wire.Error{Code: "removed", Message: "The card used on this device was replaced. Join with the new card."}

// RenewEntry replaces the code of an entry. With putOut the grants that were given by the old one end, and the connections of
// those people: whoever has found a lost card is out. Errors: unknown_user, not_kept.
func (s *Entry) RenewEntry(ctx context.Context, id string, putOut bool) (answer RenewAnswer, err error) {
	if _, err := s.openLog(); err != nil {
		return answer, err
	}
	if answer.Entry, err = s.list.Renew(s.dispatcher, id); err != nil {
		return answer, err
	}
	if putOut {
		whose, err := s.endGrants(errRenewed, func(_ string, g admission.Grant) bool { return g.Entry == id })
		if err != nil {
			return answer, err
		}
		answer.PutOut = len(whose)
	}
	s.listChanged(ctx, AuditEntry{What: "list_renewed", Name: answer.Entry.Name, Count: answer.PutOut})
	return answer, nil
}

// endGrants ends grants, and returns whose they were. Unless why is nil, the connections of those people end with that, at other
// servers of the same log, too.
func (s *Entry) endGrants(why *wire.Error, which func(userID string, g admission.Grant) bool) (whose []string, err error) {
	k := msglog.Keeper(s.dispatcher)
	if why != nil {
		k = tell.PutOutKeeper{Keeper: k, Reason: why}
	}
	if whose, err = s.grants.Revoke(k, which); len(whose) > 0 {
		s.revisions.GrantsChanged()
	}
	if err == nil && why != nil {
		s.putOut(whose, why)
	}
	return whose, err
}

// GrantInfo is a person who was admitted, and can come back without being asked.
type GrantInfo struct {
	UserID string `json:"user_id"`
	// Name is the name they have or had; "" if none is known.
	Name  string `json:"name"`
	Since string `json:"since"`
	// Seen is when they last came in, a day at most too early.
	Seen string `json:"seen"`
	// By is the access mode that admitted them, "" if that is not known; Entry is the name on the card.
	By        string `json:"by"`
	Entry     string `json:"entry"`
	Connected bool   `json:"connected"`
}

// GrantsAnswer is the grants, the person seen last first, at most maxGrantsListed; Count is how many there are in all.
type GrantsAnswer struct {
	Grants []GrantInfo `json:"grants"`
	Count  int         `json:"count"`
}

const maxGrantsListed = 1000

// Grants lists the people who were admitted.
func (s *Entry) Grants() GrantsAnswer {
	all := s.grants.All()
	answer := GrantsAnswer{Grants: make([]GrantInfo, 0, len(all)), Count: len(all)}
	for userID, g := range all {
		answer.Grants = append(answer.Grants, GrantInfo{UserID: userID, Since: g.Since, Seen: g.LastSeen(), By: g.By})
	}
	slices.SortFunc(answer.Grants, func(a, b GrantInfo) int {
		return cmp.Or(cmp.Compare(b.Seen, a.Seen), cmp.Compare(a.UserID, b.UserID))
	})
	answer.Grants = answer.Grants[:min(len(all), maxGrantsListed)]
	userIDs := make([]string, len(answer.Grants))
	for i, g := range answer.Grants {
		userIDs[i] = g.UserID
	}
	there := s.connectedElsewhere(userIDs)
	for i := range answer.Grants {
		g := &answer.Grants[i]
		if e, ok := s.list.Get(all[g.UserID].Entry); ok {
			g.Entry = e.Name
		}
		g.Name, g.Connected = s.nameOf(g.UserID), there[g.UserID] || len(s.hub.PeersOf(g.UserID)) > 0
	}
	return answer
}

// EndedAnswer is how many grants were ended.
type EndedAnswer struct {
	Ended int `json:"ended"`
}

// errGrantEnded is what people read who are put out.
var errGrantEnded = &wire.Error{Code: "removed", Message: "The operator asks you to join again."}

// EndGrants ends the grant of a person, or all: they must join again. With putOut their connections end too; otherwise those
// who are connected stay. Errors: unknown_user, bad_frame if neither or both are named, not_kept.
func (s *Entry) EndGrants(ctx context.Context, userID string, all, putOut bool) (EndedAnswer, error) {
	if _, err := s.openLog(); err != nil {
		return EndedAnswer{}, err
	}
	if all == (userID != "") {
		return EndedAnswer{}, wire.ErrBadFrame.WithMessage("Give a user_id, or set all.")
	}
	e := AuditEntry{What: "grants_ended", UserID: userID}
	if userID != "" {
		e.Name = s.nameOf(userID)
	}
	var why *wire.Error
	if putOut {
		why = errGrantEnded
	}
	whose, err := s.endGrants(why, func(id string, _ admission.Grant) bool { return all || id == userID })
	if err != nil {
		return EndedAnswer{}, err
	}
	if len(whose) == 0 && !all {
		return EndedAnswer{}, wire.ErrUnknownUser
	}
	e.Count = len(whose)
	s.audit.note(ctx, e)
	return EndedAnswer{len(whose)}, nil
}

// RemoveEntry removes an entry with its code, and the grants that were given by it. Errors:
// unknown_user, not_kept.
func (s *Entry) RemoveEntry(ctx context.Context, id string) error {
	if _, err := s.openLog(); err != nil {
		return err
	}
	e, err := s.list.Remove(s.dispatcher, id)
	if err != nil {
		return err
	}
	if _, err := s.endGrants(nil, func(_ string, g admission.Grant) bool { return g.Entry == id }); err != nil {
		return err
	}
	s.listChanged(ctx, AuditEntry{What: "list_removed", Name: e.Name})
	return nil
}

// listChanged notes a change to the list, and announces it to dashboards.
func (s *Entry) listChanged(ctx context.Context, e AuditEntry) {
	s.audit.note(ctx, e)
	s.revisions.ListChanged()
}
