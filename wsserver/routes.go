package wsserver

import (
	"encoding/json"
	"io"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"belfry/wsserver/api"
	"belfry/wsserver/hosts"
	"belfry/wsserver/limiter"
	"belfry/wsserver/metrics"
	"belfry/wsserver/settings"
	"belfry/wsserver/transport"
	"belfry/wsserver/wire"
)

// Security is the Content-Security-Policy of the pages, here and in the window: nothing from other servers, nothing inline.
const Security = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"worker-src 'self'; manifest-src 'self'; " +
	"base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, r *http.Request) {
		s.lan.NoteTest(r.URL.Query().Get("test"))
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = io.WriteString(w, "ok\n")
	})
	mux.HandleFunc("GET /readyz", serveReady(s))
	mux.HandleFunc("GET /room", s.serveRoom)
	mux.HandleFunc("GET /trust/about", s.serveTrust)
	mux.HandleFunc("GET /trust/belfry.crt", s.serveRoot)
	mux.HandleFunc("GET /trust/belfry.mobileconfig", s.serveProfile)
	mux.Handle("/session", s.signIn)
	mux.HandleFunc("GET /export", s.serveExport)
	mux.Handle("GET /ws/client", s.clients)
	mux.HandleFunc("GET /ws/server", s.serveDashboard)
	mux.HandleFunc("GET /ws/here", func(w http.ResponseWriter, r *http.Request) { serveHere(s, w, r) })
	mux.HandleFunc("/server", s.serveDashboardPage)
	mux.HandleFunc("/index.html", s.serveDashboardPage)
	mux.Handle("/", api.New(api.Options{
		Gate: newGate(s), Streams: s.stores.streams, Room: func() string { return s.settings.Get().Name }, Version: s.config.Version,
		Healthy: func() bool { return len(notReady(s)) == 0 }, Metrics: s.watching.metrics, Next: nearPages(s.pages),
	}))
	return s.guard(mux)
}

// nearPages sends on whoever writes the address of a page in capitals, or with a slash at its end. The browser keeps what
// stands behind the #.
func nearPages(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		near := strings.ToLower(strings.TrimRight(r.URL.Path, "/"))
		if _, isPage := pageFiles[near]; isPage && near != r.URL.Path {
			to := url.URL{Path: near, RawQuery: r.URL.RawQuery}
			http.Redirect(w, r, to.String(), http.StatusFound)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// common is the headers of every response, beside the policy.
var common = http.Header{
	"X-Content-Type-Options":       {"nosniff"},
	"X-Frame-Options":              {"DENY"},
	"Referrer-Policy":              {"no-referrer"},
	"Cross-Origin-Resource-Policy": {"same-origin"},
}

// guard sets the common headers, and refuses requests under foreign names. Health checks pass under any, or none: they ask
// by the name of a container, or as HTTP/1.0 did, and are told nothing.
func (s *Server) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		maps.Copy(w.Header(), common)
		w.Header().Set("Content-Security-Policy", security(s))
		s.lan.NoteRemotePeer(r)
		if !s.limiter.HostAllowed(r.Host) && !isHealthCheck(r) {
			s.limiter.NoteHost(r)
			if !transport.IsAttempt(w) {
				s.watching.metrics.Refused(metrics.Host, wire.ErrNotAllowed.Code)
			}
			wire.RefuseRequest(w, r, http.StatusForbidden, wire.ErrNotAllowed.WithMessage(
				"This server does not answer to that name. Use its address, or start it with -host and the name."), addressAsked(r))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// isHealthCheck reports whether a request asks only whether the server is up, or well.
func isHealthCheck(r *http.Request) bool {
	return (r.URL.Path == "/healthz" || r.URL.Path == "/readyz") && (r.Method == http.MethodGet || r.Method == http.MethodHead)
}

// addressAsked is the URL of the local address that a request came to, which works for whoever sent it. It is "" where a
// proxy has sent it on: that is not an address for people.
func addressAsked(r *http.Request) string {
	at, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	if !ok || limiter.ByProxy(r) {
		return ""
	}
	local, err := netip.ParseAddrPort(at.String())
	if err != nil {
		return ""
	}
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	host := netip.AddrPortFrom(local.Addr().Unmap().WithZone(""), local.Port()).String() // URLs with a zone open in no browser
	if int(local.Port()) == hosts.DefaultPort(r.TLS != nil) {
		host = strings.TrimSuffix(host, ":"+strconv.Itoa(int(local.Port())))
	}
	return scheme + "://" + host + "/"
}

// room answers the client page's request before it connects.
type room struct {
	Name   string `json:"name"`
	Access string `json:"access"`
	// Operator is the name that the operator's messages are from.
	Operator string `json:"operator"`
	// People is how many are here, only in an open room.
	People *int `json:"people,omitempty"`
	// SecurePort is the port of the same page over TLS, with a certificate of this server's own authority; absent without
	// one, and behind a proxy, whose host need not have it.
	SecurePort int `json:"secure_port,omitempty"`
}

func (s *Server) serveRoom(w http.ResponseWriter, r *http.Request) {
	chosen := s.settings.Get()
	about := room{Name: chosen.Name, Access: chosen.AccessMode(), Operator: s.settings.Effective().Operator()}
	if about.Access == settings.AccessOpen {
		about.People = new(s.stores.ledger.Here())
	}
	if !limiter.ByProxy(r) {
		about.SecurePort = s.lan.SecurePort()
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_ = json.NewEncoder(w).Encode(about) // the peer may be gone
}

// serveDashboard upgrades the operator's requests to a dashboard's connection.
func (s *Server) serveDashboard(w http.ResponseWriter, r *http.Request) {
	by, ok := s.signIn.Authorize(w, r, true)
	if !ok {
		return
	}
	if !transport.IsUpgrade(r) {
		wire.Refuse(w, http.StatusUpgradeRequired, s.limiter.UpgradeNeeded(r))
		return
	}
	if refuseDashboard(s, w, by) {
		return
	}
	s.ServeDashboard(w, r, by)
}

// serveDashboardPage is the page at /server, for machines that may open a dashboard.
func (s *Server) serveDashboardPage(w http.ResponseWriter, r *http.Request) {
	if s.signIn.MayOperate(w, r) {
		s.pages.ServeHTTP(w, r)
	}
}
