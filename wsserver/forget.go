package wsserver

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"belfry/wsserver/admission"
	"belfry/wsserver/dispatch"
	"belfry/wsserver/hub"
	"belfry/wsserver/identity"
	"belfry/wsserver/msglog"
	"belfry/wsserver/receipts"
	"belfry/wsserver/settings"
)

const (
	// forgetEvery is how often forgetting looks for persons who left nothing, forgetAgain how long it rests after each
	// forgetStep of them.
	forgetEvery = time.Minute
	forgetAgain = 20 * time.Millisecond
	forgetStep  = 100
	// namesEvery is how often it looks for names that have run out.
	namesEvery = time.Hour
	// keptFor is after how long it looks again at a person of whom something is kept.
	keptFor = 6 * time.Hour
)

// forgetting drops persons who left nothing: no message, no receipt, no grant, no ban. First what the ledger knows of them,
// once their membership has ended; 30 days later their claim. It looks at each under the person's lock.
type forgetting struct {
	settings   *settings.Store
	hub        *hub.Hub
	ledger     *receipts.Ledger
	identities *identity.Store
	admission  struct {
		grants *admission.Grants
		bans   *admission.Bans
	}
	dispatcher *dispatch.Dispatcher
	logger     *slog.Logger
	now        func() time.Time
	looked     time.Time // when names has looked last
}

// run is a loop until ctx ends.
func (f *forgetting) run(ctx context.Context, log msglog.Log) {
	f.identities.QueueUnseen(f.ledger.Known, f.now())
	for ctx.Err() == nil {
		rest(ctx, forgetEvery)
		if err := f.round(ctx, log); err != nil && ctx.Err() == nil {
			f.logger.Warn("forget persons", "error", err)
		}
	}
}

// round forgets all who may be forgotten now.
func (f *forgetting) round(ctx context.Context, log msglog.Log) error {
	if len(f.settings.Unreadable()) > 0 {
		return nil // it is not known how long to keep anything
	}
	f.names()
	err := errors.Join(f.members(ctx, log), f.claims(ctx, log), log.ForgetPruned(ctx, f.isGone))
	f.ledger.Compact()
	return err
}

// rest waits for d, or for the end of ctx.
func rest(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

func (f *forgetting) ages() receipts.Ages {
	limits := f.settings.Effective()
	return receipts.Ages{Now: f.now(), Away: limits.MemberTime(), Name: limits.NameTime()}
}

// names lets go of names that are not reserved any more, on a log that several servers share: each looks, and the first one
// writes it.
func (f *forgetting) names() {
	if now := f.now(); now.Sub(f.looked) >= namesEvery {
		f.looked = now
		for _, userID := range f.ledger.SharedNames().RunOut(f.ages().Name) {
			f.keep(f.ledger.ReleaseName(userID)...)
		}
	}
}

// members forgets what the ledger knows of persons who left nothing.
func (f *forgetting) members(ctx context.Context, log msglog.Log) error {
	for ctx.Err() == nil {
		quiet := f.ledger.Quiet(f.ages())
		if len(quiet) == 0 {
			return nil
		}
		for i, userID := range quiet {
			if err := f.member(ctx, log, userID); err != nil {
				return err
			}
			if i%forgetStep == forgetStep-1 {
				rest(ctx, forgetAgain)
			}
		}
	}
	return ctx.Err()
}

func (f *forgetting) member(ctx context.Context, log msglog.Log, userID string) error {
	defer f.identities.Lock(userID)()
	kept, err := f.isKept(ctx, log, userID)
	if err != nil {
		return err
	}
	if kept {
		f.ledger.LookAgain(userID, f.now().Add(keptFor))
		return nil
	}
	if seen, ok := f.ledger.Forget(userID, f.ages()); ok {
		if r, ok := f.identities.NoteSeen(userID, seen); ok {
			f.keep(r)
		}
	}
	return nil
}

// claims ends the claims of persons who left nothing else, and were not seen for long.
func (f *forgetting) claims(ctx context.Context, log msglog.Log) error {
	soon := f.settings.Effective().MemberTime()
	for i := 0; ctx.Err() == nil; i++ {
		userID, ok := f.identities.NextUnseen(f.now(), soon)
		if !ok {
			return nil
		}
		if err := f.claim(ctx, log, userID); err != nil {
			return err
		}
		if i%forgetStep == forgetStep-1 {
			rest(ctx, forgetAgain)
		}
	}
	return ctx.Err()
}

func (f *forgetting) claim(ctx context.Context, log msglog.Log, userID string) error {
	defer f.identities.Lock(userID)()
	if f.ledger.Known(userID) {
		return nil // they were here again: it is looked at once the ledger has forgotten them
	}
	kept, err := f.isKept(ctx, log, userID)
	if err == nil && !kept {
		if r, failed, ok := f.identities.End(userID); ok {
			f.keepOr(failed, r)
			return nil
		}
	}
	f.identities.NoteSeen(userID, f.now().UnixMilli()) // in memory: it is looked at again as late
	return err
}

// isKept reports whether something of a person is kept beside the ledger and the claim.
func (f *forgetting) isKept(ctx context.Context, log msglog.Log, userID string) (bool, error) {
	for _, kind := range []string{admission.Muted, admission.Blocked} {
		if _, ok := f.admission.bans.OfPerson(kind, userID); ok {
			return true, nil
		}
	}
	if len(f.hub.PeersOf(userID)) > 0 || f.admission.grants.Has(userID) {
		return true, nil
	}
	seqs, err := log.Seqs(ctx, msglog.Query{UserID: userID, Limit: 1})
	return len(seqs) > 0, err
}

// isGone reports whether nobody can ask any more for the private conversation of a user_id up to now: the next one to claim
// the user_id begins another.
func (f *forgetting) isGone(userID string) bool {
	return !f.identities.Claimed(userID) && !f.ledger.Known(userID) && len(f.hub.PeersOf(userID)) == 0
}

// keep has a change written with one of the next commits: if that fails, the next round, or the next start, finds the same.
func (f *forgetting) keep(records ...msglog.Record) { f.keepOr(func(error) {}, records...) }

// keepOr is keep with what is to be done where it fails.
func (f *forgetting) keepOr(failed func(error), records ...msglog.Record) {
	err := f.dispatcher.Post(dispatch.Post{Records: records, Done: func(_ msglog.Appended, err error) {
		if err != nil { // which the dispatcher logs
			failed(err)
		}
	}})
	if err != nil { // the server stops
		failed(err)
	}
}
