package operator

import (
	"context"

	"belfry/wsserver/admission"
)

// List returns the list: names with personal codes.
func (s *Entry) List() admission.ListAnswer {
	return admission.ListAnswer{Entries: s.list.All(), LastImport: s.list.LastImport()}
}

// AddEntry adds a name to the list, and returns its code, which is not shown again. Errors: bad_frame, too_large,
// name_refused, identity_taken where a name on the list reads the same, not_kept.
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
// nobody where there is no import to take back. Errors: not_kept.
func (s *Entry) UndoImport(ctx context.Context) (admission.UndoAnswer, error) {
	if _, err := s.openLog(); err != nil {
		return admission.UndoAnswer{}, err
	}
	answer, gone, err := s.list.UndoImport(s.dispatcher)
	if err != nil || len(gone) == 0 {
		return answer, err
	}
	if err := s.grants.Revoke(s.dispatcher, func(_ string, g admission.Grant) bool { return gone[g.Entry] }); err != nil {
		return answer, err
	}
	s.listChanged(ctx, AuditEntry{What: "list_import_undone", Count: answer.Removed})
	return answer, nil
}

// RenewEntry replaces the code of an entry. Errors: unknown_user, not_kept.
func (s *Entry) RenewEntry(ctx context.Context, id string) (admission.EntryCode, error) {
	if _, err := s.openLog(); err != nil {
		return admission.EntryCode{}, err
	}
	code, err := s.list.Renew(s.dispatcher, id)
	if err != nil {
		return admission.EntryCode{}, err
	}
	s.listChanged(ctx, AuditEntry{What: "list_renewed", Name: code.Name})
	return code, nil
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
	if err := s.grants.Revoke(s.dispatcher, func(_ string, g admission.Grant) bool { return g.Entry == id }); err != nil {
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
