package cluster

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"belfry/wsserver/wire"
)

// This file runs the NATS server that is in this program, or connects to one that runs by itself.

// oldestExternal is the oldest version of a NATS of one's own: the fixes that the design counts on are in it.
var oldestExternal = [2]int{2, 15}

const (
	// Others are missed after pingEvery times pingsMissed, and a connection that takes nothing is ended after writeDeadline. With
	// NATS's own times, a machine that was cut off took 13 s to be one of them again; with these 2 to 10.
	pingEvery     = time.Second
	pingsMissed   = 3
	writeDeadline = 2 * time.Second
	tlsTimeout    = 5 // seconds
	readyTimeout  = 10 * time.Second
	// maxMemory and maxStore bound what the engine keeps.
	maxMemory = 64 << 20
	maxStore  = 8 << 30
)

// connect starts the server and connects to it.
func (e *Engine) connect(ctx context.Context, p *parts) (err error) {
	options := []nats.Option{
		nats.Name("belfry " + e.o.Node), nats.MaxReconnects(-1), nats.ReconnectWait(100 * time.Millisecond), nats.ReconnectJitter(0, 0),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { e.o.Logger.Debug("cluster", "error", err) }),
	}
	at := nats.DefaultURL
	if e.o.External == "" {
		if err := e.checkName(ctx); err != nil {
			return err
		}
		if p.server, err = e.startServer(); err != nil {
			return err
		}
		options = append(options, nats.InProcessServer(p.server), nats.Token(e.secret))
	} else if at = e.o.External; e.o.using != nil {
		options = append(options, nats.InProcessServer(e.o.using), nats.Token(e.secret))
	}
	if p.nc, err = nats.Connect(at, options...); err != nil {
		return &wire.Problem{
			Code: "cluster", Message: "Belfry cannot reach the NATS at " + hostsOf(at) + ": " + wire.Reason(err) + ".", Err: err,
			Hint: "Check -cluster, and that the server runs.",
		}
	}
	if e.o.External != "" {
		if err := checkVersion(p.nc.ConnectedServerVersion()); err != nil {
			return err
		}
	}
	p.js, err = jetstream.New(p.nc)
	return errors.Join(err, ctx.Err())
}

// hostsOf is the address of a NATS without the password in it.
func hostsOf(at string) string {
	u, err := url.Parse(at)
	if err != nil {
		return "the address of -cluster"
	}
	return u.Host
}

// checkVersion returns why a NATS of one's own cannot be used.
func checkVersion(version string) error {
	major, rest, _ := strings.Cut(version, ".")
	minor, _, _ := strings.Cut(rest, ".")
	a, errA := strconv.Atoi(strings.TrimPrefix(major, "v"))
	b, errB := strconv.Atoi(minor)
	if errA == nil && errB == nil && (a > oldestExternal[0] || a == oldestExternal[0] && b >= oldestExternal[1]) {
		return nil
	}
	return &wire.Problem{
		Code: "cluster", Message: fmt.Sprintf("The NATS of -cluster has version %s; Belfry needs %d.%d or later.", version, oldestExternal[0], oldestExternal[1]),
		Hint: "Install a later nats-server, with sync_interval: always, or leave it out: Belfry has one in it.",
	}
}

// startServer starts the server in this program. Without a port for clients NATS opens none for machines either, so that it has one
// on this machine alone, which takes nobody but this program.
func (e *Engine) startServer() (*server.Server, error) {
	host, port, err := splitAddress(e.o.Listen)
	if err != nil {
		return nil, err
	}
	o := &server.Options{
		ServerName: e.o.Node, Host: "127.0.0.1", Port: server.RANDOM_PORT, Authorization: e.secret, NoSigs: true, NoLog: true,
		JetStream: true, StoreDir: filepath.Join(e.o.Dir, "cluster"), JetStreamMaxMemory: maxMemory, JetStreamMaxStore: maxStore,
		SyncAlways: true, DisableJetStreamBanner: true,
	}
	if len(e.o.Others) > 0 {
		t, err := e.o.Key.tls()
		if err != nil {
			return nil, err
		}
		o.Cluster = server.ClusterOpts{
			Name: e.o.Name, Host: host, Port: port, TLSConfig: t, TLSTimeout: tlsTimeout,
			PingInterval: pingEvery, MaxPingsOut: pingsMissed, WriteDeadline: writeDeadline,
		}
		for _, other := range e.o.Others {
			o.Routes = append(o.Routes, &url.URL{Scheme: "nats", Host: other})
		}
		if err := canListen(e.o.Listen); err != nil {
			return nil, err
		}
	}
	s, err := server.NewServer(o)
	if err != nil {
		return nil, err
	}
	s.SetLogger(&engineLog{logger: e.o.Logger, said: map[string]time.Time{}}, false, false)
	s.Start()
	if !s.ReadyForConnections(readyTimeout) {
		s.Shutdown()
		return nil, errors.New("its engine did not start in time")
	}
	return s, nil
}

// canListen says in words why the machines' port cannot be opened: the engine would end the program.
func canListen(address string) error {
	l, err := net.Listen("tcp", address) //nolint:noctx // it does not wait
	if err != nil {
		return &wire.Problem{
			Code: "cluster", Message: "Belfry cannot listen for the other machines at " + address + ": " + wire.Reason(err) + ".", Err: err,
			Hint: "Choose another address with -cluster-listen.",
		}
	}
	return l.Close()
}

func splitAddress(address string) (host string, port int, err error) {
	if address == "" {
		return "", 0, nil
	}
	host, p, err := net.SplitHostPort(address)
	if err == nil {
		port, err = strconv.Atoi(p)
	}
	return host, port, err
}

// engineLog passes on what the engine says, for who looks for a fault: it says much, and the same each second.
type engineLog struct {
	logger *slog.Logger
	mu     sync.Mutex // guards said
	said   map[string]time.Time
}

const (
	// sayAgain is how long the same complaint is not repeated.
	sayAgain = time.Minute
	// mostSaid bounds the complaints that are remembered: beyond it all are forgotten.
	mostSaid = 1000
)

// complaint is what two complaints have in common: the engine puts the address and the number of a connection before what it says
// of it, and anybody can make connections.
func complaint(format string) string {
	return format[strings.LastIndex(format, " - ")+1:]
}

func (l *engineLog) say(level slog.Level, format string, args []any) {
	if level > slog.LevelDebug {
		what := complaint(format)
		l.mu.Lock()
		last, again := l.said[what]
		if again = again && time.Since(last) < sayAgain; !again {
			if len(l.said) >= mostSaid {
				clear(l.said)
			}
			l.said[what] = time.Now()
		}
		l.mu.Unlock()
		if again {
			level = slog.LevelDebug
		}
	}
	if l.logger.Enabled(context.Background(), level) {
		l.logger.Log(context.Background(), level, "cluster: "+fmt.Sprintf(format, args...))
	}
}

func (l *engineLog) Noticef(format string, args ...any) { l.say(slog.LevelDebug, format, args) }
func (l *engineLog) Warnf(format string, args ...any)   { l.say(slog.LevelDebug, format, args) }
func (l *engineLog) Errorf(format string, args ...any)  { l.say(slog.LevelInfo, format, args) }
func (l *engineLog) Fatalf(format string, args ...any)  { l.say(slog.LevelError, format, args) }
func (l *engineLog) Debugf(format string, args ...any)  { l.say(slog.LevelDebug, format, args) }
func (l *engineLog) Tracef(string, ...any)              {}
