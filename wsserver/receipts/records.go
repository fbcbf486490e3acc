package receipts

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"belfry/wsserver/identity"
	"belfry/wsserver/msglog"
)

// This file is how the ledger is read from the log's records, and written to them.

// load reads the records and the operator's messages of a log.
func (l *Ledger) Load(ctx context.Context, log msglog.Log) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	fresh := NewLedger()
	l.members, l.acks, l.guests, l.dirty, l.reserved = fresh.members, fresh.acks, fresh.guests, fresh.dirty, fresh.reserved
	l.seqs, l.seqsByAudience, l.broadcasts, l.resends = nil, fresh.seqsByAudience, fresh.broadcasts, fresh.resends
	err := l.readArchives(func(read func(string, []byte) error) error { return log.Records(ctx, recordSteps, read) })
	for kind, read := range map[string]func(string, []byte) error{
		recordMember: l.readMember, recordCursor: l.readCursor, recordAck: l.readAck, recordGuests: l.readGuests,
	} {
		if err == nil {
			err = log.Records(ctx, kind, read)
		}
	}
	if err != nil {
		return err
	}
	if err := l.readBroadcasts(ctx, log); err != nil {
		return err
	}
	l.closeAfterCrash(log.Last(), time.Now().UnixMilli())
	l.countAll()
	return nil
}

// readBroadcasts reads the operator's messages. mu is held.
func (l *Ledger) readBroadcasts(ctx context.Context, log msglog.Log) error {
	for after, more := uint64(0), true; more; {
		page, left, err := log.Page(ctx, msglog.Query{Operator: true, After: after, Forward: true, Limit: entriesPerPage})
		if err != nil {
			return err
		}
		for _, e := range page {
			l.track(e)
			after = e.Seq
		}
		more = left
	}
	return nil
}

// closeAfterCrash ends what a program that did not come to its end has left open: presences, and guests. Nobody was last seen in
// the future, where the clock was set back. mu is held.
func (l *Ledger) closeAfterCrash(position uint64, now int64) {
	for userID, m := range l.members {
		if m.Seen == 0 || m.Seen > now {
			m.Seen = now
			l.dirty[recordKey{recordMember, userID}] = true
		}
		l.endMembership(userID, Present, position)
		if identity.IsGuest(userID) {
			l.endMemberships(userID, position, nil)
		}
	}
}

func (l *Ledger) readMember(key string, value []byte) error {
	m := l.member(key)
	if err := json.Unmarshal(value, m); err != nil {
		return err
	}
	l.indexName(key, m.ReservedName)
	return nil
}

func (l *Ledger) readGuests(key string, value []byte) error {
	seq, err := strconv.ParseUint(key, 10, 64)
	if err != nil {
		return err
	}
	var n int
	err = json.Unmarshal(value, &n)
	l.guests[seq] = n
	return err
}

// entriesPerPage is how many messages are read of a log at once.
const entriesPerPage = 500

// recordsPerLock is how many records are made before others may have the lock.
const recordsPerLock = 200

// flush returns what has changed since the last time, to be written with a commit.
func (l *Ledger) Flush() (records []msglog.Record) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for left := len(l.dirty); left > 0; left -= recordsPerLock { // what changes meanwhile is for the next time
		n := 0
		for k := range l.dirty {
			records = append(records, msglog.Record{Kind: k.kind, Key: k.key, Value: l.recordValue(k)})
			delete(l.dirty, k)
			if n++; n == recordsPerLock {
				break
			}
		}
		l.mu.Unlock()
		l.mu.Lock()
	}
	return records
}

// changed reports whether there is something to write.
func (l *Ledger) Dirty() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.dirty) > 0
}

// unwritten marks records as changed again, after a commit that failed.
func (l *Ledger) MarkDirty(records []msglog.Record) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, r := range records {
		l.dirty[recordKey{r.Kind, r.Key}] = true
	}
}

// forget drops what belongs to messages before seq, which are no longer kept.
func (l *Ledger) Prune(seq uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	i, _ := slices.BinarySearch(l.seqs, seq)
	for _, s := range l.seqs[:i] {
		delete(l.broadcasts, s)
	}
	l.seqs = slices.Delete(l.seqs, 0, i)
	for _, by := range []map[string][]uint64{l.seqsByAudience, l.resends} {
		for key, seqs := range by {
			i, _ := slices.BinarySearch(seqs, seq)
			by[key] = slices.Delete(seqs, 0, i)
		}
	}
	for s := range l.guests {
		if s < seq {
			delete(l.guests, s)
			l.dirty[recordKey{recordGuests, strconv.FormatUint(s, 10)}] = true
		}
	}
	for s, by := range l.acks {
		if s >= seq {
			continue
		}
		for userID := range by {
			l.dirty[recordKey{recordAck, ackKey(s, userID)}] = true
		}
		delete(l.acks, s)
	}
	for userID, m := range l.members {
		for key, list := range m.In {
			left := slices.DeleteFunc(list, func(o seqRange) bool { return o.To != 0 && o.To < seq })
			if len(left) == len(list) {
				continue
			}
			if m.In[key] = left; len(left) == 0 {
				delete(m.In, key)
			}
			l.dirty[recordKey{recordMember, userID}] = true
		}
	}
}

// recordValue is a record as it now is, nil where there is none any more. mu is held.
func (l *Ledger) recordValue(k recordKey) []byte {
	var v any
	switch userID, topic, _ := strings.Cut(k.key, "\x00"); k.kind {
	case recordMember:
		v = l.members[k.key]
	case recordCursor:
		return l.cursor(userID, topic).row()
	case recordSteps:
		topic, number, _ := strings.Cut(topic, "\x00")
		v = l.archivedTimeline(userID, topic, number)
	case recordGuests:
		seq, _ := strconv.ParseUint(k.key, 10, 64) // said wrote it
		if l.guests[seq] == 0 {
			return nil
		}
		v = l.guests[seq]
	case recordAck: // written when it is given; here only because it is forgotten
		return nil
	}
	b, err := json.Marshal(v)
	if err != nil {
		return nil // plain numbers and strings always encode
	}
	return b
}
