package webhook

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"belfry/wsserver/internal/atomicfile"
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
	if e.keeper == nil {
		return nil
	}
	if r.Key == inLog {
		e.hooksInLog = !r.Erased()
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
	var records []msglog.Record
	err := msglog.LoadRecords(ctx, log, recordHook, func(r msglog.Record) error { records = append(records, r); return nil })
	if err != nil {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.keys, e.left = keys{e.options.Node, log.Shared(), len(e.hooks) > 0}, nil
	if e.keeper = nil; log.Shared() {
		e.keeper = k
	}
	if e.hooksInLog = len(records) > 0; !e.hooksInLog {
		return nil
	}
	e.hooks = nil
	for _, r := range records {
		if e.left = append(e.left, msglog.Record{Kind: r.Kind, Key: r.Key}); r.Key == inLog {
			continue
		}
		if err := putHook(e, r); err != nil {
			e.options.Logger.Error("a webhook cannot be read, and is not called", "id", r.Key, "error", err)
		}
	}
	if log.Shared() {
		e.left = nil
		return nil
	}
	return writeKept(e, e.hooks)
}

// Moving are the records that are to be written at a start, once LoadLog was called: those that make the webhooks of a file those of all
// servers, unless another one was faster; or, on a log that is this server's own, the end of such records.
func (e *Engine) Moving() (records []msglog.Record) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.keeper == nil {
		return e.left
	}
	if e.hooksInLog || len(e.hooks) == 0 {
		return nil
	}
	records = append(changes(nil, e.hooks), msglog.Record{Kind: recordHook, Key: inLog, Value: []byte("{}")}.Expecting(nil))
	return records
}

// changes are the records that make next of a list of webhooks.
func changes(list, next []*hook) (records []msglog.Record) {
	value := func(list []*hook, id string) []byte {
		i := slices.IndexFunc(list, func(h *hook) bool { return h.ID == id })
		if i < 0 {
			return nil
		}
		b, err := json.Marshal(list[i].kept)
		if err != nil {
			return nil // texts and numbers always encode
		}
		return b
	}
	for _, h := range next {
		if v := value(next, h.ID); !bytes.Equal(v, value(list, h.ID)) {
			records = append(records, msglog.Record{Kind: recordHook, Key: h.ID, Value: v})
		}
	}
	for _, h := range list {
		if value(next, h.ID) == nil {
			records = append(records, msglog.Record{Kind: recordHook, Key: h.ID})
		}
	}
	return records
}

// store makes these the webhooks: in the file, or in the log that several servers share, and a copy in the file. changing is held.
func store(e *Engine, list []*hook) error {
	e.mu.Lock()
	k, records := e.keeper, changes(e.hooks, list)
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
	if err := k.Keep(append(records, msglog.Record{Kind: recordHook, Key: inLog, Value: []byte("{}")})...); err != nil {
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

// writeKept is writeFile with mu held, at a start.
func writeKept(e *Engine, hooks []*hook) error {
	b, err := encodeFile(hooks)
	if err != nil || e.path == "" {
		return err
	}
	return atomicfile.Write(e.path, b)
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

// Where several servers share the log, the keys of events, and of what is known of a webhook, have the machine's name in them.
const (
	nodeOfEvent  = "/"
	nodeOfStatus = "@"
)

// keys makes the keys of this machine's records.
type keys struct {
	node     string
	shared   bool // several servers share the log
	fromFile bool // there were webhooks in the file at the start
}

func (k keys) event(n uint64) string {
	key := strconv.FormatUint(n, 10)
	if !k.shared {
		return key
	}
	return k.node + nodeOfEvent + key
}

// parseEvent reads what event wrote, here or at another time. here: it is of this machine as it is now.
func (k keys) parseEvent(key string) (n uint64, here bool, err error) {
	node, number := "", key
	if i := strings.LastIndex(key, nodeOfEvent); i >= 0 {
		node, number = key[:i+1], key[i+1:]
	}
	n, err = strconv.ParseUint(number, 10, 64)
	if !k.shared {
		return n, node == "", err
	}
	return n, node == k.node+nodeOfEvent, err
}

func (k keys) status(id string) string {
	if !k.shared {
		return id
	}
	return id + nodeOfStatus + k.node
}

// parseStatus reads what status wrote.
func (k keys) parseStatus(key string) (id string, here bool) {
	id, node, named := strings.Cut(key, nodeOfStatus)
	if !k.shared {
		return id, !named
	}
	return id, named && node == k.node
}

// adopts reports whether what another time has left under such a key is this machine's now: of the log of one server, that of the machine
// that had the webhooks in its file; of a log that was shared, everything.
func (k keys) adopts(key, separator string) bool {
	if !k.shared {
		return true
	}
	return k.fromFile && !strings.Contains(key, separator)
}
