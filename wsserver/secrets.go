package wsserver

import (
	"fmt"
	"net"
	"path/filepath"

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
	err := s.secrets.Key.Load(s.config.Token, file("operator-token"))
	if err == nil {
		err = s.secrets.Password.Load(file("operator-password"))
	}
	if err == nil {
		err = s.secrets.Sessions.Load(file("sessions.json"), s.secrets.Key.Fingerprint())
	}
	if err != nil {
		return &wire.Problem{Code: "folder", Err: err}
	}
	return nil
}

// URLs are the two that a headless start prints. The second holds the operator's key; it names this machine by an
// address that others cannot use where dashboards may be opened here alone.
func (s *Server) URLs() (client, dashboard string) {
	base := func(host string) string { return s.scheme() + "://" + net.JoinHostPort(host, s.port()) }
	host := s.lan.PrintedHost()
	client = base(host) + "/"
	if !s.settings.Effective().RemoteDashboards {
		host = "127.0.0.1"
	}
	return client, fmt.Sprintf("%s/server#token=%s", base(host), s.secrets.Key.Get())
}
