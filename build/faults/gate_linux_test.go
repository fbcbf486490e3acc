package faults

import (
	"context"
	"sync"
	"time"
)

// gate lets people do something, one thing at a time each, except while it is closed.
type gate struct {
	mu     sync.Mutex
	inside int
	closed chan struct{} // closed when the gate opens; nil: it is open
	change chan struct{} // closed, and replaced, when somebody leaves
}

func newGate() *gate { return &gate{change: make(chan struct{})} }

// enter waits until the gate is open; false if ctx has ended.
func (g *gate) enter(ctx context.Context) bool {
	for ctx.Err() == nil {
		g.mu.Lock()
		closed := g.closed
		if closed == nil {
			g.inside++
			g.mu.Unlock()
			return true
		}
		g.mu.Unlock()
		select {
		case <-closed:
		case <-ctx.Done():
		}
	}
	return false
}

// exit is called by whoever has entered.
func (g *gate) exit() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.inside--
	close(g.change)
	g.change = make(chan struct{})
}

// shut closes it, and returns how many are still inside after a time.
func (g *gate) shut(patience time.Duration) (left int) {
	late := time.NewTimer(patience)
	defer late.Stop()
	for {
		g.mu.Lock()
		if g.closed == nil {
			g.closed = make(chan struct{})
		}
		left, change := g.inside, g.change
		g.mu.Unlock()
		if left == 0 {
			return 0
		}
		select {
		case <-change:
		case <-late.C:
			return left
		}
	}
}

// open opens it.
func (g *gate) open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed != nil {
		close(g.closed)
		g.closed = nil
	}
}
