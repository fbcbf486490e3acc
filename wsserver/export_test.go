package wsserver

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"time"

	"belfry/wsserver/auth"
	"belfry/wsserver/client"
	"belfry/wsserver/hub"
	"belfry/wsserver/lan"
	"belfry/wsserver/limiter"
	"belfry/wsserver/operator"
	"belfry/wsserver/settings"
	"belfry/wsserver/transport"
	"belfry/wsserver/wire"
)

// This file gives the tests outside the package access to internals that they measure.

const (
	IdleTimeout   = transport.IdleTimeout
	PingPeriod    = transport.PingPeriod
	LingerTimeout = transport.LingerTimeout
	WriteTimeout  = transport.WriteTimeout
	CloseTimeout  = closeTimeout
	ClientBurst   = client.BurstSeconds
	ComeBack      = hub.ReconnectAfter
	SessionAge    = auth.SessionAge
	MaxMessage    = wire.MaxMessage
	MaxFrame      = wire.MaxFrame
	MaxQueued     = transport.MaxQueued

	WrongKeys          = limiter.WrongKeys
	WrongKeyEvery      = limiter.WrongKeyEvery
	WrongPasswords     = limiter.WrongPasswords
	WrongPasswordEvery = limiter.WrongPasswordEvery
	StatsStep          = operator.StatsStep
	StatsSamples       = operator.StatsSamples
	FramesBurst        = settings.FramesBurst
	FramesPerSecond    = settings.FramesPerSecond
	BytesBurst         = settings.BytesBurst
	BytesPerSecond     = settings.BytesPerSecond
	PagesSpare         = limiter.PagesSpare
	AuditMost          = operator.AuditPerSession
	PageShare          = limiter.PageShare
)

// WireLimits are the limits in welcome.
var WireLimits = wire.Limits(wire.MaxTopics)

// SetMaxConnections sets the bound that otherwise follows from file descriptors.
func (s *Server) SetMaxConnections(n int) {
	s.limiter.SetMaxSockets(n)
}

// Cookie returns the name of the session's cookie.
func (s *Server) Cookie() string { return "belfry_" + s.port() }

// Handler answers requests without a network.
func (s *Server) Handler() http.Handler { return s.routes() }

// HostAllowed reports whether a Host header is of this server.
func (s *Server) HostAllowed(host string) bool { return s.limiter.HostAllowed(host) }

// Sockets returns how many connections the limiter counts.
func (s *Server) Sockets() int {
	sockets, _ := s.limiter.Counts()
	return sockets
}

// Addresses returns how many addresses the limiter remembers.
func (s *Server) Addresses() int {
	_, addresses := s.limiter.Counts()
	return addresses
}

// Queued returns the backlog of all connections together, in bytes.
func (s *Server) Queued() int64 { return s.hub.Budget().Used() }

// SetInterfaces gives a server other networks than this machine's: names of interfaces, each with its address.
func (c *Config) SetInterfaces(pairs ...string) {
	c.network.interfaces = func() []lan.NetAddr { return netAddrs(pairs...) }
}

// SetClock gives a server another clock than the machine's.
func (c *Config) SetClock(now func() time.Time) { c.network.clock = now }

// SetDial replaces the dialer of the address test.
func (c *Config) SetDial(dial func(ctx context.Context, network, address string) (net.Conn, error)) {
	c.network.dial = dial
}

// PauseClients takes every client out of the fan-out, as if its socket were full, and begins no catch-up.
func (s *Server) PauseClients() {
	for _, p := range s.hub.Clients() {
		s.hub.Pause(p, s.hub.Position())
	}
}

// netAddrs are addresses of interfaces: names, each with its address.
func netAddrs(pairs ...string) (list []lan.NetAddr) {
	for i := 0; i < len(pairs); i += 2 {
		list = append(list, lan.NetAddr{IP: netip.MustParseAddr(pairs[i+1]), Name: pairs[i]})
	}
	return list
}

// ForgetAfter forgets persons as if a time had passed: in a test the clock would have to tick through days.
func (s *Server) ForgetAfter(ctx context.Context, after time.Duration) error {
	log, err := s.openLog()
	if err != nil {
		return err
	}
	f := s.newForgetting()
	now := f.now
	f.now = func() time.Time { return now().Add(after) }
	return f.round(ctx, log)
}

// CallHooks has webhooks called through dial, whatever their address.
func CallHooks(c *Config, dial func(ctx context.Context, network, address string) (net.Conn, error)) {
	c.network.callHook = dial
}

// IsInside is isInside, which otherwise shows after a month.
func (s *Server) IsInside(userID string) bool { return isInside(s, userID) }
