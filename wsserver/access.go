package wsserver

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// This file is who may connect: Host, Origin, limits per address, and the operator's key.

const (
	// handshakesPerSecond from one address, after as many at once as connections are allowed.
	handshakesPerSecond = 20
	// wrongPasswords may be typed at once from one address, then one each wrongPasswordEvery: a person makes them up.
	wrongPasswords     = 5
	wrongPasswordEvery = 30 * time.Second
	// wrongKeys may be tried at once from one address, then one each wrongKeyEvery.
	wrongKeys     = 10
	wrongKeyEvery = 6 * time.Second
	// quietAfter is when every limit of an address is whole again.
	quietAfter = wrongPasswords * wrongPasswordEvery
	// fullRetry is when to come back to a room, or an address, that has all its connections.
	fullRetry = 5 * time.Second
	// visitorsKept is how many addresses are remembered before the quiet ones are forgotten.
	visitorsKept = 1024
	// pageShare is how many connections an address may have for pages, for each that it may have for sockets: a
	// browser opens six. Beyond them one address could take every file descriptor by just keeping connections open.
	pageShare = 8
)

// visitor is what is known of one address.
type visitor struct {
	connections int
	pages       int           // connections that are no sockets, or not yet
	handshakes  *rate.Limiter // nil: no limit
	keys        *rate.Limiter // nil: no limit
	passwords   *rate.Limiter
	seen        time.Time
}

// gate decides who may connect.
type gate struct {
	hosts   []string // lower case, beside IP literals
	trusted []netip.Prefix
	limits  func() *Settings
	maximum int // what file descriptors allow; 0: no limit

	mu       sync.Mutex
	total    int
	swept    time.Time // when quiet addresses were last forgotten
	visitors map[string]*visitor
}

// address is the peer's IP address: the nearest one that no trusted proxy vouches for.
func (g *gate) address(r *http.Request) string {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr // not TCP: a listener of tests
	}
	ip := peer.Addr().Unmap()
	forwarded := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(forwarded) - 1; i >= 0 && g.trusts(ip); i-- {
		next, err := netip.ParseAddr(strings.TrimSpace(forwarded[i]))
		if err != nil {
			break
		}
		ip = next.Unmap()
	}
	return ip.String()
}

func (g *gate) trusts(ip netip.Addr) bool {
	return slices.ContainsFunc(g.trusted, func(p netip.Prefix) bool { return p.Contains(ip) })
}

// hostAllowed keeps out pages that reach this server under a name of their own (DNS rebinding). An IP literal
// cannot be rebound.
func (g *gate) hostAllowed(host string) bool {
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	name = strings.ToLower(strings.TrimSuffix(strings.Trim(name, "[]"), "."))
	if _, err := netip.ParseAddr(name); err == nil {
		return true
	}
	return slices.Contains(g.hosts, name)
}

// originAllowed accepts the page's own origin, and programs, which send none.
func originAllowed(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && strings.EqualFold(u.Host, r.Host)
}

// status is the HTTP status of a refusal.
type status struct {
	*Error
	code int
}

// visitor returns what is known of an address. mu is held.
func (g *gate) visitor(address string) *visitor {
	now := time.Now()
	v := g.visitors[address]
	if v == nil {
		if len(g.visitors) >= visitorsKept && now.Sub(g.swept) >= time.Second {
			g.forget(now)
		}
		v = &visitor{passwords: rate.NewLimiter(rate.Every(wrongPasswordEvery), wrongPasswords)}
		v.limit(g.limits())
		g.visitors[address] = v
	}
	v.seen = now
	return v
}

// limit gives an address its rates.
func (v *visitor) limit(limits *Settings) {
	v.handshakes, v.keys = nil, nil
	if limits.MaxPerAddress > 0 {
		v.handshakes = rate.NewLimiter(rate.Limit(limits.HandshakesPerSecond), limits.MaxPerAddress)
		v.keys = rate.NewLimiter(rate.Every(wrongKeyEvery), wrongKeys)
	}
}

// relimit gives every address the rates of other settings.
func (g *gate) relimit() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, v := range g.visitors {
		v.limit(g.limits())
	}
}

// forget drops the addresses without a connection whose limits are whole again.
func (g *gate) forget(now time.Time) {
	g.swept = now
	for a, v := range g.visitors {
		if v.connections == 0 && v.pages == 0 && now.Sub(v.seen) > quietAfter {
			delete(g.visitors, a)
		}
	}
}

// enter counts a connection in, or says why not. With try it only asks.
func (g *gate) enter(address string, try bool) *status {
	g.mu.Lock()
	defer g.mu.Unlock()
	v := g.visitor(address)
	limits := g.limits()
	if g.maximum > 0 && g.total >= g.maximum || limits.MaxConnections > 0 && g.total >= limits.MaxConnections {
		return &status{&Error{Code: "full", Message: "The room is full. Try again later.", Retry: fullRetry}, http.StatusServiceUnavailable}
	}
	if limits.MaxPerAddress > 0 && v.connections >= limits.MaxPerAddress {
		return &status{&Error{Code: "too_many_connections", Message: "There are too many connections from this address.", Retry: fullRetry}, http.StatusTooManyRequests}
	}
	if v.handshakes != nil && (try && v.handshakes.Tokens() < 1 || !try && !v.handshakes.Allow()) {
		return &status{&Error{Code: "rate_limited", Message: "Too many connect from this address at once. Wait a moment.", Retry: time.Second}, http.StatusTooManyRequests}
	}
	if !try {
		v.connections++
		g.total++
	}
	return nil
}

// connState counts connections in until they end or become sockets, and closes those that are too many. Those of
// trusted proxies are everybody's, and not counted.
func (g *gate) connState(nc net.Conn, state http.ConnState) {
	peer, err := netip.ParseAddrPort(nc.RemoteAddr().String())
	perAddress := g.limits().MaxPerAddress
	if err != nil || g.trusts(peer.Addr().Unmap()) {
		return
	}
	g.mu.Lock()
	v := g.visitor(peer.Addr().Unmap().String())
	switch state {
	case http.StateNew:
		v.pages++
	case http.StateHijacked, http.StateClosed:
		v.pages--
	}
	tooMany := state == http.StateNew && perAddress > 0 && v.pages > pageShare*perAddress
	g.mu.Unlock()
	if tooMany {
		_ = nc.Close() // nothing was said on it
	}
}

// leave counts a connection out.
func (g *gate) leave(address string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.visitor(address).connections--
	g.total--
}

// mayTryKey reports whether the address may offer a key, or when.
func (g *gate) mayTryKey(address string) (wait time.Duration, ok bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	v := g.visitor(address)
	if v.keys == nil || v.keys.Tokens() >= 1 {
		return 0, true
	}
	return wrongKeyEvery, false
}

func (g *gate) wrongKey(address string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if v := g.visitor(address); v.keys != nil {
		v.keys.Allow()
	}
}

// tryPassword takes a password's turn off the address, or says when there is one. right gives it back.
func (g *gate) tryPassword(address string) (right func(), wait time.Duration, ok bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := time.Now()
	turn := g.visitor(address).passwords.ReserveN(now, 1)
	if wait = turn.DelayFrom(now); wait > 0 {
		turn.CancelAt(now)
		return nil, wait, false
	}
	return func() { turn.CancelAt(now) }, 0, true
}

// refuse answers a request that may not go on.
func refuse(w http.ResponseWriter, code int, e *Error) { refuseWith(w, code, e, refusalOf(e)) }

func refuseWith(w http.ResponseWriter, code int, e *Error, body refusal) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	if e.Retry > 0 {
		w.Header().Set("Retry-After", fmt.Sprint(int(max(1, e.Retry.Seconds()))))
	}
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(body) // the peer may be gone
}
