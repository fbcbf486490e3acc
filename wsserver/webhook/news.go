package webhook

import (
	"crypto/rand"
	"math"
	"strings"
	"time"

	"belfry/wsserver/msglog"
)

// This file takes the news of what happens beside the messages.

// newID is an id that no other event has.
func newID() string { return "evt_" + strings.ToLower(rand.Text()) }

// note adds an event for the webhooks that want it, and returns nil where none does. mu is held.
func (e *Engine) note(ev event) *event { return noteFor(e, ev, takersOf(e, ev)) }

// noteFor is note for these webhooks. mu is held.
func noteFor(e *Engine, ev event, takers []*hook) *event {
	if len(takers) == 0 {
		return nil
	}
	e.outbox.last++
	ev.ID, ev.At, ev.n, ev.waiting = newID(), e.outbox.position, e.outbox.last, len(takers)
	ev.key = e.keys.event(ev.n)
	e.outbox.add(&ev)
	for _, h := range takers {
		e.push(h, ref{ev.place(), ev.Type, &ev})
	}
	for e.outbox.bytes > maxBytes {
		e.unqueue(e.outbox.oldest(), e.countDropped)
	}
	e.options.Changed()
	return &ev
}

// noteLater is note of an event that the next commit writes.
func (e *Engine) noteLater(ev event) (noted bool) {
	if !e.any(ev.Type) {
		return false
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	added := e.note(ev)
	if added != nil {
		e.outbox.markDirty(recordEvent, added.key)
	}
	return added != nil
}

// Acknowledging notes that somebody acknowledges a message. The records are for the commit of that; done is called with
// whether it was made.
func (e *Engine) Acknowledging(seq uint64, userID string, at time.Time) (records []msglog.Record, done func(kept bool)) {
	if !e.any(Acknowledged) {
		return nil, func(bool) {}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	ev := e.note(event{Type: Acknowledged, Time: at.UnixMilli(), Seq: seq, UserID: userID})
	if ev == nil {
		return nil, func(bool) {}
	}
	return []msglog.Record{ev.record()}, func(kept bool) {
		e.mu.Lock()
		defer e.mu.Unlock()
		if kept {
			e.keptEvent(ev)
			return
		}
		e.unqueue(ev, func(*hook) {})
	}
}

// Joined notes that a person is here, Left that they are not any more since a time.
func (e *Engine) Joined(userID string, at time.Time) {
	e.noteLater(event{Type: Joined, Time: at.UnixMilli(), UserID: userID})
}

// Left notes that a person is not here any more.
func (e *Engine) Left(userID string, at time.Time) {
	e.noteLater(event{Type: Left, Time: at.UnixMilli(), UserID: userID})
}

// Presence reports whether any webhook wants to know who is here.
func (e *Engine) Presence() bool { return e.any(Joined) || e.any(Left) }

// CompleteSince is the seq after which a webhook wants to know of announcements that are complete.
func (e *Engine) CompleteSince() uint64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	since := uint64(math.MaxUint64)
	for _, h := range e.hooks {
		if h.wants(Complete) {
			since = min(since, h.Since)
		}
	}
	return since
}

// Complete notes that an announcement is complete, and reports whether any webhook wants to know.
func (e *Engine) Complete(seq uint64, counts Counts) (noted bool) {
	return e.noteLater(event{Type: Complete, Time: time.Now().UnixMilli(), Seq: seq, Counts: &counts})
}
