package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"math"
	"slices"
	"time"

	"belfry/wsserver/msglog"
)

// This file turns times into seqs. The times of messages rise with their seqs, but for each seq in the table turn: there a
// clock was set back. Between two of them one can search by halves.

// seqRange is exclusive at both ends.
type seqRange struct{ after, before int64 }

const (
	// rangesMost is how many ranges a search reads apart, and rangeGap how many messages between two of them are read as
	// well, and left out then, rather than beginning another one.
	rangesMost = 16
	rangeGap   = 500
)

// ranges returns the ranges in which the messages of a query's time are, in rising order. Others may be among them. The
// first begins with the oldest message, since the index may still have messages that were pruned.
func (l *Log) ranges(ctx context.Context, q msglog.SearchQuery) ([]seqRange, error) {
	oldest, err := l.oldestKept(ctx)
	if err != nil {
		return nil, err
	}
	before := int64(math.MaxInt64)
	if q.Before > 0 {
		before = clamp(q.Before)
	}
	if q.From.IsZero() && q.Until.IsZero() {
		return []seqRange{{oldest - 1, before}}, nil
	}
	stretches, err := l.stretches(ctx, oldest, before)
	if err != nil {
		return nil, err
	}
	var list []seqRange
	for _, s := range stretches {
		r, err := l.within(ctx, s, q)
		if err != nil {
			return nil, err
		}
		if r.before > r.after+1 {
			list = append(list, r)
		}
	}
	return merge(list), nil
}

// merge joins ranges that are near each other, and then the nearest until there are few.
func merge(list []seqRange) []seqRange {
	for gap := int64(rangeGap); ; gap *= 2 {
		merged := slices.Clone(list[:min(len(list), 1)])
		for _, r := range list[len(merged):] {
			if last := &merged[len(merged)-1]; r.after-last.before <= gap {
				last.before = r.before
			} else {
				merged = append(merged, r)
			}
		}
		if len(merged) <= rangesMost {
			return merged
		}
	}
}

// stretch is a range in which times rise, with those of its first and last entry in Unix ms.
type stretch struct {
	seqRange
	first, last int64
}

// stretches lists those from a seq on, and before another.
func (l *Log) stretches(ctx context.Context, from, before int64) (list []stretch, err error) {
	const timeAt = "(SELECT time FROM message WHERE seq >= t.seq ORDER BY seq LIMIT 1)"
	const timeBefore = "(SELECT time FROM message WHERE seq < t.seq ORDER BY seq DESC LIMIT 1)"
	rows, err := l.often.query(ctx, "SELECT t.seq, "+timeAt+", "+timeBefore+` FROM (
		SELECT ?1 AS seq UNION ALL SELECT * FROM (SELECT seq FROM turn WHERE seq > ?1 AND seq < ?2 ORDER BY seq) UNION ALL SELECT ?2
	) t`, from, before)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // its error is rows.Err's
	for rows.Next() {
		var seq int64
		var first, last sql.NullInt64 // NULL behind the last entry, and before the first
		if err := rows.Scan(&seq, &first, &last); err != nil {
			return nil, err
		}
		if n := len(list); n > 0 {
			list[n-1].before, list[n-1].last = seq, last.Int64
		}
		list = append(list, stretch{seqRange{seq - 1, seq}, first.Int64, 0})
	}
	if len(list) > 0 {
		list = list[:len(list)-1] // the end alone
	}
	return list, rows.Err()
}

// within returns the part of a stretch that is of a query's time.
func (l *Log) within(ctx context.Context, s stretch, q msglog.SearchQuery) (r seqRange, err error) {
	r = s.seqRange
	if from := msUp(q.From); !q.From.IsZero() && s.first < from {
		if s.last < from {
			return seqRange{}, nil
		}
		first, err := l.firstSince(ctx, from, s.seqRange)
		if err != nil {
			return r, err
		}
		r.after = first - 1
	}
	if until := msUp(q.Until); !q.Until.IsZero() && s.last >= until {
		if s.first >= until {
			return seqRange{}, nil
		}
		if r.before, err = l.firstSince(ctx, until, s.seqRange); err != nil {
			return r, err
		}
	}
	return r, nil
}

// msUp returns a time in Unix ms, rounded up: messages have whole ones.
func msUp(t time.Time) int64 {
	return t.Add(time.Millisecond - 1).UnixMilli()
}

// oldestKept returns the seq of the oldest message, one past the last where there is none.
func (l *Log) oldestKept(ctx context.Context) (seq int64, err error) {
	err = l.often.queryRow(ctx, "SELECT seq FROM message INDEXED BY message_kept WHERE "+kept+" ORDER BY seq LIMIT 1").Scan(&seq)
	if errors.Is(err, sql.ErrNoRows) {
		return int64(l.Last()) + 1, nil
	}
	return seq, err
}

// firstSince returns the seq of the first entry of a stretch at or after a time in Unix ms, its end where there is none.
func (l *Log) firstSince(ctx context.Context, ms int64, r seqRange) (int64, error) {
	low, high := r.after+1, min(r.before, int64(l.Last())+1)
	for low < high {
		mid := low + (high-low)/2
		var seq, at int64
		err := l.often.queryRow(ctx, "SELECT seq, time FROM message WHERE seq >= ? AND seq < ? ORDER BY seq LIMIT 1", mid, high).Scan(&seq, &at)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			high = mid
		case err != nil:
			return 0, err
		case at >= ms:
			high = mid
		default:
			low = seq + 1
		}
	}
	return low, nil
}

// nextWithAge returns the first entry behind seq with a time at which it can have been written; 0 where there is none. Those
// before it may be all that a machine without a clock has ever written: it looks at the ends of stretches alone.
func nextWithAge(ctx context.Context, l *Log, after uint64, age msglog.Age) (seq uint64, written time.Time, err error) {
	from, to := age.Between()
	stretches, err := l.stretches(ctx, int64(after)+1, int64(l.Last())+1)
	if err != nil {
		return 0, time.Time{}, err
	}
	for _, s := range stretches {
		if s.last < from.UnixMilli() {
			continue
		}
		first, err := l.firstSince(ctx, from.UnixMilli(), s.seqRange)
		if err != nil {
			return 0, time.Time{}, err
		}
		var ms int64
		err = l.often.queryRow(ctx, "SELECT seq, time FROM message WHERE seq >= ? AND seq < ? ORDER BY seq LIMIT 1", first, s.before).Scan(&seq, &ms)
		if errors.Is(err, sql.ErrNoRows) || err == nil && ms > to.UnixMilli() {
			continue
		}
		return seq, time.UnixMilli(ms), err
	}
	return 0, time.Time{}, nil
}
