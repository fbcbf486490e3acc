package sqlite

import (
	"context"
	"database/sql"

	"belfry/wsserver/msglog"
)

// The index has all of these columns, so that no message is read: five million are a gigabyte, and half a million of them may
// have receipts.
const announcedSQL = `SELECT seq, stream, ack, reply_to, priority FROM message INDEXED BY message_announced
	WHERE (sender = 'operator' OR sender >= char(1) AND sender < char(2)) AND stream <> 'w' AND withdrawn = 0 ORDER BY seq`

// Announced calls each for every message that has receipts.
func (l *Log) Announced(ctx context.Context, each func(msglog.Announcement)) error {
	rows, err := l.read.QueryContext(ctx, announcedSQL)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()                              // its error is rows.Err's
	streams, acks := map[string]msglog.Stream{}, map[string]string{} // what is the same is in memory once
	for rows.Next() {
		var a msglog.Announcement
		var stream, ack sql.RawBytes
		if err := rows.Scan(&a.Seq, &stream, &ack, &a.ReplyTo, &a.Priority); err != nil {
			return err
		}
		var ok bool
		if a.Stream, ok = streams[string(stream)]; !ok {
			a.Stream = streamOf(string(stream))
			streams[string(stream)] = a.Stream
		}
		if a.Ack, ok = acks[string(ack)]; !ok {
			a.Ack = string(ack)
			acks[a.Ack] = a.Ack
		}
		each(a)
	}
	return rows.Err()
}
