package dispatch

import (
	"context"
	"time"

	"belfry/wsserver/msglog"
	"belfry/wsserver/wire"
)

// This file is of a log that is one of several: whether a group is in their order may stay unknown for seconds, while they find a
// leader. Nothing else can be put into it meanwhile.

const (
	// refuseBehind is how long after a group was begun what waits behind it is refused: it never left this machine.
	refuseBehind = 2 * time.Second
	// abandonAfter is how long after that group was begun those who wrote it are ended without an answer. They send it again under its
	// id, perhaps to another machine, which knows whether it was accepted.
	abandonAfter = 10 * time.Second
)

// appendToLog appends one group.
func (d *Dispatcher) appendToLog(changes []msglog.Change) error {
	if d.log.Shared() {
		done, ended := make(chan struct{}), make(chan struct{})
		go func() { // waited for below
			defer close(ended)
			d.watchAppend(done)
		}()
		defer func() { close(done); <-ended }()
	}
	_, err := d.log.Append(context.Background(), changes)
	return err
}

// watchAppend answers for a group whose outcome is not known for long, until done is closed.
func (d *Dispatcher) watchAppend(done <-chan struct{}) {
	began, abandoned := time.Now(), false
	t := time.NewTimer(refuseBehind)
	defer t.Stop()
	for {
		select {
		case <-done:
			return
		case <-t.C:
		}
		d.refusePending()
		if time.Since(began) >= abandonAfter && !abandoned {
			abandoned = true
			d.abandon()
		}
		t.Reset(refuseBehind / 4)
	}
}

// refusePending answers what waits to be committed.
func (d *Dispatcher) refusePending() {
	d.mu.Lock()
	posts := d.pending
	d.pending = nil
	d.mu.Unlock()
	if len(posts) > 0 {
		d.fail(posts, wire.ErrCutOff)
		d.release(group{posts: posts})
	}
}

// abandon ends those who wrote the group that is being committed.
func (d *Dispatcher) abandon() {
	d.mu.Lock()
	posts := d.inFlight.posts
	d.mu.Unlock()
	for i := range posts {
		if from := posts[i].From; from != nil {
			d.hooks.Abandoned(from)
		}
	}
}
