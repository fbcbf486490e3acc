package operator

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"belfry/wsserver/admission"
	"belfry/wsserver/auth"
	"belfry/wsserver/client"
	"belfry/wsserver/dispatch"
	"belfry/wsserver/hub"
	"belfry/wsserver/identity"
	"belfry/wsserver/lan"
	"belfry/wsserver/limiter"
	"belfry/wsserver/msglog"
	"belfry/wsserver/receipts"
	"belfry/wsserver/settings"
	"belfry/wsserver/topics"
	"belfry/wsserver/wire"
)

// operatorConfig is what the operator is told, and not to change, of how the server was started.
type Config struct {
	Version, DataName string
	// Token and TLSCert rule settings where they are given.
	Token, TLSCert string
	ClientRate     float64
	MaxPerAddress  int
	Changeable     []string
}

// Operator is what every door to the dashboard calls. Its verbs are safe for concurrent use.
type Operator struct {
	Config      Config
	Logger      *slog.Logger
	Hub         *hub.Hub
	Topics      *topics.Registry
	Persons     identity.Store
	Ledger      *receipts.Ledger
	Repeats     receipts.Reminders
	Trouble     dispatch.Health
	Revisions   *revisions
	Samples     *samples
	File        *settings.Store
	Gate        *limiter.Limiter
	OperatorKey auth.Key
	Password    *auth.Password
	SignedIn    auth.Sessions
	AuditLog    auditLog
	Bans        admission.Bans
	WaitingRoom admission.Lobby
	Door        *client.Service
	LetIns      admission.Grants
	guesses     admission.CodeGuesses
	Roster      admission.List
	notice      atomic.Pointer[Notice]
	Lan         *lan.LAN
	// effective are the settings as they hold; window is whether there is one.
	effective atomic.Pointer[settings.Effective]
	Window    atomic.Bool

	// Set by the start.
	Log msglog.Log
	Bus *dispatch.Dispatcher

	// openLog is the log of a running server; running is how it stands: log is nil while it does not run.
	OpenLog     func() (msglog.Log, error)
	Running     func() (problem *wire.Problem, started time.Time, log msglog.Log)
	PrintedURLs func() (client, dashboard string)
	PruneNow    func()
	// connected is told of a dashboard that begins, and returns what is told of its end.
	Work *sync.WaitGroup
}

// Caller is who calls a verb: a dashboard in a browser, or the window, which is the zero value.
type Caller struct {
	// Session of the dashboard: a SessionInfo.ID.
	Session string
	// Address of its machine, and its Browser in a readable form.
	Address, Browser string
}

type callerKey struct{}

// withCaller is ctx for a verb that caller calls.
func WithCaller(ctx context.Context, caller Caller) context.Context {
	return context.WithValue(ctx, callerKey{}, caller)
}

// callerOf is who calls the verb that ctx is for.
func callerOf(ctx context.Context) Caller {
	c, _ := ctx.Value(callerKey{}).(Caller)
	return c
}
