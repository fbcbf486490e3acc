package operator

import (
	"context"
	"slices"

	"belfry/wsserver/admission"
	"belfry/wsserver/msglog"
	"belfry/wsserver/names"
	"belfry/wsserver/wire"
)

// SkippedLine is a line of a table that was not taken, and why.
type SkippedLine struct {
	Line   int    `json:"line"`
	Name   string `json:"name"`
	Reason string `json:"reason"`
}

// ImportAnswer is what became of a table.
type ImportAnswer struct {
	Added   []admission.EntryCode `json:"added"`
	Skipped []SkippedLine         `json:"skipped"`
}

// List is the list of those who may come in by a personal code.
func (s *Entry) List() admission.ListAnswer { return admission.ListAnswer{Entries: s.list.All()} }

// AddEntry puts a name on the list, and returns its code, which is not shown again. Errors: bad_frame, too_large,
// name_refused, identity_taken where a name on the list reads the same, not_kept.
func (s *Entry) AddEntry(ctx context.Context, name string) (admission.EntryCode, error) {
	if _, err := s.openLog(); err != nil {
		return admission.EntryCode{}, err
	}
	s.list.Changing.Lock()
	defer s.list.Changing.Unlock()
	name, err := s.checkListName(name, 0)
	if err != nil {
		return admission.EntryCode{}, err
	}
	e, code := admission.NewEntry(name)
	if err := s.list.Add(s.dispatcher, []admission.Entry{e}); err != nil {
		return admission.EntryCode{}, err
	}
	s.listChanged(ctx, AuditEntry{What: "list_added", Name: name})
	return code, nil
}

// checkListName is a name as the list takes it, beside adding others.
func (s *Entry) checkListName(name string, adding int) (string, error) {
	clean, err := names.Check(name)
	switch {
	case err != nil:
		return "", err
	case clean == "":
		return "", wire.ErrBadFrame.WithMessage("A name needs a letter.")
	case s.list.FindByName(clean) != "":
		return "", &wire.Error{Code: wire.ErrIdentityTaken.Code, Field: "name", Message: "A name that reads the same is on the list already."}
	case s.list.Size()+adding >= admission.MaxEntries:
		return "", wire.ErrTooLarge.WithMessage("The list has at most 10,000 names.")
	}
	return clean, nil
}

// listChanged tells dashboards, and notes it.
func (s *Entry) listChanged(ctx context.Context, e AuditEntry) {
	s.audit.note(ctx, e)
	s.revisions.ListChanged()
}

// ImportEntries puts the names of a table (CSV) on the list. Errors: bad_frame, not_kept.
func (s *Entry) ImportEntries(ctx context.Context, table string) (ImportAnswer, error) {
	if _, err := s.openLog(); err != nil {
		return ImportAnswer{}, err
	}
	rows, err := admission.ReadNames(table)
	if err != nil {
		return ImportAnswer{}, err
	}
	s.list.Changing.Lock()
	defer s.list.Changing.Unlock()
	answer := ImportAnswer{Added: []admission.EntryCode{}, Skipped: []SkippedLine{}}
	var list []admission.Entry
	seen := map[string]bool{}
	for _, row := range rows {
		name, err := s.checkListName(row.Name, len(list))
		keys := names.Keys(name)
		if err == nil && slices.ContainsFunc(keys, func(k string) bool { return seen[k] }) {
			err = wire.ErrIdentityTaken.WithMessage("A name that reads the same stands above it.")
		}
		if err != nil {
			answer.Skipped = append(answer.Skipped, SkippedLine{row.Line, wire.Clip(row.Name, 4*wire.MaxName), wire.AsError(err).Message})
			continue
		}
		for _, k := range keys {
			seen[k] = true
		}
		e, code := admission.NewEntry(name)
		list, answer.Added = append(list, e), append(answer.Added, code)
	}
	if len(list) == 0 {
		return answer, nil
	}
	if err := s.list.Add(s.dispatcher, list); err != nil {
		return ImportAnswer{}, err
	}
	s.listChanged(ctx, AuditEntry{What: "list_imported", Count: len(list)})
	return answer, nil
}

// RenewEntry gives a name another code; the old one ends. Errors: unknown_user, not_kept.
func (s *Entry) RenewEntry(ctx context.Context, id string) (admission.EntryCode, error) {
	if _, err := s.openLog(); err != nil {
		return admission.EntryCode{}, err
	}
	s.list.Changing.Lock()
	defer s.list.Changing.Unlock()
	e, ok := s.list.Get(id)
	if !ok {
		return admission.EntryCode{}, errNotListed
	}
	e, code := e.WithCode()
	if err := s.list.Add(s.dispatcher, []admission.Entry{e}); err != nil {
		return admission.EntryCode{}, err
	}
	s.listChanged(ctx, AuditEntry{What: "list_renewed", Name: e.Name})
	return code, nil
}

// RemoveEntry takes a name off the list: its code ends. Errors: unknown_user, not_kept.
func (s *Entry) RemoveEntry(ctx context.Context, id string) error {
	if _, err := s.openLog(); err != nil {
		return err
	}
	s.list.Changing.Lock()
	defer s.list.Changing.Unlock()
	e, ok := s.list.Get(id)
	if !ok {
		return errNotListed
	}
	if err := s.dispatcher.Keep(msglog.Record{Kind: admission.RecordListed, Key: id}); err != nil {
		return err
	}
	s.list.Mu.Lock()
	s.list.Drop(id)
	s.list.Mu.Unlock()
	if err := s.grants.Revoke(s.dispatcher, func(_ string, in admission.Grant) bool { return in.Entry == id }); err != nil {
		return err
	}
	s.listChanged(ctx, AuditEntry{What: "list_removed", Name: e.Name})
	return nil
}

var errNotListed = wire.ErrUnknownUser.WithMessage("That is not on the list any more.")
