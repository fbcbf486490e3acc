package feed

import (
	"context"

	"belfry/wsserver/msglog"
	"belfry/wsserver/wire"
)

// followPage is how many entries a Follower reads at once, followBytes about how much text.
const (
	followPage  = 256
	followBytes = 256 << 10
)

// Follower reads the messages of some streams, and the withdrawals, in rising seq: first what its program missed, then what
// comes. It has one user at a time.
type Follower struct {
	log      msglog.Log
	feed     *Feed
	streams  []msglog.Stream // nil: all
	wanted   map[msglog.Stream]bool
	position uint64
	stop     func()
}

// NewFollower begins to follow streams of a log, nil being all there are: what the feed is given from now on is read by Next.
// The caller ends it with Close.
func NewFollower(log msglog.Log, feed *Feed, streams []msglog.Stream) *Follower {
	f := &Follower{log: log, feed: feed}
	if streams != nil {
		f.streams = append([]msglog.Stream{{Audience: msglog.AudienceWithdrawn}}, streams...)
		f.wanted = map[msglog.Stream]bool{}
		for _, stream := range f.streams {
			f.wanted[stream] = true
		}
	}
	f.position, f.stop = feed.Follow()
	return f
}

// Close ends it.
func (f *Follower) Close() { f.stop() }

// Position is the seq up to which everything was read.
func (f *Follower) Position() uint64 { return f.position }

// Missed calls each for everything after since up to where Follow began, and returns the frame that says how complete it was.
// epoch is the run that since is of, "" the present one. A place that this log does not know is gone: then each is called for
// all that is kept. One that is ahead of this server, but not of its log, is waited for; closing is the error where that takes
// too long.
func (f *Follower) Missed(ctx context.Context, since uint64, epoch string, each func(*Item) error) (wire.RecoveredFrame, error) {
	if err := f.reach(ctx, since, epoch); err != nil {
		return wire.RecoveredFrame{}, err
	}
	since, gone := msglog.PlaceOf(f.log, since, epoch)
	r := msglog.Recovered(f.log, f.topics(), since, gone, f.position)
	for after := since; after < f.position; {
		items, reached, err := f.page(ctx, after, f.position)
		if err != nil {
			return r, err
		}
		for _, i := range items {
			if err := each(i); err != nil {
				return r, err
			}
		}
		after = reached
	}
	// Asked for at the end: retention may have been faster than the reader.
	msglog.NotePruned(&r, f.log, f.streams, since)
	return r, nil
}

// errAhead is of a program that is still ahead then.
var errAhead = wire.ErrClosing.WithMessage("This server does not have all that you have read elsewhere. Connect again in a moment.")

// reach waits for what a program has read at another server of the same log, and begins to follow behind it.
func (f *Follower) reach(ctx context.Context, since uint64, epoch string) error {
	if !msglog.IsAhead(f.log, since, epoch, f.position) {
		return nil
	}
	waiting, stop := context.WithTimeout(ctx, msglog.AheadTimeout)
	defer stop()
	if err := f.feed.Wait(waiting, since-1); err != nil {
		if ctx.Err() == nil && waiting.Err() != nil {
			return errAhead
		}
		return err
	}
	f.position = since
	return nil
}

// topics are the names of the topics that are followed.
func (f *Follower) topics() []string {
	names := []string{}
	for _, s := range f.streams {
		if s.Audience == msglog.AudienceTopic {
			names = append(names, s.Name)
		}
	}
	return names
}

// errBehind is of a follower that retention has overtaken.
var errBehind = &wire.Error{Code: "too_slow", Message: "You read too slowly: some messages are no longer kept. Connect again from where you are."}

// Next waits for messages and returns some of them. Errors: closing, too_slow where retention has removed what was not read
// yet, and ctx's.
func (f *Follower) Next(ctx context.Context) ([]*Item, error) {
	for {
		if err := f.feed.Wait(ctx, f.position); err != nil {
			return nil, err
		}
		all, reached, ok := f.feed.After(f.position, followPage)
		items := f.ofStreams(all)
		if !ok {
			var err error
			if items, reached, err = f.page(ctx, f.position, f.feed.Last()); err != nil {
				return nil, err
			}
			if f.log.Pruned(f.streams) > f.position {
				return nil, errBehind
			}
		}
		f.position = reached
		if len(items) > 0 {
			return items, nil
		}
	}
}

// ofStreams are those items that are followed.
func (f *Follower) ofStreams(all []*Item) []*Item {
	if f.streams == nil {
		return all
	}
	items := make([]*Item, 0, len(all))
	for _, i := range all {
		if f.wanted[i.Stream()] {
			items = append(items, i)
		}
	}
	return items
}

// page reads some of the log after a position, up to a position, and returns how far that is.
func (f *Follower) page(ctx context.Context, after, to uint64) (items []*Item, reached uint64, err error) {
	entries, more, err := f.log.Page(ctx, msglog.Query{
		Streams: f.streams, Withdrawals: f.streams == nil, After: after, Before: to + 1, Forward: true, Limit: followPage, Bytes: followBytes,
	})
	for _, e := range entries {
		items = append(items, NewItem(e))
		reached = e.Seq
	}
	if !more {
		reached = to
	}
	return items, reached, err
}
