package msglog

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"time"

	"belfry/wsserver/wire"
)

// This file is what is appended to a log, and what comes of it.

// Record is a piece of state that is kept beside messages (a topic, a person, a membership, a cursor) under (Kind, Key). It
// is replaced as a whole; a nil Value erases it.
type Record struct {
	Kind  string
	Key   string
	Value []byte
	// If is the condition under which the change that has the record is applied: that the present value is this one, or
	// that there is none where it points to nil. Nil: there is no condition.
	If *[]byte
	// Numbers, where it is above 0, has the log give the record its Key when the change is applied, as NumberKey writes it: the
	// next number of its kind, of which it takes so many. The Key is written into the record of the change that was given to
	// the log, and of the one that Follow sees. Such a record has a Value and no condition.
	Numbers uint64
}

// RecordNumber is the kind of record in which a log keeps the next number of each other kind, which is its key.
const RecordNumber = "number"

// NumberKey is the key of the record that has taken numbers from this one on: keys have the order of their numbers.
func NumberKey(number uint64) string { return fmt.Sprintf("%016d", number) }

// NextNumber reads what a log keeps under RecordNumber: the next number of a kind, 1 where there is nothing yet.
func NextNumber(value []byte) uint64 {
	next, err := strconv.ParseUint(string(value), 10, 64)
	if err != nil {
		return 1
	}
	return next
}

// Number gives the record its key, of the number next, and returns what the log then keeps of its kind.
func (r *Record) Number(next uint64) (counter Record) {
	r.Key = NumberKey(next)
	return NumbersFrom(r.Kind, next+r.Numbers)
}

// NumbersFrom is the record with which the next number of a kind is this one.
func NumbersFrom(kind string, next uint64) Record {
	return Record{Kind: RecordNumber, Key: kind, Value: strconv.AppendUint(nil, next, 10)}
}

// Expecting returns the record with the condition that this value is present, or that there is none where it is nil.
func (r Record) Expecting(value []byte) Record {
	r.If = &value
	return r
}

// MaxTries is how often a change with a condition is tried: each time another one of the same record may be faster.
const MaxTries = 10

// Try calls a change until its error is another one than ErrCondition, or none: each time it is made of what the records are by
// then. After MaxTries the error is wire.ErrNotKept.
func Try(change func() error) error {
	for range MaxTries {
		if err := change(); !errors.Is(err, ErrCondition) {
			return err
		}
	}
	return wire.ErrNotKept
}

// Absent is a record that changes nothing, and whose condition is that there is none under this key.
func Absent(kind, key string) Record { return Record{Kind: kind, Key: key}.Expecting(nil) }

// Changes reports whether applying the record can change anything.
func (r *Record) Changes() bool { return r.Value != nil || r.If == nil || *r.If != nil }

// Applies reports whether the record's condition holds; value is the present one, if there is one.
func (r *Record) Applies(value []byte, there bool) bool {
	switch {
	case r.If == nil:
		return true
	case *r.If == nil:
		return !there
	}
	return there && bytes.Equal(value, *r.If)
}

// Change is one step from a state to the next: an entry with the records that belong to it, or only records if Entry is nil.
// It is applied whole or not at all. The conditions of all its records are judged before any of them is applied.
type Change struct {
	Entry   *Entry
	Records []Record
	// Prune removes entries; a change that does has nothing else. It is how a log that is one of several prunes: where each did
	// so by itself, one would remove what another still has.
	Prune Prune
}

// Prune removes the messages up to a seq, and the withdrawals up to another one, and notes how far its streams are removed.
// The zero value removes nothing.
type Prune struct{ Messages, Withdrawals uint64 }

// OfEntries returns one change for each entry.
func OfEntries(entries ...*Entry) []Change {
	changes := make([]Change, len(entries))
	for i, e := range entries {
		changes[i].Entry = e
	}
	return changes
}

// OfRecords returns the records as one change.
func OfRecords(records ...Record) []Change { return []Change{{Records: records}} }

// ErrCondition is of a change that was not applied since the condition of one of its records does not hold.
var ErrCondition = errors.New("msglog: a record is not what the change expects")

// Appended is the result of one change. Seq and Time are those of its entry, zero if it has none.
type Appended struct {
	Seq  uint64
	Time time.Time
	// Duplicate: the same id from the same sender was accepted before; Seq and Time are the first one's. Nothing was applied.
	Duplicate bool
	// Err is why nothing of the change was applied: wire.ErrIDConflict if the id was used for another text, or ErrCondition.
	Err error
}

// Committed is a group that was applied.
type Committed struct {
	Changes []Change
	// Results has one for each change.
	Results []Appended
	// Own: the group was appended to this log, which was given these very Changes.
	Own bool
}
