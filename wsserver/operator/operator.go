// Package operator has the operator's verbs, which every door to the dashboard calls, and the
// socket of a dashboard in a browser.
//
// # Verbs
//
// An [Operator] is seven services, each with its own dependencies: [Messages], [People], [Entry], [Room], [Security],
// [Programs] and [Webhooks]. It embeds them, so that a door has one flat set of methods: the window calls them as they are, and a
// frame on /ws/server names one by its action (verbs.go). A verb may be called from any goroutine and by several
// callers at once. It blocks until its changes are durable, but not longer than its context if it takes one; it holds
// no lock while it waits for the disk or a network, except that changes to the list are made one after another.
//
// A verb fails with a [wire.Error] that people may read, ErrClosing before the start and during the stop. Its caller
// is in its context (see [WithCaller]); its changes are noted in the [AuditLog] under that name.
//
// # Changes
//
// A change that a dashboard shows bumps one of the [Revisions]. A dashboard is sent an [Event] with all of them at most
// ten times a second, and asks for whatever it shows in an older revision.
//
// # Locks
//
// The package owns the locks of the AuditLog, the Revisions and the samples. Each is held for a few memory accesses, and none
// while another lock is taken.
package operator

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"belfry/wsserver/admission"
	"belfry/wsserver/auth"
	"belfry/wsserver/client"
	"belfry/wsserver/clock"
	"belfry/wsserver/conversation"
	"belfry/wsserver/dispatch"
	"belfry/wsserver/hub"
	"belfry/wsserver/identity"
	"belfry/wsserver/lan"
	"belfry/wsserver/msglog"
	"belfry/wsserver/operator/tell"
	"belfry/wsserver/peers"
	"belfry/wsserver/receipts"
	"belfry/wsserver/receipts/reminders"
	"belfry/wsserver/settings"
	"belfry/wsserver/topics"
	"belfry/wsserver/wire"
)

// Operator has the verbs that every door to the dashboard calls. Its verbs are safe for concurrent use.
type Operator struct {
	*Messages
	*People
	*Entry
	*Room
	*Security
	*Programs
	*Webhooks

	// The dependencies of a dashboard's connection, in addition to the verbs.
	hub       *hub.Hub
	revisions *Revisions
	running   *sync.WaitGroup
	logger    *slog.Logger
}

// Options are the dependencies of an Operator. All are needed.
type Options struct {
	Logger        *slog.Logger
	Hub           *hub.Hub
	Dispatcher    *dispatch.Dispatcher
	Health        *dispatch.Health
	Ledger        *receipts.Ledger
	Reminders     *reminders.Reminders
	Conversations *conversation.Store
	Topics        *topics.Registry
	Identities    *identity.Store
	Clients       *client.Service
	LAN           *lan.LAN
	Settings      *settings.Store
	Revisions     *Revisions
	Audit         *AuditLog
	Admission     Admission
	Secrets       *auth.Secrets
	Attempts      *auth.Attempts
	Programs      ProgramStores
	Clock         *clock.Clock
	Server        ServerInfo
}

// Admission has the data by which people are admitted.
type Admission struct {
	Lobby  *admission.Lobby
	List   *admission.List
	Grants *admission.Grants
	Bans   *admission.Bans
}

// ServerInfo describes the server.
type ServerInfo struct {
	// Version of the program, Build the commit it was built from; Data is where the log is, a folder or "memory".
	Version, Build, Data string
	// KeyGiven: a flag gives the operator's key, which cannot be changed then.
	KeyGiven bool
	// OpenLog returns the log of a running server, or ErrClosing if it is not running.
	OpenLog func() (msglog.Log, error)
	// Status returns the log, nil while the server does not run, and the problem why it could not start.
	Status func() (problem *wire.Problem, started time.Time, log msglog.Log)
	// URLs are those of the client page and of the dashboard; the second holds the key.
	URLs func() (client, dashboard string)
	// Confirmed is called when the operator has confirmed what was in doubt. It must not block.
	Confirmed func()
	// Running counts the dashboards' connections and goroutines, which the stop waits for.
	Running *sync.WaitGroup
	// Peers are the other machines; nil: there are none.
	Peers *peers.Peers
}

// New makes an Operator.
func New(o Options) *Operator {
	notice := new(atomic.Pointer[Notice])
	chosen := chosen{o.Settings, o.Revisions, o.Audit}
	people := &People{
		conversations: o.Conversations,
		openLog:       o.Server.OpenLog, dispatcher: o.Dispatcher, hub: o.Hub, ledger: o.Ledger, identities: o.Identities, clients: o.Clients,
		bans: o.Admission.Bans, grants: o.Admission.Grants, lobby: o.Admission.Lobby, revisions: o.Revisions, audit: o.Audit, logger: o.Logger,
		peers: o.Server.Peers,
	}
	security := &Security{
		server: o.Server, dispatcher: o.Dispatcher, hub: o.Hub, peers: o.Server.Peers, secrets: o.Secrets, key: o.Secrets.Key, password: o.Secrets.Password, sessions: o.Secrets.Sessions,
		attempts: o.Attempts, tokens: o.Programs.Tokens,
		settings: o.Settings, revisions: o.Revisions, audit: o.Audit, logger: o.Logger,
	}
	operator := &Operator{
		Messages: &Messages{
			conversations: o.Conversations, feed: o.Programs.Feed,
			openLog: o.Server.OpenLog, dispatcher: o.Dispatcher, hub: o.Hub, ledger: o.Ledger, identities: o.Identities, reminders: o.Reminders,
			topics: o.Topics, somewhere: people.somewhere, limits: o.Settings.Effective, revisions: o.Revisions, audit: o.Audit, logger: o.Logger,
		},
		People: people,
		Entry: &Entry{
			openLog: o.Server.OpenLog, dispatcher: o.Dispatcher, hub: o.Hub, clients: o.Clients, identities: o.Identities, settings: chosen,
			lobby: o.Admission.Lobby, list: o.Admission.List, grants: o.Admission.Grants, notice: notice, webhooks: o.Programs.Webhooks, attempts: o.Attempts,
			nameOf: people.nameOf, putOut: people.putOut, connectedElsewhere: people.connectedElsewhere, peers: o.Server.Peers, revisions: o.Revisions, audit: o.Audit,
		},
		Room: &Room{
			server: o.Server, peers: o.Server.Peers, dispatcher: o.Dispatcher, hub: o.Hub, ledger: o.Ledger, topics: o.Topics, clients: o.Clients, lobby: o.Admission.Lobby, lan: o.LAN,
			health: o.Health, settings: chosen, clock: o.Clock, samples: newSamples(), notice: notice, webhooks: o.Programs.Webhooks, password: o.Secrets.Password, signInKey: o.Secrets.Key, revisions: o.Revisions, audit: o.Audit,
		},
		Security: security,
		Programs: &Programs{
			server: o.Server, tokens: o.Programs.Tokens, topics: o.Topics, clients: o.Clients, justShown: security.justShown,
			revisions: o.Revisions, audit: o.Audit,
		},
		Webhooks: &Webhooks{openLog: o.Server.OpenLog, engine: o.Programs.Webhooks, justShown: security.justShown, revisions: o.Revisions, audit: o.Audit},
		hub:      o.Hub, revisions: o.Revisions, running: o.Server.Running, logger: o.Logger,
	}
	operator.People.answerPeers()
	operator.Entry.answerPeers()
	operator.Security.answerPeers()
	return operator
}

// Caller is the caller of a verb: a dashboard in a browser, a program with an access token, or the window, which is the zero
// value.
type Caller struct {
	// Session of the dashboard: a SessionInfo.ID.
	Session string
	// Program: it shows the key itself, at each connection, and has no other session.
	Program bool
	// Token is the ID of a program's access token, TokenName its name, which its messages are from.
	Token, TokenName string
	// Address of its machine, and its Browser in a readable form.
	Address, Browser string
}

type callerKey struct{}

// WithCaller is ctx for a verb that caller calls.
func WithCaller(ctx context.Context, caller Caller) context.Context {
	return context.WithValue(ctx, callerKey{}, caller)
}

// callerOf returns the caller of the verb that ctx is for.
func callerOf(ctx context.Context) Caller {
	c, _ := ctx.Value(callerKey{}).(Caller)
	return c
}

// ChangedElsewhere does here what follows from a verb, or a claim, at another server of the same log, of which these are the
// records: the stores have followed them, and this server's own connections are told, made guests, admitted or ended. It waits
// for the locks of persons.
func (o *Operator) ChangedElsewhere(ctx context.Context, records []msglog.Record) {
	var c changedStores
	for _, r := range records {
		o.recordElsewhere(ctx, r)
		o.note(&c, r)
	}
	o.storesElsewhere(ctx, c)
}

// recordElsewhere does what follows from one record by itself.
func (o *Operator) recordElsewhere(ctx context.Context, r msglog.Record) {
	switch {
	case receipts.IsOf(r):
		o.receiptElsewhere(r)
	case r.Kind == tell.PutOut || r.Kind == tell.Refused:
		o.putOutElsewhere(r)
	case r.Kind == tell.Muted && !r.Erased(), r.Kind == tell.Unmuted && !r.Erased():
		o.muteGuest(r.Key, r.Kind == tell.Muted)
	case r.Kind == tell.LetIn && !r.Erased():
		o.letInElsewhere(r.Key, true)
	case r.Kind == tell.SessionEnded && !r.Erased():
		o.sessionEndedElsewhere(r.Key)
	case r.Kind == tell.Withdrawn:
		o.withdrawnFrom(r.Key)
	case r.Kind == receipts.NameKind:
		o.namedElsewhere(r)
	case isOf(r, o.People.identities.Kinds()):
		o.identityElsewhere(r.Key)
	case isOf(r, o.reminders.Kinds()):
		o.remindElsewhere(ctx, r.Key)
	case isOf(r, o.bans.Kinds()):
		o.muteElsewhere(r)
	case isOf(r, o.People.grants.Kinds()):
		o.letInElsewhere(r.Key, false)
	}
}

func isOf(r msglog.Record, kinds []string) bool { return slices.Contains(kinds, r.Kind) }

// changedStores are those of which others' records were, so that what follows from all of these is done once.
type changedStores struct{ topics, bans, list, grants, settings, signIn, tokens, webhooks bool }

// note notes which store a record is of.
func (o *Operator) note(c *changedStores, r msglog.Record) {
	for _, store := range []struct {
		changed *bool
		kinds   []string
	}{
		{&c.topics, o.Room.topics.Kinds()},
		{&c.bans, o.bans.Kinds()},
		{&c.list, o.list.Kinds()},
		{&c.grants, o.People.grants.Kinds()},
		{&c.settings, o.Security.settings.Kinds()},
		{&c.signIn, o.secrets.Kinds()},
		{&c.tokens, o.Programs.tokens.Kinds()},
		{&c.webhooks, o.engine.Kinds()},
	} {
		if isOf(r, store.kinds) {
			*store.changed = true
		}
	}
}

// storesElsewhere does what follows from changes of whole stores at another server.
func (o *Operator) storesElsewhere(ctx context.Context, c changedStores) {
	if c.webhooks {
		o.engine.CopyToFile()
		o.revisions.WebhooksChanged()
	}
	if c.tokens {
		o.tokensElsewhere()
	}
	if c.signIn {
		o.signInElsewhere()
	}
	if c.settings {
		if err := o.settingsElsewhere(ctx); err != nil {
			o.logger.Error("let those come back who were in while the room was open", "error", err)
		}
	}
	if c.topics {
		o.sendTopics()
		o.revisions.StateChanged()
	}
	if c.bans {
		o.endBanned()
		o.revisions.BansChanged()
	}
	if c.list {
		o.revisions.ListChanged()
	}
	if c.grants {
		o.revisions.GrantsChanged()
	}
}
