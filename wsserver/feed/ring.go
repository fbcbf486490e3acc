package feed

import (
	"sort"

	"belfry/wsserver/msglog"
)

const (
	// maxItems and maxBytes bound what is kept.
	maxItems = 10_000
	maxBytes = 8 << 20
	// keptOverhead is roughly the memory of an entry beside its frame, itemOverhead what an Item takes beside its texts.
	keptOverhead = 160
	itemOverhead = 512
)

// kept is an entry in the ring. Without Bytes it was withdrawn, or retention has removed it.
type kept struct {
	Frame
	item *Item // nil: nobody followed when it was added
}

func (k *kept) size() int {
	n := keptOverhead + cap(k.Bytes)
	if k.item != nil {
		e := k.item.Entry
		n += itemOverhead + len(e.Text) + len(e.Title) + len(e.Click)
	}
	return n
}

// isWithdrawal reports whether it is a withdrawal: retention keeps those longer than messages.
func (k *kept) isWithdrawal() bool { return k.Stream.Audience == msglog.AudienceWithdrawn }

// ring is a queue of entries, rising in seq, whose memory is used again. Its zero value is empty.
type ring struct {
	slots []kept
	head  int // the slot of the oldest
	n     int
	bytes int // of all
}

// at is the i-th entry, from the oldest on.
func (r *ring) at(i int) *kept {
	if i += r.head; i >= len(r.slots) {
		i -= len(r.slots)
	}
	return &r.slots[i]
}

// find is the place of the first entry from seq on.
func (r *ring) find(seq uint64) int {
	return sort.Search(r.n, func(i int) bool { return r.at(i).Seq >= seq })
}

// add adds an entry at the end.
func (r *ring) add(k kept) {
	if r.n == len(r.slots) {
		r.grow(min(max(64, 2*r.n), max(maxItems, r.n+1)))
	}
	r.n++
	*r.at(r.n - 1) = k
	r.bytes += k.size()
}

// grow makes room for so many entries.
func (r *ring) grow(slots int) {
	list := make([]kept, slots)
	for i := range r.n {
		list[i] = *r.at(i)
	}
	r.slots, r.head = list, 0
}

// isFull reports whether the oldest entry must go.
func (r *ring) isFull() bool { return r.n > maxItems || r.bytes > maxBytes && r.n > 1 }

// hasRoom reports whether one more entry fits.
func (r *ring) hasRoom(k *kept) bool { return r.n < maxItems && r.bytes+k.size() <= maxBytes }

// removeOldest removes the oldest entry, and returns its seq.
func (r *ring) removeOldest() uint64 {
	k := r.at(0)
	seq := k.Seq
	r.bytes -= k.size()
	*k = kept{} // its memory is free at once
	r.head = (r.head + 1) % len(r.slots)
	r.n--
	return seq
}

// erase removes what an entry says, and leaves its place.
func (r *ring) erase(k *kept) {
	r.bytes -= k.size()
	k.Bytes, k.item = nil, nil
	r.bytes += k.size()
}
