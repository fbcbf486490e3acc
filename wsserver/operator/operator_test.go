package operator

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"sync"
	"testing"
	"time"

	"belfry/wsserver/admission"
	"belfry/wsserver/auth"
	"belfry/wsserver/client"
	"belfry/wsserver/clock"
	"belfry/wsserver/conversation"
	"belfry/wsserver/dispatch"
	"belfry/wsserver/feed"
	"belfry/wsserver/hub"
	"belfry/wsserver/identity"
	"belfry/wsserver/lan"
	"belfry/wsserver/limiter"
	"belfry/wsserver/msglog"
	"belfry/wsserver/receipts"
	"belfry/wsserver/receipts/reminders"
	"belfry/wsserver/settings"
	"belfry/wsserver/token"
	"belfry/wsserver/topics"
	"belfry/wsserver/transport"
	"belfry/wsserver/webhook"
	"belfry/wsserver/wire"
)

// newOperator makes the operator of a room in memory, without a network. stop ends what it has begun.
func newOperator(tb testing.TB) (o *Operator, stop func()) {
	tb.Helper()
	logger, log, ctx := slog.New(slog.DiscardHandler), msglog.NewMemory(), context.Background()
	store := settings.New(settings.Options{Logger: logger, MaxPerAddress: 10})
	ledger, h, revisions := receipts.NewLedger(), hub.New(transport.NewBudget(func() int64 { return 1 << 20 })), NewRevisions()
	running := new(sync.WaitGroup)
	server := ServerInfo{
		Version: "1", Data: "memory", Running: running, Confirmed: func() {},
		OpenLog: func() (msglog.Log, error) { return log, nil },
		Status:  func() (*wire.Problem, time.Time, msglog.Log) { return nil, time.Now(), log },
		URLs: func() (client, dashboard string) {
			return "http://192.168.1.24:8000/", "http://192.168.1.24:8000/server#token=k"
		},
	}
	newest := &feed.Feed{}
	noNetwork := func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("there is no network") }
	hooks := webhook.New(webhook.Options{
		Logger: logger, Dial: noNetwork, Room: func() string { return "" }, NameOf: ledger.NameOf, Announced: func(uint64) bool { return false },
		Changed: revisions.WebhooksChanged, Noticed: revisions.StateChanged, Happened: func(string, webhook.Info) {},
	})
	a := Admission{Lobby: &admission.Lobby{}, List: &admission.List{}, Grants: &admission.Grants{}, Bans: &admission.Bans{}}
	identities, registry, reminders := &identity.Store{}, topics.New(), &reminders.Reminders{}
	followers := msglog.NewFollowers(identities, registry, reminders, a.List, a.Grants, a.Bans)
	var audit *AuditLog
	d := dispatch.New(h, ledger, hooks, logger, dispatch.Hooks{
		Applied: func(records []msglog.Record, own bool) {
			_ = errors.Join(followers.Put(records), audit.Applied(records, own))
		},
		Sent: func(e *msglog.Entry, frame []byte, _ bool) { newest.Add(e, frame) }, Appended: func(time.Duration, error) {}, FannedOut: func(time.Duration, int) {}, Accepted: func(int) { newest.Wake() }, Committed: func(error) bool { return false }, LogGone: func() {}, Private: func(*msglog.Entry) {}, Stalled: func(*transport.Conn, uint64) {},
	})
	audit = NewAuditLog(server.OpenLog, d, revisions, logger)
	err := errors.Join(identities.Load(ctx, log), registry.Load(ctx, log), ledger.Load(ctx, log), reminders.Load(ctx, log),
		audit.Load(ctx, log), hooks.LoadLog(ctx, log, nil), a.Bans.Load(ctx, log), a.List.Load(ctx, log), a.Grants.Load(ctx, log))
	secrets := auth.NewSecrets()
	if err = errors.Join(err, secrets.Load("", "")); err != nil {
		tb.Fatal(err)
	}
	d.Start(log)
	tokens := token.New(logger)
	clients := client.New(client.Options{
		Hub: h, Ledger: ledger, Dispatcher: d, Identities: identities, Topics: registry, List: a.List, Grants: a.Grants, Lobby: a.Lobby, Bans: a.Bans,
		Limiter: limiter.New(limiter.Options{Limits: store.Effective}), Settings: store, Logger: logger, Running: running, Spawn: func(func()) {},
		ProgramHas: tokens.HasName,
	})
	clients.Start(log)
	o = New(Options{
		Logger: logger, Hub: h, Dispatcher: d, Health: &dispatch.Health{}, Ledger: ledger, Reminders: reminders, Topics: registry,
		Identities: identities, Conversations: &conversation.Store{}, LAN: testLAN(store, logger), Settings: store, Revisions: revisions, Audit: audit, Admission: a, Secrets: secrets, Clock: clock.New(nil), Server: server,
		Attempts: auth.NewAttempts(secrets, limiter.New(limiter.Options{Limits: store.Effective}), func(auth.Event) {}, logger),
		Clients:  clients, Programs: ProgramStores{Tokens: tokens, Feed: newest, Webhooks: hooks},
	})
	return o, func() {
		d.Close()
		_ = log.Close()
		running.Wait()
	}
}

// testLAN is one of this machine alone, where no address answers.
func testLAN(store *settings.Store, logger *slog.Logger) *lan.LAN {
	return lan.New(lan.Options{
		Interfaces: func() []lan.NetAddr { return nil }, Given: true,
		Dial:   func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("there is no network") },
		Logger: logger, Limits: store.Effective, Shown: func() string { return "" }, Started: func() error { return nil }, Changed: func() {},
		Addr:  func() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8000} },
		Asked: func() string { return ":8000" },
	})
}
