package sqlite

import (
	"context"
	"database/sql"

	"belfry/wsserver/msglog"
)

// streamOf reads what keyOf wrote.
func streamOf(key string) msglog.Stream {
	switch {
	case key == "e":
		return msglog.Stream{Audience: msglog.AudienceEveryone}
	case len(key) > 2 && key[:2] == "t:":
		return msglog.Stream{Audience: msglog.AudienceTopic, Name: key[2:]}
	case len(key) > 2 && key[:2] == "p:":
		return msglog.Stream{Audience: msglog.AudiencePrivate, Name: key[2:]}
	}
	return msglog.Stream{Audience: msglog.AudienceWithdrawn}
}

// keyOf returns the key of a stream in the file.
func keyOf(s msglog.Stream) string {
	switch s.Audience {
	case msglog.AudienceEveryone:
		return "e"
	case msglog.AudienceTopic:
		return "t:" + s.Name
	case msglog.AudiencePrivate:
		return "p:" + s.Name
	}
	return "w"
}

// Records calls each for every record of a kind.
func (l *Log) Records(ctx context.Context, kind string, each func(key string, value []byte) error) error {
	rows, err := l.read.QueryContext(ctx, "SELECT key, value, sum FROM record WHERE kind = ?", kind)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // its error is rows.Err's
	for rows.Next() {
		var key string
		var value []byte
		var sum sql.NullInt64
		if err := rows.Scan(&key, &value, &sum); err != nil {
			return err
		}
		l.checkRecord(kind, key, value, sum)
		if err := each(key, value); err != nil {
			return err
		}
	}
	return rows.Err()
}
