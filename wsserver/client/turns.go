package client

import (
	"container/list"
	"context"
	"sync"
)

// readersAtOnce is how many catch-ups read the log at once: one fewer than the log can serve, so that a whole room coming
// back at once leaves a place for everything else.
const readersAtOnce = 3

// turns lets catch-ups read the log in the order in which they asked. However long one waits, it fails only if its connection
// has ended.
type turns struct {
	mu      sync.Mutex
	reading int
	waiting list.List // of chan struct{}, closed when the turn has come
}

// do calls read when its turn has come. It returns read's error, or ctx's if ctx ends first.
func (t *turns) do(ctx context.Context, read func() error) error {
	if err := t.take(ctx); err != nil {
		return err
	}
	defer t.give()
	return read()
}

func (t *turns) take(ctx context.Context) error {
	t.mu.Lock()
	if t.reading < readersAtOnce {
		t.reading++
		t.mu.Unlock()
		return nil
	}
	come := make(chan struct{})
	place := t.waiting.PushBack(come)
	t.mu.Unlock()
	select {
	case <-come:
		return nil
	case <-ctx.Done():
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	select {
	case <-come: // both happened at once: pass the turn on
		t.pass()
	default:
		t.waiting.Remove(place)
	}
	return ctx.Err()
}

func (t *turns) give() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.pass()
}

// pass gives a turn to the one that has waited longest. mu is held.
func (t *turns) pass() {
	next := t.waiting.Front()
	if next == nil {
		t.reading--
		return
	}
	close(t.waiting.Remove(next).(chan struct{}))
}

// cancels are the things that must end with a connection: a recovery, and a catch-up that waits for it.
type cancels struct {
	mu   sync.Mutex
	list []context.CancelFunc
}

// cancelsKept is how many of them a connection may have under way: those that have ended need not be called.
const cancelsKept = 2

func (l *cancels) add(f context.CancelFunc) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.list = append(l.list[max(0, len(l.list)-cancelsKept+1):], f)
}

func (l *cancels) callAll() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, f := range l.list {
		f()
	}
}
