package wsserver

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"strings"

	"belfry/wsserver/admission"
	"belfry/wsserver/api/gate"
	"belfry/wsserver/api/stream"
	"belfry/wsserver/auth"
	"belfry/wsserver/client"
	"belfry/wsserver/conversation"
	"belfry/wsserver/feed"
	"belfry/wsserver/identity"
	"belfry/wsserver/lan"
	"belfry/wsserver/metrics"
	"belfry/wsserver/msglog"
	"belfry/wsserver/operator"
	"belfry/wsserver/peers"
	"belfry/wsserver/receipts"
	"belfry/wsserver/receipts/reminders"
	"belfry/wsserver/settings"
	"belfry/wsserver/token"
	"belfry/wsserver/topics"
	"belfry/wsserver/webhook"
	"belfry/wsserver/wire"
)

// This file makes the parts of a server from one another; New calls it in order.

// stores are those of the log's records, and the lobby, which is kept in memory alone.
type stores struct {
	lobby         *admission.Lobby
	identities    *identity.Store
	topics        *topics.Registry
	ledger        *receipts.Ledger
	reminders     *reminders.Reminders
	conversations *conversation.Store
	audit         *operator.AuditLog
	webhooks      *webhook.Engine
	bans          *admission.Bans
	list          *admission.List
	grants        *admission.Grants
	tokens        *token.Store     // kept in a file of its own
	feed          *feed.Feed       // the newest entries, in memory alone
	streams       *stream.Set      // the connections of programs that listen
	followers     msglog.Followers // those that hold records as they are in the log
	elsewhere     *elsewhere       // what others have changed
	peers         *peers.Peers     // the other machines; nil: there are none
}

func newStores(chosen *settings.Store, secrets *auth.Secrets, ledger *receipts.Ledger, audit *operator.AuditLog, programs operator.ProgramStores) stores {
	s := stores{
		identities: &identity.Store{}, topics: topics.New(), ledger: ledger, reminders: &reminders.Reminders{}, conversations: conversation.New(ledger.SettledUpTo), audit: audit,
		bans: &admission.Bans{}, list: &admission.List{}, grants: &admission.Grants{}, lobby: &admission.Lobby{},
		tokens: programs.Tokens, feed: programs.Feed, webhooks: programs.Webhooks,
	}
	s.elsewhere = &elsewhere{changed: make(chan struct{}, 1)}
	s.followers = msglog.NewFollowers(s.identities, s.topics, s.reminders, s.bans, s.list, s.grants, ledger.SharedNames(), chosen, secrets, s.tokens, s.webhooks)
	return s
}

// load reads all that is in the log.
func (s *stores) load(ctx context.Context, log msglog.Log, k msglog.Keeper) error {
	return errors.Join(
		s.identities.Load(ctx, log), s.topics.Load(ctx, log), s.ledger.Load(ctx, log), s.reminders.Load(ctx, log), s.conversations.Load(ctx, log),
		s.audit.Load(ctx, log), s.bans.Load(ctx, log), s.list.Load(ctx, log), s.grants.Load(ctx, log),
		s.webhooks.LoadLog(ctx, log, k)) // after the ledger, which it asks
}

// newWebhooks makes the webhooks, and has the ledger tell them what happens.
func newWebhooks(s *Server, ledger *receipts.Ledger) *webhook.Engine {
	node := ""
	if s.config.Cluster != nil {
		node = s.config.Cluster.Node()
	}
	hooks := webhook.New(webhook.Options{
		Node:   node,
		Logger: s.config.Logger, Agent: strings.TrimSpace("Belfry " + s.config.Version), Dial: s.config.network.callHook,
		Own: func() (own []netip.Addr) {
			for _, a := range s.config.network.interfaces() {
				own = append(own, a.IP)
			}
			return own
		},
		Room: func() string { return s.settings.Get().Name }, NameOf: ledger.NameOf,
		Announced: func(seq uint64) bool { _, ok := ledger.Quoted(seq); return ok },
		Changed:   s.revisions.WebhooksChanged, Noticed: s.revisions.StateChanged, Happened: func(what string, i webhook.Info) { s.WebhookHappened(what, i) },
	})
	ledger.SetNews(receipts.News{
		Acknowledging: hooks.Acknowledging, Presence: hooks.Presence, Joined: hooks.Joined, Left: hooks.Left,
		Complete: func(r receipts.Receipts) bool {
			return hooks.Complete(r.Seq, webhook.Counts{Sent: r.Sent, Received: r.Received, Read: r.Read, Acked: r.Acked})
		},
	})
	return hooks
}

func (s *Server) newOperator() *operator.Operator {
	return operator.New(operator.Options{
		Logger: s.config.Logger, Hub: s.hub, Dispatcher: s.dispatcher, Health: s.watching.health, Ledger: s.stores.ledger, Reminders: s.stores.reminders, Conversations: s.stores.conversations,
		Topics: s.stores.topics, Identities: s.stores.identities, Clients: s.clients, LAN: s.lan, Settings: s.settings, Revisions: s.revisions,
		Audit:     s.stores.audit,
		Admission: operator.Admission{Lobby: s.stores.lobby, List: s.stores.list, Grants: s.stores.grants, Bans: s.stores.bans},
		Secrets:   s.secrets, Attempts: s.attempts, Clock: s.clock,
		Programs: operator.ProgramStores{Tokens: s.stores.tokens, Feed: s.stores.feed, Webhooks: s.stores.webhooks},
		Server: operator.ServerInfo{
			Version: s.config.Version, Build: s.config.Build, Data: s.config.dataName(), KeyGiven: s.config.Token != "", OpenLog: s.openLog, Status: s.status, URLs: s.URLs,
			Running: &s.running, Peers: s.stores.peers, Confirmed: s.retention.confirmed,
		},
	})
}

func newGate(s *Server) *gate.Gate {
	return gate.New(gate.Options{
		Operator: s.Operator, Tokens: s.stores.tokens, Key: s.secrets.Key, Limiter: s.limiter, Browser: s.agents.Describe,
		Blocked: func(address string) *wire.Error {
			if b, ok := s.stores.bans.OfAddress(address); ok {
				return b.Refusal()
			}
			return nil
		},
		Refused: s.watching.refused(metrics.Program),
	})
}

func (s *Server) newLAN() *lan.LAN {
	c := s.config
	return lan.New(lan.Options{
		Dir: c.Dir, Hosts: c.Hosts, TLSCert: c.TLSCert, OpenAuthority: c.OpenAuthority, Names: c.Names, Interfaces: c.network.interfaces,
		Dial: c.network.dial, Given: c.Listener != nil,
		Logger: c.Logger, Limits: s.settings.Effective, Shown: func() string { return s.settings.Get().Address }, Addr: s.Addr, Asked: s.addr,
		Started: func() error { _, err := s.openLog(); return err }, Changed: s.revisions.StateChanged,
		NewHTTP: func() *http.Server { return s.newHTTP(s.life.run.http.Handler) }, ServeOn: s.serveOn,
	})
}

func (s *Server) newClients() *client.Service {
	return client.New(client.Options{
		Hub: s.hub, Ledger: s.stores.ledger, Dispatcher: s.dispatcher, Identities: s.stores.identities, Topics: s.stores.topics,
		List: s.stores.list, Grants: s.stores.grants, Lobby: s.stores.lobby, Bans: s.stores.bans, Limiter: s.limiter,
		Settings: s.settings, Agents: &s.agents, Feed: s.stores.feed, Logger: s.config.Logger, Running: &s.running, Spawn: s.spawn,
		News: client.News{
			LobbyChanged: s.revisions.LobbyChanged, ListChanged: s.revisions.ListChanged, GrantsChanged: s.revisions.GrantsChanged, BansChanged: s.revisions.BansChanged,
			ReceiptsChanged: s.revisions.Changed, WrongCode: func(code string) { s.WrongCode(code) },
			Refused: s.watching.refused(metrics.Frame), RefusedConnection: s.watching.refused(metrics.Connection),
			CaughtUp: s.watching.metrics.CaughtUp, Recovered: s.watching.metrics.Recovered,
		},
		ProgramHas: s.stores.tokens.HasName, Peers: s.stores.peers,
	})
}

func (s *Server) newForgetting() *forgetting {
	f := &forgetting{
		settings: s.settings, hub: s.hub, ledger: s.stores.ledger, identities: s.stores.identities, dispatcher: s.dispatcher,
		logger: s.config.Logger, now: s.clock.Now,
	}
	f.admission.grants, f.admission.bans = s.stores.grants, s.stores.bans
	return f
}

// followSettings subscribes what depends on the settings. Subscribers are called in this order, the audit list first.
func (s *Server) followSettings() {
	s.settings.OnWritten(func() {
		rememberSettings(s)
		s.clients.AnnounceRoom()
	})
	s.settings.OnChosen(s.stores.audit.NoteSettings)
	s.settings.OnChange(func(ctx context.Context, before, now settings.Effective) {
		if before.OwnAuthority != now.OwnAuthority || before.SecurePort != now.SecurePort {
			s.lan.UpdateSecurePort(ctx)
		}
		if before.AnnounceName != now.AnnounceName {
			s.lan.RecheckName()
		}
	})
	s.settings.OnChange(func(_ context.Context, before, now settings.Effective) {
		if before.OperatorName != now.OperatorName {
			s.clients.OperatorNamed(now.OperatorName)
		}
	})
	s.settings.OnChange(func(context.Context, settings.Effective, settings.Effective) {
		s.limiter.Reset()
		s.clients.SetRates()
	})
	s.settings.OnChange(s.retention.settingsChanged)
	s.settings.OnChange(s.EndRemoteDashboards)
}

// signedIn notes sign-ins, sign-outs and wrong keys in the audit list. The dashboards of a session that was ended are
// ended with it.
func (s *Server) signedIn(e auth.Event) {
	entry := operator.AuditEntry{What: e.What, Session: e.Session, Address: e.Address, Browser: e.Browser, Detail: e.How}
	if e.Session != "" {
		entry.Door = "web"
	}
	s.stores.audit.Note(entry)
	if e.Replaced != "" {
		s.EndDashboardsOf(e.Replaced, "This browser has signed in again.")
	}
	switch e.What {
	case "wrong_key":
		s.watching.metrics.Refused(metrics.Dashboard, "key_wrong")
	case "password_off":
		s.revisions.SettingsChanged()
	case "signed_out":
		s.EndDashboardsOf(e.Session, "You have signed out.")
	}
	if e.Session != "" {
		s.revisions.SessionsChanged()
	}
}
