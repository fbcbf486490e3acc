package wsserver

import (
	"context"
	"fmt"
	"net"
	"path/filepath"

	net4 "belfry/wsserver/lan"
	"belfry/wsserver/wire"
)

// openSecrets reads, or makes, what opens a dashboard: dir is "" where nothing is kept.
func (s *Server) openSecrets(dir string) error {
	file := func(name string) string {
		if dir == "" {
			return ""
		}
		return filepath.Join(dir, name)
	}
	err := s.keys.Load(s.config.Token, file("operator-token"))
	if err == nil {
		err = s.password.Load(file("operator-password"))
	}
	if err == nil {
		err = s.sessions.Load(file("sessions.json"), s.keys.Print())
	}
	if err != nil {
		return &wire.Problem{Code: "folder", Err: err}
	}
	return nil
}

// KeyAnswer is the operator's key, and the address that opens a dashboard with it.
type KeyAnswer struct {
	Key string  `json:"key"`
	URL string  `json:"url"`
	QR  net4.QR `json:"qr"`
}

// Key shows the operator's key.
func (s *Server) Key(ctx context.Context) (KeyAnswer, error) {
	if _, err := s.openLog(); err != nil {
		return KeyAnswer{}, err
	}
	s.note(ctx, AuditEntry{What: "key_shown"})
	return s.keyAnswer(), nil
}

// NewKey makes another key. All sessions but the caller's end, and so do their dashboards. Errors: not_allowed where a
// flag gives the key, not_kept.
func (s *Server) NewKey(ctx context.Context) (KeyAnswer, error) {
	if _, err := s.openLog(); err != nil {
		return KeyAnswer{}, err
	}
	if s.config.Token != "" {
		return KeyAnswer{}, wire.ErrNotAllowed.Because("The key is given by -operator-token, or its variable, which rules. Start Belfry with another one, or without.")
	}
	if _, err := s.keys.Renew(); err != nil {
		s.logger.Error("keep the operator's key", "error", err)
		return KeyAnswer{}, wire.ErrSettingNotKept
	}
	own := callerOf(ctx).Session
	if err := s.sessions.Renew(s.keys.Print(), own); err != nil {
		s.logger.Error("keep the sessions", "error", err)
	}
	s.endDashboards(func(d *dashboard) bool { return d.sessionID() != own }, "The operator's key was changed.")
	s.note(ctx, AuditEntry{What: "new_key"})
	s.events.raise(&s.events.sessionsRev)
	return s.keyAnswer(), nil
}

func (s *Server) keyAnswer() KeyAnswer {
	_, url := s.URLs()
	return KeyAnswer{Key: s.keys.Get(), URL: url, QR: net4.QrOf(url)}
}

// URLs are the two that a headless start prints. The second holds the operator's key; it names this machine by an
// address that others cannot use where dashboards may be opened here alone.
func (s *Server) URLs() (client, dashboard string) {
	base := func(host string) string { return s.scheme() + "://" + net.JoinHostPort(host, s.port()) }
	host := s.lan.PrintedHost()
	client = base(host) + "/"
	if !s.limits().RemoteDashboards {
		host = "127.0.0.1"
	}
	return client, fmt.Sprintf("%s/server#token=%s", base(host), s.keys.Get())
}
