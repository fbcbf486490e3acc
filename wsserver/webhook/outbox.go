package webhook

import (
	"encoding/json"
	"fmt"
	"slices"
	"sync/atomic"

	"belfry/wsserver/msglog"
)

// This file keeps what happens beside the messages until every webhook that wants it has been sent it. An event is a record
// of the log, written by the commit of what it tells of, or by the next one; it is sent once that is durable.

// Bounds of what waits. Beyond them the oldest goes, and the operator is told.
const (
	maxWaiting = 10_000  // events of one webhook
	maxBytes   = 4 << 20 // of all events beside messages
)

// Kinds of records, as they are called in the log.
const (
	recordEvent  = "hook_event" // by number
	recordStatus = "hook"       // by webhook
)

// event is something that happened beside the messages.
type event struct {
	ID   string `json:"id"` // of every request about it
	Type string `json:"type"`
	Time int64  `json:"time"` // Unix ms
	// At is the seq of the last message that was fanned out before.
	At uint64 `json:"at"`
	// Seq is the message that it is about, UserID the person.
	Seq    uint64  `json:"seq,omitempty"`
	UserID string  `json:"user_id,omitempty"`
	Counts *Counts `json:"counts,omitempty"`
	// Answers, of a message that is an event itself: it answers the operator.
	Answers bool `json:"answers,omitempty"`

	n       uint64
	key     string // of its record
	adopted bool   // it was another machine's, or of another time
	kept    bool   // it is durable
	waiting int    // in how many queues it is
}

// Counts are how many persons an announcement was sent to, and what they did.
type Counts struct {
	Sent     int `json:"sent"`
	Received int `json:"received"`
	Read     int `json:"read"`
	Acked    int `json:"acked"`
}

func (e *event) place() place { return place{e.At, e.n} }

// isMessage reports whether it is what somebody wrote: where several servers share the log, that is an event of one of them.
func (e *event) isMessage() bool { return e.Type == Message || e.Type == Answer }

// size is about how many bytes it takes.
func (e *event) size() int { return 256 + len(e.UserID) }

func (e *event) record() msglog.Record {
	value, err := json.Marshal(e)
	if err != nil {
		value = nil // strings and numbers always encode
	}
	return msglog.Record{Kind: recordEvent, Key: e.key, Value: value}
}

// recordKey names a record that the next commit writes.
type recordKey struct{ kind, key string }

// outbox is the events that wait. Guarded by Engine.mu.
type outbox struct {
	position uint64 // seq of the newest message that was fanned out
	last     uint64 // number of the newest event
	events   map[uint64]*event
	order    []*event // the same, the oldest first, some that are gone among them
	bytes    int
	dirty    map[recordKey]bool

	some atomic.Bool // something is to be written with the next commit; not guarded
	soon atomic.Bool // and that is not to wait for long; not guarded
}

// reset empties the outbox of a log that was fanned out up to position.
func (o *outbox) reset(position uint64) {
	o.position, o.last, o.bytes = position, 0, 0
	o.events, o.order, o.dirty = map[uint64]*event{}, nil, map[recordKey]bool{}
}

// add puts an event behind all others.
func (o *outbox) add(e *event) {
	o.events[e.n] = e
	o.order = append(o.order, e)
	o.bytes += e.size()
	if len(o.order) > 2*len(o.events)+64 {
		o.order = slices.DeleteFunc(o.order, func(e *event) bool { return o.events[e.n] != e })
	}
}

// oldest is the oldest event, nil where there is none.
func (o *outbox) oldest() *event {
	for len(o.order) > 0 {
		if e := o.order[0]; o.events[e.n] == e {
			return e
		}
		o.order = o.order[1:]
	}
	return nil
}

// release takes an event out of one queue, and forgets it where it is in no other.
func (o *outbox) release(ev *event) {
	if ev == nil {
		return
	}
	if ev.waiting--; ev.waiting > 0 {
		return
	}
	delete(o.events, ev.n)
	o.bytes -= ev.size()
	o.mark(recordEvent, ev.key)
}

// mark has a record written with the next commit, whatever that is for and whenever it comes.
func (o *outbox) mark(kind, key string) {
	o.dirty[recordKey{kind, key}] = true
	o.some.Store(true)
}

// markDirty has a record written with the next commit, and soon.
func (o *outbox) markDirty(kind, key string) {
	o.mark(kind, key)
	o.soon.Store(true)
}

// push puts an event at the end of a queue. mu is held.
func (e *Engine) push(h *hook, r ref) {
	h.queue = append(h.queue, r)
	if len(h.queue) > maxWaiting {
		e.pop(h)
		e.countDropped(h)
	}
	h.rouse()
}

// countDropped notes that an event was dropped from a queue. mu is held.
func (e *Engine) countDropped(h *hook) {
	if h.Dropped++; h.Dropped == 1 {
		e.options.Noticed()
	}
}

// pop takes the first event out of a queue: it was sent, or dropped. mu is held.
func (e *Engine) pop(h *hook) {
	r := h.queue[0]
	h.queue[0] = ref{}
	h.queue = h.queue[1:]
	h.Done = r.place
	e.outbox.release(r.event)
	e.outbox.mark(recordStatus, e.keys.status(h.ID))
}

// unqueue takes an event out of every queue, and calls each for those that had it. mu is held.
func (e *Engine) unqueue(ev *event, each func(h *hook)) {
	for _, h := range e.hooks {
		i := slices.IndexFunc(h.queue, func(r ref) bool { return r.event == ev })
		if i < 0 {
			continue
		}
		h.queue = slices.Delete(h.queue, i, i+1)
		e.outbox.release(ev)
		each(h)
		h.rouse()
	}
}

// dropped says how many events were dropped.
func dropped(n int) string {
	if n == 1 {
		return "1 event was dropped, because too many waited."
	}
	return fmt.Sprintf("%d events were dropped, because too many waited.", n)
}

// Dirty reports whether something waits for a commit that is not to wait for long.
func (e *Engine) Dirty() bool { return e.outbox.soon.Load() }

// Flush returns the records that have changed since the last Flush, for the caller to write with its next commit. It must
// give them to Kept or to MarkDirty then.
func (e *Engine) Flush() (records []msglog.Record) {
	if !e.outbox.some.Load() {
		return nil
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.outbox.some.Store(false)
	e.outbox.soon.Store(false)
	for k := range e.outbox.dirty {
		records = append(records, msglog.Record{Kind: k.kind, Key: k.key, Value: e.recordValue(k)})
	}
	clear(e.outbox.dirty)
	return records
}

// recordValue is a record as it now is, nil where it is to be erased. mu is held.
func (e *Engine) recordValue(k recordKey) []byte {
	if k.kind == recordEvent {
		if ev := eventOf(e, k.key); ev != nil {
			return ev.record().Value
		}
		return nil
	}
	id, here := e.keys.parseStatus(k.key)
	h := e.find(id)
	if h == nil || !here {
		return nil
	}
	value, err := json.Marshal(h.status)
	if err != nil {
		return nil // strings and numbers always encode
	}
	return value
}

// eventOf is the event of a key, nil where there is none. mu is held.
func eventOf(e *Engine, key string) *event {
	if n, here, err := e.keys.parseEvent(key); here && err == nil {
		return e.outbox.events[n]
	}
	return nil
}

// MarkDirty marks records dirty again, after the commit that was to write them has failed.
func (e *Engine) MarkDirty(records []msglog.Record) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, r := range records {
		e.outbox.markDirty(r.Kind, r.Key)
	}
}

// Kept notes that records are durable: the events among them can be sent.
func (e *Engine) Kept(records []msglog.Record) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, r := range records {
		if r.Kind == recordEvent {
			e.keptEvent(eventOf(e, r.Key))
		}
	}
}

// keptEvent notes that an event is durable. mu is held.
func (e *Engine) keptEvent(ev *event) {
	if ev == nil || ev.kept {
		return
	}
	ev.kept = true
	for _, h := range e.hooks {
		h.rouse()
	}
}
