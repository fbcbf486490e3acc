package msglog

import (
	"context"
	"time"

	"belfry/wsserver/wire"
)

// This file is how changes are applied to the log in memory.

// Append adds changes at the end and removes the oldest entries beyond the bounds.
func (l *Memory) Append(ctx context.Context, changes []Change) ([]Appended, error) {
	return l.Apply(ctx, time.Now(), changes)
}

// Apply is Append as of a time: what comes of it depends on the changes, that time and the log alone.
func (l *Memory) Apply(_ context.Context, now time.Time, changes []Change) ([]Appended, error) {
	l.appending.Lock()
	defer l.appending.Unlock()
	results, err := l.applyAll(now.UTC().Truncate(time.Millisecond), changes)
	if err == nil && l.follow != nil {
		l.follow(Committed{Changes: changes, Results: results, Own: true})
	}
	return results, err
}

// KeepLocal writes records without telling whoever follows.
func (l *Memory) KeepLocal(_ context.Context, records []Record) error {
	l.appending.Lock()
	defer l.appending.Unlock()
	_, err := l.applyAll(time.Now(), OfRecords(records...))
	return err
}

// Follow has each called with every group from now on.
func (l *Memory) Follow(each func(Committed)) {
	l.appending.Lock()
	defer l.appending.Unlock()
	l.follow = each
}

// applyAll applies one group. appending is held.
func (l *Memory) applyAll(now time.Time, changes []Change) ([]Appended, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil, wire.ErrClosing
	}
	results := make([]Appended, len(changes))
	for i := range changes {
		results[i] = l.apply(&changes[i], now)
	}
	l.pruneTo(0, l.maxEntries, l.maxSize)
	return results, nil
}

// apply applies one change, or nothing of it. mu is held.
func (l *Memory) apply(c *Change, now time.Time) (a Appended) {
	if c.Prune.Messages > 0 {
		l.pruneTo(l.index(c.Prune.Messages+1), l.maxEntries, l.maxSize)
	}
	if c.Entry != nil {
		if first, ok := l.firstOf(c.Entry); ok {
			return first
		}
	}
	for i := range c.Records {
		r := &c.Records[i]
		if value, there := l.records[r.Kind][r.Key]; !r.Applies(value, there) {
			return Appended{Err: ErrCondition}
		}
	}
	if c.Entry != nil {
		a = l.append(c.Entry, now)
	}
	for i := range c.Records {
		if r := &c.Records[i]; r.Numbers > 0 {
			l.record(r.Number(NextNumber(l.records[RecordNumber][r.Kind])))
		}
		l.record(c.Records[i])
	}
	return a
}

// firstOf answers an entry whose id was used before. mu is held.
func (l *Memory) firstOf(e *Entry) (a Appended, ok bool) {
	if e.ID == "" {
		return Appended{}, false
	}
	first, ok := l.byID[messageKey{e.SenderKey(), e.ID}]
	switch {
	case !ok:
		return Appended{}, false
	case !first.SameText(e) && !l.withdrawn[first.Seq]:
		return Appended{Err: wire.ErrIDConflict}, true
	}
	return Appended{Seq: first.Seq, Time: first.Time, Duplicate: true}, true
}

// append adds one entry, whose id is new. mu is held.
func (l *Memory) append(e *Entry, now time.Time) Appended {
	if e.ID != "" {
		l.byID[messageKey{e.SenderKey(), e.ID}] = e
	}
	l.last++
	e.Seq, e.Time = l.last, now
	l.entries = append(l.entries, e)
	l.size += sizeOf(e)
	if e.Withdraws > 0 {
		l.erase(e.Withdraws)
	} else {
		l.messages++
	}
	return Appended{Seq: e.Seq, Time: e.Time}
}

// erase replaces a message by a copy without its text: readers may still use the old one. mu is held.
func (l *Memory) erase(seq uint64) {
	i := l.index(seq)
	if i >= len(l.entries) || l.entries[i].Seq != seq || l.entries[i].Withdraws > 0 || l.withdrawn[seq] {
		return
	}
	old := l.entries[i]
	blank := *old
	blank.Text, blank.Title, blank.Ack, blank.Tags, blank.Click = "", "", "", nil, ""
	l.size += sizeOf(&blank) - sizeOf(old)
	l.entries[i] = &blank
	l.withdrawn[seq] = true
	l.messages--
	if old.ID != "" {
		l.byID[messageKey{old.SenderKey(), old.ID}] = &blank
	}
}

// record replaces or erases one record. mu is held.
func (l *Memory) record(r Record) {
	kind := l.records[r.Kind]
	if kind == nil {
		kind = map[string][]byte{}
		l.records[r.Kind] = kind
	}
	if r.Value == nil {
		delete(kind, r.Key)
		return
	}
	kind[r.Key] = r.Value
}
