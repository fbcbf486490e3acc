package operator

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"belfry/wsserver/lan"
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
	now := s.Hub.Snapshot()
	return Event{
		Type: "event", Clients: now.Clients, Subscribers: now.Subscribers, Seq: now.Position,
		ClientsRev: now.Revision, StateRev: s.Revisions.stateRev.Load(), ReceiptsRev: receipts, AwayRev: away,
		SettingsRev: s.Revisions.settingsRev.Load(), SessionsRev: s.Revisions.SessionsRev.Load(),
		AuditRev: s.Revisions.auditRev.Load(), BlockedRev: s.Revisions.BlockedRev.Load(),
		LobbyRev: s.Revisions.lobbyRev.Load(), ListRev: s.Revisions.ListRev.Load(),
	}
}
