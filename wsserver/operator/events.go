package operator

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// Event is sent to a dashboard at most ten times a second: figures to show at once, and revisions, by which the page knows
// which verbs to call.
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
	// GrantsRev rises with each change to Grants.
	GrantsRev uint64 `json:"grants_rev"`
	// ConversationsRev rises with each change to Conversations.
	ConversationsRev uint64 `json:"conversations_rev"`
	// TokensRev rises with each change to Tokens; for uses at most once a minute for each.
	TokensRev uint64 `json:"tokens_rev"`
	// WebhooksRev rises with each change to Webhooks.
	WebhooksRev uint64 `json:"webhooks_rev"`
}

// eventPeriod is the least time between two events to one dashboard.
const eventPeriod = 100 * time.Millisecond

// Revisions count the changes that dashboards show, and wake the senders of events.
type Revisions struct {
	state, settings, sessions, audit, bans, lobby, list, grants, conversations, tokens, webhooks atomic.Uint64

	mu       sync.Mutex
	watchers map[chan struct{}]struct{}
}

// NewRevisions are those of a new server: all 1.
func NewRevisions() *Revisions {
	e := &Revisions{watchers: map[chan struct{}]struct{}{}}
	for _, rev := range []*atomic.Uint64{
		&e.state, &e.settings, &e.sessions, &e.audit, &e.bans, &e.lobby, &e.list, &e.grants, &e.conversations, &e.tokens, &e.webhooks,
	} {
		rev.Store(1)
	}
	return e
}

// Changed announces a change that has its revision elsewhere: counts, the list of clients, receipts. It does not block.
func (e *Revisions) Changed() {
	e.mu.Lock()
	defer e.mu.Unlock()
	for w := range e.watchers {
		select {
		case w <- struct{}{}:
		default:
		}
	}
}

// Lists returns the revisions of this machine's own lobby and sessions.
func (e *Revisions) Lists() (lobby, sessions uint64) { return e.lobby.Load(), e.sessions.Load() }

// StateChanged announces a change to State beyond counts and seq.
func (e *Revisions) StateChanged() { e.bump(&e.state) }

// SettingsChanged announces a change to Settings, and to State, which has some of them.
func (e *Revisions) SettingsChanged() {
	e.settings.Add(1)
	e.StateChanged()
}

// SessionsChanged announces a change to Sessions.
func (e *Revisions) SessionsChanged() { e.bump(&e.sessions) }

// BansChanged announces a change to Blocked.
func (e *Revisions) BansChanged() { e.bump(&e.bans) }

// ListChanged announces a change to List.
func (e *Revisions) ListChanged() { e.bump(&e.list) }

// GrantsChanged announces a change to Grants.
func (e *Revisions) GrantsChanged() { e.bump(&e.grants) }

// ConversationsChanged announces a change to Conversations.
func (e *Revisions) ConversationsChanged() { e.bump(&e.conversations) }

// TokensChanged announces a change to Tokens.
func (e *Revisions) TokensChanged() { e.bump(&e.tokens) }

// WebhooksChanged announces a change to Webhooks.
func (e *Revisions) WebhooksChanged() { e.bump(&e.webhooks) }

// LobbyChanged announces a change to Lobby, and to State, which says how many wait.
func (e *Revisions) LobbyChanged() {
	e.lobby.Add(1)
	e.StateChanged()
}

// bump raises one of the revisions and announces it.
func (e *Revisions) bump(rev *atomic.Uint64) {
	rev.Add(1)
	e.Changed()
}

// watch registers a channel that is signalled at each change, from the start on, until stop is called.
func (e *Revisions) watch() (changed <-chan struct{}, stop func()) {
	w := make(chan struct{}, 1)
	w <- struct{}{} // the first event is sent at once
	e.mu.Lock()
	defer e.mu.Unlock()
	e.watchers[w] = struct{}{}
	return w, func() {
		e.mu.Lock()
		defer e.mu.Unlock()
		delete(e.watchers, w)
	}
}

// Events sends what changed until ctx ends: the first event at once, then at most ten a second, each with all changes
// since the last. The channel is never closed; the caller reads until ctx ends.
func (s *Room) Events(ctx context.Context) <-chan Event {
	out := make(chan Event)
	changed, stop := s.revisions.watch()
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
			select {
			case <-time.After(eventPeriod):
			case <-ctx.Done():
				return
			}
		}
	}()
	return out
}

func (s *Room) event() Event {
	receipts, away := s.ledger.Revisions()
	now, counts, elsewhere := s.hub.Snapshot(), s.hub.Counts(), s.peers.Revisions()
	return Event{
		Type: "event", Clients: counts.Clients, Subscribers: counts.Subscribers, Seq: now.Position,
		ClientsRev: now.Revision + elsewhere.Clients, StateRev: s.revisions.state.Load(), ReceiptsRev: receipts, AwayRev: away,
		SettingsRev: s.revisions.settings.Load(), SessionsRev: s.revisions.sessions.Load() + elsewhere.Sessions,
		AuditRev: s.revisions.audit.Load(), BlockedRev: s.revisions.bans.Load(),
		LobbyRev: s.revisions.lobby.Load() + elsewhere.Lobby, ListRev: s.revisions.list.Load(), GrantsRev: s.revisions.grants.Load(),
		ConversationsRev: s.revisions.conversations.Load(),
		TokensRev:        s.revisions.tokens.Load(),
		WebhooksRev:      s.revisions.webhooks.Load(),
	}
}
