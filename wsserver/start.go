package wsserver

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"os"
	"slices"
	"time"

	"belfry/wsserver/hosts"
	"belfry/wsserver/internal/folder"
	"belfry/wsserver/lan"
	"belfry/wsserver/msglog"
	"belfry/wsserver/operator"
	"belfry/wsserver/transport"
	"belfry/wsserver/wire"
)

// Limits of HTTP requests, beside those of transport.
const (
	idleTimeout    = time.Minute
	maxHeaderBytes = 16 << 10
)

// run is everything that a Start has opened and started.
type run struct {
	log      msglog.Log
	listener net.Listener
	// certificate of -tls-cert; nil without it.
	certificate *certificateFiles
	http        *http.Server
	started     time.Time
	cancel      context.CancelFunc // ends the loops
	closers     []func() error
}

// onClose registers the function that releases a resource.
func (r *run) onClose(f func() error) { r.closers = append(r.closers, f) }

// close releases all resources, the last one first.
func (r *run) close() (err error) {
	for _, f := range slices.Backward(r.closers) {
		err = errors.Join(err, f())
	}
	r.closers = nil
	return err
}

// Start opens the folder and the log, listens, and serves until Close. Its error is a *wire.Problem, and nothing runs
// then; it may be called again.
func (s *Server) Start(ctx context.Context) error {
	s.life.Lock()
	defer s.life.Unlock()
	if s.life.listening || s.life.closed {
		return &wire.Problem{Code: "start_failed", Message: "Belfry is already running, or was stopped.", Hint: "Start Belfry again."}
	}
	r := &run{}
	err := s.open(ctx, r)
	s.life.problem = nil
	if err != nil {
		_ = r.close() // why it could not start says more
		s.life.problem = s.problemOf(err)
		s.revisions.StateChanged()
		return s.life.problem
	}
	s.serve(r)
	s.revisions.StateChanged()
	return nil
}

// open locks the folder, opens the log, and listens, in this order: a second program on the same folder fails before it
// touches anything. life is held.
func (s *Server) open(ctx context.Context, r *run) error {
	if err := checkLimits(); err != nil {
		return err
	}
	if err := s.openDir(r); err != nil {
		return err
	}
	if s.config.Name != "" {
		s.settings.SetName(s.config.Name)
	}
	if err := openLogOf(ctx, s, r); err != nil {
		return err
	}
	log := r.log
	s.hub.SetPosition(log.Last())
	s.stores.feed.Start(log.Last())
	if err := s.clock.Load(ctx, log); err != nil {
		return unreadable(s.config.Dir, log, err)
	}
	s.retention.look(log)
	if err := s.stores.load(ctx, log, s.dispatcher); err != nil {
		return unreadable(s.config.Dir, log, err)
	}
	if n := s.stores.ledger.Damaged(); n > 0 {
		s.config.Logger.Error("some receipts cannot be read, and are lost", "records", n)
	}
	s.stores.ledger.TellComplete(s.stores.webhooks.CompleteSince())
	if err := s.settings.LoadLog(ctx, log, s.dispatcher); err != nil {
		return unreadable(s.config.Dir, log, err)
	}
	if err := s.stores.tokens.LoadLog(ctx, log, s.dispatcher); err != nil {
		return unreadable(s.config.Dir, log, err)
	}
	if err := s.secrets.LoadLog(ctx, log, s.dispatcher); err != nil {
		return unreadable(s.config.Dir, log, err)
	}
	if err := recallSettings(ctx, s, log); err != nil {
		return err
	}
	if err := s.listen(ctx, r); err != nil {
		return err
	}
	if s.config.Dir == "" {
		return nil
	}
	return writeRunning(s.config, r)
}

// openLogOf opens the log of a run, which ends with the run.
func openLogOf(ctx context.Context, s *Server, r *run) (err error) {
	open := s.config.OpenLog
	if open == nil {
		open = func(string) (msglog.Log, error) { return msglog.NewMemory(), nil }
	}
	if shared, ok := s.config.Cluster.(Opener); ok {
		open = func(dir string) (msglog.Log, error) { return shared.OpenLog(ctx, dir) }
	}
	if r.log, err = open(s.config.Dir); err != nil {
		return unreadable(s.config.Dir, nil, err)
	}
	r.onClose(r.log.Close)
	if l, ok := r.log.(interface{ LeftRoom() bool }); ok && l.LeftRoom() {
		s.config.Logger.Warn(leftRoom.Message, "hint", leftRoom.Hint)
		s.Tell("left_machines", leftRoom)
	}
	return nil
}

// leftRoom is what the operator is told where the log was one of several until now. That may be meant, or flags were forgotten.
var leftRoom = &wire.Problem{
	Message: "This machine was one of several, and was started alone: the others do not have what is written here from now on.",
	Hint:    "If that is not meant, stop it, move its log.db to another place, and start it with -cluster: it then takes a copy.",
}

// openDir locks the folder, and reads the settings and the secrets in it.
func (s *Server) openDir(r *run) error {
	dir := s.config.Dir
	if dir == "" {
		return s.loadSecrets()
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return folder.Problem(dir, err)
	}
	if err := lockFolder(dir, r); err != nil {
		return err
	}
	if err := removeRunning(dir); err != nil {
		return folder.Problem(dir, err)
	}
	if err := s.settings.Load(dir); err != nil {
		return folder.Problem(dir, err)
	}
	if err := s.stores.tokens.Load(dir); err != nil {
		s.config.Logger.Error("the access tokens cannot be read: no program gets in", "error", err)
	}
	if err := s.stores.webhooks.Load(dir); err != nil {
		return folder.Problem(dir, err)
	}
	return s.loadSecrets()
}

func (s *Server) loadSecrets() error {
	if err := s.secrets.Load(s.config.Dir, s.config.Token); err != nil {
		return secretsProblem(s.config.Dir, err)
	}
	return nil
}

// addr is where to listen.
func (s *Server) addr() string {
	switch {
	case s.config.Addr != "":
		return s.config.Addr
	case s.settings.Get().Addr != "":
		return s.settings.Get().Addr
	}
	return DefaultAddr
}

// listen opens the port.
func (s *Server) listen(ctx context.Context, r *run) (err error) {
	r.listener = s.config.Listener
	if r.listener == nil {
		// No keep-alives: a peer that vanishes is noticed by pings, or by the deadline of a request.
		lc := net.ListenConfig{KeepAlive: -1}
		if r.listener, err = lc.Listen(ctx, "tcp", s.addr()); err != nil {
			return err
		}
	}
	r.onClose(func() error { _ = r.listener.Close(); return nil }) // the stop has closed it already
	if s.config.TLSCert != "" {
		return s.withTLS(r)
	}
	return nil
}

// serve starts the loops and the HTTP server. life is held.
func (s *Server) serve(r *run) {
	ctx, cancel := context.WithCancel(context.Background())
	r.cancel = cancel
	most, _, _ := transport.MaxConnections()
	s.limiter.SetMaxSockets(most)
	s.limiter.AddHosts(lan.OwnNames()...)
	for _, network := range s.config.TrustedProxies {
		if hosts.TooWide(network) {
			s.config.Logger.Warn("-trusted-proxy is wider than any private network: whoever is in it can claim any address", "network", network.String())
		}
	}
	s.clients.Start(r.log)
	s.dispatcher.Start(r.log)
	rememberStart(ctx, s, r.log)
	if err := s.stores.ledger.MoveNames(ctx, r.log); err != nil {
		s.config.Logger.Warn("keep the reserved names", "error", err)
	}
	r.http, r.started = s.newHTTP(s.routes()), time.Now()
	s.life.run, s.life.listening = r, true
	loops := []func(context.Context){
		func(ctx context.Context) { s.hub.SendCounts(ctx, s.revisions.Changed) },
		func(ctx context.Context) { s.hub.DisconnectSlowest(ctx, s.config.Logger) },
		func(ctx context.Context) { s.retention.run(ctx, r.log) },
		func(ctx context.Context) { s.stores.elsewhere.tell(ctx, s.ChangedElsewhere) },
		func(ctx context.Context) { s.newForgetting().run(ctx, r.log) },
		s.hub.PingAll, s.SampleStats, s.RemindAll, s.flushReceipts, s.retryLog, s.freeMemory, s.stores.webhooks.Run,
		tokenWatch{s.stores.tokens, s.clients, s.stores.audit, s.revisions}.run,
	}
	if s.config.Listener == nil { // otherwise the listener is not on this machine's networks
		loops = append(loops, s.lan.WatchNetwork)
	}
	if s.stores.peers != nil {
		loops = append(loops, s.stores.peers.Run, func(ctx context.Context) { tellPeers(ctx, s) })
	}
	if s.config.Names != nil {
		loops = append(loops, s.lan.AnnounceName)
	}
	if r.certificate != nil {
		loops = append(loops, r.certificate.watch)
	}
	for _, loop := range loops {
		s.running.Go(func() { loop(ctx) })
	}
	s.serveOn(r.http, s.beforeHTTP(r))
}

// beforeHTTP is the listener for the HTTP server. Without TLS it answers WebSocket handshakes itself, with much
// less memory; it cannot look into TLS.
func (s *Server) beforeHTTP(r *run) net.Listener {
	if s.config.TLSCert != "" {
		return r.listener
	}
	return transport.NewListener(r.listener, r.http.Handler, s.limiter.ConnState, s.config.Logger, &s.running)
}

// newHTTP makes an HTTP server with the limits of all requests.
func (s *Server) newHTTP(handler http.Handler) *http.Server {
	return &http.Server{
		Handler: handler, ReadHeaderTimeout: transport.HeaderTimeout, ReadTimeout: operator.RequestTimeout, WriteTimeout: operator.RequestTimeout,
		ConnState: s.connState, IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeaderBytes,
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

// serveOn serves a listener in a goroutine until it is closed.
func (s *Server) serveOn(h *http.Server, listener net.Listener) {
	s.running.Go(func() {
		if err := h.Serve(listener); !errors.Is(err, http.ErrServerClosed) && !errors.Is(err, net.ErrClosed) {
			s.config.Logger.Error("serve", "error", err)
		}
	})
}
