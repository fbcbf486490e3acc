package limiter

import (
	"cmp"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"time"

	"belfry/wsserver/wire"
)

// This file recognises proxies in front of the server that are not set up for it, and says what to change: to the person at
// the page, and in the log. Nothing here lets anybody in. What each proxy needs stands in docs/proxies.md.

const (
	// OriginParameter is the query parameter in which a page names its own origin: browsers send no Origin with a plain GET
	// of the same origin, which would otherwise be answered differently from a handshake.
	OriginParameter = "origin"
	// proxyRetry is after how long a page asks again whether the proxy has been corrected.
	proxyRetry = 10 * time.Second
	// adviceEvery is how often the log repeats one advice: the first may have come from a stranger.
	adviceEvery = time.Hour
	// maxLogged is how much of a header is logged, in bytes.
	maxLogged = 200
)

// What the proxy has to do.
const (
	passHost    = "Set the proxy to pass on Host (nginx: proxy_set_header Host $http_host;)."
	passUpgrade = "Set the proxy to pass on Upgrade and Connection, with HTTP/1.1 (nginx: proxy_http_version 1.1; " +
		"proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection \"upgrade\";)."
	passAddress = "let it send X-Forwarded-For (HAProxy: option forwardfor)"
)

// advice is what was said in the log, by kind.
type advice struct {
	logger *slog.Logger
	mu     sync.Mutex
	said   map[string]time.Time
}

// say logs an advice, unless the same was logged within adviceEvery.
func (a *advice) say(about, do string, more ...any) {
	now := time.Now()
	a.mu.Lock()
	last, known := a.said[about]
	due := !known || now.Sub(last) >= adviceEvery
	if due {
		if a.said == nil {
			a.said = map[string]time.Time{}
		}
		a.said[about] = now
	}
	a.mu.Unlock()
	if due {
		a.logger.Warn(about, append(more, "do", do)...)
	}
}

// RefusedOrigin is why a request is refused for the page that it comes from; nil: it is not. Where a browser sends no Origin,
// with a plain GET of the same origin, the page's own word in OriginParameter counts in its place: it can refuse a request
// that would be allowed, never allow one. A header that is there counts alone, since a proxy may have set it for handshakes
// too.
func (l *Limiter) RefusedOrigin(r *http.Request) *wire.Error {
	header, told := r.Header.Get("Origin"), toldOrigin(r)
	byWord := header == "" && told != "" && r.Method == http.MethodGet
	if OriginAllowed(r) && (!byWord || OriginAllowed(withOrigin(r, told))) {
		return nil
	}
	origin := cmp.Or(header, told)
	if told == origin && strings.HasPrefix(origin, "http") {
		l.advice.say("a page was refused: a proxy in front of Belfry changes the Host header", passHost,
			"origin", clip(origin), "host", clip(r.Host))
		e := wire.ErrNotAllowed.WithMessage("A proxy in front of Belfry changes the Host header. " + passHost)
		e.Retry = proxyRetry
		return e
	}
	l.advice.say("a page of another origin was refused", "If people reach Belfry through a proxy, it changes the Host header. "+passHost,
		"origin", clip(origin), "host", clip(r.Host))
	return OriginRefusal(r)
}

// NoteHost is called with each request that is refused for its Host.
func (l *Limiter) NoteHost(r *http.Request) {
	l.advice.say("a request was refused: this server does not answer to that name", "If the name is yours, start Belfry with -host and the name.",
		"host", clip(r.Host))
}

// toldOrigin is the origin that a page names as its own, "" if it names none.
func toldOrigin(r *http.Request) string {
	if !strings.Contains(r.URL.RawQuery, OriginParameter+"=") {
		return ""
	}
	return r.URL.Query().Get(OriginParameter)
}

// withOrigin is a request as if it came from a page of an origin.
func withOrigin(r *http.Request, origin string) *http.Request {
	return &http.Request{Method: r.Method, URL: &url.URL{Path: r.URL.Path}, Host: r.Host, TLS: r.TLS, Header: http.Header{"Origin": {origin}}}
}

// UpgradeNeeded answers a request for a WebSocket that is no handshake. One that was a handshake before something in between
// took its Upgrade away is told so.
func (l *Limiter) UpgradeNeeded(r *http.Request) *wire.Error {
	message := "This address is for WebSocket connections."
	if r.Header.Get("Sec-Websocket-Key") != "" {
		l.advice.say("a WebSocket request came without Upgrade: a proxy in front of Belfry does not pass on WebSockets", passUpgrade)
		message = "A proxy in front of Belfry does not pass on WebSockets. " + passUpgrade
	}
	return &wire.Error{Code: "upgrade_required", Message: message}
}

// NoteShared is called with each client's request, the address that it counts for, and what Enter returned. Where many
// people seem to share one address because of a proxy, the log says what to set, and so does the refusal it returns.
func (l *Limiter) NoteShared(r *http.Request, address string, refused *Refusal) *Refusal {
	if refused != nil && refused.Status != http.StatusTooManyRequests {
		return refused
	}
	do := l.sharedBy(r, address)
	if do == "" || refused == nil && !l.crowded(address) {
		return refused
	}
	l.advice.say("many connections count as one address: if it belongs to a proxy, tell Belfry", do, "address", address)
	if refused == nil {
		return nil
	}
	return &Refusal{refused.WithMessage(refused.Message + " If there is a proxy in front of Belfry: " + do + "."), refused.Status}
}

// sharedBy is what to do where a proxy makes an address that of all people behind it; "": nothing points to one.
func (l *Limiter) sharedBy(r *http.Request, address string) string {
	ip, err := netip.ParseAddr(address)
	peer, peerErr := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || peerErr != nil || ip != peer.Addr().Unmap() || !ip.IsLoopback() && !ip.IsPrivate() {
		return ""
	}
	switch named := r.Header.Get("X-Forwarded-For") != ""; {
	case !named && (l.proxies.trusts(ip) || ip.IsLoopback()):
		return passAddress + ", and start Belfry with -trusted-proxy " + address
	case named && !l.proxies.trusts(ip):
		return "start Belfry with -trusted-proxy " + address
	}
	return ""
}

// crowded reports whether an address has half of the connections that it may have.
func (l *Limiter) crowded(address string) bool {
	most := l.limits().MaxPerAddress
	l.mu.Lock()
	defer l.mu.Unlock()
	a := l.addresses[address]
	return most > 0 && a != nil && a.sockets >= max(1, most/2)
}

func clip(text string) string { return text[:min(len(text), maxLogged)] }
