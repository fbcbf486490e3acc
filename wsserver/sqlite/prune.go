package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"belfry/wsserver/msglog"
)

const (
	// pruneStep is how many rows one step removes: it takes a few milliseconds, and between steps others write.
	pruneStep = 500
	// vacuumPages is how many free pages one step returns to the disk.
	vacuumPages = 256
	// withdrawalsKept is how long withdrawals are kept.
	withdrawalsKept = 365 * 24 * time.Hour
)

// Prune removes up to pruneStep of the oldest rows.
func (l *Log) Prune(ctx context.Context, age msglog.Age, maxBytes int64) (more bool, err error) {
	l.appending.Lock()
	defer l.appending.Unlock()
	size, err := l.size(ctx)
	if err != nil {
		return false, err
	}
	removed, err := l.removeOldest(ctx, age, size > maxBytes)
	if err != nil {
		return false, fmt.Errorf("prune: %w", err)
	}
	if _, err := l.write.ExecContext(ctx, fmt.Sprintf("PRAGMA incremental_vacuum(%d)", vacuumPages)); err != nil {
		return false, fmt.Errorf("give pages back: %w", err)
	}
	return removed == pruneStep, nil
}

// size returns the log's size on the disk in bytes, without free pages.
func (l *Log) size(ctx context.Context) (size int64, err error) {
	err = l.write.QueryRowContext(ctx,
		`SELECT (p.page_count - f.freelist_count) * s.page_size
		FROM pragma_page_count p, pragma_freelist_count f, pragma_page_size s`).Scan(&size)
	return size, err
}

// removeOldest removes up to pruneStep rows: those that are old, or whatever is the oldest.
func (l *Log) removeOldest(ctx context.Context, age msglog.Age, whatever bool) (int, error) {
	tx, err := l.write.BeginTx(ctx, nil)
	if err != nil {
		return 0, err
	}
	defer func() { _ = tx.Rollback() }() // after a commit it does nothing
	list, full, err := oldest(ctx, tx, age)
	if err == nil && !whatever {
		list, err = onlyOld(ctx, tx, age, list, full)
	}
	if err != nil || len(list) == 0 {
		return 0, err
	}
	removed, messages := map[msglog.Stream]uint64{}, 0
	for _, o := range list {
		if o.counts {
			messages++
		}
		removed[streamOf(o.stream)] = o.seq
		if _, err := tx.ExecContext(ctx, "DELETE FROM message WHERE seq = ?", int64(o.seq)); err != nil {
			return 0, err
		}
	}
	for s, seq := range removed {
		if _, err := tx.ExecContext(ctx, "INSERT INTO pruned VALUES (?, ?) ON CONFLICT DO UPDATE SET seq = max(seq, excluded.seq)",
			keyOf(s), int64(seq)); err != nil {
			return 0, err
		}
	}
	if _, err := tx.ExecContext(ctx, "INSERT INTO meta VALUES ('last', ?) ON CONFLICT DO UPDATE SET value = excluded.value",
		fmt.Sprint(l.Last())); err != nil {
		return 0, err
	}
	if err := tx.Commit(); err != nil {
		return 0, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.count -= messages
	for s, seq := range removed {
		l.pruned[s] = max(l.pruned[s], seq)
	}
	return len(list), nil
}

// row is one of the oldest. counts: it is a message that was not withdrawn.
type row struct {
	seq    uint64
	time   time.Time
	stream string
	counts bool
}

// oldest lists up to pruneStep rows in rising seq, without withdrawals that are to stay. full: there may be more.
func oldest(ctx context.Context, tx *sql.Tx, age msglog.Age) (list []row, full bool, err error) {
	yearAgo := age.Now.Add(-withdrawalsKept)
	rows, err := tx.QueryContext(ctx, `SELECT seq, time, stream, withdrawn FROM message
		WHERE stream <> 'w' OR time < ? AND time >= ? ORDER BY seq LIMIT ?`, yearAgo.UnixMilli(), msglog.Began.UnixMilli(), pruneStep)
	if err != nil {
		return nil, false, err
	}
	defer func() { _ = rows.Close() }() // its error is rows.Err's
	for rows.Next() {
		var o row
		var ms int64
		var withdrawn bool
		if err := rows.Scan(&o.seq, &ms, &o.stream, &withdrawn); err != nil {
			return nil, false, err
		}
		o.time, o.counts = time.UnixMilli(ms), o.stream != "w" && !withdrawn
		list = append(list, o)
	}
	return list, len(list) == pruneStep, rows.Err()
}

// onlyOld is the part of the oldest rows that is old. Where none of them is too young and full says that others follow, the
// next one that has an age decides.
func onlyOld(ctx context.Context, tx *sql.Tx, age msglog.Age, list []row, full bool) ([]row, error) {
	old, open := age.Oldest(len(list), func(i int) (uint64, time.Time) { return list[i].seq, list[i].time })
	if old == len(list) || !open || !full {
		return list[:old], nil
	}
	var seq uint64
	var ms int64
	from, to := age.Between()
	err := tx.QueryRowContext(ctx, "SELECT seq, time FROM message WHERE seq > ? AND time >= ? AND time <= ? ORDER BY seq LIMIT 1",
		int64(list[len(list)-1].seq), from.UnixMilli(), to.UnixMilli()).Scan(&seq, &ms)
	if errors.Is(err, sql.ErrNoRows) {
		return list[:old], nil
	}
	if t, known := age.TimeOf(seq, time.UnixMilli(ms)); err == nil && known && t.Before(age.Before) {
		old = len(list)
	}
	return list[:old], err
}
