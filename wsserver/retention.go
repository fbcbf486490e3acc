package wsserver

import (
	"context"
	"time"

	"belfry/wsserver/msglog"
	"belfry/wsserver/receipts"
)

// This file keeps the log within the operator's bounds, and writes what the ledger has noted.

const (
	// pruneEvery is how often retention looks for what is too old; pruneAgain how soon after a step that left some.
	pruneEvery = time.Minute
	pruneAgain = 50 * time.Millisecond
)

// retention prunes the log until ctx ends, in small steps that others write between.
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

// pauseRetention waits for d, or until retention was changed, or ctx ends.
func (s *Server) pauseRetention(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-s.prune:
	case <-ctx.Done():
	}
}

// pruneNow lets retention look at once.
func (s *Server) pruneNow() {
	select {
	case s.prune <- struct{}{}:
	default:
	}
}

// forget drops what is known of messages that are no longer kept.
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

// flushReceipts writes what the ledger has noted, where no message's commit has done it meanwhile, until ctx ends.
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
		// Without records of its own the commit takes what the ledger has. A failure is logged by the bus, and tried
		// again next time.
		if err := s.dispatcher.Keep(); err != nil {
			wait = 2 * receipts.FlushEvery
		}
	}
}
