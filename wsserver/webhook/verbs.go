package webhook

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"belfry/wsserver/internal/atomicfile"
	"belfry/wsserver/wire"
)

// This file is what the operator does with webhooks.

var errUnknown = wire.ErrNotAllowed.WithMessage("That webhook does not exist any more.")

// List lists the webhooks, the oldest first.
func (e *Engine) List() []Info {
	e.mu.Lock()
	defer e.mu.Unlock()
	list := make([]Info, 0, len(e.hooks))
	for _, h := range e.hooks {
		list = append(list, h.info(time.Now()))
	}
	return list
}

// check returns a Spec as it is kept.
func (e *Engine) check(s Spec) (checked Spec, err error) {
	if s.URL, err = checkURL(s.URL, e.refuses); err != nil {
		return Spec{}, err
	}
	s.Events, err = checkEvents(s.Events)
	return s, err
}

// Create makes a webhook, which is sent what happens from now on. secret is that of its signatures, and is never told
// again. Errors: bad_frame, too_large, not_kept.
func (e *Engine) Create(s Spec) (i Info, secret string, err error) {
	if s, err = e.check(s); err != nil {
		return i, "", err
	}
	e.changing.Lock()
	defer e.changing.Unlock()
	if len(e.hooks) >= maxHooks {
		return i, "", wire.ErrTooLarge.WithMessage(fmt.Sprintf("There can be at most %d webhooks. Remove one first.", maxHooks))
	}
	secret = newSecret()
	key, err := keyOf(secret)
	if err != nil {
		return i, "", err
	}
	now := time.Now()
	h := newHook(kept{ID: strings.ToLower(rand.Text()[:10]), Spec: s, Secret: secret, Created: now.UnixMilli(), Since: positionNow(e)}, key)
	if err := store(e, append(slices.Clone(e.hooks), h)); err != nil {
		return i, "", err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if followed := e.find(h.ID); followed != nil { // the log has it
		return followed.info(now), secret, nil
	}
	h.Done.N = e.outbox.last
	e.hooks = append(slices.Clone(e.hooks), h)
	e.noteWanted()
	e.outbox.markDirty(recordStatus, e.keys.status(h.ID))
	e.employ(h)
	e.options.Changed()
	return h.info(now), secret, nil
}

// positionNow is the place in the log behind which a new webhook begins. While there is none, nobody follows the log.
func positionNow(e *Engine) uint64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.wanted.Load() == 0 && e.log != nil {
		e.outbox.position = e.log.Last()
	}
	return e.outbox.position
}

// change changes a webhook in the file, then in memory: set changes what is kept, done the rest with mu held. Errors:
// not_allowed, not_kept, and that of set.
func (e *Engine) change(id string, set func(k *kept) error, done func(h *hook)) (i Info, err error) {
	e.changing.Lock()
	defer e.changing.Unlock()
	e.mu.Lock()
	h := e.find(id)
	if h == nil {
		e.mu.Unlock()
		return i, errUnknown
	}
	next := h.kept
	e.mu.Unlock()
	if err := set(&next); err != nil {
		return i, err
	}
	list := slices.Clone(e.hooks)
	list[slices.Index(list, h)] = &hook{kept: next}
	if err := store(e, list); err != nil {
		return i, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	h.kept = next
	done(h)
	h.rouse()
	e.options.Changed()
	return h.info(time.Now()), nil
}

// Change changes what the operator has chosen of a webhook. Its secret stays. Errors: bad_frame, too_large, not_allowed,
// not_kept.
func (e *Engine) Change(id string, s Spec) (Info, error) {
	s, err := e.check(s)
	if err != nil {
		return Info{}, err
	}
	return e.change(id, func(k *kept) error { k.Spec = s; return nil }, func(h *hook) {
		h.failures, h.next = 0, time.Time{}
		e.keepWanted(h)
		e.noteWanted()
	})
}

// keepWanted takes out of a queue what the webhook does not want any more. mu is held.
func (e *Engine) keepWanted(h *hook) {
	h.queue = slices.DeleteFunc(h.queue, func(r ref) bool {
		if h.wants(r.name) {
			return false
		}
		e.outbox.release(r.event)
		return true
	})
}

// Pause pauses a webhook, or has it go on. What happens meanwhile waits. Errors: not_allowed, not_kept.
func (e *Engine) Pause(id string, paused bool) (Info, error) {
	return e.change(id, func(k *kept) error {
		if paused != (k.PausedBy != "") {
			k.PausedBy, k.PausedAt, k.Seen = "", 0, false
			if paused {
				k.PausedBy, k.PausedAt = ByOperator, time.Now().UnixMilli()
			}
		}
		return nil
	}, func(h *hook) {
		if h.failures, h.next = 0, (time.Time{}); !paused && h.Failing {
			h.StateSince = time.Now().UnixMilli() // it has another day
			e.outbox.mark(recordStatus, e.keys.status(h.ID))
		}
	})
}

// pauseFailing pauses a webhook that has failed for too long.
func (e *Engine) pauseFailing(id string) {
	i, err := e.change(id, func(k *kept) error {
		k.PausedBy, k.PausedAt, k.Seen = ByFailures, time.Now().UnixMilli(), false
		return nil
	}, func(*hook) {})
	if err != nil {
		e.options.Logger.Error("pause a webhook", "error", err)
		return // the next failure tries again
	}
	e.options.Happened("webhook_paused", i)
}

// Retry has a webhook that fails try again at once. Errors: not_allowed.
func (e *Engine) Retry(id string) (Info, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	h := e.find(id)
	switch {
	case h == nil:
		return Info{}, errUnknown
	case h.PausedBy != "":
		return Info{}, wire.ErrNotAllowed.WithMessage("That webhook is paused. Resume it first.")
	}
	h.next = time.Time{}
	h.rouse()
	e.options.Changed()
	return h.info(time.Now()), nil
}

// Test sends a webhook an event of type "test", and returns what it answered, and which webhook it was. It waits for the
// answer. Errors: not_allowed, and that of ctx.
func (e *Engine) Test(ctx context.Context, id string) (TestResult, Info, error) {
	e.mu.Lock()
	h := e.find(id)
	e.mu.Unlock()
	if h == nil {
		return TestResult{}, Info{}, errUnknown
	}
	body, err := json.Marshal(payload{Type: "test", Time: wire.Time(time.Now()).String(), Room: e.options.Room()})
	if err != nil {
		return TestResult{}, Info{}, err
	}
	o, ok := worker{e, h}.call(ctx, letter{newID(), body})
	if !ok {
		return TestResult{}, Info{}, ctx.Err()
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	return TestResult{Status: o.status, MS: o.took.Milliseconds(), Body: o.body, Error: o.err}, h.info(time.Now()), nil
}

// Remove removes a webhook, with what waits for it, and returns what it was. Errors: not_allowed, not_kept.
func (e *Engine) Remove(id string) (i Info, err error) {
	e.changing.Lock()
	defer e.changing.Unlock()
	e.mu.Lock()
	h := e.find(id)
	if h == nil {
		e.mu.Unlock()
		return i, errUnknown
	}
	i = h.info(time.Now())
	left := slices.DeleteFunc(slices.Clone(e.hooks), func(o *hook) bool { return o == h })
	e.mu.Unlock()
	if err := store(e, left); err != nil {
		return i, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.find(id) != nil { // else the log has removed it
		dropHook(e, h)
	}
	return i, nil
}

// Host is the host of a webhook's URL, as lists that others see name it: the rest may hold a secret.
func (i *Info) Host() string {
	u, err := url.Parse(i.URL)
	if err != nil {
		return ""
	}
	return u.Host
}

// Notice returns what the operator should know, and since when; "" where there is nothing.
func (e *Engine) Notice() (message, since string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.damaged != "" {
		return "Belfry could not read all webhooks. Those it could not read are not called any more. The file is kept in the data folder as webhooks.json" + atomicfile.Damaged + ".", e.damaged
	}
	for _, h := range e.hooks {
		i := h.info(time.Now())
		switch {
		case h.PausedBy == ByFailures && !h.Seen:
			return fmt.Sprintf("The webhook to %s is paused: %s What happens meanwhile waits.", i.Host(), cmp.Or(h.Error, "It failed.")), formatTime(h.PausedAt)
		case h.Dropped > 0:
			return fmt.Sprintf("The webhook to %s: %s", i.Host(), dropped(h.Dropped)), i.StateSince
		}
	}
	return "", ""
}

// LookedAt notes that the operator has read the Notice, and reports whether there was one. Errors: not_kept.
func (e *Engine) LookedAt() (was bool, err error) {
	e.changing.Lock()
	defer e.changing.Unlock()
	was, seen := lookedAt(e)
	if len(seen) == 0 {
		return was, nil
	}
	list := slices.Clone(e.hooks)
	for i, h := range list {
		if slices.Contains(seen, h) {
			next := h.kept
			next.Seen = true
			list[i] = &hook{kept: next}
		}
	}
	if err := store(e, list); err != nil {
		return was, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, h := range seen {
		h.Seen = true
	}
	return was, nil
}

// lookedAt is LookedAt in memory; seen are the paused ones of which the file or the log is to say so.
func lookedAt(e *Engine) (was bool, seen []*hook) {
	e.mu.Lock()
	defer e.mu.Unlock()
	was, e.damaged = e.damaged != "", ""
	for _, h := range e.hooks {
		if h.Dropped > 0 {
			was, h.Dropped = true, 0
			e.outbox.mark(recordStatus, e.keys.status(h.ID))
		}
		if h.PausedBy == ByFailures && !h.Seen {
			was, seen = true, append(seen, h)
		}
	}
	return was, seen
}
