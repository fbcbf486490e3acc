package wsserver

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"

	"belfry/wsserver/api/stream"
	"belfry/wsserver/auth"
	"belfry/wsserver/client"
	"belfry/wsserver/clock"
	"belfry/wsserver/dispatch"
	"belfry/wsserver/feed"
	"belfry/wsserver/hub"
	"belfry/wsserver/internal/useragent"
	"belfry/wsserver/lan"
	"belfry/wsserver/limiter"
	"belfry/wsserver/msglog"
	"belfry/wsserver/operator"
	"belfry/wsserver/receipts"
	"belfry/wsserver/settings"
	"belfry/wsserver/token"
	"belfry/wsserver/transport"
	"belfry/wsserver/wire"
)

// Server is one room. Make it with New, then Start it; Close ends it for good.
type Server struct {
	config Config
	// The verbs of the operator.
	*operator.Operator

	hub        *hub.Hub
	dispatcher *dispatch.Dispatcher
	watching   watching
	stores     stores
	secrets    *auth.Secrets
	attempts   *auth.Attempts
	signIn     *auth.SignIn
	settings   *settings.Store
	revisions  *operator.Revisions
	limiter    *limiter.Limiter
	lan        *lan.LAN
	clients    *client.Service
	pages      *pages
	agents     useragent.Cache

	clock     *clock.Clock
	retention *retention

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

// New makes a server: each part is given what it needs, lower ones first. It does no I/O.
func New(c Config) *Server {
	c = c.withDefaults()
	s := &Server{
		config: c, revisions: operator.NewRevisions(), pages: newPages(c.Pages),
		secrets: auth.NewSecrets(), clock: clock.New(c.network.clock),
		life: life{ended: make(chan struct{})},
	}
	s.settings = settings.New(settings.Options{
		ClientRate: c.ClientRate, MaxPerAddress: c.MaxPerAddress, Changeable: c.Changeable, OperatorToken: c.Token != "",
		TLSCert: c.TLSCert != "", Window: c.Window, Logger: c.Logger,
	})
	s.limiter = limiter.New(limiter.Options{Hosts: c.Hosts, TrustedProxies: c.TrustedProxies, Machines: machinesOf(c.Cluster), Limits: s.settings.Effective, Logger: c.Logger})
	s.hub = hub.New(transport.NewBudget(func() int64 { return s.settings.Effective().QueueBytes }))
	ledger := receipts.NewLedger()
	ledger.SetClock(s.clock.Now)
	if c.Cluster != nil {
		ledger.SetRun(c.Cluster.Run(), c.Cluster.Node())
	}
	s.watching = newWatching(s)
	newest, hooks := &feed.Feed{}, newWebhooks(s, ledger)
	s.dispatcher = dispatch.New(s.hub, ledger, hooks, c.Logger, dispatch.Hooks{
		Sent: func(e *msglog.Entry, frame []byte, own bool) {
			s.watching.metrics.Sent(e)
			newest.Add(e, frame)
			hooks.Sent(e, own)
		},
		Applied:  func(records []msglog.Record, own bool) { s.stores.applied(records, own, c.Logger) },
		Accepted: func(n int) { newest.Wake(); s.Accepted(n) }, Appended: s.watching.appended,
		FannedOut: s.watching.metrics.FannedOut, Committed: s.committed, LogGone: s.logGone, Abandoned: abandoned,
		Private: func(e *msglog.Entry) {
			s.stores.conversations.Note(e, e.Answers(ledger.Quoted))
			s.revisions.ConversationsChanged()
		},
		Stalled: func(c *transport.Conn, position uint64) { s.clients.Stalled(c, position) },
	})
	s.stores = newStores(s.settings, s.secrets, ledger, operator.NewAuditLog(s.openLog, s.dispatcher, s.revisions, c.Logger), operator.ProgramStores{
		Tokens: token.New(c.Logger), Feed: newest, Webhooks: hooks,
	})
	s.stores.streams, s.stores.peers = stream.NewSet(s.hub.Budget()), newPeers(s)
	s.retention = &retention{
		settings: s.settings, clock: s.clock, ledger: ledger, reminders: s.stores.reminders, conversations: s.stores.conversations, dispatcher: s.dispatcher,
		feed: newest, doubtful: s.revisions.StateChanged, logger: c.Logger, now: make(chan struct{}, 1),
		grants: s.stores.grants, inside: func(userID string) bool { return isInside(s, userID) }, grantsChanged: s.revisions.GrantsChanged,
	}
	s.clients = s.newClients()
	s.lan = s.newLAN()
	s.limiter.SetLocalName(s.lan.AnnouncedName)
	s.attempts = auth.NewAttempts(s.secrets, s.limiter, s.signedIn, c.Logger)
	s.Operator = s.newOperator()
	s.signIn = auth.NewSignIn(auth.Options{
		Secrets: s.secrets, Attempts: s.attempts, Limiter: s.limiter, Settings: s.settings, Agents: &s.agents, CookieName: s.cookieName, Happened: s.signedIn, Logger: c.Logger,
	})
	s.followSettings()
	return s
}

// NoWindow notes, before Start, that the window could not be opened.
func (s *Server) NoWindow() { s.settings.SetWindow(false) }

// Listen is Start on another port, which is kept in the settings if it worked: for a dashboard that shows that the port
// is taken. Errors: bad_frame, not_kept, and those of Start.
func (s *Server) Listen(ctx context.Context, port int) error {
	if port < 1 || port > 65535 {
		return wire.ErrBadFrame.WithMessage("A port must be a number from 1 to 65535.")
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

// openLog is the log of a running server; ErrClosing before the start and once the stop has begun.
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

// URLs are those of the client page and of the dashboard, as a headless start prints them. The second holds the operator's
// key, and where settings allow dashboards on this machine alone it has a loopback address.
func (s *Server) URLs() (client, dashboard string) {
	base := func(host string) string { return s.scheme() + "://" + net.JoinHostPort(host, s.port()) }
	host := s.lan.PrintedHost()
	client = base(host) + "/"
	if !s.settings.Effective().RemoteDashboards {
		host = "127.0.0.1"
	}
	// The page reads the fragment as a form: a + in it is a blank, and & ends the key.
	return client, fmt.Sprintf("%s/server#token=%s", base(host), url.QueryEscape(s.secrets.Key.Get()))
}

// cookieName holds the port that a request came to: browsers share the cookies of a host between its ports.
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

// spawn runs work in a goroutine that Close waits for. Once Close has begun it does nothing.
func (s *Server) spawn(work func()) {
	s.life.Lock()
	defer s.life.Unlock()
	if s.life.listening { // otherwise connections are being ended
		s.running.Go(work)
	}
}

// status is how the server is: log is nil while it does not run, problem why the last start failed.
func (s *Server) status() (problem *wire.Problem, started time.Time, log msglog.Log) {
	s.life.Lock()
	defer s.life.Unlock()
	if !s.life.listening {
		return s.life.problem, started, nil
	}
	return s.life.problem, s.life.run.started, s.life.run.log
}
