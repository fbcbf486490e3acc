package wsserver

import (
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"belfry/wsserver/admission"
	"belfry/wsserver/auth"
	door "belfry/wsserver/client"
	"belfry/wsserver/dispatch"
	rooms "belfry/wsserver/hub"
	ident "belfry/wsserver/identity"
	net4 "belfry/wsserver/lan"
	"belfry/wsserver/limiter"
	"belfry/wsserver/msglog"
	"belfry/wsserver/receipts"
	"belfry/wsserver/settings"
	topicreg "belfry/wsserver/topics"
	"belfry/wsserver/wire"
)

// operatorConfig is what the operator is told, and not to change, of how the server was started.
type operatorConfig struct {
	Version, dataName string
	// Token and TLSCert rule settings where they are given.
	Token, TLSCert string
	ClientRate     float64
	MaxPerAddress  int
	Changeable     []string
}

// Operator is what every door to the dashboard calls. Its verbs are safe for concurrent use.
type Operator struct {
	config   operatorConfig
	logger   *slog.Logger
	hub      *rooms.Hub
	topics   *topicreg.Topics
	persons  ident.Persons
	ledger   *receipts.Ledger
	repeats  receipts.Repeats
	trouble  dispatch.Health
	events   *events
	stats    *stats
	settings settings.File
	gate     *limiter.Gate
	keys     auth.Keys
	password *auth.Password
	sessions auth.Sessions
	audit    audit
	bans     admission.Bans
	lobby    admission.Lobby
	clients  *door.Clients
	letIns   admission.LetIns
	guesses  admission.Guesses
	roster   admission.List
	notice   atomic.Pointer[Notice]
	lan      *net4.LAN
	// effective are the settings as they hold; window is whether there is one.
	effective atomic.Pointer[settings.Settings]
	window    atomic.Bool

	// Set by the start.
	log msglog.Log
	bus *dispatch.Bus

	// openLog is the log of a running server; running is how it stands: log is nil while it does not run.
	openLog  func() (msglog.Log, error)
	running  func() (problem *wire.Problem, started time.Time, log msglog.Log)
	urls     func() (client, dashboard string)
	pruneNow func()
	// connected is told of a dashboard that begins, and returns what is told of its end.
	work *sync.WaitGroup
}
