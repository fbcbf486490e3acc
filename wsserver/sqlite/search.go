package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"math"
	"slices"
	"strings"
	"time"
	"unicode"

	"belfry/wsserver/msglog"
)

// This file searches: what people type and choose becomes one query of the index, and its hits are read from the log.

// foundMost is how many hits are looked up at once where the first ones were not enough.
const foundMost = 1000

// hits lists seqs that match, newest first.
func (s *search) hits(ctx context.Context, match string, after, before int64, limit int) (seqs []uint64, err error) {
	rows, err := s.read.QueryContext(ctx,
		"SELECT rowid FROM search WHERE search MATCH ? AND rowid > ? AND rowid < ? ORDER BY rowid DESC LIMIT ?",
		match, after, before, limit)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // its error is rows.Err's
	for rows.Next() {
		var seq uint64
		if err := rows.Scan(&seq); err != nil {
			return nil, err
		}
		seqs = append(seqs, seq)
	}
	return seqs, rows.Err()
}

// Search finds messages by the words that they contain, of the last one at least its beginning; newest first.
func (l *Log) Search(ctx context.Context, q msglog.SearchQuery) (found msglog.SearchResult, err error) {
	found = msglog.SearchResult{Indexed: l.search.reached.Load(), Last: l.Last()}
	found.Indexed = min(found.Indexed, found.Last)
	r, err := l.bounds(ctx, q)
	if err != nil {
		return found, err
	}
	match := matchOf(q)
	for limit, more := q.Limit+1, true; more; limit = min(2*limit, foundMost) {
		var page []*msglog.Entry
		if match == "" {
			page, more, err = l.plain(ctx, &r, limit)
		} else {
			page, more, err = l.matching(ctx, match, &r, limit)
		}
		if err != nil {
			return found, err
		}
		for _, e := range page {
			if !within(e, q) {
				continue
			}
			if len(found.Entries) == q.Limit {
				found.More = true
				return found, nil
			}
			found.Entries = append(found.Entries, e)
		}
	}
	return found, nil
}

// within reports whether an entry is of the time asked for: where a clock was set back, bounds do not suffice.
func within(e *msglog.Entry, q msglog.SearchQuery) bool {
	return (q.From.IsZero() || !e.Time.Before(q.From)) && (q.Until.IsZero() || e.Time.Before(q.Until))
}

// seqRange is exclusive at both ends.
type seqRange struct{ after, before int64 }

// plain reads along the log itself, where no words narrow the search, and moves r behind what it has read.
func (l *Log) plain(ctx context.Context, r *seqRange, limit int) (page []*msglog.Entry, more bool, err error) {
	if r.before <= r.after+1 {
		return nil, false, nil
	}
	page, more, err = l.Page(ctx, msglog.Query{After: uint64(r.after), Before: uint64(r.before), Limit: limit})
	if len(page) > 0 {
		r.before = int64(page[0].Seq)
	}
	slices.Reverse(page)
	return page, more, err
}

// matching reads the next hits, and moves r behind them, also where none of them is in the log any more.
func (l *Log) matching(ctx context.Context, match string, r *seqRange, limit int) (page []*msglog.Entry, more bool, err error) {
	seqs, err := l.search.hits(ctx, match, r.after, r.before, limit)
	if err != nil || len(seqs) == 0 {
		return nil, false, err
	}
	r.before = int64(seqs[len(seqs)-1])
	marks := strings.TrimSuffix(strings.Repeat("?,", len(seqs)), ",")
	args := make([]any, len(seqs))
	for i, s := range seqs {
		args[i] = int64(s)
	}
	rows, err := l.read.QueryContext(ctx, "SELECT "+columns+" FROM message WHERE seq IN ("+marks+
		") AND withdrawn = 0 ORDER BY seq DESC", args...)
	if err != nil {
		return nil, false, err
	}
	defer func() { _ = rows.Close() }() // its error is rows.Err's
	for rows.Next() {
		e, _, err := scan(rows)
		if err != nil {
			return nil, false, err
		}
		page = append(page, e)
	}
	return page, len(seqs) == limit, rows.Err()
}

// bounds turns times into seqs by binary search: messages are in the order of their times, unless a clock was set back. It
// begins with the oldest message, since the index may still have messages that were pruned.
func (l *Log) bounds(ctx context.Context, q msglog.SearchQuery) (r seqRange, err error) {
	oldest, err := l.oldestKept(ctx)
	if err != nil {
		return r, err
	}
	r = seqRange{oldest - 1, math.MaxInt64}
	if q.Before > 0 {
		r.before = clamp(q.Before)
	}
	if !q.From.IsZero() {
		first, err := l.firstSince(ctx, q.From)
		if err != nil {
			return r, err
		}
		r.after = max(r.after, first-1)
	}
	if !q.Until.IsZero() {
		first, err := l.firstSince(ctx, q.Until)
		if err != nil {
			return r, err
		}
		r.before = min(r.before, first)
	}
	return r, nil
}

// oldestKept returns the seq of the oldest message, one past the last where there is none.
func (l *Log) oldestKept(ctx context.Context) (seq int64, err error) {
	err = l.read.QueryRowContext(ctx, "SELECT seq FROM message WHERE stream <> 'w' ORDER BY seq LIMIT 1").Scan(&seq)
	if errors.Is(err, sql.ErrNoRows) {
		return int64(l.Last()) + 1, nil
	}
	return seq, err
}

// firstSince returns the seq of the first message at or after t, one past the last where there is none.
func (l *Log) firstSince(ctx context.Context, t time.Time) (int64, error) {
	low, high := int64(1), int64(l.Last())+1
	for low < high {
		mid := (low + high) / 2
		var seq, ms int64
		err := l.read.QueryRowContext(ctx, "SELECT seq, time FROM message WHERE seq >= ? ORDER BY seq LIMIT 1", mid).Scan(&seq, &ms)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			high = mid
		case err != nil:
			return 0, err
		case ms >= t.UnixMilli():
			high = mid
		default:
			low = seq + 1
		}
	}
	return low, nil
}

// matchOf returns a query in FTS5's syntax, "" where nothing narrows it. What people type is treated as plain words: all
// characters of FTS5's syntax are removed, and so is the start of a tag.
func matchOf(q msglog.SearchQuery) string {
	var parts []string
	words := strings.FieldsFunc(q.Text, func(r rune) bool { return !unicode.In(r, unicode.L, unicode.N, unicode.M) })
	for i, w := range words {
		part := `"` + w + `"`
		if i == len(words)-1 {
			part += " *"
		}
		parts = append(parts, part)
	}
	if q.UserID != "" || q.Topic != "" || q.Kind != "" {
		parts = append(parts, `"`+tag(q.UserID, q.Topic, q.Kind)+`"`)
	}
	return strings.Join(parts, " AND ")
}
