package wsserver

import (
	"context"
	"crypto/rand"
	"sync"
	"time"
)

// Bounds of the memory log, whichever comes first.
const (
	memoryMessages = 100_000
	memoryBytes    = 64 << 20
	// entryOverhead is what an entry costs beside its texts, roughly: the struct, its map key and slots.
	entryOverhead = 320
)

// MemoryLog is a Log that keeps the newest messages in memory and forgets them when the program ends.
type MemoryLog struct {
	epoch               string
	maxEntries, maxSize int

	mu      sync.RWMutex
	closed  bool
	entries []*Entry // rising seq without holes; entries[0].Seq is first
	last    uint64
	size    int
	ids     map[messageKey]*Entry
}

// messageKey is what an id is unique under.
type messageKey struct{ userID, id string }

// operatorID is the operator's in keys; the wire reserves it, so that no client can have it.
const operatorID = "operator"

func keyOf(e *Entry) messageKey {
	if e.From.Operator {
		return messageKey{operatorID, e.ID}
	}
	return messageKey{e.From.UserID, e.ID}
}

// NewMemoryLog returns an empty log bounded to 100,000 messages and 64 MiB, with an epoch of its own.
func NewMemoryLog() *MemoryLog { return newMemoryLog(memoryMessages, memoryBytes) }

func newMemoryLog(maxEntries, maxSize int) *MemoryLog {
	return &MemoryLog{epoch: rand.Text(), maxEntries: maxEntries, maxSize: maxSize, ids: map[messageKey]*Entry{}}
}

// Append adds entries at the end and forgets the oldest beyond the bounds.
func (l *MemoryLog) Append(_ context.Context, entries []*Entry) ([]Appended, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil, ErrClosing
	}
	now := time.Now().UTC().Truncate(time.Millisecond)
	results := make([]Appended, len(entries))
	for i, e := range entries {
		results[i] = l.append(e, now)
	}
	l.prune()
	return results, nil
}

func (l *MemoryLog) append(e *Entry, now time.Time) Appended {
	if e.ID != "" {
		if first, ok := l.ids[keyOf(e)]; ok {
			if !first.sameText(e) {
				return Appended{Err: ErrIDConflict}
			}
			return Appended{Seq: first.Seq, Time: first.Time, Duplicate: true}
		}
		l.ids[keyOf(e)] = e
	}
	l.last++
	e.Seq, e.Time = l.last, now
	l.entries = append(l.entries, e)
	l.size += sizeOf(e)
	return Appended{Seq: e.Seq, Time: e.Time}
}

func (l *MemoryLog) prune() {
	n := 0
	for n < len(l.entries) && (len(l.entries)-n > l.maxEntries || l.size > l.maxSize) {
		e := l.entries[n]
		l.size -= sizeOf(e)
		if e.ID != "" {
			delete(l.ids, keyOf(e))
		}
		l.entries[n] = nil // let it go before the slice is next grown
		n++
	}
	l.entries = l.entries[n:]
}

func sizeOf(e *Entry) int {
	return entryOverhead + len(e.Text) + len(e.Title) + len(e.ID) + len(e.From.UserID) + len(e.From.Name)
}

// Page reads what is kept.
func (l *MemoryLog) Page(_ context.Context, q Query) (page []*Entry, more bool, err error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if l.closed {
		return nil, false, ErrClosing
	}
	if len(l.entries) == 0 {
		return nil, false, nil
	}
	if q.After > 0 {
		return l.forward(q)
	}
	return l.backward(q)
}

func (l *MemoryLog) forward(q Query) (page []*Entry, more bool, err error) {
	var p pager
	for i := l.index(q.After); i < len(l.entries); i++ {
		e := l.entries[i]
		if e.Seq <= q.After {
			continue
		}
		if q.Before > 0 && e.Seq >= q.Before {
			break
		}
		if q.match(e) && !p.add(e, q) {
			return p.entries, true, nil
		}
	}
	return p.entries, false, nil
}

func (l *MemoryLog) backward(q Query) (page []*Entry, more bool, err error) {
	end := len(l.entries)
	if q.Before > 0 {
		end = min(end, l.index(q.Before))
	}
	var p pager
	for i := end - 1; i >= 0; i-- {
		e := l.entries[i]
		if q.match(e) && !p.add(e, q) {
			more = true
			break
		}
	}
	for i, j := 0, len(p.entries)-1; i < j; i, j = i+1, j-1 {
		p.entries[i], p.entries[j] = p.entries[j], p.entries[i]
	}
	return p.entries, more, nil
}

// index is where seq is in entries, or would be: entries have no holes.
func (l *MemoryLog) index(seq uint64) int {
	first := l.entries[0].Seq
	if seq <= first {
		return 0
	}
	return int(min(seq-first, uint64(len(l.entries))))
}

// pager gathers a page up to its limits.
type pager struct {
	entries []*Entry
	bytes   int
}

// add takes e unless the page is full.
func (p *pager) add(e *Entry, q Query) bool {
	if q.Limit > 0 && len(p.entries) >= q.Limit {
		return false
	}
	if q.Bytes > 0 && len(p.entries) > 0 && p.bytes+len(e.Text) > q.Bytes {
		return false
	}
	p.entries = append(p.entries, e)
	p.bytes += len(e.Text)
	return true
}

// Epoch is drawn anew for each log.
func (l *MemoryLog) Epoch() string { return l.epoch }

// Last is the newest seq.
func (l *MemoryLog) Last() uint64 {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.last
}

// Len is how many are kept.
func (l *MemoryLog) Len() int {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return len(l.entries)
}

// Close forgets everything.
func (l *MemoryLog) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed, l.entries, l.ids = true, nil, nil
	return nil
}
