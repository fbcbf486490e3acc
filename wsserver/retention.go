package wsserver

import (
	"context"
	"time"

	"belfry/wsserver/msglog"
	"belfry/wsserver/receipts"
)

const (
	// pruneEvery is how often retention looks for old messages, pruneAgain how soon after a step that left some.
	pruneEvery = time.Minute
	pruneAgain = 50 * time.Millisecond
)

// retention is a loop until ctx ends: it prunes the log to the settings, in small steps, so that commits get in between.
func (s *Server) retention(ctx context.Context, log msglog.Log) {
	for wait := pruneEvery; ; {
		s.pauseRetention(ctx, wait)
		if ctx.Err() != nil {
			return
		}
		limits := s.settings.Effective()
		more, err := log.Prune(ctx, time.Now().AddDate(0, 0, -limits.KeepDays), limits.KeepBytes)
		if wait = pruneEvery; more && err == nil {
			wait = pruneAgain
		} else if err == nil {
			err = s.forget(ctx, log)
		}
		if err != nil && ctx.Err() == nil {
			s.config.Logger.Warn("retention", "error", err)
		}
	}
}

// pauseRetention waits for d, for a change of the settings, or for the end of ctx.
func (s *Server) pauseRetention(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-s.prune:
	case <-ctx.Done():
	}
}

// pruneNow makes retention look at once.
func (s *Server) pruneNow() {
	select {
	case s.prune <- struct{}{}:
	default:
	}
}

// forget removes receipts and reminders of messages that were pruned.
func (s *Server) forget(ctx context.Context, log msglog.Log) error {
	first := log.Last() + 1
	oldest, _, err := log.Page(ctx, msglog.Query{Forward: true, Limit: 1})
	if err != nil {
		return err
	}
	if len(oldest) > 0 {
		first = oldest[0].Seq
	}
	s.stores.ledger.Prune(first)
	if erased := s.stores.reminders.Prune(first); len(erased) > 0 {
		return s.dispatcher.Keep(erased...)
	}
	return nil
}

// flushReceipts is a loop until ctx ends: it writes what has changed in the ledger, where no message's commit has done it.
func (s *Server) flushReceipts(ctx context.Context) {
	for wait := receipts.FlushEvery; ; {
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return
		}
		wait = receipts.FlushEvery
		if !s.stores.ledger.Dirty() {
			continue
		}
		// A commit takes the ledger's changes with it, also one without records. The dispatcher logs a failure; the next
		// round tries again.
		if err := s.dispatcher.Keep(); err != nil {
			wait = 2 * receipts.FlushEvery
		}
	}
}
