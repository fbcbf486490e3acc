package receipts

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"

	"belfry/wsserver/msglog"
	"belfry/wsserver/receipts/delta"
)

// This file reads persons' rows, and then the deltas that are not in them. Each row says up to which delta it has them all,
// so a crash between the commits of a merge changes nothing.

// readMember reads a person's row. mu is held.
func (c *core) readMember(key string, value []byte) error {
	m := c.member(key)
	err := json.Unmarshal(value, &m.person)
	if m.In == nil {
		m.In = map[string]ranges{}
	}
	if m.Forgotten > 0 {
		c.journal.forgotten[key] = m.Forgotten
	}
	return err
}

// loader applies deltas that were read.
type loader struct {
	*core
	gone map[string]bool // who was forgotten, and has not come back
}

// readDeltas applies the deltas of a log, and has them merged. mu is held.
func (l *loader) readDeltas(ctx context.Context, log msglog.Log) error {
	void, err := readVoid(ctx, log)
	if err != nil {
		return err
	}
	var records []msglog.Record
	err = log.Records(ctx, recordDelta, func(key string, value []byte) error {
		records = append(records, msglog.Record{Key: key, Value: value})
		return nil
	})
	slices.SortFunc(records, func(a, b msglog.Record) int { return strings.Compare(a.Key, b.Key) })
	l.dropForgotten()
	var r delta.Reader
	next := max(void, l.lastInRows()+1)
	for _, record := range records {
		l.journal.old = append(l.journal.old, batch{record.Key, len(record.Value)})
		first, _ := strconv.ParseUint(record.Key, 10, 64)
		next = max(next, first+1) // no new batch has the key of one that is to be erased
		if record.Key < msglog.NumberKey(void) {
			continue
		}
		after, failed := readBatch(&r, first, record.Value, l.take)
		if errors.Is(failed, delta.ErrNewer) {
			return failed
		} else if failed != nil {
			l.damaged++
		}
		next = max(next, after)
	}
	l.removeGone()
	for _, k := range l.journal.touched {
		l.dirty[k] = true
	}
	j := &l.journal
	j.touched, j.void, j.voidDue = nil, next, true
	j.merges++
	j.writer.Restart(r.Generation()+2, next)
	if l.shared != nil {
		l.shared.last = next - 1
	}
	return err
}

// readVoid returns the number of the first delta that is not merged.
func readVoid(ctx context.Context, log msglog.Log) (void uint64, err error) {
	failed := log.Records(ctx, recordMerged, func(_ string, value []byte) error {
		void, err = strconv.ParseUint(string(value), 10, 64)
		return err
	})
	return void, failed
}

// lastInRows is the number of the newest delta that any row has. mu is held.
func (l *loader) lastInRows() (last uint64) {
	for _, m := range l.members {
		last = max(last, m.Upto)
		for _, cur := range m.cursors {
			last = max(last, cur.upto)
		}
	}
	return last
}

// take applies one delta, unless the row has it. mu is held.
func (l *loader) take(number uint64, d *delta.Delta) {
	switch d.Kind {
	case delta.Forget, delta.Forgotten:
		l.forget(number, d)
		return
	case delta.RunEnded, delta.Pruned:
		l.takeOfAll(number, d)
		return
	}
	if number <= l.journal.forgotten[d.UserID] {
		return
	}
	delete(l.gone, d.UserID)
	if ofCursor(d) {
		if cur := l.cursor(d.UserID, d.Topic); number > max(cur.upto, l.journal.forgotten[d.UserID]) {
			l.applyToCursor(cur, d)
		}
		return
	}
	if m := l.member(d.UserID); number > m.Upto {
		m.apply(d)
		l.touchMember(d.UserID, m)
	}
}

func (l *loader) applyToCursor(cur *cursor, d *delta.Delta) {
	l.applyToProgress(&cur.progress, d)
	l.touchCursor(d.UserID, d.Topic, cur)
}

// dropForgotten drops the rows of cursors whose person was forgotten since. mu is held.
func (l *loader) dropForgotten() {
	for userID, number := range l.journal.forgotten {
		m := l.member(userID)
		for topic, cur := range m.cursors {
			if cur.upto < number {
				l.eraseCursor(userID, topic, cur)
				delete(m.cursors, topic)
			}
		}
		l.gone[userID] = m.Gone && len(m.cursors) == 0
		m.Forgotten, m.Gone = 0, false
	}
}

// takeOfAll applies a delta that is about everybody, unless their row has it. mu is held.
func (l *loader) takeOfAll(number uint64, d *delta.Delta) {
	for userID, m := range l.members {
		if one := *d; number > m.Upto {
			one.UserID = userID
			if m.apply(&one) {
				l.touchMember(userID, m)
			}
		}
	}
	if d.Kind == delta.Pruned && l.shared != nil {
		l.shared.pruned = max(l.shared.pruned, d.To)
		l.markDirty(recordPruned, "")
	}
}

// forget removes what was known of a person before they were forgotten. mu is held.
func (l *loader) forget(number uint64, d *delta.Delta) {
	userID := d.UserID
	m := l.members[userID]
	if m == nil || d.Kind == delta.Forgotten && (number <= m.Upto || !m.isForgettable(d)) {
		return // or the row says it
	}
	for topic, cur := range m.cursors {
		if number > cur.upto {
			l.eraseCursor(userID, topic, cur)
			delete(m.cursors, topic)
		}
	}
	if number > m.Upto {
		l.markDirty(recordMember, userID)
		*m = member{person: person{In: map[string]ranges{}}, cursors: m.cursors, place: m.place}
		if l.gone[userID] = len(m.cursors) == 0; d.Kind == delta.Forgotten {
			l.journal.forgotten[userID] = number
		}
	}
}

// removeGone removes who was forgotten. mu is held.
func (l *loader) removeGone() {
	for userID, gone := range l.gone {
		if m := l.members[userID]; gone && m != nil {
			l.remove(userID, m)
		}
	}
}
