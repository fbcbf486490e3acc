package operator

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"belfry/wsserver/auth"
	"belfry/wsserver/wire"
)

// This file is the password that may be set beside the key, for who types it on another machine. Of it only a hash by
// argon2id is kept, in a file of its own.

const ()

// SetPassword sets the password that opens a dashboard beside the key, or removes it where it is "". Sessions that were
// opened with the old one end, but the caller's. Errors: too_short, too_large, not_kept.
func (s *Operator) SetPassword(ctx context.Context, text string) error {
	if _, err := s.OpenLog(); err != nil {
		return err
	}
	text = strings.TrimSpace(text)
	switch n := utf8.RuneCountInString(text); {
	case text != "" && n < auth.MinPassword:
		return &wire.Error{Code: "too_short", Message: fmt.Sprintf("A password has at least %d characters. Several words are easy to remember.", auth.MinPassword)}
	case n > auth.MaxPassword:
		return wire.ErrTooLarge.WithMessage(fmt.Sprintf("A password has at most %d characters.", auth.MaxPassword))
	case !utf8.ValidString(text):
		return wire.ErrBadFrame.WithMessage("A password is UTF-8.")
	case text == "" && !s.Password.IsSet():
		return nil
	}
	if err := s.Password.Set(text); err != nil {
		s.Logger.Error("keep the password", "error", err)
		return wire.ErrSettingNotKept
	}
	s.endPasswordSessions(callerOf(ctx).Session)
	what := "password_set"
	if text == "" {
		what = "password_removed"
	}
	s.note(ctx, AuditEntry{What: what})
	s.Revisions.Bump(&s.Revisions.settingsRev)
	return nil
}

// endPasswordSessions ends the sessions that the old password opened.
func (s *Operator) endPasswordSessions(own string) {
	ended := map[string]bool{}
	_, err := s.SignedIn.End(func(o *auth.Session) bool {
		ended[o.ID] = o.How == auth.ByPassword && o.ID != own
		return ended[o.ID]
	})
	if err != nil {
		s.Logger.Error("keep the sessions", "error", err)
	}
	s.EndDashboards(func(d *Dashboard) bool { return ended[d.SessionID()] }, "The password was changed.")
	s.Revisions.Bump(&s.Revisions.SessionsRev)
}
