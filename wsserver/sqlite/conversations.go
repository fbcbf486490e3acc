package sqlite

import (
	"context"
	"time"

	"belfry/wsserver/msglog"
)

// Each step finds the next stream along the index, so that this costs as much as there are people, not messages.
const conversationsSQL = `WITH RECURSIVE private (stream) AS (
		SELECT * FROM (SELECT stream FROM message INDEXED BY message_stream
			WHERE stream > 'p:' AND stream < 'p;' AND withdrawn = 0 ORDER BY stream LIMIT 1)
		UNION ALL
		SELECT (SELECT stream FROM message INDEXED BY message_stream
			WHERE stream > private.stream AND stream < 'p;' AND withdrawn = 0 ORDER BY stream LIMIT 1)
		FROM private WHERE private.stream IS NOT NULL
	)
	SELECT stream FROM private WHERE stream IS NOT NULL`

// The newest messages of a conversation: who wrote each, and whether it is a copy of an announcement, as
// msglog.Entry.Answers says.
const conversationSQL = `SELECT seq, time, sender = 'operator', sender >= char(1) AND sender < char(2), reply_to > 0 AND EXISTS (
		SELECT 1 FROM message AS quoted WHERE quoted.seq = message.reply_to AND (quoted.sender = 'operator' OR quoted.sender >= char(1) AND quoted.sender < char(2)) AND quoted.stream <> 'w' AND quoted.withdrawn = 0
			AND (quoted.stream NOT LIKE 'p:%' OR message.ack <> '' AND message.ack = quoted.ack))
	FROM message INDEXED BY message_stream WHERE stream = ? AND withdrawn = 0 ORDER BY seq DESC LIMIT ?`

// Conversations calls each for every person with private messages.
func (l *Log) Conversations(ctx context.Context, settled func(userID string) uint64, each func(userID string, c msglog.Conversation)) error {
	people, err := privatePeople(ctx, l)
	if err != nil {
		return err
	}
	for _, userID := range people {
		c, err := l.Conversation(ctx, userID, settled(userID))
		if err != nil {
			return err
		}
		each(userID, c)
	}
	return nil
}

// privatePeople lists who has private messages.
func privatePeople(ctx context.Context, l *Log) (people []string, err error) {
	rows, err := l.often.query(ctx, conversationsSQL)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // its error is rows.Err's
	for rows.Next() {
		var stream string
		if err := rows.Scan(&stream); err != nil {
			return nil, err
		}
		people = append(people, streamOf(stream).Name)
	}
	return people, rows.Err()
}

// Conversation returns what there is of one person's.
func (l *Log) Conversation(ctx context.Context, userID string, settled uint64) (c msglog.Conversation, err error) {
	rows, err := l.often.query(ctx, conversationSQL, "p:"+userID, msglog.MaxUnanswered)
	if err != nil {
		return c, err
	}
	defer func() { _ = rows.Close() }() // its error is rows.Err's
	for rows.Next() {
		var seq uint64
		var ms int64
		var operators, programs, copied bool
		if err := rows.Scan(&seq, &ms, &operators, &programs, &copied); err != nil {
			return c, err
		}
		if c.Last == 0 {
			c.Last = seq
		}
		if seq <= settled || operators && !copied {
			break
		}
		if operators || programs {
			continue
		}
		if c.Waiting, c.Since = seq, time.UnixMilli(ms).UTC(); c.Newest == 0 {
			c.Newest = seq
		}
	}
	return c, rows.Err()
}
