package auth

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"belfry/wsserver/internal/shared"
	"belfry/wsserver/msglog"
)

// This file keeps sessions in the log where several servers share that. A session that could not be written, or whose end could
// not, is so at this server, and is written later.

// sharedSessions is what Sessions have of the log.
type sharedSessions struct {
	records shared.Records // by ID; without a keeper the sessions are in a file
	prints  map[string][]byte
	owed    map[string]bool // the IDs of those that are not in the log as they are here
}

// share has them kept as records of a log, or, where that is this server's own, in the file.
func (l *Sessions) share(records shared.Records) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.shared = sharedSessions{records, map[string][]byte{}, map[string]bool{}}
	for _, s := range l.list {
		l.shared.prints[s.ID] = l.fingerprint
	}
}

func (l *Sessions) isShared() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.shared.records.IsShared()
}

// forget removes them all, before those of a log are put.
func (l *Sessions) forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.list = nil
}

func (l *Sessions) put(r msglog.Record) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if r.Erased() {
		l.shared.records.Put(r)
		l.remove(func(s *Session) bool { return s.ID == r.Key })
		delete(l.shared.prints, r.Key)
		delete(l.shared.owed, r.Key)
		return nil
	}
	kept, err := msglog.Decode[sessionRecord](r)
	if err != nil || kept.ID != r.Key || len(kept.Hash) == 0 || len(kept.Half) == 0 {
		return errors.Join(errors.New("it is no session"), err)
	}
	l.shared.records.Put(r)
	l.shared.prints[r.Key] = kept.Print
	i := slices.IndexFunc(l.list, func(s *Session) bool { return s.ID == r.Key })
	if i < 0 {
		l.list = append(l.list, &kept.Session)
		return nil
	}
	l.list[i].Used = max(l.list[i].Used, kept.Used)
	return nil
}

// belongTo has sessions hold that belong to the key of a print.
func (l *Sessions) belongTo(fingerprint []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.fingerprint = fingerprint
}

// holds reports whether a session belongs to the key that opens, and is in time. mu is held.
func (l *Sessions) holds(s *Session, now time.Time) bool {
	return s.valid(now) && (!l.shared.records.IsShared() || bytes.Equal(l.shared.prints[s.ID], l.fingerprint))
}

// DropEnded removes the sessions that belong to another key than the one that opens, and ends their work.
func (l *Sessions) DropEnded() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.remove(func(s *Session) bool { return !bytes.Equal(l.shared.prints[s.ID], l.fingerprint) })
}

// dropUnwritten ends the sessions that were opened in some way while the log could not be written.
func (l *Sessions) dropUnwritten(how string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.remove(func(s *Session) bool {
		return s.How == how && l.shared.owed[s.ID] && l.shared.records.Value(s.ID) == nil
	})
}

// record is a session as it is in the log. mu is held.
func (l *Sessions) record(s *Session, print []byte) (r msglog.Record) {
	value, err := json.Marshal(sessionRecord{*s, print})
	if err != nil {
		value = nil // texts and numbers always encode
	}
	return msglog.Record{Kind: recordSession, Key: s.ID, Value: value}
}

// records are all sessions of this machine's key.
func (l *Sessions) records() (records []msglog.Record) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.list {
		records = append(records, l.record(s, l.fingerprint))
	}
	return records
}

// Write writes to the log what is not there as it is here: sessions that were opened or ended, and now and then when they were used. It
// waits for the log, and does nothing where they are in a file. The error is the log's.
func (l *Sessions) Write() error {
	l.mu.Lock()
	k := l.shared.records.Keeper()
	var changes [][]msglog.Record
	for id := range l.shared.owed {
		i := slices.IndexFunc(l.list, func(s *Session) bool { return s.ID == id })
		switch value := l.shared.records.Value(id); {
		case i >= 0:
			changes = append(changes, []msglog.Record{l.record(l.list[i], l.shared.prints[id]).Expecting(value)})
		case value == nil: // it never was there
			delete(l.shared.owed, id)
		default:
			changes = append(changes, []msglog.Record{{Kind: recordSession, Key: id}})
		}
	}
	l.mu.Unlock()
	if k == nil {
		return nil
	}
	for _, records := range changes {
		// A condition does not hold where it was ended, or written, at another server: put has followed that.
		if err := k.Keep(records...); err != nil && !errors.Is(err, msglog.ErrCondition) {
			return err
		}
		l.mu.Lock()
		delete(l.shared.owed, records[0].Key)
		l.mu.Unlock()
	}
	return nil
}

// WriteUsed is Write, with when sessions were used where the log's time is older than writeUsedEvery.
func (l *Sessions) WriteUsed() error {
	l.mu.Lock()
	for _, s := range l.list {
		var kept sessionRecord
		value := l.shared.records.Value(s.ID)
		if value != nil && json.Unmarshal(value, &kept) == nil && s.Used-kept.Used >= int64(writeUsedEvery.Seconds()) {
			l.shared.owed[s.ID] = true
		}
	}
	l.mu.Unlock()
	return l.Write()
}

// keepOther writes the record of a new key with the end of all sessions but one, which belongs to that key from then on.
func (l *Sessions) keepOther(key msglog.Record, print []byte, but string) error {
	l.mu.Lock()
	k, records := l.shared.records.Keeper(), []msglog.Record{key}
	for _, s := range l.list {
		r := msglog.Record{Kind: recordSession, Key: s.ID}
		if s.ID == but {
			r = l.record(s, print)
		}
		records = append(records, r)
	}
	l.mu.Unlock()
	return k.Keep(records...)
}
