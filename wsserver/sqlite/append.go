package sqlite

import (
	"context"
	"database/sql"
	sqldriver "database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	driver "modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"belfry/wsserver/msglog"
	"belfry/wsserver/sqlite/rowsum"
	"belfry/wsserver/wire"
)

// Append commits changes as one group.
func (l *Log) Append(ctx context.Context, changes []msglog.Change) ([]msglog.Appended, error) {
	return l.Apply(ctx, time.Now(), changes)
}

// Apply is Append as of a time: what comes of it depends on the changes, that time and the file alone.
func (l *Log) Apply(ctx context.Context, now time.Time, changes []msglog.Change) ([]msglog.Appended, error) {
	return l.apply(ctx, now, changes, nil)
}

// apply applies a group, at a step of an order if it is not nil.
func (l *Log) apply(ctx context.Context, now time.Time, changes []msglog.Change, step *Step) ([]msglog.Appended, error) {
	l.appending.Lock()
	defer l.appending.Unlock()
	results, err := applyTo(ctx, l, now, changes, step)
	if err == nil && l.appending.follow != nil {
		l.appending.follow(msglog.Committed{Changes: changes, Results: results, Own: true})
	}
	return results, err
}

// KeepLocal commits records without telling whoever follows.
func (l *Log) KeepLocal(ctx context.Context, records []msglog.Record) error {
	l.appending.Lock()
	defer l.appending.Unlock()
	_, err := applyTo(ctx, l, time.Now(), msglog.OfRecords(records...), nil)
	return err
}

// applyTo commits one group. appending is held.
func applyTo(ctx context.Context, l *Log, now time.Time, changes []msglog.Change, step *Step) ([]msglog.Appended, error) {
	switch {
	case l.appending.ended:
		return nil, wire.ErrClosing
	case !fileInPlace(l):
		return nil, errors.Join(wire.ErrNotKept, wire.ErrLogGone)
	}
	g := group{ctx: ctx, log: l, seq: l.Last(), now: now.UTC().Truncate(time.Millisecond), step: step}
	results, err := g.commit(changes)
	if err != nil {
		if isRefusal(err) {
			if step != nil {
				if failed := l.shared.refused(ctx, step); failed != nil {
					return nil, failed
				}
			}
			return nil, fmt.Errorf("append: %w", err)
		}
		return nil, errors.Join(wire.ErrNotKept, reasonOf(err), err)
	}
	l.appended.Store(time.Now().UnixNano())
	l.checkpoints.committed()
	for i, r := range results {
		if e := changes[i].Entry; e != nil && r.Err == nil && !r.Duplicate {
			e.Seq, e.Time = r.Seq, r.Time
		}
	}
	g.advance()
	return results, nil
}

// advance notes what a group has changed.
func (g *group) advance() {
	l := g.log
	l.mu.Lock()
	defer l.mu.Unlock()
	l.blocks.reached(l.last, g.seq)
	l.last = g.seq
	l.count += g.added
	for s, seq := range g.pruned {
		setPruned(l, s, seq)
	}
	if g.step != nil {
		l.shared.place = g.reached
		l.shared.writers[g.step.Writer] = g.step.Number
	}
}

// Follow has each called with every group from now on.
func (l *Log) Follow(each func(msglog.Committed)) {
	l.appending.Lock()
	defer l.appending.Unlock()
	l.appending.follow = each
}

// fileInPlace reports whether the file in the folder is still the one that is open. Where it was removed or replaced, what
// is written would be lost when the program ends.
func fileInPlace(l *Log) bool {
	now, err := os.Stat(l.file)
	return err == nil && os.SameFile(l.opened, now) || err != nil && !errors.Is(err, fs.ErrNotExist)
}

// isRefusal reports whether a row was refused for what is in it, by SQLite or by the driver. Every other failure is of the
// disk or of the file.
func isRefusal(err error) bool {
	for _, whole := range []error{context.Canceled, context.DeadlineExceeded, sqldriver.ErrBadConn, sql.ErrConnDone} {
		if errors.Is(err, whole) {
			return false
		}
	}
	var e *driver.Error
	return !errors.As(err, &e) || isCode(err, lib.SQLITE_CONSTRAINT, lib.SQLITE_MISMATCH, lib.SQLITE_TOOBIG, lib.SQLITE_RANGE)
}

// reasonOf returns the reason of a failure where the operator can do something about it, else nil.
func reasonOf(err error) error {
	switch {
	case isCode(err, lib.SQLITE_FULL):
		return wire.ErrDiskFull
	case isCode(err, lib.SQLITE_BUSY, lib.SQLITE_LOCKED):
		return wire.ErrLogLocked
	}
	return nil
}

// group is one transaction of Append.
type group struct {
	ctx   context.Context
	log   *Log
	seq   uint64
	now   time.Time
	added int
	begun bool // it has an entry
	// pruned is how far it has removed messages.
	pruned  map[msglog.Stream]uint64
	step    *Step // nil: the log is of one machine
	reached Place // behind the step
}

// commit runs the whole transaction. After an error nothing of it is in the log.
func (g *group) commit(changes []msglog.Change) (results []msglog.Appended, err error) {
	do := &g.log.do
	if _, err := do.begin.Exec(); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			_, _ = do.rollback.Exec() // SQLite may have ended the transaction already
		}
	}()
	results = make([]msglog.Appended, len(changes))
	for i := range changes {
		if results[i], err = g.change(&changes[i]); err != nil {
			return nil, err
		}
	}
	if g.step != nil {
		if g.reached, err = g.place(results); err != nil {
			return nil, err
		}
	}
	if _, err := do.commit.Exec(); err != nil {
		return nil, err
	}
	return results, nil
}

// change applies one change, or nothing of it where its result says so.
func (g *group) change(c *msglog.Change) (a msglog.Appended, err error) {
	if c.Prune != (msglog.Prune{}) {
		return a, g.prune(c.Prune)
	}
	if allowed, err := g.allows(c.Records); err != nil || !allowed {
		return g.conditionFailed(c.Entry, err)
	}
	if c.Entry != nil {
		if a, err = g.add(c.Entry); err != nil || a.Err != nil || a.Duplicate {
			return a, err
		}
	}
	for i := range c.Records {
		if !c.Records[i].Changes() {
			continue
		}
		if c.Records[i].Numbers > 0 {
			if err := g.number(&c.Records[i]); err != nil {
				return a, err
			}
		}
		if err := g.record(&c.Records[i]); err != nil {
			return a, err
		}
	}
	return a, nil
}

// allows reports whether the conditions of all these records hold.
func (g *group) allows(records []msglog.Record) (bool, error) {
	for i := range records {
		r := &records[i]
		if r.If == nil {
			continue
		}
		var value []byte
		err := g.value(r.Kind, r.Key, &value)
		there := !errors.Is(err, sql.ErrNoRows)
		if there && err != nil {
			return false, err
		}
		if !r.Applies(value, there) {
			return false, nil
		}
	}
	return true, nil
}

// conditionFailed answers a change whose conditions do not hold. An entry that was accepted before is a duplicate all the
// same: it was this very change that has made them fail.
func (g *group) conditionFailed(e *msglog.Entry, err error) (msglog.Appended, error) {
	if err == nil && e != nil && e.ID != "" {
		first, err := g.duplicate(e)
		if !errors.Is(err, sql.ErrNoRows) {
			return first, err
		}
	}
	return msglog.Appended{Err: msglog.ErrCondition}, err
}

// add inserts one entry, or answers with the first one of its id.
func (g *group) add(e *msglog.Entry) (msglog.Appended, error) {
	r := rowsum.Message{
		Seq: clamp(g.seq + 1), Time: g.now.UnixMilli(), Stream: keyOf(e.Stream()), Topic: e.Topic, Sender: e.SenderKey(), SenderName: e.From.Name,
		ID: e.ID, Text: e.Text, Title: e.Title, Ack: e.Ack, Priority: int64(e.Priority), ReplyTo: clamp(e.ReplyTo), Of: clamp(e.Withdraws),
		Tags: strings.Join(e.Tags, tagSeparator), Click: e.Click,
	}
	done, err := g.log.do.insert.ExecContext(g.ctx, r.Seq, r.Time, r.Stream, r.Topic, r.Sender, r.SenderName,
		r.ID, r.Text, r.Title, r.Ack, r.Priority, r.ReplyTo, r.Of, r.Tags, r.Click, r.Sum())
	if err != nil {
		return msglog.Appended{}, err
	}
	if n, err := done.RowsAffected(); err != nil {
		return msglog.Appended{}, err
	} else if n == 0 {
		return g.duplicate(e)
	}
	g.seq++
	if !g.begun { // its other entries have the same time
		g.begun = true
		if _, err := g.log.do.turn.ExecContext(g.ctx, g.seq, g.now.UnixMilli()); err != nil {
			return msglog.Appended{}, err
		}
	}
	if e.Withdraws > 0 {
		return msglog.Appended{Seq: g.seq, Time: g.now}, g.erase(e.Withdraws)
	}
	g.added++
	return msglog.Appended{Seq: g.seq, Time: g.now}, nil
}

// duplicate answers an entry whose id was used before.
func (g *group) duplicate(e *msglog.Entry) (msglog.Appended, error) {
	row := g.log.do.first.QueryRowContext(g.ctx, e.SenderKey(), e.ID)
	first, is, err := scan(row, g.log.checker)
	switch {
	case err != nil:
		return msglog.Appended{}, err
	case !is.withdrawn && !first.SameText(e):
		return msglog.Appended{Err: wire.ErrIDConflict}, nil
	}
	return msglog.Appended{Seq: first.Seq, Time: first.Time, Duplicate: true}, nil
}

// erase removes the text of a withdrawn message; its id stays, so that the same message is not accepted again.
func (g *group) erase(seq uint64) error {
	g.log.changes.Add(1)
	e, s, err := scan(g.log.do.toBlank.QueryRowContext(g.ctx, clamp(seq)), g.log.checker)
	var sum sql.NullInt64
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil
	case err != nil && e.Seq == 0:
		return err
	case err == nil:
		left := s.row
		left.Text, left.Title, left.Ack, left.Tags, left.Click, left.Withdrawn = "", "", "", "", "", true
		sum = s.sum                    // none stays none
		sum.Int64 ^= s.is ^ left.Sum() // and a wrong one wrong
	}
	if _, err := g.log.do.blank.ExecContext(g.ctx, sum, clamp(seq)); err != nil {
		return err
	}
	g.added--
	return nil
}

// value reads a record's.
func (g *group) value(kind, key string, into *[]byte) error {
	var sum sql.NullInt64
	err := g.log.do.value.QueryRowContext(g.ctx, kind, key).Scan(into, &sum)
	if err == nil {
		g.log.checkRecord(kind, key, *into, sum)
	}
	return err
}

// number gives a record its key.
func (g *group) number(r *msglog.Record) error {
	var value []byte
	err := g.value(msglog.RecordNumber, r.Kind, &value)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	counter := r.Number(msglog.NextNumber(value))
	return g.record(&counter)
}

// record replaces or erases a record.
func (g *group) record(r *msglog.Record) error {
	if r.Value == nil {
		_, err := g.log.do.unset.ExecContext(g.ctx, r.Kind, r.Key)
		return err
	}
	_, err := g.log.do.set.ExecContext(g.ctx, r.Kind, r.Key, r.Value, rowsum.Record(r.Kind, r.Key, r.Value))
	return err
}
