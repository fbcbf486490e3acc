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

// Prune removes some of the oldest rows. Where few are to be removed, it returns free pages to the disk. It does not end with
// ctx: a step is short.
func (l *Log) Prune(ctx context.Context, age msglog.Age, maxBytes int64) (more bool, err error) {
	ctx = context.WithoutCancel(ctx) // for one that can end, the driver starts a goroutine with each statement
	l.appending.Lock()
	defer l.appending.Unlock()
	step, list, err := nextRows(ctx, l, age, maxBytes)
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
	step, list, err := nextRows(ctx, l, age, maxBytes)
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
func nextRows(ctx context.Context, l *Log, age msglog.Age, maxBytes int64) (step int, list []row, err error) {
	step = pruneStep
	if time.Now().UnixNano()-l.appended.Load() < int64(logQuiet) {
		step = pruneBusy
	}
	size, _, err := sizeOf(ctx, l)
	if err != nil {
		return step, nil, err
	}
	if list, err = l.oldest(ctx, step, age); err == nil && size <= maxBytes {
		list, err = onlyOld(ctx, l, age, list, len(list) == step)
	}
	return step, list, err
}

// givePagesBack returns some free pages to the disk, and reports whether there are others. appending is held.
func givePagesBack(ctx context.Context, l *Log) (more bool, err error) {
	_, free, err := sizeOf(ctx, l)
	if err != nil || free == 0 {
		return false, err
	}
	if _, err = l.write.ExecContext(ctx, fmt.Sprintf("PRAGMA incremental_vacuum(%d)", vacuumPages)); err != nil {
		return false, fmt.Errorf("give pages back: %w", err)
	}
	l.checkpoints.committed()
	return free > vacuumPages, nil
}

// sizeOf returns the log's size on the disk in bytes, without free pages, and how many pages are free.
func sizeOf(ctx context.Context, l *Log) (size int64, free int, err error) {
	err = l.often.queryRow(ctx,
		`SELECT (p.page_count - f.freelist_count) * s.page_size, f.freelist_count
		FROM pragma_page_count p, pragma_freelist_count f, pragma_page_size s`).Scan(&size, &free)
	return size, free, err
}

// removeOldest removes rows, the oldest ones, in a transaction. appending is held.
func removeOldest(ctx context.Context, l *Log, list []row) (err error) {
	if _, err := l.do.begin.Exec(); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_, _ = l.do.rollback.Exec() // SQLite may have ended the transaction already
		}
	}()
	pruned, removed, err := remove(ctx, l, list, l.Last())
	if err != nil {
		return err
	}
	if _, err := l.do.commit.Exec(); err != nil {
		return err
	}
	l.checkpoints.committed()
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
	list, err := upTo(g.ctx, g.log, p)
	if err != nil || len(list) == 0 {
		return err
	}
	pruned, removed, err := remove(g.ctx, g.log, list, g.seq)
	if g.pruned == nil {
		g.pruned = map[msglog.Stream]uint64{}
	}
	maps.Copy(g.pruned, pruned) // a later step has removed more
	g.added -= removed
	return err
}

// remove removes rows, the oldest ones, in the transaction that was begun, where last is the newest seq ever given. It returns how
// far streams are removed with it, and how many messages. It removes one row at a time: for several at once SQLite would keep a
// copy of each page until the end of the statement.
func remove(ctx context.Context, l *Log, list []row, last uint64) (pruned map[msglog.Stream]uint64, messages int, err error) {
	l.changes.Add(1)
	pruned = map[msglog.Stream]uint64{}
	for _, o := range list {
		if _, err := l.do.remove.ExecContext(ctx, int64(o.seq)); err != nil {
			return nil, 0, err
		}
		pruned[streamOf(o.stream)] = o.seq
		if o.counts {
			messages++
		}
	}
	for s, seq := range pruned {
		if _, err := l.do.pruned.ExecContext(ctx, keyOf(s), int64(seq)); err != nil {
			return nil, 0, err
		}
	}
	_, err = l.do.last.ExecContext(ctx, fmt.Sprint(last))
	return pruned, messages, err
}

// setPruned notes how far a stream is removed. mu is held.
func setPruned(l *Log, s msglog.Stream, seq uint64) {
	l.pruned[s] = max(l.pruned[s], seq)
	if s.Audience != msglog.AudienceWithdrawn {
		l.gone = max(l.gone, seq)
	}
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
func (l *Log) oldest(ctx context.Context, step int, age msglog.Age) ([]row, error) {
	l.mu.RLock()
	gone := l.gone
	l.mu.RUnlock()
	messages, err := rowsOf(l.often.query(ctx, "SELECT seq, time, stream, withdrawn FROM message WHERE seq > ? AND stream <> 'w' ORDER BY seq LIMIT ?",
		int64(gone), step))
	if err != nil {
		return nil, err
	}
	withdrawals, err := rowsOf(l.often.query(ctx, `SELECT seq, time, stream, withdrawn FROM message INDEXED BY message_stream
		WHERE stream = 'w' AND withdrawn = 0 ORDER BY seq LIMIT ?`, step))
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
func upTo(ctx context.Context, l *Log, p msglog.Prune) ([]row, error) {
	l.mu.RLock()
	gone := l.gone
	l.mu.RUnlock()
	messages, err := rowsOf(l.write.QueryContext(ctx, "SELECT seq, time, stream, withdrawn FROM message WHERE seq > ? AND seq <= ? AND stream <> 'w' ORDER BY seq",
		int64(gone), clamp(p.Messages)))
	if err != nil {
		return nil, err
	}
	withdrawals, err := rowsOf(l.write.QueryContext(ctx, `SELECT seq, time, stream, withdrawn FROM message INDEXED BY message_stream
		WHERE stream = 'w' AND withdrawn = 0 AND seq <= ? ORDER BY seq`, clamp(p.Withdrawals)))
	return inOrder(messages, withdrawals), err
}

// rowsOf reads the rows of a query.
func rowsOf(rows *sql.Rows, err error) (list []row, _ error) {
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

// forgetStep is how many streams one transaction forgets.
const forgetStep = 200

// ForgetPruned forgets the positions of private conversations, in small steps.
func (l *Log) ForgetPruned(ctx context.Context, gone func(userID string) bool) error {
	l.mu.RLock()
	list := msglog.PrivateOf(l.pruned)
	l.mu.RUnlock()
	list = slices.DeleteFunc(list, func(s msglog.Stream) bool { return !gone(s.Name) })
	for some := range slices.Chunk(list, forgetStep) {
		if err := forgetPruned(ctx, l, some); err != nil {
			return err
		}
	}
	return nil
}

func forgetPruned(ctx context.Context, l *Log, list []msglog.Stream) error {
	l.appending.Lock() // whose transaction is of the same connection
	defer l.appending.Unlock()
	tx, err := l.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // after a commit it does nothing
	for _, s := range list {
		if _, err := tx.ExecContext(ctx, "DELETE FROM pruned WHERE stream = ?", keyOf(s)); err != nil {
			return err
		}
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range list {
		delete(l.pruned, s)
	}
	return nil
}
