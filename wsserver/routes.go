package wsserver

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"time"

	"github.com/gorilla/websocket"

	"belfry/wsserver/auth"
	rooms "belfry/wsserver/hub"
	ident "belfry/wsserver/identity"
	"belfry/wsserver/limiter"
	"belfry/wsserver/settings"
	"belfry/wsserver/transport"
	"belfry/wsserver/useragent"
	"belfry/wsserver/wire"
)

// Security is the Content-Security-Policy of both pages, here and in the window: nothing from elsewhere, nothing
// inline.
const Security = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"worker-src 'self'; manifest-src 'self'; " +
	"base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, r *http.Request) {
		s.lan.SelfTest.Came(r.URL.Query().Get("test"))
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = io.WriteString(w, "ok\n")
	})
	mux.HandleFunc("GET /room", s.serveRoom)
	mux.HandleFunc("GET /trust/about", s.serveTrust)
	mux.HandleFunc("GET /trust/belfry.crt", s.serveRoot)
	mux.HandleFunc("GET /trust/belfry.mobileconfig", s.serveProfile)
	mux.HandleFunc("/session", s.serveSession)
	mux.HandleFunc("GET /export", s.serveExport)
	mux.HandleFunc("GET /ws/client", s.serveClient)
	mux.HandleFunc("GET /ws/server", s.serveDashboard)
	mux.HandleFunc("/server", s.serveDashboardPage)
	mux.HandleFunc("/index.html", s.serveDashboardPage)
	mux.Handle("/", s.pages)
	return s.guard(mux)
}

// common is what every answer says.
var common = http.Header{
	"Content-Security-Policy":      {Security},
	"X-Content-Type-Options":       {"nosniff"},
	"X-Frame-Options":              {"DENY"},
	"Referrer-Policy":              {"no-referrer"},
	"Cross-Origin-Resource-Policy": {"same-origin"},
}

// guard holds what every answer has in common.
func (s *Server) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		maps.Copy(w.Header(), common)
		s.lan.NoteOthers(r)
		if !s.gate.HostAllowed(r.Host) {
			refuse(w, http.StatusForbidden, wire.ErrNotAllowed.Because(
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
	// SecurePort is where the same page is over TLS, under this server's own authority; absent where it is not.
	SecurePort int `json:"secure_port,omitempty"`
}

func (s *Server) serveRoom(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_ = json.NewEncoder(w).Encode(room{s.settings.Get().Name, s.access(), s.lan.DoorPort()}) // the peer may be gone
}

// serveClient lets a client in. A plain GET is answered as a handshake would be, since a script cannot read why a
// handshake was refused.
func (s *Server) serveClient(w http.ResponseWriter, r *http.Request) {
	plain := !websocket.IsWebSocketUpgrade(r)
	address := s.gate.Address(r)
	if !limiter.OriginAllowed(r) {
		refuse(w, http.StatusForbidden, wire.ErrNotAllowed.Because("Pages of other servers may not connect here."))
		return
	}
	if b, ok := s.bans.Address(address); ok {
		refuse(w, http.StatusForbidden, b.Refusal())
		return
	}
	if refused := s.gate.Enter(address, plain); refused != nil {
		refuse(w, refused.Code, refused.Error)
		return
	}
	if plain {
		w.Header().Set("Upgrade", "websocket")
		w.Header().Set("Connection", "Upgrade")
		refuse(w, http.StatusUpgradeRequired, &wire.Error{Code: "upgrade_required", Message: "This address is for WebSocket connections."})
		return
	}
	// Counted before the upgrade: until then the HTTP server knows of the request, and Close waits for one of both.
	s.running.Add(1)
	c := &client{server: s, catching: make(chan struct{}, 1)}
	c.Owner, c.Hub = c, s.hub
	c.Agent = useragent.Browser(r.UserAgent())
	if err := c.Upgrade(w, r, address, s.hub.Queues, transport.MaxQueued); err != nil {
		s.gate.Leave(address)
		s.running.Done()
		return
	}
	c.limit(s.limits())
	if s.access() != settings.AccessOpen {
		c.putOutside()
	}
	s.welcome(&c.Peer, c.turnedAway)
	c.again("") // the room may have been opened meanwhile
	go c.Read() // a goroutine of its own: the HTTP server's has a deep stack and buffers that can go
}

// Ended lets the client go.
func (c *client) Ended() {
	s := c.server
	c.letGo()
	s.ledger.Depart(&c.device, s.hub.Left(&c.Peer))
	s.bans.Forget(ident.GuestID(c.Id))
	s.gate.Leave(c.Address)
	s.running.Done()
}

// clientBurst is how many seconds' worth of messages a client may send at once.
const clientBurst = 5

// welcome admits a connection: the handshake's answer and the counts go out in one write. turnedAway is why it may not
// stay that was let in while the operator changed who may: whoever changes it looks at those admitted afterwards, and
// those admitted look again here.
func (s *Server) welcome(c *rooms.Peer, turnedAway func() *wire.Error) {
	if s.hub.Admit(c) {
		if !c.Out {
			c.SendFirst(func() []byte { return wire.EncodeCounts(s.hub.Counts()) })
		}
		if why := turnedAway(); why != nil {
			c.End(wire.Encode(wire.NewErrorFrame(why, wire.RequestHead{})), wire.CloseNotAllowed, "not allowed")
		}
	} else {
		c.End(nil, wire.CloseGoingAway, transport.RetryReason(comeBack))
	}
	c.Link.Uncork()
	c.SetReadDeadline(time.Now())
}

func (c *client) turnedAway() *wire.Error {
	if b, ok := c.server.bans.Address(c.Address); ok {
		return b.Refusal()
	}
	return nil
}

func (d *dashboard) turnedAway() *wire.Error {
	s := d.server
	program := d.session == ""
	switch {
	case d.remote && !s.limits().RemoteDashboards:
		return wire.ErrNotAllowed.Because("Dashboards on other machines were switched off.")
	case program && d.keyNumber != s.keys.Number(), !program && !s.sessions.Has(d.session):
		return wire.ErrNotAllowed.Because("This session was ended.")
	}
	return nil
}

// serveDashboard lets a dashboard in that shows the key or a session.
func (s *Server) serveDashboard(w http.ResponseWriter, r *http.Request) {
	if !s.mayOperate(w, r) {
		return
	}
	address, keyNumber := s.gate.Address(r), s.keys.Number()
	session, e, code := s.authorize(r, address)
	if e != nil {
		refuse(w, code, e)
		return
	}
	if !websocket.IsWebSocketUpgrade(r) {
		refuse(w, http.StatusUpgradeRequired, &wire.Error{Code: "upgrade_required", Message: "This address is for WebSocket connections."})
		return
	}
	s.running.Add(1)
	d := &dashboard{server: s}
	d.Agent, d.session, d.remote, d.keyNumber = useragent.Browser(r.UserAgent()), session, !fromHere(r), keyNumber
	d.Owner, d.Hub, d.Peer.Dashboard = d, s.hub, true
	if err := d.Upgrade(w, r, address, s.hub.Queues, transport.MaxQueuedDashboard); err != nil {
		s.running.Done()
		return
	}
	if session == "" {
		s.noteOf(AuditEntry{What: "signed_in", Door: "web", Address: address, Browser: d.Agent, Detail: auth.ByBearer})
	}
	go d.serve()
}
