package wsserver

import (
	"log/slog"
	"sync"

	"belfry/wsserver/admission"
	"belfry/wsserver/dispatch"
	rooms "belfry/wsserver/hub"
	ident "belfry/wsserver/identity"
	"belfry/wsserver/limiter"
	"belfry/wsserver/msglog"
	"belfry/wsserver/receipts"
	"belfry/wsserver/settings"
	topicreg "belfry/wsserver/topics"
)

// clients is what all clients of a server have in common: what a client needs of the room, and nothing else.
type clients struct {
	hub       *rooms.Hub
	ledger    *receipts.Ledger
	persons   *ident.Persons
	topics    *topicreg.Topics
	roster    *admission.List
	letIns    *admission.LetIns
	lobby     *admission.Lobby
	bans      *admission.Bans
	gate      *limiter.Gate
	settings  *settings.File
	limits    func() *settings.Settings
	logger    *slog.Logger
	running   *sync.WaitGroup
	outsiders outsiders

	// Set by the start.
	log msglog.Log
	bus *dispatch.Bus

	// What others are told: that the lobby, the list, the bans or receipts have changed, and of a wrong code.
	lobbyChanged, listChanged, bansChanged, receiptsChanged func()
	guessed                                                 func(code string)
	// spawn runs a function in a goroutine that the stop waits for, unless it has begun.
	spawn func(func())
}

func (s *clients) access() string { return s.settings.Get().Way() }
