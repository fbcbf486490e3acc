// Package lan is how people reach this server: its addresses, the name announced on the network, the port with TLS, and
// the test whether an address works.
//
// A LAN is safe for concurrent use. WatchNetwork and AnnounceName run until their context ends, once each. Addresses and
// Secure ask the system for its interfaces; TestAddress waits up to three seconds for an answer; UpdateSecurePort and
// CloseSecurePort write files, open ports, and wait up to a second for requests of the TLS port. All else returns at once.
//
// One mutex guards the TLS port, another the name; the latter may be taken while the former is held. The functions in
// Options are called without the name's mutex, but all except Changed, Shown and Started also with that of the TLS port:
// they must not call back.
package lan

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"time"

	"belfry/wsserver/settings"
)

// httpGrace is how long requests in progress may take when an HTTP server is shut down.
const httpGrace = time.Second

// Options configure a LAN.
type Options struct {
	// Dir is the data folder, "" for none. Hosts are further names of this server.
	Dir   string
	Hosts []string
	// TLSCert is set where the server itself serves TLS: there is no second port then.
	TLSCert string
	// OpenAuthority opens the authority kept in dir, which may speak for hosts; nil: there is none.
	OpenAuthority func(dir string, hosts []string) (Authority, error)
	// Names announces names; AnnounceName needs it.
	Names NameService
	// OwnNames are those of this machine; nil: package function OwnNames.
	OwnNames func() []string
	// Interfaces returns the addresses of this machine, Dial connects to one of them.
	Interfaces func() []NetAddr
	Dial       Dialer
	// Given: the server was given a listener, which is on none of this machine's networks.
	Given bool

	Logger *slog.Logger
	// Limits returns the effective settings.
	Limits func() *settings.Effective
	// Shown is the host that the operator chose to show, "" for the best.
	Shown func() string
	// Addr is the address of the server's listener, nil before it has started; Asked is the configured one.
	Addr  func() net.Addr
	Asked func() string
	// Started returns why the server does not run, nil if it does.
	Started func() error
	// Changed is called when the state that the operator sees has changed.
	Changed func()
	// NewHTTP makes an HTTP server for the second port, and ServeOn lets it accept.
	NewHTTP func() *http.Server
	ServeOn func(*http.Server, net.Listener)
}

// LAN is how people reach one server. Make it with New.
type LAN struct {
	options    Options
	securePort securePort
	name       announcedName
	tests      selfTests
}

// New makes a LAN. It does nothing yet.
func New(o Options) *LAN {
	if o.OwnNames == nil {
		o.OwnNames = OwnNames
	}
	return &LAN{options: o, name: announcedName{wake: make(chan struct{}, 1)}}
}

func (s *LAN) port() string {
	if _, port, err := net.SplitHostPort(s.options.Addr().String()); err == nil {
		return port
	}
	return "0"
}

func (s *LAN) scheme() string {
	if s.options.TLSCert != "" {
		return "https"
	}
	return "http"
}

// ShutdownHTTP lets requests in progress end for a second, and then closes their connections: a half-open handshake must
// not delay the end.
func ShutdownHTTP(ctx context.Context, h *http.Server) {
	ctx, cancel := context.WithTimeout(ctx, httpGrace)
	defer cancel()
	if h.Shutdown(ctx) != nil {
		_ = h.Close()
	}
}
