package sqlite

import (
	"context"
	"database/sql"
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
func (l *Log) Prune(ctx context.Context, before time.Time, maxBytes int64) (more bool, err error) {
	l.appending.Lock()
	defer l.appending.Unlock()
	size, err := l.size(ctx)
	if err != nil {
		return false, err
	}
	if size > maxBytes {
		before = time.Now().Add(withdrawalsKept) // any age: the oldest rows go
	}
	removed, err := l.removeOldest(ctx, before)
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

func (l *Log) removeOldest(ctx context.Context, before time.Time) (int, error) {
	tx, err := l.write.BeginTx(ctx, nil)
	if err != nil {
		return 0, err
	}
	defer func() { _ = tx.Rollback() }() // after a commit it does nothing
	oldest, messages, err := l.oldest(ctx, tx, before)
	if err != nil || len(oldest) == 0 {
		return 0, err
	}
	removed := map[msglog.Stream]uint64{}
	for _, o := range oldest {
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
	return len(oldest), nil
}

// old is a row to be removed.
type old struct {
	seq    uint64
	stream string
}

// oldest lists up to pruneStep rows in rising seq, up to the first that is too young. So a clock that was set back can keep
// messages longer, never shorter.
func (l *Log) oldest(ctx context.Context, tx *sql.Tx, before time.Time) (list []old, messages int, err error) {
	yearAgo := time.Now().Add(-withdrawalsKept)
	rows, err := tx.QueryContext(ctx, `SELECT seq, time, stream, withdrawn FROM message
		WHERE stream <> 'w' OR time < ? ORDER BY seq LIMIT ?`, yearAgo.UnixMilli(), pruneStep)
	if err != nil {
		return nil, 0, err
	}
	defer func() { _ = rows.Close() }() // its error is rows.Err's
	for rows.Next() {
		var o old
		var ms int64
		var withdrawn bool
		if err := rows.Scan(&o.seq, &ms, &o.stream, &withdrawn); err != nil {
			return nil, 0, err
		}
		if ms >= before.UnixMilli() {
			break
		}
		if o.stream != "w" && !withdrawn {
			messages++
		}
		list = append(list, o)
	}
	return list, messages, rows.Err()
}
