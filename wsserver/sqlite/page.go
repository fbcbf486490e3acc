package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"math"
	"slices"
	"strings"
	"time"

	"belfry/wsserver/msglog"
	"belfry/wsserver/sqlite/rowsum"
	"belfry/wsserver/wire"
)

const columns = "seq, time, stream, topic, sender, sender_name, id, text, title, ack, priority, reply_to, of, withdrawn, tags, click, sum"

// scanned is what a row has beside its entry.
type scanned struct {
	withdrawn bool
	sum       sql.NullInt64 // the checksum that was written with it
	is        int64         // the one that it has; 0 where none was written
	row       rowsum.Message
}

// scan reads an entry from one row of columns. A row that a disk has changed is noted; where it cannot be read, the entry that
// comes with the error has its seq.
func scan(row scanner, c *checker) (e *msglog.Entry, s scanned, err error) {
	e = &msglog.Entry{}
	r := &s.row
	err = row.Scan(&e.Seq, &r.Time, &r.Stream, &e.Topic, &r.Sender, &e.From.Name, &e.ID, &e.Text, &e.Title, &e.Ack,
		&e.Priority, &e.ReplyTo, &e.Withdraws, &s.withdrawn, &r.Tags, &e.Click, &s.sum)
	if err != nil {
		if e.Seq > 0 { // the driver has read the row, and a column is not what it can be
			c.NoteDamage(Damage{Seq: e.Seq})
		}
		return e, s, err
	}
	ms, stream, sender, tags := r.Time, r.Stream, r.Sender, r.Tags
	r.Seq, r.Topic, r.SenderName, r.ID, r.Text, r.Title, r.Ack, r.Click = int64(e.Seq), e.Topic, e.From.Name, e.ID, e.Text, e.Title, e.Ack, e.Click
	r.Priority, r.ReplyTo, r.Of, r.Withdrawn = int64(e.Priority), clamp(e.ReplyTo), clamp(e.Withdraws), s.withdrawn
	if s.sum.Valid {
		if s.is = r.Sum(); s.sum.Int64 != s.is {
			c.NoteDamage(Damage{Seq: e.Seq})
		}
	}
	e.Time = time.UnixMilli(ms).UTC()
	to := streamOf(stream)
	e.Audience = to.Audience
	if to.Audience == msglog.AudiencePrivate {
		e.UserID = to.Name
	}
	setSender(e, sender)
	if tags != "" {
		e.Tags = strings.Split(tags, tagSeparator)
	}
	return e, s, nil
}

// tagSeparator is between the tags of a message, which have no control characters.
const tagSeparator = "\x1f"

// setSender is the reverse of SenderKey.
func setSender(e *msglog.Entry, key string) {
	program, isProgram := strings.CutPrefix(key, msglog.ProgramKey)
	switch {
	case key == wire.OperatorID:
		e.From.Operator = true
	case isProgram:
		e.From.Program, e.Program = true, program
	default:
		e.From.UserID = key
	}
}

// kept are the entries that are messages and can be read. The indexes of such have the same words, as SQLite wants it.
const kept = "stream <> 'w' AND withdrawn = 0"

// branch is a condition for which one index has the rows in order of seq. by names the index where SQLite would not take it.
type branch struct {
	by, where string
	args      []any
}

// branches splits a query into parts that each read along an index: a condition with OR would read the whole range.
func branches(q msglog.Query) (list []branch) {
	switch {
	case q.Streams != nil:
		for _, s := range q.Streams {
			list = append(list, branch{"", "stream = ?", []any{keyOf(s)}})
		}
	case q.UserID != "":
		list = []branch{
			{"", "stream = ?", []any{"p:" + q.UserID}},
			{"", "sender = ? AND sender <> 'operator' AND stream <> 'w'", []any{q.UserID}},
		}
	case q.Topic != "":
		list = []branch{
			{"", "stream = ?", []any{"t:" + q.Topic}},
			{"", "topic = ? AND topic <> '' AND stream >= 'p:' AND stream < 'p;'", []any{q.Topic}},
		}
	case q.Withdrawals:
		list = []branch{{"", "TRUE", nil}} // a bound of seq here would be the one that SQLite begins with
	default:
		list = []branch{{"INDEXED BY message_kept ", "stream <> 'w'", nil}}
	}
	if q.Topic != "" && (q.Streams != nil || q.UserID != "") {
		for i := range list {
			list[i].where += " AND topic = ?"
			list[i].args = append(list[i].args, q.Topic)
		}
	}
	return list
}

// seqsSQL returns a statement for up to limit seqs of a query in the order of reading, and its arguments.
func seqsSQL(q msglog.Query, limit int64) (text, order string, args []any) {
	order = "DESC"
	if q.Forward {
		order = "ASC"
	}
	after, before := clamp(q.After), int64(math.MaxInt64)
	if q.Before > 0 {
		before = clamp(q.Before)
	}
	var parts []string
	for _, b := range branches(q) {
		parts = append(parts, "SELECT * FROM (SELECT seq FROM message "+b.by+"WHERE "+b.where+
			" AND seq > ? AND seq < ? AND withdrawn = 0 ORDER BY seq "+order+" LIMIT ?)")
		args = append(append(args, b.args...), after, before, limit)
	}
	return strings.Join(parts, " UNION "), order, args
}

// clamp returns a seq within SQLite's integers.
func clamp(seq uint64) int64 { return int64(min(seq, math.MaxInt64)) }

// limitOf returns q's limit plus more, -1 for none.
func limitOf(q msglog.Query, more int) int64 {
	if q.Limit == 0 {
		return -1
	}
	return int64(q.Limit + more)
}

// Seqs returns the seqs of a page, from the indexes alone.
func (l *Log) Seqs(ctx context.Context, q msglog.Query) ([]uint64, error) {
	if q.Streams != nil && len(q.Streams) == 0 {
		return nil, nil
	}
	limit := limitOf(q, 0)
	text, order, args := seqsSQL(q, limit)
	rows, err := l.often.queryPage(ctx, q, "SELECT seq FROM ("+text+") ORDER BY seq "+order+" LIMIT ?", append(args, limit)...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // its error is rows.Err's
	var seqs []uint64
	for rows.Next() {
		var seq uint64
		if err := rows.Scan(&seq); err != nil {
			return nil, err
		}
		seqs = append(seqs, seq)
	}
	if !q.Forward {
		slices.Reverse(seqs)
	}
	return seqs, rows.Err()
}

// Page returns entries in rising seq, read along the indexes of the streams, persons or topics asked for.
func (l *Log) Page(ctx context.Context, q msglog.Query) (page []*msglog.Entry, more bool, err error) {
	if q.Streams != nil && len(q.Streams) == 0 {
		return nil, false, nil
	}
	limit := limitOf(q, 1) // one more shows whether more follow
	text, order, args := seqsSQL(q, limit)
	rows, err := l.often.queryPage(ctx, q, "SELECT "+columns+" FROM message WHERE seq IN ("+text+
		") ORDER BY seq "+order+" LIMIT ?", append(args, limit)...)
	if err != nil {
		return nil, false, err
	}
	defer func() { _ = rows.Close() }() // its error is rows.Err's
	size := 0
	for rows.Next() {
		e, _, err := scan(rows, l.checker)
		if err != nil {
			return nil, false, err
		}
		if q.Limit > 0 && len(page) >= q.Limit || q.Bytes > 0 && len(page) > 0 && size+len(e.Text) > q.Bytes {
			more = true
			break
		}
		page, size = append(page, e), size+len(e.Text)
	}
	if err := rows.Err(); err != nil {
		return nil, false, err
	}
	if !q.Forward {
		slices.Reverse(page)
	}
	return page, more, nil
}

// Get returns one message.
func (l *Log) Get(ctx context.Context, seq uint64) (*msglog.Entry, error) {
	e, _, err := scan(l.often.queryRow(ctx,
		"SELECT "+columns+" FROM message WHERE seq = ? AND stream <> 'w' AND withdrawn = 0", int64(seq)), l.checker)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, nil
	case err != nil:
		return nil, err
	}
	return e, nil
}
