package msglog

import (
	"context"
	"encoding/json"
	"errors"
)

// Follower is a store that holds some kinds of record in memory. What is in it comes from the log alone: first by Fill,
// then, record by record, by what the log has applied.
type Follower interface {
	// Kinds are the kinds of record that it holds.
	Kinds() []string
	// Put takes one of them as it now is in the log: the whole record, or with a nil Value that it was erased. Its error says
	// what is wrong with a damaged one, which it does not take. It does not block.
	Put(r Record) error
}

// Fill puts all records of a log into an empty follower. It may block for a disk. The error is the log's, or names the
// record that the follower does not take.
func Fill(ctx context.Context, log Log, f Follower) error {
	for _, kind := range f.Kinds() {
		if err := LoadRecords(ctx, log, kind, f.Put); err != nil {
			return err
		}
	}
	return nil
}

// Followers are followers by the kinds of record that they hold.
type Followers map[string]Follower

// NewFollowers returns followers by kind. Each kind is of one of them.
func NewFollowers(all ...Follower) Followers {
	by := Followers{}
	for _, f := range all {
		for _, kind := range f.Kinds() {
			by[kind] = f
		}
	}
	return by
}

// Put has those follow that hold records of these kinds; the others are of nobody. The error names the records that are not
// taken, and the other records are.
func (f Followers) Put(records []Record) (err error) {
	for _, r := range records {
		if to := f[r.Kind]; to != nil && r.Changes() {
			err = errors.Join(err, named(r, to.Put(r)))
		}
	}
	return err
}

// Erased reports whether the record says that there is none under its key any more.
func (r Record) Erased() bool { return r.Value == nil }

// Decode reads the value of a record, which is JSON of a T.
func Decode[T any](r Record) (v T, err error) {
	err = json.Unmarshal(r.Value, &v)
	return v, err
}
