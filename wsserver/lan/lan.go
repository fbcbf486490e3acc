package lan

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"time"

	"belfry/wsserver/settings"
)

// lanConfig is what a lan is made of. The zero value of a field means what it says in Config.
type Config struct {
	Dir           string
	Hosts         []string
	TLSCert       string
	OpenAuthority func(dir string, hosts []string) (Authority, error)
	Names         NameService
	Interfaces    func() []NetAddr
	Dial          Dialer
	Given         bool // the listener is none of this machine's networks
}

// lan is how people reach this server: its addresses, the name on the network, the port with TLS.
type LAN struct {
	Config Config
	Logger *slog.Logger
	Limits func() *settings.Effective
	// shown is the host that the operator chose to show, "" for the best.
	Shown func() string
	// Addr is where the server listens, nil before it has started, and asked where it was told to.
	Addr  func() net.Addr
	Asked func() string
	// started is why the server does not run, nil where it does.
	Started func() error
	// changed is told that what the operator is shown of it has changed.
	Changed func()
	// newHTTP makes an HTTP server for the second port, and serveOn lets it accept.
	NewHTTP func() *http.Server
	ServeOn func(*http.Server, net.Listener)

	securePort securePort
	Names      NameState
	SelfTest   selfTest
}

func (s *LAN) port() string {
	if _, port, err := net.SplitHostPort(s.Addr().String()); err == nil {
		return port
	}
	return "0"
}

func (s *LAN) scheme() string {
	if s.Config.TLSCert != "" {
		return "https"
	}
	return "http"
}

const httpGrace = time.Second

// shut waits a moment for requests under way, then ends them: a half-open handshake must not hold Close up.
func ShutdownHTTP(ctx context.Context, h *http.Server) {
	ctx, cancel := context.WithTimeout(ctx, httpGrace)
	defer cancel()
	if h.Shutdown(ctx) != nil {
		_ = h.Close()
	}
}
