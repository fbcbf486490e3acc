package webhook

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"belfry/wsserver/internal/shared"
	"belfry/wsserver/msglog"
	"belfry/wsserver/wire"
)

// This file is what is different where several servers share the log. Webhooks are records of it, with their secrets, and each machine
// has all of them. What happens is told by the machine where it happens: there it is an event of the outbox, messages too, under the
// machine's name. So it is called once. A machine that dies tells the rest when it is back; of messages, those are not told that it has
// accepted in the half second before. How a webhook is getting on is known by each machine for what it tells.

// recordHook is the kind of record of a webhook, by its id. The one without an id says that they are in the log.
const (
	recordHook = "webhook"
	inLog      = ""
)

// Kinds are the kinds of record that Put takes.
func (e *Engine) Kinds() []string { return []string{recordHook} }

// Put takes a webhook as it is in the log: from then on it is called, changed, or not called any more. It does nothing where the log is
// this server's own.
func (e *Engine) Put(r msglog.Record) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.records.IsShared() {
		return nil
	}
	if e.records.Put(r); r.Key == inLog {
		return nil
	}
	return putHook(e, r)
}

// putHook is Put. mu is held.
func putHook(e *Engine, r msglog.Record) error {
	h := e.find(r.Key)
	if r.Erased() {
		if h != nil {
			dropHook(e, h)
		}
		return nil
	}
	k, err := msglog.Decode[kept](r)
	if err != nil {
		return err
	}
	key, err := checkKept(&k)
	if err != nil || k.ID != r.Key {
		return errors.Join(errors.New("it is no webhook"), err)
	}
	if h == nil {
		h = newHook(k, key)
		h.Done.N = e.outbox.last
		e.hooks = append(slices.Clone(e.hooks), h)
		e.employ(h)
	} else {
		h.kept, h.key = k, key
		e.keepWanted(h)
		h.rouse()
	}
	e.noteWanted()
	e.options.Changed()
	return nil
}

// dropHook has a webhook be called no more. mu is held.
func dropHook(e *Engine, h *hook) {
	for _, r := range h.queue {
		e.outbox.release(r.event)
	}
	h.queue, e.hooks = nil, slices.DeleteFunc(slices.Clone(e.hooks), func(o *hook) bool { return o == h })
	if h.cancel != nil {
		h.cancel()
	}
	e.outbox.markDirty(recordStatus, e.keys.status(h.ID))
	e.noteWanted()
	e.options.Changed()
}

// loadShared reads the webhooks of a log. On one that several servers share they are those there are; on one that is this server's own,
// they were left by a time when it was not, and go to the file. It blocks for the disk.
func loadShared(e *Engine, ctx context.Context, log msglog.Log, k msglog.Keeper) error {
	in, err := shared.Load(ctx, log, k, recordHook, inLog)
	if err != nil {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.keys, e.records = keys{e.options.Node, log.Shared(), len(e.hooks) > 0}, in
	if !in.InLog() {
		return nil
	}
	e.hooks = nil
	for _, r := range in.All() {
		if err := putHook(e, r); err != nil {
			e.options.Logger.Error("a webhook cannot be read, and is not called", "id", r.Key, "error", err)
		}
	}
	if in.IsShared() {
		return nil
	}
	return e.writeFile(e.hooks)
}

// Moving are the records that are to be written at a start, once LoadLog was called: those that make the webhooks of a file those of all
// servers, unless another one was faster; or, on a log that is this server's own, the end of such records.
func (e *Engine) Moving() []msglog.Record {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.records.Moving(func() []msglog.Record { return e.records.First(recordsOf(e.hooks)) })
}

func recordsOf(list []*hook) (records []msglog.Record) {
	for _, h := range list {
		if value, err := json.Marshal(h.kept); err == nil { // texts and numbers always encode
			records = append(records, msglog.Record{Kind: recordHook, Key: h.ID, Value: value})
		}
	}
	return records
}

// store makes these the webhooks: in the file, or in the log that several servers share, and a copy in the file. changing is held.
func store(e *Engine, list []*hook) error {
	e.mu.Lock()
	written, ended := shared.Difference(recordsOf(e.hooks), recordsOf(list))
	k, records := e.records.Keeper(), e.records.Marked(append(written, ended...))
	e.mu.Unlock()
	if k == nil {
		if err := e.writeFile(list); err != nil {
			return wire.SettingNotKept(err)
		}
		return nil
	}
	if len(records) == 0 {
		return nil
	}
	if err := k.Keep(records...); err != nil {
		return err
	}
	copyToFile(e)
	return nil
}

// CopyToFile writes the webhooks of the log to the file, after another server has changed them. It blocks for the disk.
func (e *Engine) CopyToFile() {
	e.changing.Lock()
	defer e.changing.Unlock()
	copyToFile(e)
}

func copyToFile(e *Engine) {
	e.mu.Lock()
	list := e.hooks
	e.mu.Unlock()
	if err := e.writeFile(list); err != nil {
		e.options.Logger.Warn("keep a copy of the webhooks", "error", err)
	}
}

// noteMessage notes what a person wrote at this server, for each webhook that wants it. mu is held.
func noteMessage(e *Engine, m *msglog.Entry, answers bool) {
	for _, name := range []string{Message, Answer} {
		ev := event{Type: name, Time: time.Now().UnixMilli(), Seq: m.Seq, Answers: answers}
		if added := noteFor(e, ev, takersOf(e, ev)); added != nil {
			e.outbox.markDirty(recordEvent, added.key)
		}
	}
}

// asEvents makes events of messages that waited in a log of one server: of those this machine has no other note. mu is held.
func asEvents(e *Engine, messages map[*hook][]ref) (events []*event) {
	known := map[ref]bool{}
	for _, refs := range messages {
		for _, r := range refs {
			if known[r] {
				continue
			}
			known[r] = true
			e.outbox.last++
			ev := &event{ID: newID(), Type: r.name, At: r.Seq, Seq: r.Seq, Answers: r.name == Answer, n: e.outbox.last, adopted: true, kept: true}
			ev.key = e.keys.event(ev.n)
			e.outbox.add(ev)
			e.outbox.markDirty(recordEvent, ev.key)
			events = append(events, ev)
		}
	}
	return events
}

// takersOf are the webhooks that want an event. mu is held.
func takersOf(e *Engine, ev event) (list []*hook) {
	for _, h := range e.hooks {
		if h.takes(&ev) {
			list = append(list, h)
		}
	}
	return list
}

// takes reports whether a webhook wants an event, under its type.
func (h *hook) takes(ev *event) bool {
	if ev.isMessage() {
		return h.nameOf(ev.Answers) == ev.Type
	}
	return h.wants(ev.Type)
}
