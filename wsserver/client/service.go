package client

import (
	"log/slog"
	"sync"

	"belfry/wsserver/admission"
	"belfry/wsserver/dispatch"
	"belfry/wsserver/hub"
	"belfry/wsserver/identity"
	"belfry/wsserver/internal/useragent"
	"belfry/wsserver/limiter"
	"belfry/wsserver/msglog"
	"belfry/wsserver/receipts"
	"belfry/wsserver/settings"
	"belfry/wsserver/topics"
	"belfry/wsserver/transport"
	"belfry/wsserver/wire"
)

// Options is what the clients of a server need of it. All of it is to be given.
type Options struct {
	Hub        *hub.Hub
	Ledger     *receipts.Ledger
	Dispatcher *dispatch.Dispatcher
	Identities *identity.Store
	Topics     *topics.Registry
	List       *admission.List
	Grants     *admission.Grants
	Lobby      *admission.Lobby
	Bans       *admission.Bans
	Limiter    *limiter.Limiter
	Settings   *settings.Store
	Agents     *useragent.Cache
	Logger     *slog.Logger
	// Running counts each connection until it has ended, and each catch-up.
	Running *sync.WaitGroup
	// Spawn runs a function in a goroutine that the server's stop waits for; not at all once the stop has begun.
	Spawn func(func())
	News  News
}

// News is what the operator is told. It is called with a person's lock held: but for WrongCode, which may block for a file,
// none of it may block.
type News struct {
	LobbyChanged, ListChanged, BansChanged, ReceiptsChanged func()
	// WrongCode is told of each wrong try at the room's digits, and of the digits that were right.
	WrongCode func(code string)
}

// Service is all clients of a server: the http.Handler that accepts them, and what the operator's verbs do to them.
type Service struct {
	hub        *hub.Hub
	ledger     *receipts.Ledger
	dispatcher *dispatch.Dispatcher
	identities *identity.Store
	topics     *topics.Registry
	list       *admission.List
	grants     *admission.Grants
	lobby      *admission.Lobby
	bans       *admission.Bans
	limiter    *limiter.Limiter
	settings   *settings.Store
	agents     *useragent.Cache
	logger     *slog.Logger
	running    *sync.WaitGroup
	spawn      func(func())
	news       News

	log msglog.Log // set by Start
}

// New makes a service, which accepts nobody before its Start.
func New(o Options) *Service {
	return &Service{
		hub: o.Hub, ledger: o.Ledger, dispatcher: o.Dispatcher, identities: o.Identities, topics: o.Topics, list: o.List, grants: o.Grants,
		lobby: o.Lobby, bans: o.Bans, limiter: o.Limiter, settings: o.Settings, agents: o.Agents, logger: o.Logger, running: o.Running,
		spawn: o.Spawn, news: o.News,
	}
}

// Start gives the service the log that was opened. It is called before the first connection.
func (s *Service) Start(log msglog.Log) { s.log = log }

// BurstSeconds is how many seconds' worth of messages a client may send at once.
const BurstSeconds = 5

// ErrFreed is what connections are told whose person the operator has freed.
var ErrFreed = &wire.Error{Code: "removed", Message: "The operator has freed your name. You can come in again as somebody new."}

// access is the access mode.
func (s *Service) access() string { return s.settings.Get().AccessMode() }

// setRates gives a client the rates in force.
func (c *Client) setRates(limits *settings.Effective) {
	c.messageRate.Store(transport.PerSecond(limits.ClientRate, BurstSeconds))
	if limits.ClientRate == 0 {
		c.LimitReads(nil, nil)
		return
	}
	c.LimitReads(
		transport.PerSecond(float64(limits.FramesPerSecond), settings.FramesBurst/settings.FramesPerSecond),
		transport.PerSecond(float64(limits.BytesPerSecond), settings.BytesBurst/settings.BytesPerSecond))
}

// SetRates gives every client the rates in force, after a change of settings.
func (s *Service) SetRates() {
	for _, c := range s.hub.AllClients() {
		c.Handler().(*Client).setRates(s.settings.Effective())
	}
}
