package msglog

import (
	"context"
	"fmt"
)

// Load is LoadChecked of records of which every value is good.
func Load[T any](ctx context.Context, log Log, kind string, each func(key string, v T)) error {
	return LoadChecked(ctx, log, kind, func(key string, v T) error {
		each(key, v)
		return nil
	})
}

// LoadChecked reads every record of a kind whose values are JSON of a T, and calls each for one after the other, in no
// order. It may block for a disk. The error is the log's, or says which record is not such JSON, or refused by each.
func LoadChecked[T any](ctx context.Context, log Log, kind string, each func(key string, v T) error) error {
	return LoadRecords(ctx, log, kind, func(r Record) error {
		v, err := Decode[T](r)
		if err != nil {
			return err
		}
		return each(r.Key, v)
	})
}

// LoadRecords reads every record of a kind, and calls each for one after the other, in no order. It may block for a disk. The
// error is the log's, or says which record was refused by each.
func LoadRecords(ctx context.Context, log Log, kind string, each func(Record) error) error {
	return log.Records(ctx, kind, func(key string, value []byte) error {
		r := Record{Kind: kind, Key: key, Value: value}
		return named(r, each(r))
	})
}

// named is an error about a record with its name; nil where err is.
func named(r Record, err error) error {
	if err != nil {
		err = fmt.Errorf("the record %q of kind %s: %w", r.Key, r.Kind, err)
	}
	return err
}
