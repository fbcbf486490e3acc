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
	"belfry/wsserver/wire"
)

// clients is what all clients of a server have in common: what a client needs of the room, and nothing else.
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
	Running    *sync.WaitGroup

	// Set by the start.
	Log        msglog.Log
	Dispatcher *dispatch.Dispatcher

	// What others are told: that the lobby, the list, the bans or receipts have changed, and of a wrong code.
	LobbyChanged, ListChanged, BansChanged, ReceiptsChanged func()
	WrongCode                                               func(code string)
	// spawn runs a function in a goroutine that the stop waits for, unless it has begun.
	Spawn func(func())
}

func (s *Service) access() string { return s.Settings.Get().AccessMode() }

var (

	// removedFreed is what connections are told that end by it.
	ErrFreed = &wire.Error{Code: "removed", Message: "The operator has freed your name. You can come in again as somebody new."}
)
