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
	return json.Unmarshal(value, c.member(key))
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
	var r delta.Reader
	next := max(void, l.lastInRows()+1)
	for _, record := range records {
		l.journal.old = append(l.journal.old, batch{record.Key, len(record.Value)})
		first, _ := strconv.ParseUint(record.Key, 10, 64)
		next = max(next, first+1) // no new batch has the key of one that is to be erased
		if record.Key < batchKey(void) {
			continue
		}
		after, failed := r.Read(record.Value, l.take)
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
	j.writer.Restart(r.Generation()+2, next)
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
	if d.Kind == delta.Forget {
		l.forget(number, d.UserID)
		return
	}
	delete(l.gone, d.UserID)
	if ofCursor(d) {
		if cur := l.cursor(d.UserID, d.Topic); number > cur.upto {
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
	if d.Kind == delta.Begin {
		cur.begin(d.To)
	} else {
		l.advance(cur, d)
	}
	l.touchCursor(d.UserID, d.Topic, cur)
}

// forget removes what was known of a person before they were forgotten. mu is held.
func (l *loader) forget(number uint64, userID string) {
	m := l.members[userID]
	if m == nil {
		return
	}
	for topic, cur := range m.cursors {
		if number > cur.upto {
			l.eraseCursor(userID, topic, cur)
			delete(m.cursors, topic)
		}
	}
	if number > m.Upto {
		l.markDirty(recordMember, userID)
		*m = member{In: map[string]ranges{}, cursors: m.cursors, place: m.place}
		l.gone[userID] = len(m.cursors) == 0
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
