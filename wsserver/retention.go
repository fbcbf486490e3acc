package wsserver

import (
	"context"
	"log/slog"
	"time"

	"belfry/wsserver/dispatch"
	"belfry/wsserver/msglog"
	"belfry/wsserver/receipts"
	"belfry/wsserver/settings"
)

const (
	// pruneEvery is how often retention looks for old messages, pruneAgain how soon after a step that left some.
	pruneEvery = time.Minute
	pruneAgain = 50 * time.Millisecond
)

// retention prunes the log to the settings, and with it what the ledger and the reminders know of the messages.
type retention struct {
	settings   *settings.Store
	ledger     *receipts.Ledger
	reminders  *receipts.Reminders
	dispatcher *dispatch.Dispatcher
	logger     *slog.Logger
	now        chan struct{} // makes it look at once
}

// run is a loop until ctx ends. It prunes in small steps, so that commits get in between.
func (r *retention) run(ctx context.Context, log msglog.Log) {
	for wait := pruneEvery; ; {
		r.pause(ctx, wait)
		if ctx.Err() != nil {
			return
		}
		limits := r.settings.Effective()
		more, err := log.Prune(ctx, time.Now().AddDate(0, 0, -limits.KeepDays), limits.KeepBytes)
		if wait = pruneEvery; more && err == nil {
			wait = pruneAgain
		} else if err == nil {
			err = r.forget(ctx, log)
		}
		if err != nil && ctx.Err() == nil {
			r.logger.Warn("retention", "error", err)
		}
	}
}

// pause waits for d, for a change of the settings, or for the end of ctx.
func (r *retention) pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-r.now:
	case <-ctx.Done():
	}
}

// settingsChanged is a subscriber of the settings: it makes the loop look at once where what is kept has changed.
func (r *retention) settingsChanged(_ context.Context, before, now settings.Effective) {
	if before.KeepDays == now.KeepDays && before.KeepBytes == now.KeepBytes {
		return
	}
	select {
	case r.now <- struct{}{}:
	default:
	}
}

// forget removes receipts and reminders of messages that were pruned.
func (r *retention) forget(ctx context.Context, log msglog.Log) error {
	first := log.Last() + 1
	oldest, _, err := log.Page(ctx, msglog.Query{Forward: true, Limit: 1})
	if err != nil {
		return err
	}
	if len(oldest) > 0 {
		first = oldest[0].Seq
	}
	r.ledger.Prune(first)
	if erased := r.reminders.Prune(first); len(erased) > 0 {
		return r.dispatcher.Keep(erased...)
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
