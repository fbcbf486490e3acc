package msglog

import (
	"context"
	"crypto/rand"
	"maps"
	"slices"
	"sync"
	"time"

	"belfry/wsserver/wire"
)

// Bounds of the memory log, whichever comes first.
const (
	memoryMessages = 100_000
	memoryBytes    = 64 << 20
	// entryOverhead is roughly what an entry takes beside its texts: the struct, its map key and slots.
	entryOverhead = 360
	// maxOldWithdrawals is how many withdrawals are kept after the messages around them were removed.
	maxOldWithdrawals = 10_000
)

// Memory is a Log that keeps the newest messages in memory, until the program ends.
type Memory struct {
	epoch               string
	maxEntries, maxSize int

	appending sync.Mutex      // one group at a time; outside mu
	follow    func(Committed) // nil: nobody follows; guarded by appending

	mu             sync.RWMutex // guards what follows
	closed         bool
	entries        []*Entry // rising seq without holes
	oldWithdrawals []*Entry // withdrawals older than entries: they outlive the messages that they withdrew
	last           uint64
	messages       int // entries that are neither withdrawals nor withdrawn
	size           int
	byID           map[messageKey]*Entry
	withdrawn      map[uint64]bool // seqs of the messages that were withdrawn; their texts are erased
	pruned         map[Stream]uint64
	records        map[string]map[string][]byte
}

// messageKey is the key under which an id is unique.
type messageKey struct{ sender, id string }

// NewMemory returns an empty log that is bounded to 100,000 messages and 64 MiB, with an epoch of its own.
func NewMemory() *Memory { return NewBoundedMemory(memoryMessages, memoryBytes) }

// NewBoundedMemory is NewMemory with other bounds, of entries and of bytes.
func NewBoundedMemory(maxEntries, maxSize int) *Memory {
	return &Memory{
		epoch: rand.Text(), maxEntries: maxEntries, maxSize: maxSize, byID: map[messageKey]*Entry{},
		withdrawn: map[uint64]bool{}, pruned: map[Stream]uint64{}, records: map[string]map[string][]byte{},
	}
}

// pruneTo removes the oldest entries: so many of them, and those beyond the bounds. mu is held.
func (l *Memory) pruneTo(old, maxEntries, maxSize int) {
	n := 0
	for n < len(l.entries) && (len(l.entries)-n > maxEntries || l.size > maxSize || n < old) {
		e := l.entries[n]
		l.size -= sizeOf(e)
		if e.Withdraws > 0 {
			l.oldWithdrawals = append(l.oldWithdrawals, e)
		} else {
			l.pruned[e.Stream()] = e.Seq
			if !l.withdrawn[e.Seq] {
				l.messages--
			}
		}
		delete(l.withdrawn, e.Seq)
		if e.ID != "" {
			delete(l.byID, messageKey{e.SenderKey(), e.ID})
		}
		l.entries[n] = nil // so that its memory is free before the slice is next grown
		n++
	}
	l.entries = l.entries[n:]
	if more := len(l.oldWithdrawals) - maxOldWithdrawals; more > 0 {
		l.pruned[Stream{Audience: AudienceWithdrawn}] = l.oldWithdrawals[more-1].Seq
		l.oldWithdrawals = slices.Delete(l.oldWithdrawals, 0, more)
	}
}

// sizeOf returns the size by which an entry counts in the bound of bytes.
func sizeOf(e *Entry) int {
	size := entryOverhead + len(e.Text) + len(e.Title) + len(e.ID) + len(e.From.UserID) + len(e.From.Name) + len(e.Click)
	for _, tag := range e.Tags {
		size += len(tag)
	}
	return size
}

// Prune removes everything in one step: memory is quick.
func (l *Memory) Prune(_ context.Context, age Age, maxBytes int64) (more bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.pruneTo(l.old(age), l.maxEntries, int(min(maxBytes, int64(l.maxSize))))
	return false, nil
}

// old is how many entries are. mu is held.
func (l *Memory) old(age Age) int {
	old, _ := age.Oldest(len(l.entries), func(i int) (uint64, time.Time) { return l.entries[i].Seq, l.entries[i].Time })
	return old
}

// NextPrune returns what Prune would remove, as a change does it. Withdrawals stay as long as there is room for them.
func (l *Memory) NextPrune(_ context.Context, age Age, maxBytes int64) (p Prune, more bool, err error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	n, size := l.old(age), l.size
	for i, e := range l.entries {
		if i >= n && int64(size) <= maxBytes {
			break
		}
		size -= sizeOf(e)
		p.Messages = e.Seq
	}
	return p, false, nil
}

// ForgetPruned forgets the positions of private conversations.
func (l *Memory) ForgetPruned(_ context.Context, gone func(userID string) bool) error {
	l.mu.RLock()
	list := PrivateOf(l.pruned)
	l.mu.RUnlock()
	list = slices.DeleteFunc(list, func(s Stream) bool { return !gone(s.Name) })
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range list {
		delete(l.pruned, s)
	}
	return nil
}

// PrivateOf lists the private conversations among streams.
func PrivateOf(pruned map[Stream]uint64) (list []Stream) {
	for s := range pruned {
		if s.Audience == AudiencePrivate {
			list = append(list, s)
		}
	}
	return list
}

// Pruned returns the highest seq removed from these streams.
func (l *Memory) Pruned(streams []Stream) (seq uint64) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return HighestPruned(l.pruned, streams)
}

// HighestPruned returns the highest seq of these streams, nil being all of them.
func HighestPruned(pruned map[Stream]uint64, streams []Stream) (seq uint64) {
	if streams == nil {
		for _, s := range pruned {
			seq = max(seq, s)
		}
	}
	for _, s := range streams {
		seq = max(seq, pruned[s])
	}
	return seq
}

// Get returns one message.
func (l *Memory) Get(_ context.Context, seq uint64) (*Entry, error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	i := l.index(seq)
	if i >= len(l.entries) || l.entries[i].Seq != seq || l.entries[i].Withdraws > 0 || l.withdrawn[seq] {
		return nil, nil
	}
	return l.entries[i], nil
}

// Page returns entries in rising seq.
func (l *Memory) Page(_ context.Context, q Query) (page []*Entry, more bool, err error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if l.closed {
		return nil, false, wire.ErrClosing
	}
	p := newPageBuilder(q)
	parts := [][]*Entry{between(l.oldWithdrawals, q.After, q.Before), between(l.entries, q.After, q.Before)}
	if q.Forward {
		for _, part := range parts {
			for i := 0; i < len(part) && !more; i++ {
				more = !p.add(part[i], l.withdrawn)
			}
		}
		return p.entries, more, nil
	}
	slices.Reverse(parts)
	for _, part := range parts {
		for i := len(part) - 1; i >= 0 && !more; i-- {
			more = !p.add(part[i], l.withdrawn)
		}
	}
	slices.Reverse(p.entries)
	return p.entries, more, nil
}

// Seqs returns the seqs of a page.
func (l *Memory) Seqs(ctx context.Context, q Query) ([]uint64, error) {
	q.Bytes = 0
	page, _, err := l.Page(ctx, q)
	seqs := make([]uint64, len(page))
	for i, e := range page {
		seqs[i] = e.Seq
	}
	return seqs, err
}

// Announced calls each for every message that has receipts, without holding the lock.
func (l *Memory) Announced(_ context.Context, each func(Announcement)) error {
	l.mu.RLock()
	if l.closed {
		l.mu.RUnlock()
		return wire.ErrClosing
	}
	var list []Announcement
	for _, e := range l.entries {
		if e.Announces() && !l.withdrawn[e.Seq] {
			list = append(list, Announcement{e.Seq, e.Stream(), e.Ack, e.ReplyTo, e.Priority})
		}
	}
	l.mu.RUnlock()
	for _, a := range list {
		each(a)
	}
	return nil
}

// index is the place of seq in entries, or where it would be: entries have no holes. mu is held.
func (l *Memory) index(seq uint64) int {
	if len(l.entries) == 0 || seq <= l.entries[0].Seq {
		return 0
	}
	return int(min(seq-l.entries[0].Seq, uint64(len(l.entries))))
}

// Records calls each for every record of a kind, without holding the lock.
func (l *Memory) Records(_ context.Context, kind string, each func(key string, value []byte) error) error {
	l.mu.RLock()
	list := maps.Clone(l.records[kind])
	l.mu.RUnlock()
	for k, v := range list {
		if err := each(k, v); err != nil {
			return err
		}
	}
	return nil
}

// Epoch returns a text drawn at random for each log.
func (l *Memory) Epoch() string { return l.epoch }

// Knows reports whether this is the log of that epoch, and has come so far.
func (l *Memory) Knows(epoch string, seq uint64) bool { return epoch == l.epoch && seq <= l.Last() }

// Expects reports false: nobody else appends to it.
func (l *Memory) Expects(string, uint64) bool { return false }

// Shared reports false.
func (l *Memory) Shared() bool { return false }

// Last returns the newest seq.
func (l *Memory) Last() uint64 {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.last
}

// Size returns the size by which the entries count in the bound of bytes.
func (l *Memory) Size() Size {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return Size{Bytes: int64(l.size)}
}

// Len returns how many messages are kept.
func (l *Memory) Len() int {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.messages
}

// Close removes everything.
func (l *Memory) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed, l.entries, l.oldWithdrawals, l.byID = true, nil, nil, nil
	return nil
}
