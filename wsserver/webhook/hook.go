package webhook

import (
	"context"
	"slices"
	"time"

	"belfry/wsserver/wire"
)

// Spec is what the operator chooses of a webhook.
type Spec struct {
	URL string `json:"url"`
	// Events are the types of events that are sent, some of Types.
	Events []string `json:"events"`
	// Texts: names and what people wrote are sent too, else ids and counts alone. Private: those of private messages too.
	Texts   bool `json:"texts"`
	Private bool `json:"private"`
}

// States of a webhook.
const (
	Working = "working"
	Failing = "failing"
	Paused  = "paused"
)

// Who has paused a webhook.
const (
	ByOperator = "operator"
	ByFailures = "failures"
)

// Info is a webhook as the operator sees it. Times are RFC 3339, "" where there is none.
type Info struct {
	ID string `json:"id"`
	Spec
	State      string `json:"state"`
	StateSince string `json:"state_since"`
	PausedBy   string `json:"paused_by"`
	// Waiting is how many events wait to be sent.
	Waiting  int    `json:"waiting"`
	NextTry  string `json:"next_try"`
	LastSent string `json:"last_sent"`
	// Sent7d is how many events were sent today and in the six days before.
	Sent7d int `json:"sent_7d"`
	// Error is why the last try failed, and how many events were dropped; "" where all is well.
	Error   string `json:"error"`
	Created string `json:"created"`
}

// TestResult is the answer to a test. Status is 0 where there was none; Error is "" where it was a good one.
type TestResult struct {
	Status int    `json:"status"`
	MS     int64  `json:"ms"`
	Body   string `json:"body"`
	Error  string `json:"error"`
}

// kept is a webhook in its file.
type kept struct {
	ID string `json:"id"`
	Spec
	Secret  string `json:"secret"`
	Created int64  `json:"created"` // Unix ms
	// Since is the position of the log when it was made: what lies before is not sent.
	Since    uint64 `json:"since"`
	PausedBy string `json:"paused_by,omitempty"`
	// PausedAt is when that was, Unix ms. Seen: the operator has read that it was paused.
	PausedAt int64 `json:"paused_at,omitempty"`
	Seen     bool  `json:"seen,omitempty"`
}

// status is how a webhook is getting on, as the log keeps it.
type status struct {
	// Done is the place of the last event that was sent, or dropped.
	Done place `json:"done"`
	// StateSince is when it began to work, or to fail, Unix ms; Failing which of them.
	StateSince int64  `json:"state_since"`
	Failing    bool   `json:"failing,omitempty"`
	Error      string `json:"error,omitempty"`
	LastSent   int64  `json:"last_sent,omitempty"`
	// Sent is how many events were sent, by day.
	Sent map[string]int `json:"sent,omitempty"`
	// Dropped is how many events were dropped since the operator last looked.
	Dropped int `json:"dropped,omitempty"`
}

// place is where an event stands in the order of all: after the message Seq and before the next one; the message itself is
// 0, what happened between the two is numbered.
type place struct {
	Seq uint64 `json:"seq"`
	N   uint64 `json:"n,omitempty"`
}

func (p place) after(o place) bool { return p.Seq > o.Seq || p.Seq == o.Seq && p.N > o.N }

// hook is a webhook at work. All but the channels is guarded by Engine.mu.
type hook struct {
	kept
	key []byte // of the secret
	status
	queue    []ref // what waits, in its order
	adopted  bool  // its status is of a time when the log was this server's own, or was not
	failures int   // in a row, since the start
	next     time.Time
	// wake tells its worker that something has changed. sending is held during a request: there is one at a time.
	wake, sending chan struct{}
	cancel        context.CancelFunc // ends its worker; nil before that began
}

// ref is an event that waits: a message of the log, or an event of the outbox. name is the type it is sent as.
type ref struct {
	place
	name  string
	event *event // nil for a message
}

func newHook(k kept, key []byte) *hook {
	return &hook{
		kept: k, key: key, wake: make(chan struct{}, 1), sending: make(chan struct{}, 1),
		status: status{Done: place{Seq: k.Since}, StateSince: k.Created},
	}
}

func (h *hook) wants(name string) bool { return slices.Contains(h.Events, name) }

// rouse has its worker look again. It never blocks.
func (h *hook) rouse() {
	select {
	case h.wake <- struct{}{}:
	default:
	}
}

// info is the webhook as it is now. Engine.mu is held.
func (h *hook) info(now time.Time) Info {
	i := Info{
		ID: h.ID, Spec: h.Spec, State: Working, StateSince: formatTime(h.StateSince), PausedBy: h.PausedBy, Waiting: len(h.queue),
		LastSent: formatTime(h.LastSent), Sent7d: h.sentLately(now), Error: h.sentence(), Created: formatTime(h.Created),
	}
	i.Events = slices.Clone(h.Events)
	switch {
	case h.PausedBy != "":
		i.State, i.StateSince = Paused, formatTime(h.PausedAt)
	case h.Failing:
		i.State = Failing
		if h.next.After(now) {
			i.NextTry = wire.Time(h.next).String()
		}
	}
	return i
}

// sentence is what is wrong.
func (h *hook) sentence() string {
	switch {
	case h.Dropped == 0:
		return h.Error
	case h.Error == "":
		return dropped(h.Dropped)
	}
	return h.Error + " " + dropped(h.Dropped)
}

// days is over how many days events are counted.
const days = 7

func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }

func (h *hook) sentLately(now time.Time) (n int) {
	first := day(now.AddDate(0, 0, 1-days))
	for d, count := range h.Sent {
		if d >= first {
			n += count
		}
	}
	return n
}

// countSent counts an event that was sent.
func (h *hook) countSent(now time.Time) {
	first := day(now.AddDate(0, 0, 1-days))
	if h.Sent == nil {
		h.Sent = map[string]int{}
	}
	for d := range h.Sent {
		if d < first {
			delete(h.Sent, d)
		}
	}
	h.Sent[day(now)]++
	h.LastSent = now.UnixMilli()
}

// formatTime writes Unix ms as RFC 3339, 0 as "".
func formatTime(ms int64) string {
	if ms == 0 {
		return ""
	}
	return wire.Time(time.UnixMilli(ms)).String()
}
