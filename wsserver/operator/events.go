package operator

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"belfry/wsserver/hub"
	"belfry/wsserver/lan"
	"belfry/wsserver/transport"
	"belfry/wsserver/wire"
)

// Event is what a dashboard is told, at most ten times a second: what to show at once, and revisions, so that the
// page pulls the rest.
type Event struct {
	Type        string `json:"type"`
	Clients     int    `json:"clients"`
	Subscribers int    `json:"subscribers"`
	// Seq of the newest message.
	Seq uint64 `json:"seq"`
	// ClientsRev rises with each change to the list of clients.
	ClientsRev uint64 `json:"clients_rev"`
	// StateRev rises with each change to State beyond counts and seq.
	StateRev uint64 `json:"state_rev"`
	// ReceiptsRev rises with each receipt, AwayRev when somebody goes away or comes back.
	ReceiptsRev uint64 `json:"receipts_rev"`
	AwayRev     uint64 `json:"away_rev"`
	// SettingsRev rises with each change to Settings, SessionsRev to Sessions, AuditRev to Audit, BlockedRev to Blocked.
	SettingsRev uint64 `json:"settings_rev"`
	SessionsRev uint64 `json:"sessions_rev"`
	AuditRev    uint64 `json:"audit_rev"`
	BlockedRev  uint64 `json:"blocked_rev"`
	// LobbyRev rises with each change to Lobby, ListRev to List.
	LobbyRev uint64 `json:"lobby_rev"`
	ListRev  uint64 `json:"list_rev"`
}

// eventPeriod is the least time between two events to one dashboard.
const eventPeriod = 100 * time.Millisecond

// revisions wakes whoever tells dashboards that something changed.
type revisions struct {
	stateRev                                       atomic.Uint64
	settingsRev, SessionsRev, auditRev, BlockedRev atomic.Uint64
	lobbyRev, ListRev                              atomic.Uint64

	mu       sync.Mutex
	watchers map[chan struct{}]struct{}
}

func NewRevisions() *revisions {
	e := &revisions{watchers: map[chan struct{}]struct{}{}}
	for _, rev := range []*atomic.Uint64{&e.stateRev, &e.settingsRev, &e.SessionsRev, &e.auditRev, &e.BlockedRev, &e.lobbyRev, &e.ListRev} {
		rev.Store(1)
	}
	return e
}

// changed wakes the watchers; it never blocks.
func (e *revisions) Changed() {
	e.mu.Lock()
	defer e.mu.Unlock()
	for w := range e.watchers {
		select {
		case w <- struct{}{}:
		default:
		}
	}
}

// receiptsChanged is changed: the ledger holds the revision itself.
func (e *revisions) ReceiptsChanged() { e.Changed() }

// stateChanged is changed with another revision of State.
func (e *revisions) StateChanged() { e.Bump(&e.stateRev) }

// raise is changed with another of its revisions.
func (e *revisions) Bump(rev *atomic.Uint64) {
	rev.Add(1)
	e.Changed()
}

func (e *revisions) subscribe() (changed <-chan struct{}, stop func()) {
	w := make(chan struct{}, 1)
	w <- struct{}{} // the first event is told at once
	e.mu.Lock()
	defer e.mu.Unlock()
	e.watchers[w] = struct{}{}
	return w, func() {
		e.mu.Lock()
		defer e.mu.Unlock()
		delete(e.watchers, w)
	}
}

// Events tells what changed until ctx ends, coalesced: the first at once, then at most ten a second. The channel is
// never closed; the caller reads until ctx ends.
func (s *Operator) Events(ctx context.Context) <-chan Event {
	out := make(chan Event)
	changed, stop := s.Revisions.subscribe()
	go func() { // ends with ctx, which is the caller's
		defer stop()
		for {
			select {
			case <-changed:
			case <-ctx.Done():
				return
			}
			select {
			case out <- s.event():
			case <-ctx.Done():
				return
			}
			lan.Pause(ctx, eventPeriod)
		}
	}()
	return out
}

func (s *Operator) event() Event {
	receipts, away := s.Ledger.Revisions()
	h := s.Hub
	h.Mu.Lock()
	defer h.Mu.Unlock()
	return Event{
		Type: "event", Clients: len(h.Clients.List), Subscribers: h.Subscribers, Seq: h.Position,
		ClientsRev: h.Rev, StateRev: s.Revisions.stateRev.Load(), ReceiptsRev: receipts, AwayRev: away,
		SettingsRev: s.Revisions.settingsRev.Load(), SessionsRev: s.Revisions.SessionsRev.Load(),
		AuditRev: s.Revisions.auditRev.Load(), BlockedRev: s.Revisions.BlockedRev.Load(),
		LobbyRev: s.Revisions.lobbyRev.Load(), ListRev: s.Revisions.ListRev.Load(),
	}
}

const (
	// countsPeriod is the least time between two rounds of counts.
	countsPeriod = 100 * time.Millisecond
	// countsShare keeps rounds below a twentieth of the time when there are very many clients.
	countsShare = 20
)

// tellCounts sends counts to everybody when they have changed: a first change at once, then not again before 100 ms
// or twenty times what the last round took. It ends with ctx.
func (s *Operator) SendCounts(ctx context.Context) {
	var told uint64
	var v transport.Batch
	defer v.Close()
	for {
		select {
		case <-s.Hub.Dirty:
		case <-ctx.Done():
			return
		}
		s.Revisions.Changed()
		now, rev := s.Hub.CountsAt()
		if rev == told {
			continue
		}
		told = rev
		start := time.Now()
		v.Send(hub.ConnsOf(s.Hub.All(true, true)), wire.EncodeCounts(now), (*transport.Link).DeferLocked, (*transport.Conn).EndTooSlow)
		lan.Pause(ctx, max(countsPeriod, countsShare*time.Since(start)))
	}
}

// pingAll asks each connection for a sign of life once a period. It ends with ctx.
func (s *Operator) PingAll(ctx context.Context) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	var v transport.Batch
	defer v.Close()
	for slot := 0; ; slot = (slot + 1) % hub.PingSlots {
		select {
		case now := <-tick.C:
			due := slices.DeleteFunc(s.Hub.Everybody(true), func(c *hub.Peer) bool { return c.PingSlot != slot })
			for _, c := range due {
				c.PingSent.Store(now.UnixNano())
			}
			v.Send(hub.ConnsOf(due), transport.PingFrame(now), (*transport.Link).SendLocked, (*transport.Conn).EndTooSlow)
		case <-ctx.Done():
			return
		}
	}
}
