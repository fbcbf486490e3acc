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

// Service is all clients of a server, and what they need of it. Its exported fields are set before the first connection, and
// not changed afterwards.
type Service struct {
	Hub        *hub.Hub
	Ledger     *receipts.Ledger
	Identities *identity.Store
	Topics     *topics.Registry
	List       *admission.List
	Grants     *admission.Grants
	Lobby      *admission.Lobby
	Bans       *admission.Bans
	Limiter    *limiter.Limiter
	Settings   *settings.Store
	Limits     func() *settings.Effective
	Logger     *slog.Logger
	Agents     *useragent.Cache
	Running    *sync.WaitGroup // counts each connection until it has ended

	// Set by the server's start, when there is a log.
	Log        msglog.Log
	Dispatcher *dispatch.Dispatcher

	// News for the operator. They must not block, and are called with a person's lock held.
	LobbyChanged, ListChanged, BansChanged, ReceiptsChanged func()
	// WrongCode is told of each wrong try at the room's digits, and of the digits tried at. It may block for a file.
	WrongCode func(code string)
	// Spawn runs a function in a goroutine that the server's stop waits for; not at all once the stop has begun.
	Spawn func(func())
}

// BurstSeconds is how many seconds' worth of messages a client may send at once.
const BurstSeconds = 5

// ErrFreed is what connections are told whose person the operator has freed.
var ErrFreed = &wire.Error{Code: "removed", Message: "The operator has freed your name. You can come in again as somebody new."}

// access is the access mode.
func (s *Service) access() string { return s.Settings.Get().AccessMode() }

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
	for _, c := range s.Hub.AllClients() {
		c.Handler().(*Client).setRates(s.Limits())
	}
}
