package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	lib "modernc.org/sqlite/lib"

	"belfry/wsserver"
)

const insertSQL = `INSERT INTO message
	(seq, time, stream, topic, sender, sender_name, id, text, title, ack, priority, reply_to, of, withdrawn)
	VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)
	ON CONFLICT (sender, id) WHERE id <> '' DO NOTHING`

// Append commits entries and records as one group.
func (l *Log) Append(ctx context.Context, entries []*wsserver.Entry, records []wsserver.Record) ([]wsserver.Appended, error) {
	l.appending.Lock()
	defer l.appending.Unlock()
	if !l.isThere() {
		return nil, errors.Join(wsserver.ErrNotKept, wsserver.ErrLogGone)
	}
	g := group{ctx: ctx, seq: l.Last(), now: time.Now().UTC().Truncate(time.Millisecond)}
	results, err := g.commit(l, entries, records)
	if err != nil {
		if isCode(err, lib.SQLITE_FULL, lib.SQLITE_IOERR, lib.SQLITE_BUSY, lib.SQLITE_LOCKED, lib.SQLITE_READONLY) {
			return nil, errors.Join(wsserver.ErrNotKept, reasonOf(err), err)
		}
		return nil, fmt.Errorf("append: %w", err)
	}
	l.appended.Store(time.Now().UnixNano())
	for i, r := range results {
		if r.Err == nil && !r.Duplicate {
			entries[i].Seq, entries[i].Time = r.Seq, r.Time
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.last = g.seq
	l.count += g.added
	return results, nil
}

// isThere reports whether the file in the folder is still the one that is open: what is written to another one would be
// lost with the program, or never read by it.
func (l *Log) isThere() bool {
	now, err := os.Stat(l.file)
	return err == nil && os.SameFile(l.opened, now) || err != nil && !errors.Is(err, fs.ErrNotExist)
}

// reasonOf tells apart the reasons that the operator can do something about.
func reasonOf(err error) error {
	switch {
	case isCode(err, lib.SQLITE_FULL):
		return wsserver.ErrDiskFull
	case isCode(err, lib.SQLITE_BUSY, lib.SQLITE_LOCKED):
		return wsserver.ErrLogLocked
	}
	return nil
}

// group is one transaction in the making.
type group struct {
	ctx   context.Context
	tx    *sql.Tx
	seq   uint64
	now   time.Time
	added int
}

func (g *group) commit(l *Log, entries []*wsserver.Entry, records []wsserver.Record) (results []wsserver.Appended, err error) {
	if g.tx, err = l.write.BeginTx(g.ctx, nil); err != nil {
		return nil, err
	}
	defer func() { _ = g.tx.Rollback() }() // after a commit it does nothing
	insert := g.tx.Stmt(l.insert)
	defer func() { _ = insert.Close() }() // of the transaction, which ends it
	results = make([]wsserver.Appended, len(entries))
	for i, e := range entries {
		if results[i], err = g.add(insert, e); err != nil {
			return nil, err
		}
	}
	for _, r := range records {
		if err := g.record(r); err != nil {
			return nil, err
		}
	}
	if err := g.tx.Commit(); err != nil {
		// database/sql takes the transaction for ended. Where SQLite does not, this ends it; else it fails, unheard.
		_, _ = l.write.Exec("ROLLBACK")
		return nil, err
	}
	return results, nil
}

func (g *group) add(insert *sql.Stmt, e *wsserver.Entry) (wsserver.Appended, error) {
	done, err := insert.ExecContext(g.ctx, g.seq+1, g.now.UnixMilli(), keyOf(e.Stream()), e.Topic, e.Sender(), e.From.Name,
		e.ID, e.Text, e.Title, e.Ack, e.Priority, e.ReplyTo, e.Of)
	if err != nil {
		return wsserver.Appended{}, err
	}
	if n, err := done.RowsAffected(); err != nil {
		return wsserver.Appended{}, err
	} else if n == 0 {
		return g.again(e)
	}
	g.seq++
	if e.Of > 0 {
		return wsserver.Appended{Seq: g.seq, Time: g.now}, g.erase(e.Of)
	}
	g.added++
	return wsserver.Appended{Seq: g.seq, Time: g.now}, nil
}

// again answers an id that was used before.
func (g *group) again(e *wsserver.Entry) (wsserver.Appended, error) {
	row := g.tx.QueryRowContext(g.ctx, "SELECT "+columns+" FROM message WHERE sender = ? AND id = ?", e.Sender(), e.ID)
	first, withdrawn, err := scan(row)
	switch {
	case err != nil:
		return wsserver.Appended{}, err
	case !withdrawn && !first.SameText(e):
		return wsserver.Appended{Err: wsserver.ErrIDConflict}, nil
	}
	return wsserver.Appended{Seq: first.Seq, Time: first.Time, Duplicate: true}, nil
}

// erase takes the text of a withdrawn message away; its id stays, so that it is not accepted anew.
func (g *group) erase(seq uint64) error {
	done, err := g.tx.ExecContext(g.ctx,
		"UPDATE message SET text = '', title = '', ack = '', withdrawn = 1 WHERE seq = ? AND of = 0 AND withdrawn = 0", seq)
	if err != nil {
		return err
	}
	n, err := done.RowsAffected()
	if err != nil || n == 0 {
		return err
	}
	g.added--
	return nil
}

func (g *group) record(r wsserver.Record) error {
	if r.Value == nil {
		_, err := g.tx.ExecContext(g.ctx, "DELETE FROM record WHERE kind = ? AND key = ?", r.Kind, r.Key)
		return err
	}
	_, err := g.tx.ExecContext(g.ctx, "INSERT INTO record VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
		r.Kind, r.Key, r.Value)
	return err
}
