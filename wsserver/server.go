package wsserver

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"sync"
	"time"

	"belfry/wsserver/admission"
	"belfry/wsserver/auth"
	"belfry/wsserver/client"
	"belfry/wsserver/dispatch"
	"belfry/wsserver/hub"
	"belfry/wsserver/identity"
	"belfry/wsserver/internal/useragent"
	"belfry/wsserver/lan"
	"belfry/wsserver/limiter"
	"belfry/wsserver/msglog"
	"belfry/wsserver/operator"
	"belfry/wsserver/receipts"
	"belfry/wsserver/settings"
	"belfry/wsserver/topics"
	"belfry/wsserver/transport"
	"belfry/wsserver/wire"
)

// DefaultAddr is where a server listens that was not told otherwise.
const DefaultAddr = ":8000"

const (
	idlePages = time.Minute
	maxHeader = 16 << 10
)

// Config is what a Server is made of. The zero value of a field means what it says here.
type Config struct {
	// Addr to listen on; "": what settings say, else DefaultAddr.
	Addr string
	// Dir is the data folder; "": nothing is kept.
	Dir string
	// OpenLog opens the log in Dir; nil: a MemoryLog.
	OpenLog func(dir string) (msglog.Log, error)
	// Token is the operator's key; "": made once and kept in Dir.
	Token string
	// Name of the room; "": what settings say.
	Name string
	// ClientRate is messages a second from one client, in bursts of 5 seconds' worth; 0: no limit of any rate.
	ClientRate float64
	// MaxPerAddress is connections from one address; 0: no limit per address at all.
	MaxPerAddress int
	// Changeable names those of the two, "client_rate" and "max_per_address", that are only defaults: the operator's
	// settings are stronger. What is not named rules.
	Changeable []string
	// Window: there is one, so that dashboards on other machines are off by default.
	Window bool
	// Hosts are further names of this server.
	Hosts []string
	// TrustedProxies are believed in X-Forwarded-For.
	TrustedProxies []netip.Prefix
	// TLSCert and TLSKey are files of a certificate and its key; "": plain http.
	TLSCert, TLSKey string
	// OpenAuthority opens the authority kept in dir ("": in memory), which makes certificates for the encrypted address. A new
	// one may speak for hosts, beside private addresses and names under .local. Nil: there is none.
	OpenAuthority func(dir string, hosts []string) (lan.Authority, error)
	// Names asks for and announces a name on the network; nil: nothing is announced.
	Names lan.NameService
	// Pages holds index.html (the dashboard), client.html and their files; nil: none are built.
	Pages fs.FS
	// Version of the program.
	Version string
	// Logger; nil: slog.Default().
	Logger *slog.Logger
	// Listener is used instead of Addr, by tests.
	Listener net.Listener
	// interfaces gives the addresses of this machine's networks; tests have networks of their own.
	interfaces func() []lan.NetAddr
	// dial is how the address test reaches an address; tests have networks of their own.
	dial lan.Dialer
}

func (c *Config) dataName() string {
	if c.Dir == "" {
		return "memory"
	}
	return c.Dir
}

// Server is one room. Make it with New, then Start it; Close ends it for good.
type Server struct {
	config Config
	// The verbs of the operator.
	*operator.Operator

	hub        *hub.Hub
	dispatcher *dispatch.Dispatcher
	health     *dispatch.Health
	stores     stores
	secrets    *auth.Secrets
	signIn     *auth.SignIn
	settings   *settings.Store
	revisions  *operator.Revisions
	limiter    *limiter.Limiter
	lan        *lan.LAN
	clients    *client.Service
	pages      *pages
	agents     useragent.Cache

	prune   chan struct{}  // makes retention look at once
	running sync.WaitGroup // every goroutine, every connection

	life life
}

// life is how far a server has come from New to Close. Its lock guards it, and is held for the whole of Start.
type life struct {
	sync.Mutex
	problem   *wire.Problem // why the last Start failed
	run       *run          // of the Start that succeeded; nil before
	listening bool          // from that Start until Close
	closed    bool
	ended     chan struct{} // closed when Close has ended everything
}

// stores are what the server keeps in the log's records, and the lobby, which is kept in memory alone.
type stores struct {
	lobby      *admission.Lobby
	identities *identity.Store
	topics     *topics.Registry
	ledger     *receipts.Ledger
	reminders  *receipts.Reminders
	audit      *operator.AuditLog
	bans       *admission.Bans
	list       *admission.List
	grants     *admission.Grants
}

// load reads all that is in the log.
func (s *stores) load(ctx context.Context, log msglog.Log) error {
	return errors.Join(
		s.identities.Load(ctx, log), s.topics.Load(ctx, log), s.ledger.Load(ctx, log), s.reminders.Load(ctx, log),
		s.audit.Load(ctx, log), s.bans.Load(ctx, log), s.list.Load(ctx, log), s.grants.Load(ctx, log))
}

// New makes a server. It does no I/O.
func New(c Config) *Server {
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	if c.dial == nil {
		c.dial = new(net.Dialer).DialContext
	}
	if c.interfaces == nil {
		c.interfaces = lan.InterfaceAddrs
	}
	s := &Server{
		config: c, health: &dispatch.Health{}, revisions: operator.NewRevisions(), pages: newPages(c.Pages),
		secrets: auth.NewSecrets(),
		prune:   make(chan struct{}, 1), life: life{ended: make(chan struct{})},
	}
	s.settings = settings.New(settings.Options{
		ClientRate: c.ClientRate, MaxPerAddress: c.MaxPerAddress, Changeable: c.Changeable, OperatorToken: c.Token != "",
		TLSCert: c.TLSCert != "", Window: c.Window, Logger: c.Logger,
	})
	s.limiter = limiter.New(limiter.Options{Hosts: c.Hosts, TrustedProxies: c.TrustedProxies, Limits: s.settings.Effective})
	s.hub = hub.New(transport.NewBudget(func() int64 { return s.settings.Effective().QueueBytes }))
	ledger := receipts.NewLedger()
	s.dispatcher = dispatch.New(s.hub, ledger, c.Logger, dispatch.Hooks{
		Accepted: func(n int) { s.Accepted(n) }, Committed: s.committed, LogGone: s.logGone,
		Stalled: func(c *transport.Conn, position uint64) { s.clients.Stalled(c, position) },
	})
	s.stores = stores{
		identities: &identity.Store{}, topics: topics.New(), ledger: ledger, reminders: &receipts.Reminders{},
		audit: operator.NewAuditLog(s.openLog, s.dispatcher, s.revisions, c.Logger),
		bans:  &admission.Bans{}, list: &admission.List{}, grants: &admission.Grants{}, lobby: &admission.Lobby{},
	}
	s.clients = s.newClients()
	s.lan = s.newLAN()
	s.limiter.SetLocalName(s.lan.AnnouncedName)
	s.Operator = s.newOperator()
	s.signIn = auth.NewSignIn(auth.Options{
		Secrets: s.secrets, Limiter: s.limiter, Settings: s.settings, Agents: &s.agents, CookieName: s.cookieName, Happened: s.signedIn, Logger: c.Logger,
	})
	s.followSettings()
	return s
}

// followSettings subscribes to the settings what lives by them. The first one notes the change in the audit list.
func (s *Server) followSettings() {
	s.settings.OnChange(s.stores.audit.NoteSettings)
	s.settings.OnChange(func(ctx context.Context, before, now settings.Effective) {
		if before.OwnAuthority != now.OwnAuthority || before.SecurePort != now.SecurePort {
			s.lan.UpdateSecurePort(ctx)
		}
		if before.AnnounceName != now.AnnounceName {
			s.lan.RecheckName()
		}
	})
	s.settings.OnChange(func(context.Context, settings.Effective, settings.Effective) {
		s.limiter.Reset()
		s.clients.SetRates()
	})
	s.settings.OnChange(func(_ context.Context, before, now settings.Effective) {
		if before.KeepDays != now.KeepDays || before.KeepBytes != now.KeepBytes {
			s.pruneNow()
		}
	})
	s.settings.OnChange(s.EndRemoteDashboards)
}

// NoWindow tells a server, before its Start, that the window it was made for could not be opened.
func (s *Server) NoWindow() { s.settings.SetWindow(false) }

// signedIn notes who signed in or out, and who tried, in the audit list. The dashboards of a session that was ended end
// with it.
func (s *Server) signedIn(e auth.Event) {
	entry := operator.AuditEntry{What: e.What, Address: e.Address, Browser: e.Browser, Detail: e.How}
	if e.Session != "" {
		entry.Door = "web"
	}
	s.stores.audit.Note(entry)
	if e.What == "signed_out" {
		s.EndDashboardsOf(e.Session, "You have signed out.")
	}
	if e.Session != "" {
		s.revisions.SessionsChanged()
	}
}

// newHTTP is an HTTP server with this server's limits.
func (s *Server) newHTTP(handler http.Handler) *http.Server {
	return &http.Server{
		Handler: handler, ReadHeaderTimeout: transport.HeaderTimeout, ReadTimeout: operator.RequestTimeout, WriteTimeout: operator.RequestTimeout,
		ConnState: s.connState, IdleTimeout: idlePages, MaxHeaderBytes: maxHeader,
		ErrorLog: slog.NewLogLogger(s.config.Logger.Handler(), slog.LevelDebug),
	}
}

// connState counts a connection, unless it was counted before the HTTP server had it.
func (s *Server) connState(nc net.Conn, state http.ConnState) {
	if state == http.StateNew && transport.WasCounted(nc) {
		return
	}
	s.limiter.ConnState(nc, state)
}

// serveOn accepts from a listener until it is closed.
func (s *Server) serveOn(h *http.Server, listener net.Listener) {
	s.running.Go(func() {
		if err := h.Serve(listener); !errors.Is(err, http.ErrServerClosed) && !errors.Is(err, net.ErrClosed) {
			s.config.Logger.Error("serve", "error", err)
		}
	})
}

// Listen is Start on another port, which settings keep when it worked. For a dashboard whose port was taken.
func (s *Server) Listen(ctx context.Context, port int) error {
	if port < 1 || port > 65535 {
		return wire.ErrBadFrame.WithMessage("A port is a number from 1 to 65535.")
	}
	s.life.Lock()
	host, _, err := net.SplitHostPort(s.addr())
	if err != nil {
		host = ""
	}
	s.config.Addr = net.JoinHostPort(host, strconv.Itoa(port))
	addr := s.config.Addr
	s.life.Unlock()
	if err := s.Start(ctx); err != nil {
		return err
	}
	if err := s.settings.Change(ctx, func(v *settings.Values) { v.Addr = addr }); err != nil {
		return err
	}
	s.revisions.SettingsChanged()
	return nil
}

// openLog is the log of a running server.
func (s *Server) openLog() (msglog.Log, error) {
	s.life.Lock()
	defer s.life.Unlock()
	if !s.life.listening {
		return nil, wire.ErrClosing
	}
	return s.life.run.log, nil
}

// Addr is where the server listens, nil before it has started.
func (s *Server) Addr() net.Addr {
	s.life.Lock()
	defer s.life.Unlock()
	if s.life.run == nil {
		return nil
	}
	return s.life.run.listener.Addr()
}

// URLs are the two that a headless start prints. The second holds the operator's key; it names this machine by an
// address that others cannot use where dashboards may be opened here alone.
func (s *Server) URLs() (client, dashboard string) {
	base := func(host string) string { return s.scheme() + "://" + net.JoinHostPort(host, s.port()) }
	host := s.lan.PrintedHost()
	client = base(host) + "/"
	if !s.settings.Effective().RemoteDashboards {
		host = "127.0.0.1"
	}
	return client, fmt.Sprintf("%s/server#token=%s", base(host), s.secrets.Key.Get())
}

// cookieName carries the port that a request came to, since cookies ignore ports.
func (s *Server) cookieName(r *http.Request) string {
	if at, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr); ok {
		if _, port, err := net.SplitHostPort(at.String()); err == nil {
			return "belfry_" + port
		}
	}
	return "belfry_" + s.port()
}

func (s *Server) port() string {
	if _, port, err := net.SplitHostPort(s.Addr().String()); err == nil {
		return port
	}
	return "0"
}

func (s *Server) scheme() string {
	if s.config.TLSCert != "" {
		return "https"
	}
	return "http"
}

func (s *Server) newOperator() *operator.Operator {
	return operator.New(operator.Options{
		Logger: s.config.Logger, Hub: s.hub, Dispatcher: s.dispatcher, Health: s.health, Ledger: s.stores.ledger, Reminders: s.stores.reminders,
		Topics: s.stores.topics, Identities: s.stores.identities, Clients: s.clients, LAN: s.lan, Settings: s.settings, Revisions: s.revisions,
		Audit:     s.stores.audit,
		Admission: operator.Admission{Lobby: s.stores.lobby, List: s.stores.list, Grants: s.stores.grants, Bans: s.stores.bans},
		Secrets:   s.secrets,
		Server: operator.ServerInfo{
			Version: s.config.Version, Data: s.config.dataName(), KeyGiven: s.config.Token != "", OpenLog: s.openLog, Status: s.status, URLs: s.URLs,
			Running: &s.running,
		},
	})
}

func (s *Server) newLAN() *lan.LAN {
	c := s.config
	return lan.New(lan.Options{
		Dir: c.Dir, Hosts: c.Hosts, TLSCert: c.TLSCert, OpenAuthority: c.OpenAuthority, Names: c.Names, Interfaces: c.interfaces,
		Dial: c.dial, Given: c.Listener != nil,
		Logger: c.Logger, Limits: s.settings.Effective, Shown: func() string { return s.settings.Get().Address }, Addr: s.Addr, Asked: s.addr,
		Started: func() error { _, err := s.openLog(); return err }, Changed: s.revisions.StateChanged,
		NewHTTP: func() *http.Server { return s.newHTTP(s.life.run.http.Handler) }, ServeOn: s.serveOn,
	})
}

func (s *Server) newClients() *client.Service {
	return &client.Service{
		Hub: s.hub, Ledger: s.stores.ledger, Identities: s.stores.identities, Topics: s.stores.topics, List: s.stores.list, Grants: s.stores.grants,
		Lobby: s.stores.lobby, Bans: s.stores.bans, Limiter: s.limiter, Settings: s.settings, Limits: s.settings.Effective,
		Dispatcher: s.dispatcher, Logger: s.config.Logger, Running: &s.running,
		LobbyChanged: s.revisions.LobbyChanged, ListChanged: s.revisions.ListChanged, BansChanged: s.revisions.BansChanged,
		ReceiptsChanged: s.revisions.Changed, WrongCode: func(code string) { s.WrongCode(code) }, Spawn: s.spawn, Agents: &s.agents,
	}
}

// spawn runs work in a goroutine that Close waits for, unless it has begun.
func (s *Server) spawn(work func()) {
	s.life.Lock()
	defer s.life.Unlock()
	if s.life.listening { // else connections are being ended
		s.running.Go(work)
	}
}

// status is how the server stands: log is nil while it does not run.
func (s *Server) status() (problem *wire.Problem, started time.Time, log msglog.Log) {
	s.life.Lock()
	defer s.life.Unlock()
	if !s.life.listening {
		return s.life.problem, started, nil
	}
	return s.life.problem, s.life.run.started, s.life.run.log
}
