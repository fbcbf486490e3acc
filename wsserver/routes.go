package wsserver

import (
	"encoding/json"
	"io"
	"net/http"
	"time"

	"github.com/gorilla/websocket"
)

// Security is the Content-Security-Policy of both pages, here and in the window: nothing from elsewhere, nothing
// inline.
const Security = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = io.WriteString(w, "ok\n")
	})
	mux.HandleFunc("GET /room", s.serveRoom)
	mux.HandleFunc("/session", s.serveSession)
	mux.HandleFunc("GET /export", s.serveExport)
	mux.HandleFunc("GET /ws/client", s.serveClient)
	mux.HandleFunc("GET /ws/server", s.serveDashboard)
	mux.Handle("/", s.pages)
	return s.guard(mux)
}

// guard holds what every answer has in common.
func (s *Server) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", Security)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		if !s.gate.hostAllowed(r.Host) {
			refuse(w, http.StatusForbidden, ErrNotAllowed.because(
				"This server is not known under that name. Use its address, or start it with -host and the name."))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// room is what the client page asks before it comes in.
type room struct {
	Name   string `json:"name"`
	Access string `json:"access"`
}

func (s *Server) serveRoom(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_ = json.NewEncoder(w).Encode(room{s.settings.get().Name, accessOpen}) // the peer may be gone
}

// serveClient lets a client in. A plain GET is answered as a handshake would be, since a script cannot read why a
// handshake was refused.
func (s *Server) serveClient(w http.ResponseWriter, r *http.Request) {
	plain := !websocket.IsWebSocketUpgrade(r)
	address := s.gate.address(r)
	if !originAllowed(r) {
		refuse(w, http.StatusForbidden, ErrNotAllowed.because("Pages of other servers may not connect here."))
		return
	}
	if refused := s.gate.enter(address, plain); refused != nil {
		refuse(w, refused.code, refused.Error)
		return
	}
	if plain {
		w.Header().Set("Upgrade", "websocket")
		w.Header().Set("Connection", "Upgrade")
		refuse(w, http.StatusUpgradeRequired, &Error{Code: "upgrade_required", Message: "This address is for WebSocket connections."})
		return
	}
	// Counted before the upgrade: until then the HTTP server knows of the request, and Close waits for one of both.
	s.running.Add(1)
	c := &client{server: s, agent: browser(r.UserAgent()), catching: make(chan struct{}, 1)}
	c.client = c
	if err := c.upgrade(w, r, address, s.hub); err != nil {
		s.gate.leave(address)
		s.running.Done()
		return
	}
	c.notifies = perSecond(s.config.ClientRate, clientBurst)
	if s.config.ClientRate > 0 {
		c.pace = newPace()
	}
	go func() { // a goroutine of its own: the HTTP server's has a deep stack and buffers that can go
		defer s.running.Done()
		defer s.gate.leave(address)
		s.welcome(&c.conn, c.handle)
		s.ledger.depart(c, s.hub.left(&c.conn))
	}()
}

// clientBurst is how many seconds' worth of messages a client may send at once.
const clientBurst = 5

// welcome admits a connection and reads it until it ends.
func (s *Server) welcome(c *conn, handle func([]byte)) {
	if !s.hub.admit(c) {
		c.end(nil, closeGoingAway, retryReason(comeBack))
	} else {
		c.sendFirst(func() []byte { return encode(s.hub.counts()) })
	}
	c.read(handle)
}

// serveDashboard lets a dashboard in that shows the key or a session.
func (s *Server) serveDashboard(w http.ResponseWriter, r *http.Request) {
	if !originAllowed(r) {
		refuse(w, http.StatusForbidden, ErrNotAllowed.because("Pages of other servers may not connect here."))
		return
	}
	address := s.gate.address(r)
	if e, code := s.authorize(r, address); e != nil {
		refuse(w, code, e)
		return
	}
	if !websocket.IsWebSocketUpgrade(r) {
		refuse(w, http.StatusUpgradeRequired, &Error{Code: "upgrade_required", Message: "This address is for WebSocket connections."})
		return
	}
	s.running.Add(1)
	d := &dashboard{server: s}
	if err := d.upgrade(w, r, address, s.hub); err != nil {
		s.running.Done()
		return
	}
	go func() {
		defer s.running.Done()
		d.serve()
	}()
}

// authorize accepts the key as a Bearer, or a session's cookie. Wrong keys are slowed per address.
func (s *Server) authorize(r *http.Request, address string) (*Error, int) {
	if cookie, err := r.Cookie(s.cookieName()); err == nil && s.keys.validSession(cookie.Value, time.Now()) {
		return nil, 0
	}
	key := bearer(r)
	if key == "" {
		return &Error{Code: "key_needed", Message: "The operator's key is needed."}, http.StatusUnauthorized
	}
	if wait, ok := s.gate.mayTryKey(address); !ok {
		return &Error{Code: "rate_limited", Message: "Too many wrong keys came from this address. Wait a moment.", Retry: wait}, http.StatusTooManyRequests
	}
	if !s.keys.right(key) {
		s.gate.wrongKey(address)
		s.logger.Warn("wrong operator's key", "address", address)
		return &Error{Code: "key_wrong", Message: "That is not the key."}, http.StatusUnauthorized
	}
	return nil, 0
}

// serveSession exchanges the key for a session (POST), says whether there is one (GET), and ends it (DELETE).
func (s *Server) serveSession(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	if !originAllowed(r) {
		refuse(w, http.StatusForbidden, ErrNotAllowed.because("Pages of other servers may not sign in here."))
		return
	}
	switch r.Method {
	case http.MethodGet, http.MethodPost:
		if e, code := s.authorize(r, s.gate.address(r)); e != nil {
			w.Header().Set("WWW-Authenticate", "Bearer")
			refuse(w, code, e)
			return
		}
		if r.Method == http.MethodPost {
			http.SetCookie(w, s.cookie(s.keys.session(time.Now()), int(sessionAge.Seconds())))
		}
	case http.MethodDelete:
		http.SetCookie(w, s.cookie("", -1))
	default:
		w.Header().Set("Allow", "GET, POST, DELETE")
		refuse(w, http.StatusMethodNotAllowed, ErrNotAllowed.because("Sessions are opened by POST."))
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (s *Server) cookie(value string, age int) *http.Cookie {
	return &http.Cookie{
		Name: s.cookieName(), Value: value, Path: "/", MaxAge: age, HttpOnly: true,
		SameSite: http.SameSiteStrictMode, Secure: s.config.TLSCert != "",
	}
}
