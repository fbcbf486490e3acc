package operator

import (
	"context"

	"belfry/wsserver/names"
	"belfry/wsserver/settings"
)

// SetName changes what the room is called. Errors: too_large, or why the settings could not be kept.
func (s *Operator) SetName(ctx context.Context, name string) error {
	clean, err := names.Label(name)
	if err != nil {
		return err
	}
	return s.choose(ctx, "name", s.File.Get().Name, clean, func(v *settings.Values) { v.Name = clean })
}

// SetAddress chooses the address shown: an Address.Host, or "" for the default route's.
func (s *Operator) SetAddress(ctx context.Context, host string) error {
	return s.choose(ctx, "address", s.File.Get().Address, host, func(v *settings.Values) { v.Address = host })
}

// choose is change, noted in the audit list.
func (s *Operator) choose(ctx context.Context, name, before, after string, set func(*settings.Values)) error {
	err := s.Change(set)
	if err == nil && before != after {
		s.note(ctx, AuditEntry{What: "setting", Setting: name, Before: before, After: after})
	}
	return err
}

func (s *Operator) Change(set func(*settings.Values)) error {
	if err := s.File.Change(context.Background(), set); err != nil {
		return err
	}
	s.ApplySettings()
	s.Revisions.Bump(&s.Revisions.settingsRev)
	s.Revisions.StateChanged()
	return nil
}
