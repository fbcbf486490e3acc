package client

import (
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"

	"belfry/wsserver/admission"
	"belfry/wsserver/dispatch"
	"belfry/wsserver/feed"
	"belfry/wsserver/hub"
	"belfry/wsserver/identity"
	"belfry/wsserver/internal/useragent"
	"belfry/wsserver/limiter"
	"belfry/wsserver/msglog"
	"belfry/wsserver/peers"
	"belfry/wsserver/receipts"
	"belfry/wsserver/settings"
	"belfry/wsserver/topics"
	"belfry/wsserver/transport"
	"belfry/wsserver/wire"
)

// Options are the dependencies of a Service. All but Peers are required.
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
	Feed       *feed.Feed
	Logger     *slog.Logger
	// Running counts each connection until it has ended, and each catch-up.
	Running *sync.WaitGroup
	// Spawn runs a function in a goroutine that the server's Close waits for; once Close has begun, it does nothing.
	Spawn func(func())
	News  News
	// ProgramHas reports whether a program has a name that looks like that one. It must not block.
	ProgramHas func(name string) bool
	// Peers are the other machines; nil: there are none.
	Peers *peers.Peers
}

// News notifies the operator. It is called with a person's lock held: except WrongCode, which may block for a file, none
// may block.
type News struct {
	LobbyChanged, ListChanged, GrantsChanged, BansChanged, ReceiptsChanged func()
	// WrongCode is called for each wrong join code, with the right one.
	WrongCode func(code string)
	// Refused is called with each error that a client is answered, and RefusedConnection with each for which there is no
	// connection.
	Refused, RefusedConnection func(e *wire.Error)
	// CaughtUp is called for each client whose socket was full, and Recovered for each that was sent what it had missed, with
	// whether that was all of it.
	CaughtUp  func()
	Recovered func(complete bool)
}

// Service serves all clients of a server: it is the http.Handler that accepts them, and has the operator's actions on them.
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
	programHas func(name string) bool
	peers      *peers.Peers

	source source
	// announced is the name under which clients know the room; nil before Start.
	announced atomic.Pointer[wire.RoomFrame]
}

// New makes a service, which accepts nobody before Start.
func New(o Options) *Service {
	return &Service{
		hub: o.Hub, ledger: o.Ledger, dispatcher: o.Dispatcher, identities: o.Identities, topics: o.Topics, list: o.List, grants: o.Grants,
		lobby: o.Lobby, bans: o.Bans, limiter: o.Limiter, settings: o.Settings, agents: o.Agents, logger: o.Logger, running: o.Running,
		spawn: o.Spawn, news: o.News, programHas: o.ProgramHas, peers: o.Peers, source: newSource(o.Feed),
	}
}

// Start gives the service the opened log. It must be called before the first connection.
func (s *Service) Start(log msglog.Log) {
	s.source.log = log
	s.announced.Store(new(s.roomFrame()))
}

// BurstSeconds is how many seconds' worth of messages a client may send in one burst.
const BurstSeconds = 5

// ErrFreed ends the connections of a person whom the operator has freed.
var ErrFreed = &wire.Error{Code: "removed", Message: "The operator has released your name. You can join again as a new person."}

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

// roomFrame tells a client the names of the room and of the operator.
func (s *Service) roomFrame() wire.RoomFrame {
	return wire.RoomFrame{Type: "room", Name: s.settings.Get().Name, Operator: s.settings.Effective().Operator()}
}

// AnnounceRoom sends it to every client that has said hello, if it has changed. Calls do not overlap.
func (s *Service) AnnounceRoom() {
	now := s.roomFrame()
	if before := s.announced.Swap(&now); before != nil && *before != now {
		hub.SendAll(wire.Encode(now), s.greeted())
	}
}

// AnnounceNodes tells every client that has said hello where the other machines can be reached, and whether this one is cut off.
func (s *Service) AnnounceNodes(urls []string, cutOff bool) {
	hub.SendAll(wire.Encode(wire.NodesFrame{Type: "nodes", Nodes: append([]string{}, urls...), CutOff: cutOff}), s.greeted())
}

// greeted are the clients that have said hello.
func (s *Service) greeted() []*hub.Peer {
	return slices.DeleteFunc(s.hub.Clients(), func(p *hub.Peer) bool { return !p.Greeted() })
}

// SetRates gives every client the rates in force, after a change of settings.
func (s *Service) SetRates() {
	for _, c := range s.hub.AllClients() {
		c.Handler().(*Client).setRates(s.settings.Effective())
	}
}
