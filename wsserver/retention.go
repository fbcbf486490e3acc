package wsserver

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"belfry/wsserver/admission"
	"belfry/wsserver/clock"
	"belfry/wsserver/conversation"
	"belfry/wsserver/dispatch"
	"belfry/wsserver/feed"
	"belfry/wsserver/msglog"
	"belfry/wsserver/receipts"
	"belfry/wsserver/receipts/reminders"
	"belfry/wsserver/settings"
)

const (
	// pruneEvery is how often retention looks for old messages.
	pruneEvery = time.Minute
	// pruneAgain is how soon it goes on after a step that left some, and pruneRest how many times as long as the step took it
	// rests at least: whoever sends a message meanwhile waits for the step.
	pruneAgain = 15 * time.Millisecond
	pruneRest  = 4
	// rememberEvery is how often the log is told what time it is.
	rememberEvery = time.Hour
	// unseenEvery is how often it looks for grants that have ended by themselves.
	unseenEvery = time.Hour
)

// retention prunes the log to the settings, and with it what the ledger and the reminders know of the messages. It ends the
// grants of those who were not seen for long.
type retention struct {
	settings      *settings.Store
	clock         *clock.Clock
	ledger        *receipts.Ledger
	reminders     *reminders.Reminders
	dispatcher    *dispatch.Dispatcher
	conversations *conversation.Store
	feed          *feed.Feed
	doubtful      func() // called when a doubt about the clock begins or ends
	logger        *slog.Logger
	now           chan struct{} // makes it look at once
	remembered    time.Time     // when the log was last told the time

	grants        *admission.Grants
	inside        func(userID string) bool
	grantsChanged func()
	looked        time.Time // when grants were last looked at
}

// run is a loop until ctx ends. It prunes in small steps, so that commits get in between.
func (r *retention) run(ctx context.Context, log msglog.Log) {
	r.remembered = time.Now() // by the start
	for wait := pruneEvery; ; {
		r.pause(ctx, wait)
		if ctx.Err() != nil {
			return
		}
		r.tick(log)
		if wait = pruneEvery; len(r.settings.Unreadable()) > 0 {
			continue // it is not known what to keep
		}
		began := time.Now()
		more, err := log.Prune(ctx, r.age(), r.settings.Effective().KeepBytes)
		r.feed.Prune(log)
		if more && err == nil {
			wait = max(pruneAgain, pruneRest*time.Since(began))
		} else if err == nil {
			err = errors.Join(r.forget(ctx, log), r.endUnseen(r.clock.Now()))
		}
		if err != nil && ctx.Err() == nil {
			r.logger.Warn("retention", "error", err)
		}
	}
}

// age is what the settings make old, by the sure time.
func (r *retention) age() msglog.Age {
	now := r.clock.Now()
	return msglog.Age{Now: now, Before: now.AddDate(0, 0, -r.settings.Effective().KeepDays), Unsure: r.clock.Unsure()}
}

// look compares the clocks, and reports whether a doubt about the machine's began or ended.
func (r *retention) look(log msglog.Log) (changed bool) {
	if changed = r.clock.Tick(log.Last()); !changed {
		return false
	}
	sure, machine, ok := r.clock.Doubt()
	r.logger.Warn("the machine's clock is far from the time that was seen last", "doubt", ok, "seen", sure.UTC(), "clock", machine.UTC())
	r.doubtful()
	return true
}

// tick looks, and has the log remember the sure time each hour, and when a doubt begins or ends.
func (r *retention) tick(log msglog.Log) {
	if r.look(log) || time.Since(r.remembered) >= rememberEvery {
		r.remembered = time.Now()
		r.remember()
	}
}

// remember has the log remember the sure time with its next commit.
func (r *retention) remember() {
	// The dispatcher logs records that it could not write; the next ones say the same.
	_ = r.dispatcher.Post(dispatch.Post{Records: []msglog.Record{r.clock.Record()}, Done: func(msglog.Appended, error) {}})
}

// confirmed is called when the operator has confirmed settings or the clock: what was put off is done at once.
func (r *retention) confirmed() {
	r.remember()
	r.lookNow()
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
	r.lookNow()
}

// lookNow makes the loop look at once.
func (r *retention) lookNow() {
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
	r.clock.Forget(first)
	r.ledger.Prune(first)
	r.conversations.Prune(first)
	if erased := r.reminders.Prune(first); len(erased) > 0 {
		return r.dispatcher.Keep(erased...)
	}
	return nil
}

// endUnseen ends the grants of those who were not seen for long.
func (r *retention) endUnseen(now time.Time) error {
	if time.Since(r.looked) < unseenEvery {
		return nil
	}
	r.looked = time.Now()
	ended, err := r.grants.EndUnseen(r.dispatcher, r.inside, now)
	if ended > 0 {
		r.grantsChanged()
	}
	return err
}

// flushReceipts is a loop until ctx ends: it has what has changed in the ledger, the webhooks and the audit list written,
// and tells who has left.
func (s *Server) flushReceipts(ctx context.Context) {
	for wait := receipts.FlushEvery; ; {
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return
		}
		wait = receipts.FlushEvery
		s.stores.ledger.TellLeft()
		s.stores.audit.Flush()
		if !s.stores.ledger.Dirty() && !s.stores.webhooks.Dirty() {
			continue
		}
		// The dispatcher logs a failure; the next round tries again.
		if err := s.dispatcher.Flush(); err != nil {
			wait = 2 * receipts.FlushEvery
		}
	}
}
