package msglog

import (
	"context"
	"encoding/json"
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
	return log.Records(ctx, kind, func(key string, value []byte) error {
		var v T
		if err := json.Unmarshal(value, &v); err != nil {
			return fmt.Errorf("the record %q of kind %s: %w", key, kind, err)
		}
		if err := each(key, v); err != nil {
			return fmt.Errorf("the record %q of kind %s: %w", key, kind, err)
		}
		return nil
	})
}
