package operator

import (
	"context"

	"belfry/wsserver/lan"
	"belfry/wsserver/wire"
)

// KeyAnswer is the operator's key, and the address that opens a dashboard with it.
type KeyAnswer struct {
	Key string `json:"key"`
	URL string `json:"url"`
	QR  lan.QR `json:"qr"`
}

// Key shows the operator's key.
func (s *Operator) Key(ctx context.Context) (KeyAnswer, error) {
	if _, err := s.OpenLog(); err != nil {
		return KeyAnswer{}, err
	}
	s.note(ctx, AuditEntry{What: "key_shown"})
	return s.keyAnswer(), nil
}

// NewKey makes another key. All sessions but the caller's end, and so do their dashboards. Errors: not_allowed where a
// flag gives the key, not_kept.
func (s *Operator) NewKey(ctx context.Context) (KeyAnswer, error) {
	if _, err := s.OpenLog(); err != nil {
		return KeyAnswer{}, err
	}
	if s.Config.Token != "" {
		return KeyAnswer{}, wire.ErrNotAllowed.WithMessage("The key is given by -operator-token, or its variable, which rules. Start Belfry with another one, or without.")
	}
	if _, err := s.OperatorKey.Renew(); err != nil {
		s.Logger.Error("keep the operator's key", "error", err)
		return KeyAnswer{}, wire.ErrSettingNotKept
	}
	own := callerOf(ctx).Session
	if err := s.SignedIn.EndOthers(s.OperatorKey.Fingerprint(), own); err != nil {
		s.Logger.Error("keep the sessions", "error", err)
	}
	s.EndDashboards(func(d *Dashboard) bool { return d.SessionID() != own }, "The operator's key was changed.")
	s.note(ctx, AuditEntry{What: "new_key"})
	s.Revisions.Bump(&s.Revisions.SessionsRev)
	return s.keyAnswer(), nil
}

func (s *Operator) keyAnswer() KeyAnswer {
	_, url := s.PrintedURLs()
	return KeyAnswer{Key: s.OperatorKey.Get(), URL: url, QR: lan.NewQR(url)}
}
