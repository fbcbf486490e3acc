package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"maps"
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
	step, list, err := nextRows(ctx, l, l.write, age, maxBytes)
	if err == nil && len(list) > 0 {
		err = removeOldest(ctx, l, list)
	}
	switch {
	case err != nil:
		return false, fmt.Errorf("prune: %w", err)
	case len(list) == step:
		return true, nil
	}
	return givePagesBack(ctx, l)
}

// NextPrune returns what a step of Prune would remove, for whoever has it removed from several files at one position; the zero
// value is nothing. more reports whether there is more. It may block for a disk.
func (l *Log) NextPrune(ctx context.Context, age msglog.Age, maxBytes int64) (p msglog.Prune, more bool, err error) {
	step, list, err := nextRows(ctx, l, l.read, age, maxBytes)
	for _, o := range list {
		if o.withdraws() {
			p.Withdrawals = o.seq
		} else {
			p.Messages = o.seq
		}
	}
	return p, len(list) == step, err
}

// nextRows lists what one step removes, and how many rows that is at most.
func nextRows(ctx context.Context, l *Log, from querier, age msglog.Age, maxBytes int64) (step int, list []row, err error) {
	step = pruneStep
	if time.Now().UnixNano()-l.appended.Load() < int64(logQuiet) {
		step = pruneBusy
	}
	size, _, err := sizeOf(ctx, l)
	if err != nil {
		return step, nil, err
	}
	if list, err = l.oldest(ctx, from, step, age); err == nil && size <= maxBytes {
		list, err = onlyOld(ctx, l, age, list, len(list) == step)
	}
	return step, list, err
}

// givePagesBack returns up to vacuumPages to the disk, and reports whether others are free.
func givePagesBack(ctx context.Context, l *Log) (more bool, err error) {
	_, free, err := sizeOf(ctx, l)
	if err != nil || free == 0 {
		return false, err
	}
	if _, err = l.write.ExecContext(ctx, fmt.Sprintf("PRAGMA incremental_vacuum(%d)", vacuumPages)); err != nil {
		return false, fmt.Errorf("give pages back: %w", err)
	}
	return free > vacuumPages, nil
}

// sizeOf returns the log's size on the disk in bytes, without free pages, and how many pages are free.
func sizeOf(ctx context.Context, l *Log) (size int64, free int, err error) {
	err = l.write.QueryRowContext(ctx,
		`SELECT (p.page_count - f.freelist_count) * s.page_size, f.freelist_count
		FROM pragma_page_count p, pragma_freelist_count f, pragma_page_size s`).Scan(&size, &free)
	return size, free, err
}

// removeOldest removes rows, the oldest ones, in a transaction. appending is held.
func removeOldest(ctx context.Context, l *Log, list []row) error {
	tx, err := l.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // after a commit it does nothing
	pruned, removed, err := remove(ctx, l, tx, list, l.Last())
	if err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.count -= removed
	for s, seq := range pruned {
		setPruned(l, s, seq)
	}
	return nil
}

// prune is a change of the group.
func (g *group) prune(p msglog.Prune) error {
	list, err := upTo(g.ctx, g.log, g.log.write, p)
	if err != nil || len(list) == 0 {
		return err
	}
	pruned, removed, err := remove(g.ctx, g.log, g.log.write, list, g.seq)
	if g.pruned == nil {
		g.pruned = map[msglog.Stream]uint64{}
	}
	maps.Copy(g.pruned, pruned) // a later step has removed more
	g.added -= removed
	return err
}

// remove removes rows, the oldest ones, where last is the newest seq ever given. It returns how far streams are removed with it, and how many messages.
func remove(ctx context.Context, l *Log, from execer, list []row, last uint64) (pruned map[msglog.Stream]uint64, messages int, err error) {
	l.changes.Add(1)
	if err := removeRows(ctx, from, list); err != nil {
		return nil, 0, err
	}
	pruned = map[msglog.Stream]uint64{}
	for _, o := range list {
		pruned[streamOf(o.stream)] = o.seq
		if o.counts {
			messages++
		}
	}
	return pruned, messages, writePruned(ctx, from, pruned, last)
}

// querier and execer are a connection, or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}
type execer interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

// setPruned notes how far a stream is removed. mu is held.
func setPruned(l *Log, s msglog.Stream, seq uint64) {
	l.pruned[s] = max(l.pruned[s], seq)
	if s.Audience != msglog.AudienceWithdrawn {
		l.gone = max(l.gone, seq)
	}
}

// writePruned writes how far streams are removed, and the newest seq.
func writePruned(ctx context.Context, tx execer, pruned map[msglog.Stream]uint64, last uint64) error {
	for s, seq := range pruned {
		_, err := tx.ExecContext(ctx, "INSERT INTO pruned VALUES (?, ?) ON CONFLICT DO UPDATE SET seq = max(seq, excluded.seq)", keyOf(s), int64(seq))
		if err != nil {
			return err
		}
	}
	_, err := tx.ExecContext(ctx, "INSERT INTO meta VALUES ('last', ?) ON CONFLICT DO UPDATE SET value = excluded.value", fmt.Sprint(last))
	return err
}

// removeRows removes the oldest rows. The messages among them have no others between them.
func removeRows(ctx context.Context, tx execer, list []row) error {
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
func (l *Log) oldest(ctx context.Context, tx querier, step int, age msglog.Age) ([]row, error) {
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
	list := inOrder(messages, withdrawals[:old])
	return list[:min(len(list), step)], nil
}

// inOrder is both in rising seq.
func inOrder(messages, withdrawals []row) []row {
	all := append(messages, withdrawals...)
	slices.SortFunc(all, func(a, b row) int { return cmp.Compare(a.seq, b.seq) })
	return all
}

// upTo lists the rows that a change removes, in rising seq.
func upTo(ctx context.Context, l *Log, tx querier, p msglog.Prune) ([]row, error) {
	l.mu.RLock()
	gone := l.gone
	l.mu.RUnlock()
	messages, err := rowsOf(ctx, tx, "SELECT seq, time, stream, withdrawn FROM message WHERE seq > ? AND seq <= ? AND stream <> 'w' ORDER BY seq",
		int64(gone), clamp(p.Messages))
	if err != nil {
		return nil, err
	}
	withdrawals, err := rowsOf(ctx, tx, `SELECT seq, time, stream, withdrawn FROM message INDEXED BY message_stream
		WHERE stream = 'w' AND withdrawn = 0 AND seq <= ? ORDER BY seq`, clamp(p.Withdrawals))
	return inOrder(messages, withdrawals), err
}

// rowsOf reads rows.
func rowsOf(ctx context.Context, tx querier, text string, args ...any) (list []row, err error) {
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
