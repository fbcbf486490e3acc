package limiter

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"belfry/wsserver/settings"
	"belfry/wsserver/wire"
)

const // wrongPasswords may be typed at once from one address, then one each wrongPasswordEvery: a person makes them up.
WrongPasswords = 5

const WrongPasswordEvery = 30 * time.Second

const // wrongKeys may be tried at once from one address, then one each wrongKeyEvery.
WrongKeys = 10

const WrongKeyEvery = 6 * time.Second

const // wrongCodes may be tried at once from one address, then one each wrongCodeEvery.
wrongCodes = 10

const wrongCodeEvery = 5 * time.Second

const // fullRetry is when to come back to a room, or an address, that has all its connections.
FullRetry = 5 * time.Second

const // visitorsKept is how many addresses are remembered before the quiet ones are forgotten, visitorsMost before all are
// that have no connection: who has that many addresses is not slowed by what is remembered of one.
addressesKept = 1024

const maxAddresses = 64 << 10

const // pageShare is how many connections an address may have for pages, for each that it may have for sockets: a
// browser opens six. Beyond them one address could take every file descriptor by just keeping connections open.
PageShare = 8

const // pagesSpare is how many of the file descriptors that sockets leave are for pages, and for telling who comes that
// the room is full. The rest are the program's own: it must never run out of them.
PagesSpare = 24

// visitor is what is known of one address.
type PerAddress struct {
	sockets int
	pages   int // connections that are no sockets, or not yet
	// Nil until something was taken off them.
	handshakes, keys, passwords, codes *rate.Limiter
}

// idle reports whether nothing need be remembered of an address.
func (v *PerAddress) idle() bool {
	whole := func(l *rate.Limiter) bool { return l == nil || l.Tokens() >= float64(l.Burst()) }
	return v.sockets == 0 && v.pages == 0 && whole(v.handshakes) && whole(v.keys) && whole(v.passwords) && whole(v.codes)
}

// gate decides who may connect.
type Limiter struct {
	Hosts      []string      // lower case, beside IP literals
	LocalName  func() string // the name that the network knows this server by, "" without one
	Trusted    []netip.Prefix
	Limits     func() *settings.Effective
	MaxSockets int // what file descriptors allow; 0: no limit

	Mu        sync.Mutex
	Sockets   int       // sockets
	Pages     int       // connections that are none, or not yet
	evictedAt time.Time // when quiet addresses were last forgotten
	Addresses map[string]*PerAddress
}

// address is the peer's IP address: the nearest one that no trusted proxy vouches for.
func (g *Limiter) Address(r *http.Request) string {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr // not TCP: a listener of tests
	}
	ip := peer.Addr().Unmap()
	if !g.Trusts(ip) {
		return ip.String()
	}
	forwarded := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(forwarded) - 1; i >= 0 && g.Trusts(ip); i-- {
		next, err := netip.ParseAddr(strings.TrimSpace(forwarded[i]))
		if err != nil {
			break
		}
		ip = next.Unmap()
	}
	return ip.String()
}

func (g *Limiter) Trusts(ip netip.Addr) bool {
	return slices.ContainsFunc(g.Trusted, func(p netip.Prefix) bool { return p.Contains(ip) })
}

// hostAllowed keeps out pages that reach this server under a name of their own (DNS rebinding). An IP literal
// cannot be rebound.
func (g *Limiter) HostAllowed(host string) bool {
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	name = strings.ToLower(strings.TrimSuffix(strings.Trim(name, "[]"), "."))
	if _, err := netip.ParseAddr(name); err == nil {
		return true
	}
	return slices.Contains(g.Hosts, name) || name != "" && g.LocalName != nil && name == g.LocalName()
}

// originAllowed accepts the page's own origin, and programs, which send none.
func OriginAllowed(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && strings.EqualFold(u.Host, r.Host)
}

// Refusal is the HTTP status of a refusal.
type Refusal struct {
	*wire.Error
	Code int
}

// addressOf returns what is known of an address. mu is held.
func (g *Limiter) addressOf(address string) *PerAddress {
	now := time.Now()
	v := g.Addresses[address]
	if v == nil {
		if len(g.Addresses) >= addressesKept && now.Sub(g.evictedAt) >= time.Second {
			g.evict(now)
		}
		v = &PerAddress{}
		g.Addresses[address] = v
	}
	return v
}

// relimit lets every address begin anew under other settings.
func (g *Limiter) Reset() {
	g.Mu.Lock()
	defer g.Mu.Unlock()
	for _, v := range g.Addresses {
		v.handshakes = nil
	}
}

// evict drops the addresses of which nothing need be remembered, or, where there are too many, can be.
func (g *Limiter) evict(now time.Time) {
	g.evictedAt = now
	tooMany := len(g.Addresses) >= maxAddresses
	for a, v := range g.Addresses {
		if v.idle() || tooMany && v.sockets == 0 && v.pages == 0 {
			delete(g.Addresses, a)
		}
	}
}

// handshake takes one off the address's, or with try only asks, and reports whether there was one. mu is held.
func (v *PerAddress) handshake(limits *settings.Effective, try bool) bool {
	switch {
	case limits.MaxPerAddress == 0, try && v.handshakes == nil:
		return true
	case v.handshakes == nil:
		v.handshakes = rate.NewLimiter(rate.Limit(limits.HandshakesPerSecond), limits.MaxPerAddress)
	case try:
		return v.handshakes.Tokens() >= 1
	}
	return v.handshakes.Allow()
}

// enter counts a connection in, or says why not. With try it only asks.
func (g *Limiter) Enter(address string, try bool) *Refusal {
	g.Mu.Lock()
	defer g.Mu.Unlock()
	v := g.addressOf(address)
	limits := g.Limits()
	if g.MaxSockets > 0 && g.Sockets >= g.MaxSockets || limits.MaxConnections > 0 && g.Sockets >= limits.MaxConnections {
		return &Refusal{&wire.Error{Code: "full", Message: "The room is full. Try again later.", Retry: FullRetry}, http.StatusServiceUnavailable}
	}
	if limits.MaxPerAddress > 0 && v.sockets >= limits.MaxPerAddress {
		return &Refusal{&wire.Error{Code: "too_many_connections", Message: "There are too many connections from this address.", Retry: FullRetry}, http.StatusTooManyRequests}
	}
	if !v.handshake(limits, try) {
		return &Refusal{&wire.Error{Code: "rate_limited", Message: "Too many connect from this address at once. Wait a moment.", Retry: time.Second}, http.StatusTooManyRequests}
	}
	if !try {
		v.sockets++
		g.Sockets++
	}
	return nil
}

// connState counts connections in until they end or become sockets, and closes those that are too many. Those of
// trusted proxies are everybody's, and not counted.
func (g *Limiter) ConnState(nc net.Conn, state http.ConnState) {
	n := 0
	switch state {
	case http.StateNew:
		n = 1
	case http.StateHijacked, http.StateClosed:
		n = -1
	default:
		return
	}
	var peer netip.Addr // none: a listener of tests
	if tcp, ok := nc.RemoteAddr().(*net.TCPAddr); ok {
		peer = tcp.AddrPort().Addr().Unmap()
	}
	if g.countConn(peer, n) && state == http.StateNew {
		_ = nc.Close() // nothing was said on it
	}
}

// countConn counts n more connections from a peer that are no sockets, and reports whether they are too many.
func (g *Limiter) countConn(peer netip.Addr, n int) (tooMany bool) {
	perAddress := g.Limits().MaxPerAddress
	g.Mu.Lock()
	defer g.Mu.Unlock()
	g.Pages += n
	tooMany = g.MaxSockets > 0 && g.Sockets+g.Pages > g.MaxSockets+PagesSpare
	if !peer.IsValid() || g.Trusts(peer) {
		return tooMany
	}
	address := peer.String()
	v := g.addressOf(address)
	v.pages += n
	if n < 0 && v.idle() {
		delete(g.Addresses, address)
	}
	return tooMany || perAddress > 0 && v.pages > PageShare*perAddress
}

// leave counts a connection out.
func (g *Limiter) Leave(address string) {
	g.Mu.Lock()
	defer g.Mu.Unlock()
	g.addressOf(address).sockets--
	g.Sockets--
}

// mayTryKey reports whether the address may offer a key, or when.
func (g *Limiter) MayTryKey(address string) (wait time.Duration, ok bool) {
	g.Mu.Lock()
	defer g.Mu.Unlock()
	v := g.addressOf(address)
	if g.Limits().MaxPerAddress == 0 || v.keys == nil || v.keys.Tokens() >= 1 {
		return 0, true
	}
	return WrongKeyEvery, false
}

func (g *Limiter) WrongKey(address string) {
	g.Mu.Lock()
	defer g.Mu.Unlock()
	v := g.addressOf(address)
	if v.keys == nil {
		v.keys = rate.NewLimiter(rate.Every(WrongKeyEvery), WrongKeys)
	}
	v.keys.Allow()
}

// tryPassword takes a password's turn off the address, or says when there is one. right gives it back.
func (g *Limiter) TryPassword(address string) (right func(), wait time.Duration, ok bool) {
	g.Mu.Lock()
	defer g.Mu.Unlock()
	now := time.Now()
	v := g.addressOf(address)
	if v.passwords == nil {
		v.passwords = rate.NewLimiter(rate.Every(WrongPasswordEvery), WrongPasswords)
	}
	turn := v.passwords.ReserveN(now, 1)
	if wait = turn.DelayFrom(now); wait > 0 {
		turn.CancelAt(now)
		return nil, wait, false
	}
	return func() { turn.CancelAt(now) }, 0, true
}

// tryCode takes a turn at the room's code off the address, or says when there is one; wait is then when the next one is.
// right gives it back.
func (g *Limiter) TryCode(address string) (right func(), wait time.Duration, ok bool) {
	if g.Limits().MaxPerAddress == 0 {
		return func() {}, 0, true
	}
	g.Mu.Lock()
	defer g.Mu.Unlock()
	now := time.Now()
	v := g.addressOf(address)
	if v.codes == nil {
		v.codes = rate.NewLimiter(rate.Every(wrongCodeEvery), wrongCodes)
	}
	turn := v.codes.ReserveN(now, 1)
	if wait = turn.DelayFrom(now); wait > 0 {
		turn.CancelAt(now)
		return nil, wait, false
	}
	if left := v.codes.TokensAt(now); left < 1 {
		wait = time.Duration((1 - left) * float64(wrongCodeEvery))
	}
	return func() { turn.CancelAt(now) }, wait, true
}

const // outsideShare of all connections may be outside; outsiders are never more than outsidersMost.
pendingShare = 4

const maxPending = 10_000

// outsideMost is how many may be outside.
func (g *Limiter) MaxPending() int {
	most := maxPending
	for _, all := range []int{g.MaxSockets, g.Limits().MaxConnections} {
		if all > 0 {
			most = min(most, max(1, all/pendingShare))
		}
	}
	return most
}
