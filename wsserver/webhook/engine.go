// Package webhook calls addresses of the operator's choice when something happens in the room.
//
// # Order, and nothing lost
//
// Messages are read from the log. What happens beside them (acknowledged, joined, left, complete) is kept in an outbox of
// records in the same log, each with the place at which it happened: after which message, and which number. A webhook is
// sent its events in that order, one request at a time, and its cursor is the place of the last one that arrived. So a
// restart, or a kill, goes on where it was: an event may arrive twice then, under the same id.
//
// Records and cursors are written by commits that are made anyway, or half a second later (Engine.Flush). A webhook that
// fails keeps its cursor, so it costs no commit.
//
// # Locks
//
// Engine.mu guards memory alone: nothing is called with it but Options.Changed and Noticed. It may be taken under the ledger's lock, so
// the ledger is never asked with it held. Engine.changing is held while the file is changed. Methods may be called from any
// goroutine; none but Test, and those that write the file, waits for anything.
package webhook

import (
	"cmp"
	"context"
	"log/slog"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"

	"belfry/wsserver/internal/shared"
	"belfry/wsserver/msglog"
)

// Options are the dependencies of an Engine. All are needed, but Dial.
type Options struct {
	Logger *slog.Logger
	// Agent is the User-Agent of requests.
	Agent string
	// Node is the name of this machine among several; "" where there is one.
	Node string
	// Own lists the addresses of this machine, which are refused.
	Own func() []netip.Addr
	// Dial connects to a webhook; nil: to any address that is not refused. Only tests set it.
	Dial dialer
	// Room is the room's name, NameOf a person's.
	Room   func() string
	NameOf func(userID string) string
	// Announced reports whether a seq is a message of the operator's that is kept.
	Announced func(seq uint64) bool
	// Changed is called with each change that the operator sees. It must not block.
	Changed func()
	// Noticed is called when there is something new to be read in Notice. It must not block.
	Noticed func()
	// Happened is called for what a webhook does by itself: What is "webhook_failing" or "webhook_paused".
	Happened func(what string, i Info)
}

// Engine has all webhooks. Make it with New; Load, LoadLog and Run come once each, in this order.
type Engine struct {
	options Options
	refuses func(netip.Addr) bool

	changing sync.Mutex // held while the file changes
	path     string     // of the file; "": none

	wanted atomic.Uint32 // the types of events that any webhook wants, a bit each by the order of Types

	mu      sync.Mutex
	hooks   []*hook
	sent    uint64 // calls that arrived since the start
	failed  uint64 // and those that did not
	damaged string // when the file could not be read, RFC 3339; "": it could, or the operator has read so
	outbox  outbox
	log     msglog.Log
	records shared.Records // the webhooks by ID
	keys    keys

	working context.Context // of the workers; nil while none work
	running sync.WaitGroup
}

// New makes an engine without a webhook.
func New(o Options) *Engine {
	e := &Engine{options: o, refuses: func(netip.Addr) bool { return false }}
	if o.Dial == nil {
		g := guard{o.Own}
		e.options.Dial, e.refuses = g.dial, g.refuses
	}
	e.outbox.reset(0)
	return e
}

// Totals is what became of the calls of all webhooks since the start.
type Totals struct {
	Sent, Failed uint64
	// Waiting is how many events wait, once for each webhook; Failing how many webhooks failed at their last call.
	Waiting, Failing int
}

// TotalsOf returns what became of the calls of an engine.
func TotalsOf(e *Engine) Totals {
	e.mu.Lock()
	defer e.mu.Unlock()
	t := Totals{Sent: e.sent, Failed: e.failed}
	for _, h := range e.hooks {
		t.Waiting += len(h.queue)
		if h.Failing {
			t.Failing++
		}
	}
	return t
}

// any reports whether any webhook wants a type of events.
func (e *Engine) any(name string) bool { return e.wanted.Load()&bit(name) != 0 }

func bit(name string) uint32 { return 1 << slices.Index(Types, name) }

// noteWanted computes which types are wanted. mu is held.
func (e *Engine) noteWanted() {
	var all uint32
	for _, h := range e.hooks {
		for _, name := range h.Events {
			all |= bit(name)
		}
	}
	e.wanted.Store(all)
}

// find returns the webhook of an id, nil where there is none. mu is held.
func (e *Engine) find(id string) *hook {
	if i := slices.IndexFunc(e.hooks, func(h *hook) bool { return h.ID == id }); i >= 0 {
		return e.hooks[i]
	}
	return nil
}

// nameOf is the type as which a webhook is sent a message, "" where it is not. answers: it answers the operator.
func (h *hook) nameOf(answers bool) string {
	switch {
	case answers && h.wants(Answer):
		return Answer
	case h.wants(Message):
		return Message
	}
	return ""
}

// isNews reports whether an entry is what somebody wrote, and whether it answers the operator.
// announced is as in Options.
func isNews(m *msglog.Entry, announced func(uint64) bool) (news, answers bool) {
	if m.Withdraws > 0 || !m.From.Person() {
		return false, false
	}
	return true, m.Audience == msglog.AudiencePrivate || m.ReplyTo > 0 && announced(m.ReplyTo)
}

// Sent notes an entry of the log as it is fanned out; own: it was posted here. It is called in the order of the log, and never blocks.
func (e *Engine) Sent(m *msglog.Entry, own bool) {
	if e.wanted.Load() == 0 {
		return
	}
	news, answers := isNews(m, e.options.Announced)
	e.mu.Lock()
	defer e.mu.Unlock()
	if m.Seq <= e.outbox.position {
		return
	}
	e.outbox.position = m.Seq
	if e.records.IsShared() {
		if own && news {
			noteMessage(e, m, answers)
		}
		return
	}
	for _, h := range e.hooks {
		if name := h.nameOf(answers); news && name != "" {
			e.push(h, ref{place{Seq: m.Seq}, name, nil})
		} else if len(h.queue) == 0 {
			e.pass(h, m.Seq)
		}
	}
}

// passEvery is how often a cursor is written that passes over messages that are not for its webhook.
const passEvery = 256

// pass moves the cursor of a webhook for which nothing waits past a message, so that the next start does not look through
// all that was not for it. mu is held.
func (e *Engine) pass(h *hook, seq uint64) {
	h.Done = place{Seq: seq}
	if seq%passEvery == 0 {
		e.outbox.mark(recordStatus, e.keys.status(h.ID))
	}
}

// LoadLog reads the webhooks where several servers share the log, and what waits for them. k writes to it. It blocks for a disk. What
// Options asks must answer already.
func (e *Engine) LoadLog(ctx context.Context, log msglog.Log, k msglog.Keeper) error {
	e.mu.Lock()
	e.log = log
	e.outbox.reset(log.Last())
	e.mu.Unlock()
	if err := loadShared(e, ctx, log, k); err != nil {
		return err
	}
	known := map[string]status{}
	if err := msglog.Load(ctx, log, recordStatus, func(key string, s status) { known[key] = s }); err != nil {
		return err
	}
	events, err := loadEvents(e, ctx, log)
	if err != nil {
		return err
	}
	e.mu.Lock()
	recall(e, known)
	var hooks []*hook
	for _, h := range e.hooks {
		if !e.records.IsShared() || h.adopted { // else what waits is in the outbox
			hooks = append(hooks, h)
		}
	}
	e.mu.Unlock()
	messages, err := missed(ctx, log, hooks, e.options.Announced)
	if err != nil {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	fill(e, messages, events)
	return nil
}

// recall gives each webhook the status that the log has of it. mu is held.
func recall(e *Engine, known map[string]status) {
	for key, s := range known {
		id, here := e.keys.parseStatus(key)
		h := e.find(id)
		switch {
		case here && h == nil:
			e.outbox.mark(recordStatus, key)
		case here:
			h.status = s
			e.outbox.last = max(e.outbox.last, s.Done.N)
		case e.keys.adopts(key, nodeOfStatus):
			e.outbox.mark(recordStatus, key)
			if _, has := known[e.keys.status(id)]; h != nil && !has {
				adopt(e, h, s)
			}
		}
	}
	for _, h := range e.hooks {
		if h.Done.Seq > e.outbox.position { // the log is an older one, put back
			h.Done = place{Seq: e.outbox.position}
		}
	}
}

// adopt takes up how a webhook was getting on where the log was another one's, or shared. Of a shared one, what waits is in the outbox
// alone. mu is held.
func adopt(e *Engine, h *hook, s status) {
	h.status, h.adopted = s, true
	if !e.records.IsShared() {
		h.Done = place{Seq: e.outbox.position}
	}
	h.Done.N = 0
	e.outbox.mark(recordStatus, e.keys.status(h.ID))
}

// loadEvents reads the outbox of this machine, in its order. Events that it adopts are numbered anew.
func loadEvents(e *Engine, ctx context.Context, log msglog.Log) (events []*event, err error) {
	var adopted []*event
	err = msglog.LoadChecked(ctx, log, recordEvent, func(key string, ev event) error {
		n, here, err := e.keys.parseEvent(key)
		if ev.n, ev.key, ev.kept = n, key, true; here {
			events = append(events, &ev)
		} else if e.keys.adopts(key, nodeOfEvent) {
			adopted = append(adopted, &ev)
		}
		return err
	})
	sortEvents(events)
	sortEvents(adopted)
	last := uint64(0)
	for _, ev := range events {
		last = max(last, ev.n)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, ev := range adopted {
		e.outbox.mark(recordEvent, ev.key)
		last++
		ev.n, ev.adopted = last, true
		ev.key = e.keys.event(last)
		e.outbox.mark(recordEvent, ev.key)
		events = append(events, ev)
	}
	return events, err
}

func sortEvents(events []*event) {
	slices.SortFunc(events, func(a, b *event) int { return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.n, b.n)) })
}

const (
	// scanPage is how many messages are read of the log at once, maxScan how many in all: what a webhook has missed
	// beyond that is dropped.
	scanPage = 500
	maxScan  = 5 * maxWaiting
)

// missed lists what each webhook has missed of the log, the newest first.
func missed(ctx context.Context, log msglog.Log, hooks []*hook, announced func(uint64) bool) (messages map[*hook][]ref, err error) {
	messages = map[*hook][]ref{}
	for before, scanned, more := uint64(0), 0, len(hooks) > 0; more && scanned < maxScan; {
		var page []*msglog.Entry
		if page, more, err = log.Page(ctx, msglog.Query{Before: before, Limit: scanPage}); err != nil {
			return nil, err
		}
		left := false
		for _, m := range slices.Backward(page) {
			before = m.Seq
			news, answers := isNews(m, announced)
			for _, h := range hooks {
				if m.Seq <= h.Done.Seq || len(messages[h]) >= maxWaiting || !h.wants(Message) && !h.wants(Answer) {
					continue
				}
				left = true
				if name := h.nameOf(answers); news && name != "" {
					messages[h] = append(messages[h], ref{place{Seq: m.Seq}, name, nil})
				}
			}
		}
		scanned += len(page)
		more = more && left
	}
	return messages, nil
}

// fill puts what waits into the queues. mu is held.
func fill(e *Engine, messages map[*hook][]ref, events []*event) {
	for _, ev := range events {
		e.outbox.last = max(e.outbox.last, ev.n)
		e.outbox.add(ev)
	}
	if e.records.IsShared() {
		events = append(events, asEvents(e, messages)...)
		messages = nil
	}
	for _, h := range e.hooks {
		h.queue = messages[h]
		for _, ev := range events {
			if h.takes(ev) && (ev.adopted || ev.place().after(h.Done)) {
				h.queue = append(h.queue, ref{ev.place(), ev.Type, ev})
				ev.waiting++
			}
		}
		slices.SortFunc(h.queue, func(a, b ref) int { return cmp.Or(cmp.Compare(a.Seq, b.Seq), cmp.Compare(a.N, b.N)) })
		for len(h.queue) > maxWaiting {
			e.pop(h)
			e.countDropped(h)
		}
	}
	for _, ev := range events {
		if ev.waiting == 0 {
			ev.waiting = 1
			e.outbox.release(ev)
		}
	}
}
