// Package limiter decides what one address may ask of the server: how many connections it may have, how often it may
// connect, and how often it may try a key, a password or a code. It also decides under which Host names the server may
// be addressed, and from which pages.
//
// All methods of Limiter are safe for concurrent use and never block: its one mutex guards counters alone, and the
// functions in Options are called without it or must not block. The state of an address is removed once it
// has no connections and all its attempts have come back.
package limiter

import (
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"belfry/wsserver/settings"
	"belfry/wsserver/wire"
)

const (
	// FullRetry is when to try again where the room, or an address, has all its connections.
	FullRetry = 5 * time.Second
	// PageShare is how many connections an address may have for pages, for each that it may have for WebSockets: a
	// browser opens six. Without a bound, one address could take every file descriptor with idle connections.
	PageShare = 8
	// PagesSpare is how many of the file descriptors that WebSockets leave are for pages, and for telling clients that the
	// room is full. The rest are the program's own: it must never run out of them.
	PagesSpare = 24
	// addressesKept is how many addresses are remembered before idle ones are forgotten, maxAddresses before all without
	// connections are: attempts per address do not slow an attacker with that many addresses.
	addressesKept = 1024
	maxAddresses  = 64 << 10
	// pendingShare is the reciprocal of the share of all connections that may be pending, maxPending their largest number.
	pendingShare = 4
	maxPending   = 10_000
)

// Options configure a Limiter.
type Options struct {
	// Hosts are names of this server, beside IP literals and localhost.
	Hosts []string
	// TrustedProxies are believed in X-Forwarded-For and Forwarded.
	TrustedProxies []netip.Prefix
	// Limits returns the effective settings. It must not block.
	Limits func() *settings.Effective
	// Machines is how many serve the room together, each with a Limiter of its own: each allows its share of attempts at keys,
	// passwords and codes. 0 is 1.
	Machines int
	// Logger is told what to change in front of the server; nil: slog.Default().
	Logger *slog.Logger
}

// Limiter counts connections and attempts by address. Make it with New.
type Limiter struct {
	hosts     []string // in the form of hosts.Normalize
	localName func() string
	proxies   *proxies
	limits    func() *settings.Effective
	advice    advice
	machines  int // at least 1

	mu         sync.Mutex // guards what follows
	maxSockets int        // as many as file descriptors allow; 0: no limit
	sockets    int        // WebSocket connections
	pages      int        // connections that are none, or not yet
	evictedAt  time.Time  // when idle addresses were last forgotten
	addresses  map[string]*address
}

// address is the state of one address.
type address struct {
	sockets int
	pages   int // connections that are no WebSockets, or not yet
	// Nil until the first attempt.
	handshakes, keys, passwords, codes, persons *rate.Limiter
}

// idle reports whether nothing needs to be remembered of an address.
func (a *address) idle() bool {
	full := func(l *rate.Limiter) bool { return l == nil || l.Tokens() >= float64(l.Burst()) }
	return a.sockets == 0 && a.pages == 0 && full(a.handshakes) && full(a.keys) && full(a.passwords) && full(a.codes) && full(a.persons)
}

// New makes a limiter without a bound by file descriptors.
func New(o Options) *Limiter {
	l := &Limiter{proxies: newProxies(o.TrustedProxies, o.Logger), limits: o.Limits, machines: max(1, o.Machines), addresses: map[string]*address{}}
	l.advice.logger = l.proxies.logger
	l.AddHosts("localhost")
	l.AddHosts(o.Hosts...)
	return l
}

// SetMaxSockets bounds WebSocket connections in all, as file descriptors do; 0: no limit.
func (l *Limiter) SetMaxSockets(n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.maxSockets = n
}

// Counts are how many WebSocket connections there are, and how many addresses are remembered.
func (l *Limiter) Counts() (sockets, addresses int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.sockets, len(l.addresses)
}

// addressOf returns the state of an address, and adds one that is not known. mu is held.
func (l *Limiter) addressOf(name string) *address {
	now := time.Now()
	a := l.addresses[name]
	if a == nil {
		if len(l.addresses) >= addressesKept && now.Sub(l.evictedAt) >= time.Second {
			l.evict(now)
		}
		a = &address{}
		l.addresses[name] = a
	}
	return a
}

// evict forgets idle addresses or, if there are too many, all without connections. mu is held.
func (l *Limiter) evict(now time.Time) {
	l.evictedAt = now
	tooMany := len(l.addresses) >= maxAddresses
	for name, a := range l.addresses {
		if a.idle() || tooMany && a.sockets == 0 && a.pages == 0 {
			delete(l.addresses, name)
		}
	}
}

// Reset forgets the handshakes of all addresses: other limits begin with a full burst.
func (l *Limiter) Reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, a := range l.addresses {
		a.handshakes = nil
	}
}

// handshake counts one handshake and reports whether it is within the rate; with try it only asks. mu is held.
func (a *address) handshake(limits *settings.Effective, try bool) bool {
	switch {
	case limits.MaxPerAddress == 0, try && a.handshakes == nil:
		return true
	case a.handshakes == nil:
		a.handshakes = rate.NewLimiter(rate.Limit(limits.HandshakesPerSecond), limits.MaxPerAddress)
	case try:
		return a.handshakes.Tokens() >= 1
	}
	return a.handshakes.Allow()
}

// Refusal is why a client may not connect, and the HTTP status that says so.
type Refusal struct {
	*wire.Error
	Status int
}

// Enter counts a WebSocket connection of an address, which Leave ends, or returns why there may be no further one. With
// try it only asks.
func (l *Limiter) Enter(from string, try bool) *Refusal {
	l.mu.Lock()
	defer l.mu.Unlock()
	a := l.addressOf(from)
	limits := l.limits()
	if l.maxSockets > 0 && l.sockets >= l.maxSockets || limits.MaxConnections > 0 && l.sockets >= limits.MaxConnections {
		return &Refusal{&wire.Error{Code: "full", Message: "The room is full. Try again later.", Retry: FullRetry}, http.StatusServiceUnavailable}
	}
	if limits.MaxPerAddress > 0 && a.sockets >= limits.MaxPerAddress {
		return &Refusal{&wire.Error{Code: "too_many_connections", Message: "There are too many connections from this address.", Retry: FullRetry}, http.StatusTooManyRequests}
	}
	if !a.handshake(limits, try) {
		return &Refusal{&wire.Error{Code: "rate_limited", Message: "Too many devices are connecting from this address at once. Wait a moment.", Retry: time.Second}, http.StatusTooManyRequests}
	}
	if !try {
		a.sockets++
		l.sockets++
	}
	return nil
}

// Leave ends what Enter began.
func (l *Limiter) Leave(from string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.addressOf(from).sockets--
	l.sockets--
}

// ConnState is an http.Server's: it counts connections until they end or become WebSockets, and closes new ones that
// are too many. Connections of trusted proxies serve many addresses, and count for none.
func (l *Limiter) ConnState(nc net.Conn, state http.ConnState) {
	n := 0
	switch state {
	case http.StateNew:
		n = 1
	case http.StateHijacked, http.StateClosed:
		n = -1
	default:
		return
	}
	var peer netip.Addr // not valid: a listener of tests
	if tcp, ok := nc.RemoteAddr().(*net.TCPAddr); ok {
		peer = tcp.AddrPort().Addr().Unmap()
	}
	if l.countConn(peer, n) && state == http.StateNew {
		_ = nc.Close() // nothing was sent on it
	}
}

// countConn counts n more connections of a peer that are no WebSockets, and reports whether they are too many.
func (l *Limiter) countConn(peer netip.Addr, n int) (tooMany bool) {
	perAddress := l.limits().MaxPerAddress
	l.mu.Lock()
	defer l.mu.Unlock()
	l.pages += n
	tooMany = l.maxSockets > 0 && l.sockets+l.pages > l.maxSockets+PagesSpare
	if !peer.IsValid() || l.proxies.trusts(peer) {
		return tooMany
	}
	name := peer.String()
	a := l.addressOf(name)
	a.pages += n
	if n < 0 && a.idle() {
		delete(l.addresses, name)
	}
	return tooMany || perAddress > 0 && a.pages > PageShare*perAddress
}

// MaxPending is how many connections may be pending, that is connected and not admitted.
func (l *Limiter) MaxPending() int {
	l.mu.Lock()
	maxSockets := l.maxSockets
	l.mu.Unlock()
	most := maxPending
	for _, all := range []int{maxSockets, l.limits().MaxConnections} {
		if all > 0 {
			most = min(most, max(1, all/pendingShare))
		}
	}
	return most
}
