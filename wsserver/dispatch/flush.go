package dispatch

import (
	"context"
	"errors"
	"time"

	"belfry/wsserver/wire"
)

// This file writes the changes of the ledger and the outbox: in commits of their own, each of a few milliseconds, so that
// no message waits for what thousands of people have read, or for thousands who come back at once.

// Flush commits the changes that there are now, and returns once they are durable. Only one call may be under way.
// Messages go first: of the changes, one piece is committed between two groups.
func (d *Dispatcher) Flush() error {
	done := make(chan error, 1)
	d.mu.Lock()
	if d.closed {
		d.mu.Unlock()
		return wire.ErrClosing
	}
	d.flushed = done
	d.notEmpty.Signal()
	d.mu.Unlock()
	return <-done
}

// FlushAll commits all changes after Close. It blocks for the disk.
func (d *Dispatcher) FlushAll() error {
	d.ledger.Merge()
	for more := true; more; {
		var err error
		if more, err = d.flushPiece(); err != nil {
			return err
		}
	}
	return nil
}

// flushPiece commits one piece of the changes. more reports whether others are left of what there was at the first piece.
func (d *Dispatcher) flushPiece() (more bool, err error) {
	var n noted
	n.ledger, more = d.ledger.Flush()
	n.outbox = d.outbox.Flush()
	if _, err = d.keepNoted(n); err != nil {
		return more, err
	}
	local, moreLocal := d.ledger.FlushLocal()
	if len(local) > 0 {
		if err = d.log.KeepLocal(context.Background(), local); err != nil {
			d.ledger.MarkDirty(local)
		}
	}
	return more || moreLocal, err
}

// flushIfAsked commits one piece of the changes where Flush waits for them.
func (d *Dispatcher) flushIfAsked() {
	d.mu.Lock()
	done := d.flushed
	if done != nil {
		d.committing = time.Now()
	}
	d.mu.Unlock()
	if done == nil {
		return
	}
	began := time.Now()
	more, err := d.flushPiece()
	d.hooks.Appended(time.Since(began), err)
	if err != nil && !errors.Is(err, wire.ErrCutOff) { // that is said once, of the whole machine
		d.logger.Error("write receipts to the log", "error", err)
	}
	if err != nil || !more {
		d.mu.Lock()
		d.flushed = nil
		d.mu.Unlock()
		done <- err
	}
	if d.hooks.Committed(err) {
		d.hooks.LogGone()
	}
}
