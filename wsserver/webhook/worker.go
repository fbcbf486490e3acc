package webhook

import (
	"context"
	"math/rand/v2"
	"time"
)

const (
	// minWait and maxWait bound the time between two tries.
	minWait = time.Second
	maxWait = 10 * time.Minute
	// pauseAfter is for how long a webhook fails before it is paused.
	pauseAfter = 24 * time.Hour
	// failedTimes is how often in a row it fails before that is noted in the audit list: a receiver that restarts is no news.
	failedTimes = 3
	// gone is the status with which a receiver says that it is there no more.
	gone = 410
	// logWait is how long it waits where the log cannot be read.
	logWait = 5 * time.Second
)

// Run is a loop until ctx ends: it sends what waits.
func (e *Engine) Run(ctx context.Context) {
	e.mu.Lock()
	e.working = ctx
	for _, h := range e.hooks {
		e.employ(h)
	}
	e.mu.Unlock()
	<-ctx.Done()
	e.mu.Lock()
	e.working = nil // nobody is employed any more
	e.mu.Unlock()
	e.running.Wait()
}

// employ starts the worker of a webhook, where workers work. mu is held.
func (e *Engine) employ(h *hook) {
	if e.working == nil {
		return
	}
	ctx, cancel := context.WithCancel(e.working)
	h.cancel = cancel
	e.running.Go(func() { worker{e, h}.work(ctx) })
}

// sleep waits until the webhook is roused, for d (0: for ever), or for the end of ctx.
func (h *hook) sleep(ctx context.Context, d time.Duration) {
	var over <-chan time.Time
	if d > 0 {
		t := time.NewTimer(d)
		defer t.Stop()
		over = t.C
	}
	select {
	case <-h.wake:
	case <-over:
	case <-ctx.Done():
	}
}

// worker sends the events of one webhook.
type worker struct {
	engine *Engine
	*hook
}

// work sends them one after another.
func (w worker) work(ctx context.Context) {
	for ctx.Err() == nil {
		r, spec, wait := w.nextOf()
		if r == nil {
			w.sleep(ctx, wait)
			continue
		}
		l, taken, err := write(ctx, w.engine, spec, *r)
		switch {
		case err != nil:
			w.engine.options.Logger.Warn("read an event of a webhook", "error", err)
			w.sleep(ctx, logWait)
		case taken:
			w.skip(*r)
		default:
			w.deliver(ctx, *r, l)
		}
	}
}

// nextOf returns what a webhook is to be sent now; nil: nothing, for a time, or until it is roused.
func (w worker) nextOf() (r *ref, spec Spec, wait time.Duration) {
	w.engine.mu.Lock()
	defer w.engine.mu.Unlock()
	if w.PausedBy != "" || len(w.queue) == 0 || w.queue[0].event != nil && !w.queue[0].event.kept {
		return nil, spec, 0
	}
	if wait = time.Until(w.next); wait > 0 {
		return nil, spec, wait
	}
	first := w.queue[0]
	return &first, w.Spec, 0
}

// skip passes over an event.
func (w worker) skip(r ref) {
	w.engine.mu.Lock()
	defer w.engine.mu.Unlock()
	if len(w.queue) > 0 && w.queue[0] == r {
		w.engine.pop(w.hook)
		w.engine.options.Changed()
	}
}

// deliver makes one try at an event.
func (w worker) deliver(ctx context.Context, r ref, l letter) {
	o, ok := w.call(ctx, l)
	if !ok || ctx.Err() != nil {
		return // what became of it is not known: it is sent again, under the same id
	}
	failing, pause := w.settle(r, o, time.Now())
	if failing != nil {
		w.engine.options.Happened("webhook_failing", *failing)
	}
	if pause {
		w.engine.pauseFailing(w.ID)
	}
}

// call makes one request, while no other of that webhook is under way. It reports false where ctx ended before.
func (w worker) call(ctx context.Context, l letter) (o outcome, ok bool) {
	select {
	case w.sending <- struct{}{}:
	case <-ctx.Done():
		return o, false
	}
	defer func() { <-w.sending }()
	w.engine.mu.Lock()
	q := request{url: w.URL, id: l.id, key: w.key, body: l.body}
	w.engine.mu.Unlock()
	return post(ctx, w.engine.options.Dial, w.engine.options.Agent, q), true
}

// settle notes what became of a try. failing is set where that is to be said now; pause: it has failed for too long.
func (w worker) settle(r ref, o outcome, now time.Time) (failing *Info, pause bool) {
	w.engine.mu.Lock()
	defer w.engine.mu.Unlock()
	defer w.engine.options.Changed()
	if o.err == "" {
		w.engine.sent++
		if len(w.queue) > 0 && w.queue[0] == r { // else it was dropped meanwhile
			w.engine.pop(w.hook)
		}
		if w.Failing {
			w.Failing, w.StateSince, w.Error = false, now.UnixMilli(), ""
		}
		w.failures, w.next = 0, time.Time{}
		w.countSent(now)
		w.engine.outbox.markDirty(recordStatus, w.engine.keys.status(w.ID))
		return nil, false
	}
	w.engine.failed++
	if !w.Failing {
		w.Failing, w.StateSince = true, now.UnixMilli()
		w.engine.outbox.mark(recordStatus, w.engine.keys.status(w.ID))
	}
	w.Error = o.err
	w.failures++
	w.next = now.Add(max(backoff(w.failures), o.after))
	if w.failures == failedTimes {
		i := w.info(now)
		failing = &i
	}
	return failing, o.status == gone || now.Sub(time.UnixMilli(w.StateSince)) >= pauseAfter
}

// backoff is how long to wait after so many failures in a row: at random, up to a time that doubles each time.
func backoff(failures int) time.Duration {
	most := min(minWait<<min(failures, 16), maxWait)
	return minWait + rand.N(most-minWait)
}
