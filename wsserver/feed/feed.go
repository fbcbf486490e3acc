// Package feed keeps the newest entries of the log in memory for those who follow it without being clients: the streams of
// programs, and webhooks.
//
// The fan-out adds each entry after its commit, in order. A follower keeps its own position and takes what came after it;
// nothing is queued for it, so that one that reads slowly costs nothing, and reads from the log once the feed has gone on
// without it. While nobody follows, nothing is kept.
//
// A Feed is safe for concurrent use. Its lock guards memory alone, and is held for a few memory accesses.
package feed

import (
	"context"
	"slices"
	"sync"

	"belfry/wsserver/msglog"
	"belfry/wsserver/wire"
)

const (
	// maxItems and maxBytes bound what is kept.
	maxItems = 4096
	maxBytes = 4 << 20
	// itemOverhead is roughly the memory of an entry beside its text.
	itemOverhead = 512
)

// Item is an entry in the feed. Many followers read the same one; it must not be changed.
type Item struct {
	*msglog.Entry

	mu    sync.Mutex
	forms map[string][]byte
}

// NewItem is an entry that was read from the log.
func NewItem(e *msglog.Entry) *Item { return &Item{Entry: e} }

// As returns the entry as bytes of that form, which encode makes for the first follower that asks.
func (i *Item) As(form string, encode func(*msglog.Entry) []byte) []byte {
	i.mu.Lock()
	defer i.mu.Unlock()
	b, ok := i.forms[form]
	if !ok {
		b = encode(i.Entry)
		if i.forms == nil {
			i.forms = map[string][]byte{}
		}
		i.forms[form] = b
	}
	return b
}

// Feed is the newest entries. The zero value is an empty one.
type Feed struct {
	mu        sync.Mutex
	items     []*Item       // rising in seq; one that was withdrawn is nil, at its place
	seqs      []uint64      // of items
	bytes     int           // of items
	after     uint64        // items holds everything after this seq
	last      uint64        // of the newest entry that was added
	followers int           // while there is none nothing is kept
	changed   chan struct{} // closed by Wake and Close; nil: nobody waits
	closed    bool
}

// Start is for a server's start: the log has everything up to position.
func (f *Feed) Start(position uint64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.after, f.last = position, position
}

// Add adds an entry that the log has accepted.
func (f *Feed) Add(e *msglog.Entry) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.last = e.Seq
	if f.followers == 0 {
		f.after = e.Seq
		return
	}
	if e.Withdraws > 0 {
		f.erase(e.Withdraws)
	}
	f.items, f.seqs = append(f.items, &Item{Entry: e}), append(f.seqs, e.Seq)
	f.bytes += sizeOf(e)
	for len(f.items) > maxItems || f.bytes > maxBytes && len(f.items) > 1 {
		f.dropOldest()
	}
}

// dropOldest removes the oldest item. mu is held.
func (f *Feed) dropOldest() {
	if i := f.items[0]; i != nil {
		f.bytes -= sizeOf(i.Entry)
	}
	f.items[0] = nil // its memory is free before the slice is next grown
	f.after = f.seqs[0]
	f.items, f.seqs = f.items[1:], f.seqs[1:]
}

// erase removes a message that was withdrawn: whoever is behind is not to read it any more. mu is held.
func (f *Feed) erase(seq uint64) {
	if i, ok := slices.BinarySearch(f.seqs, seq); ok && f.items[i] != nil {
		f.bytes -= sizeOf(f.items[i].Entry)
		f.items[i] = nil
	}
}

func sizeOf(e *msglog.Entry) int { return itemOverhead + len(e.Text) + len(e.Title) + len(e.Click) }

// Wake wakes those who wait: everything that was added may be read.
func (f *Feed) Wake() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.wake()
}

// wake is Wake where mu is held.
func (f *Feed) wake() {
	if f.changed != nil {
		close(f.changed)
		f.changed = nil
	}
}

// Close ends all waiting for good.
func (f *Feed) Close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed = true
	f.wake()
}

// Follow begins to keep entries, from position on, until stop is called.
func (f *Feed) Follow() (position uint64, stop func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.followers++
	return f.last, sync.OnceFunc(f.unfollow)
}

func (f *Feed) unfollow() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.followers--; f.followers == 0 {
		f.items, f.seqs, f.bytes, f.after = nil, nil, 0, f.last
	}
}

// Last is the seq of the newest entry that was added.
func (f *Feed) Last() uint64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.last
}

// After returns up to limit items after a position, and the position behind them. ok is false where some of them are not
// kept any more: they are in the log.
func (f *Feed) After(position uint64, limit int) (items []*Item, reached uint64, ok bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if position < f.after {
		return nil, position, false
	}
	from, _ := slices.BinarySearch(f.seqs, position+1)
	to := min(len(f.items), from+limit)
	for _, i := range f.items[from:to] {
		if i != nil {
			items = append(items, i)
		}
	}
	reached = position
	if to > from {
		reached = f.seqs[to-1]
	}
	return items, reached, true
}

// Wait returns once there is something after position. Errors: closing once the feed is closed, and ctx's.
func (f *Feed) Wait(ctx context.Context, position uint64) error {
	for {
		f.mu.Lock()
		if f.closed {
			f.mu.Unlock()
			return wire.ErrClosing
		}
		if f.last > position {
			f.mu.Unlock()
			return nil
		}
		if f.changed == nil {
			f.changed = make(chan struct{})
		}
		changed := f.changed
		f.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
