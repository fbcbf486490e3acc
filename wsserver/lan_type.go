package wsserver

import (
	"log/slog"
	"net"
	"net/http"

	"belfry/wsserver/settings"
)

// lanConfig is what a lan is made of. The zero value of a field means what it says in Config.
type lanConfig struct {
	Dir           string
	Hosts         []string
	TLSCert       string
	OpenAuthority func(dir string, hosts []string) (Authority, error)
	Names         NameService
	interfaces    func() []netAddr
	dial          dialer
	given         bool // the listener is none of this machine's networks
}

// lan is how people reach this server: its addresses, the name on the network, the port with TLS.
type lan struct {
	config lanConfig
	logger *slog.Logger
	limits func() *settings.Settings
	// shown is the host that the operator chose to show, "" for the best.
	shown func() string
	// Addr is where the server listens, nil before it has started, and asked where it was told to.
	Addr  func() net.Addr
	asked func() string
	// started is why the server does not run, nil where it does.
	started func() error
	// changed is told that what the operator is shown of it has changed.
	changed func()
	// newHTTP makes an HTTP server for the second port, and serveOn lets it accept.
	newHTTP func() *http.Server
	serveOn func(*http.Server, net.Listener)

	door     door
	names    nameHolder
	selfTest selfTest
}

func (s *lan) port() string {
	if _, port, err := net.SplitHostPort(s.Addr().String()); err == nil {
		return port
	}
	return "0"
}

func (s *lan) scheme() string {
	if s.config.TLSCert != "" {
		return "https"
	}
	return "http"
}
