// Package feed keeps the newest entries of the log in memory: each with the frame in which clients are sent it, encoded once,
// so that a room that comes back is served without reading the log; and, while anybody follows, with the entry itself, for
// the streams of programs.
//
// The fan-out adds each entry after its commit, in order, before the hub's position moves to it: a client that joins at a
// position finds everything up to there. Whoever reads keeps their own position and takes what came after it; nothing is
// queued for them, so that one that reads slowly costs nothing, and reads from the log what the feed does not have any more.
// At most 10,000 entries and 8 MiB are kept, overhead counted. After a start the feed is empty, and filled from the log by
// the first reader who asks for what it lacks (Fill).
//
// A Feed is safe for concurrent use. Its lock guards memory alone, and is held for a few memory accesses.
package feed

import (
	"context"
	"sync"

	"belfry/wsserver/msglog"
	"belfry/wsserver/wire"
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
	ring      ring
	after     uint64 // the ring holds everything after this seq
	last      uint64 // of the newest entry that was added
	fill      fill
	followers int
	followed  uint64        // entries after this seq were added while somebody followed
	changed   chan struct{} // closed by Wake and Close; nil: nobody waits
	closed    bool
}

// Start is for a server's start: the log has everything up to position.
func (f *Feed) Start(position uint64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.after, f.last, f.followed = position, position, position
}

// Add adds an entry that the log has accepted, and the frame in which clients are sent it, which must not be changed
// afterwards. A withdrawal erases its message: whoever is behind is not to read it any more.
func (f *Feed) Add(e *msglog.Entry, frame []byte) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if e.Withdraws > 0 {
		f.erase(e.Withdraws)
	}
	k := kept{Frame: frameOf(e, frame)}
	if f.followers > 0 {
		k.item = &Item{Entry: e}
	}
	f.ring.add(k)
	f.last = e.Seq
	for f.ring.isFull() {
		f.after = f.ring.removeOldest()
		f.fill.done = true // there is no room for older ones
	}
}

// erase removes what a message says, also from what a Fill is reading. mu is held.
func (f *Feed) erase(seq uint64) {
	f.fill.noteErased(seq)
	if i := f.ring.find(seq); i < f.ring.n && f.ring.at(i).Seq == seq && !f.ring.at(i).isWithdrawal() {
		f.ring.erase(f.ring.at(i))
	}
}

// Prune erases what retention has removed from the log.
func (f *Feed) Prune(log msglog.Log) {
	s := NewSpan(log, nil, 0, 0)
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := range f.ring.n {
		switch k := f.ring.at(i); {
		case k.Seq > s.pruned:
			return // withdrawals are kept for longer
		case s.isPruned(k):
			f.ring.erase(k)
		}
	}
}

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

// Follow begins to keep entries beside their frames, from position on, until stop is called.
func (f *Feed) Follow() (position uint64, stop func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.followers++; f.followers == 1 {
		f.followed = f.last
	}
	return f.last, sync.OnceFunc(f.unfollow)
}

func (f *Feed) unfollow() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.followers--; f.followers > 0 {
		return
	}
	for i := f.ring.find(f.followed + 1); i < f.ring.n; i++ {
		k := f.ring.at(i)
		f.ring.bytes -= k.size()
		k.item = nil
		f.ring.bytes += k.size()
	}
}

// Last is the seq of the newest entry that was added.
func (f *Feed) Last() uint64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.last
}

// After returns up to limit items after a position, for a follower, and the position behind them. ok is false where some of
// them are not kept any more: they are in the log.
func (f *Feed) After(position uint64, limit int) (items []*Item, reached uint64, ok bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if position < max(f.after, f.followed) {
		return nil, position, false
	}
	from := f.ring.find(position + 1)
	to := min(f.ring.n, from+limit)
	for i := from; i < to; i++ {
		if item := f.ring.at(i).item; item != nil {
			items = append(items, item)
		}
	}
	reached = position
	if to > from {
		reached = f.ring.at(to - 1).Seq
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
