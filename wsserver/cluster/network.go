package cluster

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/nats-io/nats.go"
)

// This file is what machines say to one another beside the order: subjects of NATS, whose messages may be lost.

// Headers of what machines say. A question that has no answer is answered with headerNone.
const (
	headerFrom = "Belfry-From"
	headerNone = "Belfry-None"
)

// Subjects of the engine's own, beside those of the server.
const (
	subjectBeat  = "_beat"
	subjectLeave = "_leave"
)

// handler answers a message on a subject.
type handler = func(from string, data []byte) (answer []byte)

// handlers are by subject. Those of the engine's own begin with _ and are called from the start; the server's only once it has
// loaded what they are about.
type handlers struct {
	serving atomic.Bool // the server has loaded what its own are about

	mu sync.Mutex // guards by
	by map[string]handler
}

// Handle has f called for each message on a subject.
func (h *handlers) Handle(subject string, f func(from string, data []byte) (answer []byte)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.by == nil {
		h.by = map[string]handler{}
	}
	h.by[subject] = f
}

func (h *handlers) handlerOf(subject string) handler {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !strings.HasPrefix(subject, "_") && !h.serving.Load() {
		return nil
	}
	return h.by[subject]
}

// subject is one of NATS's. kind is "say" or "ask".
func (o *Options) subject(kind, subject string) string {
	return "belfry." + o.Name + "." + kind + "." + subject
}

func (e *Engine) message(kind, subject string, data []byte) *nats.Msg {
	m := nats.NewMsg(e.o.subject(kind, subject))
	m.Header.Set(headerFrom, e.o.Node)
	m.Data = data
	return m
}

// Publish sends to all others.
func (e *Engine) Publish(subject string, data []byte) {
	if p := e.opened(); p != nil {
		e.publishTo(p, subject, data)
	}
}

func (e *Engine) publishTo(p *parts, subject string, data []byte) {
	_ = p.nc.PublishMsg(e.message("say", subject, data)) // it may be lost
}

// Ask asks all others, one answer after another.
func (e *Engine) Ask(ctx context.Context, subject string, data []byte, each func(from string, answer []byte)) {
	p := e.opened()
	if p == nil {
		return
	}
	missing := map[string]bool{}
	for _, name := range e.others() {
		missing[name] = true
	}
	if len(missing) == 0 {
		return
	}
	m := e.message("ask", subject, data)
	m.Reply = p.nc.NewInbox()
	sub, err := p.nc.SubscribeSync(m.Reply)
	if err != nil {
		return
	}
	defer func() { _ = sub.Unsubscribe() }() // it ends with the connection too
	if p.nc.PublishMsg(m) != nil {
		return
	}
	for len(missing) > 0 {
		answer, err := sub.NextMsgWithContext(ctx)
		if err != nil {
			return
		}
		from := answer.Header.Get(headerFrom)
		if !missing[from] {
			continue // nobody answers: NATS says so itself
		}
		delete(missing, from)
		if answer.Header.Get(headerNone) == "" {
			each(from, answer.Data)
		}
	}
}

// subscribe begins to take what others say and ask.
func (e *Engine) subscribe(p *parts) error {
	e.Handle(subjectBeat, e.hear)
	e.Handle(subjectLeave, e.forget)
	if _, err := p.nc.Subscribe(e.o.subject("say", "*"), func(m *nats.Msg) { e.take(p, m) }); err != nil {
		return err
	}
	// A question is answered by a goroutine of its own, since its answer may take long.
	_, err := p.nc.Subscribe(e.o.subject("ask", "*"), func(m *nats.Msg) { p.begin(func() { e.take(p, m) }) })
	return err
}

// take has the handler called for a message, and answers it.
func (e *Engine) take(p *parts, m *nats.Msg) {
	from := m.Header.Get(headerFrom)
	if from == e.o.Node || p.ctx.Err() != nil {
		return
	}
	var answer []byte
	if f := e.handlerOf(m.Subject[strings.LastIndex(m.Subject, ".")+1:]); f != nil {
		answer = f(from, m.Data)
	}
	if m.Reply == "" {
		return
	}
	reply := nats.NewMsg(m.Reply)
	reply.Header.Set(headerFrom, e.o.Node)
	if answer == nil {
		reply.Header.Set(headerNone, "1")
	}
	reply.Data = answer
	_ = p.nc.PublishMsg(reply) // who asked may be gone
}
