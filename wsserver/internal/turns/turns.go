// Package turns bounds how many do some work at once, in the order in which they came.
//
// Go runs whatever is runnable in turn. With ten thousand runnable goroutines, a message that is to be committed and sent
// waits for ten thousand others; one that waits for its turn here is not runnable, and costs the others nothing.
package turns

import (
	"container/list"
	"context"
	"runtime"
	"sync"
)

// Turns lets a number of callers work at once. However long one waits, it fails only if its context has ended.
type Turns struct {
	mu      sync.Mutex
	free    int
	waiting list.List // of func(), called with mu held when the turn has come; none blocks
}

// New makes turns for n at once.
func New(n int) *Turns { return &Turns{free: n} }

// PerProcessor makes turns for work that needs a processor: as many as there are, and at least two.
func PerProcessor() *Turns { return New(max(2, runtime.GOMAXPROCS(0))) }

// Turn is the turn of one caller, which alone uses it, and ends it.
type Turn struct {
	of   *Turns
	held bool
}

// Take waits for a turn, behind all others who wait. Its error is ctx's: then there is no turn.
func (t *Turns) Take(ctx context.Context) (*Turn, error) {
	if err := t.take(ctx, false); err != nil {
		return nil, err
	}
	return &Turn{t, true}, nil
}

// End gives the turn to the next one.
func (t *Turn) End() {
	if t.held {
		t.held = false
		t.of.give()
	}
}

// Pause gives the turn to the next one while wait waits, and then takes one again, before those who have not begun. Its error
// is ctx's: then the turn has ended.
func (t *Turn) Pause(ctx context.Context, wait func()) error {
	t.End()
	wait()
	err := t.of.take(ctx, true)
	t.held = err == nil
	return err
}

// Go calls work in a goroutine of its own when its turn has come, and ends the turn when work returns. Until then there is no
// goroutine. If ctx ends before that, work is called with ctx's error, and without a turn.
func (t *Turns) Go(ctx context.Context, work func(turn *Turn, err error)) {
	inTurn := func() {
		turn := &Turn{t, true}
		defer turn.End()
		work(turn, nil)
	}
	var stop func() bool
	ready := make(chan struct{}) // stop is set
	place := t.queue(func() { go func() { <-ready; stop(); inTurn() }() }, false)
	if place == nil {
		go inTurn()
		return
	}
	stop = context.AfterFunc(ctx, func() {
		if t.leave(place) {
			work(nil, ctx.Err())
		}
	})
	close(ready)
}

func (t *Turns) take(ctx context.Context, first bool) error {
	come := make(chan struct{})
	place := t.queue(func() { close(come) }, first)
	if place == nil {
		return nil
	}
	select {
	case <-come:
		return nil
	case <-ctx.Done():
	}
	if !t.leave(place) { // both happened at once: pass the turn on
		t.give()
	}
	return ctx.Err()
}

// queue takes a turn and returns nil, or has come called when there is one: after all others who wait, or as the first.
func (t *Turns) queue(come func(), first bool) *list.Element {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.free > 0:
		t.free--
		return nil
	case first:
		return t.waiting.PushFront(come)
	}
	return t.waiting.PushBack(come)
}

// leave ends a wait, and reports false if the turn has come already.
func (t *Turns) leave(place *list.Element) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	before := t.waiting.Len()
	t.waiting.Remove(place)
	return t.waiting.Len() < before
}

// give gives a turn to the one that comes next.
func (t *Turns) give() {
	t.mu.Lock()
	defer t.mu.Unlock()
	next := t.waiting.Front()
	if next == nil {
		t.free++
		return
	}
	t.waiting.Remove(next).(func())()
}
