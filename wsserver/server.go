package wsserver

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gofrs/flock"

	"belfry/wsserver/auth"
	"belfry/wsserver/client"
	"belfry/wsserver/dispatch"
	"belfry/wsserver/hub"
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
	*operator.Operator
	pages   *pages
	agents  useragent.Cache
	prune   chan struct{}  // wakes retention
	running sync.WaitGroup // every goroutine, every connection

	life         sync.Mutex // guards what follows
	startProblem *wire.Problem
	listening    bool
	closed       bool
	started      time.Time
	listener     net.Listener
	ended        chan struct{} // closed when Close has ended everything

	// Set by a Start that succeeded, before anything listens; not changed afterwards.
	http   *http.Server
	lock   *flock.Flock
	cancel context.CancelFunc
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
	s := &Server{config: c, prune: make(chan struct{}, 1), pages: newPages(c.Pages), ended: make(chan struct{})}
	s.Operator = &operator.Operator{
		Config: operator.Config{
			Version: c.Version, DataName: c.dataName(), Token: c.Token, TLSCert: c.TLSCert, ClientRate: c.ClientRate,
			MaxPerAddress: c.MaxPerAddress, Changeable: c.Changeable,
		},
		Logger: c.Logger, Hub: hub.New(transport.NewBudget(func() int64 { return s.Limits().QueueBytes })), Topics: topics.New(), Ledger: receipts.NewLedger(), Revisions: operator.NewRevisions(),
		Samples: operator.NewSamples(), Password: auth.NewPassword(),
		File: settings.New(settings.Options{
			ClientRate: c.ClientRate, MaxPerAddress: c.MaxPerAddress, Changeable: c.Changeable, OperatorToken: c.Token != "",
			TLSCert: c.TLSCert != "", Window: c.Window, Logger: c.Logger,
		}),
		OpenLog: s.openLog, Running: s.status, PrintedURLs: s.URLs, PruneNow: s.pruneNow, Work: &s.running,
	}
	s.Gate = &limiter.Limiter{Trusted: c.TrustedProxies, Limits: s.Limits, Addresses: map[string]*limiter.PerAddress{}}
	for _, h := range append([]string{"localhost"}, c.Hosts...) {
		s.Gate.Hosts = append(s.Gate.Hosts, strings.ToLower(strings.TrimSuffix(h, ".")))
	}
	s.Door = s.newClients()
	s.Lan = s.newLAN()
	s.Gate.LocalName = s.Lan.AnnouncedName
	s.Window.Store(c.Window)
	s.ApplySettings()
	return s
}

// NoWindow tells a server, before its Start, that the window it was made for could not be opened.
func (s *Server) NoWindow() {
	s.Window.Store(false)
	s.ApplySettings()
}

// Start opens the folder and the log, listens, and serves until Close. Its error is a *Problem, and nothing runs
// then; it may be called again.
func (s *Server) Start(ctx context.Context) error {
	s.life.Lock()
	defer s.life.Unlock()
	if s.listening || s.closed {
		return &wire.Problem{Code: "start_failed", Message: "Belfry runs already, or was stopped.", Hint: "Start the program anew."}
	}
	err := s.open(ctx)
	s.startProblem = nil
	if err != nil {
		s.release()
		s.startProblem = s.problemOf(err)
		s.Revisions.StateChanged()
		return s.startProblem
	}
	s.serve()
	s.Revisions.StateChanged()
	return nil
}

// open takes the folder, the log and the port, in this order: a second start on the same folder never harms the
// first. life is held.
func (s *Server) open(ctx context.Context) error {
	if err := s.openDir(); err != nil {
		return err
	}
	if s.config.Name != "" {
		s.File.SetName(s.config.Name)
	}
	s.ApplySettings()
	open := s.config.OpenLog
	if open == nil {
		open = func(string) (msglog.Log, error) { return msglog.NewMemory(), nil }
	}
	log, err := open(s.config.Dir)
	if err != nil {
		return unreadable(s.config.Dir, err)
	}
	s.Log = log
	s.Hub.SetPosition(log.Last())
	if err := errors.Join(
		s.Persons.Load(ctx, log), s.Topics.Load(ctx, log), s.Ledger.Load(ctx, log), s.Repeats.Load(ctx, log),
		s.AuditLog.Load(ctx, log), s.Bans.Load(ctx, log), s.Roster.Load(ctx, log), s.LetIns.Load(ctx, log)); err != nil {
		return unreadable(s.config.Dir, err)
	}
	return s.listen(ctx)
}

func (s *Server) openDir() error {
	dir := s.config.Dir
	if dir == "" {
		return s.openSecrets("")
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return &wire.Problem{Code: "folder", Err: err}
	}
	s.lock = flock.New(filepath.Join(dir, "lock"))
	locked, err := s.lock.TryLock()
	if err != nil {
		return &wire.Problem{Code: "folder", Err: err}
	}
	if !locked {
		s.lock = nil
		return &wire.Problem{
			Code: "in_use", Message: "Belfry runs on this folder already: " + dir + ".",
			Hint: "Use the one that is open, or give this one a folder of its own with -data.",
		}
	}
	if err := s.File.Load(dir); err != nil {
		return &wire.Problem{Code: "folder", Err: err}
	}
	return s.openSecrets(dir)
}

// addr is where to listen.
func (s *Server) addr() string {
	switch {
	case s.config.Addr != "":
		return s.config.Addr
	case s.File.Get().Addr != "":
		return s.File.Get().Addr
	}
	return DefaultAddr
}

func (s *Server) listen(ctx context.Context) (err error) {
	s.listener = s.config.Listener
	if s.listener == nil {
		// Whoever vanishes is found out by pings, or by the time that a request may take.
		lc := net.ListenConfig{KeepAlive: -1}
		if s.listener, err = lc.Listen(ctx, "tcp", s.addr()); err != nil {
			return err
		}
	}
	if s.config.TLSCert != "" {
		return s.listenTLS()
	}
	return nil
}

// serve begins to accept. life is held.
func (s *Server) serve() {
	ctx, cancel := context.WithCancel(context.Background())
	s.cancel = cancel
	s.Gate.MaxSockets = transport.MaxConnections()
	s.Gate.Hosts = append(s.Gate.Hosts, lan.OwnNames()...)
	s.Door.Log = s.Log
	s.Bus = dispatch.New(s.Log, s.Hub, s.Ledger, s.Logger, dispatch.Hooks{Accepted: s.accepted, Committed: s.committed, LogGone: s.logGone, Stalled: s.Door.Stalled})
	s.Door.Dispatcher = s.Bus
	s.Bus.Start()
	s.running.Go(func() { s.Hub.SendCounts(ctx, s.Revisions.Changed) })
	s.running.Go(func() { s.Hub.PingAll(ctx) })
	s.running.Go(func() { s.SampleStats(ctx) })
	s.running.Go(func() { s.RemindAll(ctx) })
	s.running.Go(func() { s.flushReceipts(ctx) })
	s.running.Go(func() { s.retention(ctx) })
	s.running.Go(func() { s.retryLog(ctx) })
	s.running.Go(func() { s.Hub.DisconnectSlowest(ctx, s.Logger) })
	s.running.Go(func() { s.freeMemory(ctx) })
	if s.config.Listener == nil { // else it is no network of this machine's
		s.running.Go(func() { s.Lan.WatchNetwork(ctx) })
	}
	if s.config.Names != nil {
		s.running.Go(func() { s.Lan.AnnounceName(ctx) })
	}
	s.http = s.newHTTP(s.routes())
	s.serveOn(s.http, s.beforeHTTP(s.listener))
	s.listening, s.started = true, time.Now()
}

// newHTTP is an HTTP server with this server's limits.
func (s *Server) newHTTP(handler http.Handler) *http.Server {
	return &http.Server{
		Handler: handler, ReadHeaderTimeout: transport.HeaderTimeout, ReadTimeout: operator.RequestTimeout, WriteTimeout: operator.RequestTimeout,
		ConnState: s.connState, IdleTimeout: idlePages, MaxHeaderBytes: maxHeader,
		ErrorLog: slog.NewLogLogger(s.Logger.Handler(), slog.LevelDebug),
	}
}

// connState counts a connection, unless it was counted before the HTTP server had it.
func (s *Server) connState(nc net.Conn, state http.ConnState) {
	if state == http.StateNew && transport.WasCounted(nc) {
		return
	}
	s.Gate.ConnState(nc, state)
}

// serveOn accepts from a listener until it is closed.
func (s *Server) serveOn(h *http.Server, listener net.Listener) {
	s.running.Go(func() {
		if err := h.Serve(listener); !errors.Is(err, http.ErrServerClosed) && !errors.Is(err, net.ErrClosed) {
			s.Logger.Error("serve", "error", err)
		}
	})
}

// accepted notes that the log has taken n messages more.
func (s *Server) accepted(n int) {
	s.Samples.Count(n)
	s.Revisions.Changed()
}

// release gives back what a failed Start took. life is held.
func (s *Server) release() {
	if s.listener != nil {
		_ = s.listener.Close()
		s.listener = nil
	}
	if s.Log != nil {
		_ = s.Log.Close()
		s.Log = nil
	}
	if s.lock != nil {
		_ = s.lock.Close()
		s.lock = nil
	}
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
	return s.Change(func(v *settings.Values) { v.Addr = addr })
}

// openLog is the log of a running server.
func (s *Server) openLog() (msglog.Log, error) {
	s.life.Lock()
	defer s.life.Unlock()
	if !s.listening {
		return nil, wire.ErrClosing
	}
	return s.Log, nil
}

// Addr is where the server listens, nil before it has started.
func (s *Server) Addr() net.Addr {
	s.life.Lock()
	defer s.life.Unlock()
	if s.listener == nil {
		return nil
	}
	return s.listener.Addr()
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

// beforeHTTP is what the HTTP server is to accept from in place of listener: TLS is not looked into.
func (s *Server) beforeHTTP(listener net.Listener) net.Listener {
	if s.config.TLSCert != "" {
		return listener
	}
	return transport.NewListener(listener, s.http.Handler, s.Gate.ConnState, s.Logger, &s.running)
}

func (s *Server) newLAN() *lan.LAN {
	c := s.config
	return &lan.LAN{
		Config: lan.Config{
			Dir: c.Dir, Hosts: c.Hosts, TLSCert: c.TLSCert, OpenAuthority: c.OpenAuthority, Names: c.Names, Interfaces: c.interfaces,
			Dial: c.dial, Given: c.Listener != nil,
		},
		Logger: s.Logger, Limits: s.Limits, Shown: func() string { return s.File.Get().Address }, Addr: s.Addr, Asked: s.addr,
		Started: func() error { _, err := s.openLog(); return err }, Changed: s.Revisions.StateChanged,
		NewHTTP: func() *http.Server { return s.newHTTP(s.http.Handler) }, ServeOn: s.serveOn,
		Names: lan.NameState{Wake: make(chan struct{}, 1)},
	}
}

func (s *Server) newClients() *client.Service {
	return &client.Service{
		Hub: s.Hub, Ledger: s.Ledger, Identities: &s.Persons, Topics: s.Topics, List: &s.Roster, Grants: &s.LetIns, Lobby: &s.WaitingRoom,
		Bans: &s.Bans, Limiter: s.Gate, Settings: s.File, Limits: s.Limits, Logger: s.Logger, Running: &s.running,
		LobbyChanged: s.LobbyChanged, ListChanged: func() { s.Revisions.Bump(&s.Revisions.ListRev) },
		BansChanged: func() { s.Revisions.Bump(&s.Revisions.BlockedRev) }, ReceiptsChanged: s.Revisions.ReceiptsChanged,
		WrongCode: s.WrongCode, Spawn: s.spawn, Agents: &s.agents,
	}
}

// spawn runs work in a goroutine that Close waits for, unless it has begun.
func (s *Server) spawn(work func()) {
	s.life.Lock()
	defer s.life.Unlock()
	if s.listening { // else connections are being ended
		s.running.Go(work)
	}
}

// status is how the server stands: log is nil while it does not run.
func (s *Server) status() (problem *wire.Problem, started time.Time, log msglog.Log) {
	s.life.Lock()
	defer s.life.Unlock()
	if !s.listening {
		return s.startProblem, started, nil
	}
	return s.startProblem, s.started, s.Log
}
