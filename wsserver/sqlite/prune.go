package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"belfry/wsserver/msglog"
)

const (
	// pruneStep is how many rows one step removes, and pruneBusy how many while messages come within logQuiet of each other. Most
	// rows have an entry of an index on a page of its own: a long step writes fewer of them for each row, but whoever sends a
	// message meanwhile waits for it.
	pruneStep = 500
	pruneBusy = 25
	logQuiet  = time.Second
	// vacuumPages is how many free pages one step returns to the disk; each is filled with the last page of the file.
	vacuumPages = 64
	// withdrawalsKept is how long withdrawals are kept.
	withdrawalsKept = 365 * 24 * time.Hour
)

// Prune removes some of the oldest rows. Where few are to be removed, it returns free pages to the disk.
func (l *Log) Prune(ctx context.Context, age msglog.Age, maxBytes int64) (more bool, err error) {
	l.appending.Lock()
	defer l.appending.Unlock()
	step := pruneStep
	if time.Now().UnixNano()-l.appended.Load() < int64(logQuiet) {
		step = pruneBusy
	}
	size, _, err := l.size(ctx)
	if err != nil {
		return false, err
	}
	removed, err := l.removeOldest(ctx, step, age, size > maxBytes)
	if err != nil {
		return false, fmt.Errorf("prune: %w", err)
	}
	if removed == step {
		return true, nil
	}
	more, err = givePagesBack(ctx, l)
	if err != nil {
		return false, fmt.Errorf("give pages back: %w", err)
	}
	return more, nil
}

// givePagesBack returns up to vacuumPages to the disk, and reports whether others are free.
func givePagesBack(ctx context.Context, l *Log) (more bool, err error) {
	_, free, err := l.size(ctx)
	if err != nil || free == 0 {
		return false, err
	}
	_, err = l.write.ExecContext(ctx, fmt.Sprintf("PRAGMA incremental_vacuum(%d)", vacuumPages))
	return free > vacuumPages, err
}

// size returns the log's size on the disk in bytes, without free pages, and how many pages are free.
func (l *Log) size(ctx context.Context) (size int64, free int, err error) {
	err = l.write.QueryRowContext(ctx,
		`SELECT (p.page_count - f.freelist_count) * s.page_size, f.freelist_count
		FROM pragma_page_count p, pragma_freelist_count f, pragma_page_size s`).Scan(&size, &free)
	return size, free, err
}

// removeOldest removes up to step rows: those that are old, or whatever is the oldest.
func (l *Log) removeOldest(ctx context.Context, step int, age msglog.Age, whatever bool) (int, error) {
	tx, err := l.write.BeginTx(ctx, nil)
	if err != nil {
		return 0, err
	}
	defer func() { _ = tx.Rollback() }() // after a commit it does nothing
	list, err := l.oldest(ctx, tx, step, age)
	if err == nil && !whatever {
		list, err = onlyOld(ctx, l, age, list, len(list) == step)
	}
	if err != nil || len(list) == 0 {
		return 0, err
	}
	l.changes.Add(1)
	if err := removeRows(ctx, tx, list); err != nil {
		return 0, err
	}
	pruned := map[msglog.Stream]uint64{}
	for _, o := range list {
		pruned[streamOf(o.stream)] = o.seq
	}
	if err := writePruned(ctx, tx, pruned, l.Last()); err != nil {
		return 0, err
	}
	if err := tx.Commit(); err != nil {
		return 0, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, o := range list {
		if o.counts {
			l.count--
		}
	}
	for s, seq := range pruned {
		setPruned(l, s, seq)
	}
	return len(list), nil
}

// setPruned notes how far a stream is removed. mu is held.
func setPruned(l *Log, s msglog.Stream, seq uint64) {
	l.pruned[s] = max(l.pruned[s], seq)
	if s.Audience != msglog.AudienceWithdrawn {
		l.gone = max(l.gone, seq)
	}
}

// writePruned writes how far streams are removed, and the newest seq.
func writePruned(ctx context.Context, tx *sql.Tx, pruned map[msglog.Stream]uint64, last uint64) error {
	insert, err := tx.PrepareContext(ctx, "INSERT INTO pruned VALUES (?, ?) ON CONFLICT DO UPDATE SET seq = max(seq, excluded.seq)")
	if err != nil {
		return err
	}
	defer func() { _ = insert.Close() }() // the transaction closes it as well
	for s, seq := range pruned {
		if _, err := insert.ExecContext(ctx, keyOf(s), int64(seq)); err != nil {
			return err
		}
	}
	_, err = tx.ExecContext(ctx, "INSERT INTO meta VALUES ('last', ?) ON CONFLICT DO UPDATE SET value = excluded.value", fmt.Sprint(last))
	return err
}

// removeRows removes the oldest rows. The messages among them have no others between them.
func removeRows(ctx context.Context, tx *sql.Tx, list []row) error {
	var messages []row
	for _, o := range list {
		if !o.withdraws() {
			messages = append(messages, o)
		} else if _, err := tx.ExecContext(ctx, "DELETE FROM message WHERE seq = ?", int64(o.seq)); err != nil {
			return err
		}
	}
	if len(messages) == 0 {
		return nil
	}
	_, err := tx.ExecContext(ctx, "DELETE FROM message WHERE seq >= ? AND seq <= ? AND stream <> 'w'",
		int64(messages[0].seq), int64(messages[len(messages)-1].seq))
	return err
}

// row is one of the oldest. counts: it is a message that was not withdrawn.
type row struct {
	seq    uint64
	time   time.Time
	stream string
	counts bool
}

// withdraws reports whether it is a withdrawal.
func (o *row) withdraws() bool { return o.stream == "w" }

// timeAt returns the seq and the time of rows, as Age.Oldest asks for them.
func timeAt(list []row) func(int) (uint64, time.Time) {
	return func(i int) (uint64, time.Time) { return list[i].seq, list[i].time }
}

// oldest lists up to step rows in rising seq, without withdrawals that are to stay. Those may be many, and older than all
// messages: nothing here walks over them.
func (l *Log) oldest(ctx context.Context, tx *sql.Tx, step int, age msglog.Age) ([]row, error) {
	l.mu.RLock()
	gone := l.gone
	l.mu.RUnlock()
	messages, err := rowsOf(ctx, tx, "SELECT seq, time, stream, withdrawn FROM message WHERE seq > ? AND stream <> 'w' ORDER BY seq LIMIT ?",
		int64(gone), step)
	if err != nil {
		return nil, err
	}
	withdrawals, err := rowsOf(ctx, tx, `SELECT seq, time, stream, withdrawn FROM message INDEXED BY message_stream
		WHERE stream = 'w' AND withdrawn = 0 ORDER BY seq LIMIT ?`, step)
	if err != nil {
		return nil, err
	}
	old, _ := msglog.Age{Now: age.Now, Before: age.Now.Add(-withdrawalsKept), Unsure: age.Unsure}.Oldest(len(withdrawals), timeAt(withdrawals))
	messages = append(messages, withdrawals[:old]...)
	slices.SortFunc(messages, func(a, b row) int { return cmp.Compare(a.seq, b.seq) })
	return messages[:min(len(messages), step)], nil
}

// rowsOf reads rows.
func rowsOf(ctx context.Context, tx *sql.Tx, text string, args ...any) (list []row, err error) {
	rows, err := tx.QueryContext(ctx, text, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // its error is rows.Err's
	for rows.Next() {
		var o row
		var ms int64
		var withdrawn bool
		if err := rows.Scan(&o.seq, &ms, &o.stream, &withdrawn); err != nil {
			return nil, err
		}
		o.time = time.UnixMilli(ms)
		o.counts = !withdrawn && !o.withdraws()
		list = append(list, o)
	}
	return list, rows.Err()
}

// onlyOld is the part of the oldest rows that is old. Where none of them is too young and full says that others follow, the
// next one that has an age decides.
func onlyOld(ctx context.Context, l *Log, age msglog.Age, list []row, full bool) ([]row, error) {
	old, open := age.Oldest(len(list), timeAt(list))
	if old == len(list) || !open || !full {
		return list[:old], nil
	}
	seq, written, err := nextWithAge(ctx, l, list[len(list)-1].seq, age)
	if t, known := age.TimeOf(seq, written); err == nil && seq > 0 && known && t.Before(age.Before) {
		old = len(list)
	}
	return list[:old], err
}
