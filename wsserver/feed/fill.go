package feed

import (
	"context"
	"slices"

	"belfry/wsserver/msglog"
)

// fillPage is how many entries Fill reads of the log at once, fillBytes about how much text.
const (
	fillPage  = 500
	fillBytes = 1 << 20
)

// fill is the state of Fill. Guarded by Feed.mu.
type fill struct {
	done   bool            // there is nothing to fill any more
	ended  chan struct{}   // closed when the present one ends; nil: none is under way
	erased map[uint64]bool // messages that were withdrawn since it began
}

// noteErased has a message left out that the one under way may have read before it was withdrawn.
func (f *fill) noteErased(seq uint64) {
	if f.ended != nil {
		f.erased[seq] = true
	}
}

// CanFill reports whether Fill may add something.
func (f *Feed) CanFill() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return !f.fill.done
}

// Fill adds the newest entries from before the start, as far as they fit. Entries are added meanwhile. It reads the log once:
// whoever calls it at the same time waits for that. Its error is the log's, or ctx's, which only a wait heeds: the others
// wait for the reading.
func (f *Feed) Fill(ctx context.Context, log msglog.Log) error {
	f.mu.Lock()
	if f.fill.done {
		f.mu.Unlock()
		return nil
	}
	if ended := f.fill.ended; ended != nil {
		f.mu.Unlock()
		select {
		case <-ended:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	ended := make(chan struct{})
	f.fill.ended, f.fill.erased = ended, map[uint64]bool{}
	to := f.after
	f.mu.Unlock()

	list, from, err := readBack(context.WithoutCancel(ctx), log, to)

	f.mu.Lock()
	defer f.mu.Unlock()
	if err == nil && !f.fill.done { // otherwise newer ones have taken all the room
		f.putBefore(list, from)
		f.fill.done = true
	}
	f.fill.ended, f.fill.erased = nil, nil
	close(ended)
	return err
}

// readBack reads as many entries up to a seq as the feed can hold, the newest first, and returns the seq after which that is
// everything.
func readBack(ctx context.Context, log msglog.Log, to uint64) (list []kept, after uint64, err error) {
	bytes := 0
	for after, more := to, true; more && after > 0; {
		var page []*msglog.Entry
		page, more, err = log.Page(ctx, msglog.Query{Withdrawals: true, Before: after + 1, Limit: fillPage, Bytes: fillBytes})
		if err != nil {
			return nil, 0, err
		}
		for _, e := range slices.Backward(page) {
			k := kept{Frame: FrameOf(e)}
			if bytes += k.size(); len(list) == maxItems || bytes > maxBytes {
				return list, e.Seq, nil
			}
			list, after = append(list, k), e.Seq-1
		}
	}
	return list, 0, nil
}

// putBefore adds what readBack has read, the newest first, before all that is kept, as far as it fits. mu is held.
func (f *Feed) putBefore(list []kept, after uint64) {
	room := f.ring
	fits := 0
	for ; fits < len(list) && room.hasRoom(&list[fits]); fits++ {
		if f.fill.erased[list[fits].Seq] {
			list[fits].Bytes = nil
		}
		room.n, room.bytes = room.n+1, room.bytes+list[fits].size()
	}
	if fits < len(list) {
		after = list[fits].Seq
	}
	var all ring
	all.grow(f.ring.n + fits)
	for i := fits - 1; i >= 0; i-- {
		all.add(list[i])
	}
	for i := range f.ring.n {
		all.add(*f.ring.at(i))
	}
	f.ring, f.after = all, after
}
