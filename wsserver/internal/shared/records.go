// Package shared is what stores have in common that are a file of each machine, and records of the log where several servers
// share that.
//
// At a start such a store reads its records with Load and writes those of Moving; from then on it has Put take each one that the
// log has applied. What a record means, and how the file is written, is the store's own.
package shared

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"slices"

	"belfry/wsserver/msglog"
)

// Records are the records of one kind as the log has them. One of them is the mark: it says that what the store holds is in the
// log, and is no state of a single thing in the store. The zero value is of a log that is not open yet. The store's lock guards
// them.
type Records struct {
	kind, mark string
	keeper     msglog.Keeper // nil: the log is this server's own, or not open yet
	values     map[string]json.RawMessage
}

// Load reads the records of a kind, of which the one with the key mark is the mark. k writes to the log; where that is this
// server's own, it is left out. It blocks for the disk, and its error is the log's.
func Load(ctx context.Context, log msglog.Log, k msglog.Keeper, kind, mark string) (Records, error) {
	r := Records{kind: kind, mark: mark}
	if log.Shared() {
		r.keeper = k
	}
	err := msglog.LoadRecords(ctx, log, kind, func(one msglog.Record) error { r.Put(one); return nil })
	return r, err
}

// Put takes a record as it is in the log.
func (r *Records) Put(one msglog.Record) {
	if one.Erased() {
		delete(r.values, one.Key)
		return
	}
	if r.values == nil {
		r.values = map[string]json.RawMessage{}
	}
	r.values[one.Key] = one.Value
}

// Keeper writes to the log that several servers share; nil: it is this server's own.
func (r *Records) Keeper() msglog.Keeper { return r.keeper }

// IsShared reports whether several servers share the log.
func (r *Records) IsShared() bool { return r.keeper != nil }

// InLog reports whether the log has the mark.
func (r *Records) InLog() bool { return r.values[r.mark] != nil }

// Value is that of a record; nil: there is none.
func (r *Records) Value(key string) []byte { return r.values[key] }

// Mark is the mark as it is in the log.
func (r *Records) Mark() msglog.Record {
	return msglog.Record{Kind: r.kind, Key: r.mark, Value: r.values[r.mark]}
}

// All are the records without the mark, in the order of their keys.
func (r *Records) All() []msglog.Record {
	values := maps.Clone(r.values)
	delete(values, r.mark)
	return Of(r.kind, values)
}

// Ends erase all records, the mark too.
func (r *Records) Ends() (records []msglog.Record) {
	_, ended := Difference(Of(r.kind, r.values), nil)
	return ended
}

// Moving are the records that are to be written at a start: the first ones that a store has, unless another server was faster; or,
// on a log that is this server's own, the end of those that a time has left when it was not.
func (r *Records) Moving(first func() []msglog.Record) []msglog.Record {
	switch {
	case !r.IsShared():
		return r.Ends()
	case r.InLog():
		return nil
	}
	return first()
}

// Marked is a change with the mark, {}; nil where nothing changes.
func (r *Records) Marked(change []msglog.Record) []msglog.Record {
	if len(change) == 0 {
		return nil
	}
	return append(change, msglog.Record{Kind: r.kind, Key: r.mark, Value: []byte("{}")})
}

// First is Marked of the first change: its condition is that no other server was faster.
func (r *Records) First(change []msglog.Record) []msglog.Record {
	records := r.Marked(change)
	if n := len(records); n > 0 {
		records[n-1] = records[n-1].Expecting(nil)
	}
	return records
}

// Of are the records of a kind with these values, by key, in the order of the keys.
func Of(kind string, values map[string]json.RawMessage) (records []msglog.Record) {
	for _, key := range slices.Sorted(maps.Keys(values)) {
		records = append(records, msglog.Record{Kind: kind, Key: key, Value: values[key]})
	}
	return records
}

// Difference is the change that makes next of records: those that are written, in their order, and the end of those that are
// there no more, in theirs.
func Difference(before, next []msglog.Record) (written, ended []msglog.Record) {
	was, is := byKey(before), byKey(next)
	for _, r := range next {
		if !bytes.Equal(was[r.Key], r.Value) {
			written = append(written, r)
		}
	}
	for _, r := range before {
		if is[r.Key] == nil {
			ended = append(ended, msglog.Record{Kind: r.Kind, Key: r.Key})
		}
	}
	return written, ended
}

func byKey(records []msglog.Record) map[string][]byte {
	values := map[string][]byte{}
	for _, r := range records {
		values[r.Key] = r.Value
	}
	return values
}

// Lock is a lock under which one waits for other machines: a channel, not a mutex. Make it with NewLock.
type Lock chan struct{}

// NewLock returns one that nobody holds.
func NewLock() Lock { return make(Lock, 1) }

// Lock waits for it.
func (l Lock) Lock() { l <- struct{}{} }

// Unlock gives it to whoever waits.
func (l Lock) Unlock() { <-l }
