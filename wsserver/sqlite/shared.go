package sqlite

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"belfry/wsserver/msglog"
	"belfry/wsserver/wire"
)

// This file is of a log that applies an order that it has in common with others, each in a file of its own. Where it is in
// that order is written in the transaction that applies a group. A run is then not a start: the epoch is the order's, and
// the same in all files. Whoever opens the file for itself alone draws another one, and that ends its part in the order: the
// place that it has names the epoch too.

// sharedSchema is made when a file is first opened as one of several: one machine has no use for it. writer has the number of
// the newest group of each writer, part the parts of groups that have not come whole.
const sharedSchema = `
CREATE TABLE IF NOT EXISTS writer (run TEXT PRIMARY KEY, number INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS part (writer TEXT, number INTEGER, part INTEGER, payload BLOB NOT NULL, PRIMARY KEY (writer, number, part)) STRICT`

const (
	setPlaceSQL  = "INSERT INTO meta VALUES ('place', ?) ON CONFLICT DO UPDATE SET value = excluded.value"
	setWriterSQL = "INSERT INTO writer VALUES (?, ?) ON CONFLICT DO UPDATE SET number = excluded.number"
)

// Place is how far a file has applied an order. The zero value is of no order.
type Place struct {
	Order    string `json:"order"` // the order's identity
	Epoch    string `json:"epoch"`
	Position uint64 `json:"position"`
	// Digest is of all payloads up to there, and of what came of them: equal files have equal ones.
	Digest string `json:"digest"`
}

// Step is one position of an order.
type Step struct {
	Position uint64 // from 1, without a hole
	Time     time.Time
	// Writer wrote it as its group of that Number. A group whose number is not higher than an earlier one's of the same writer
	// was applied before.
	Writer  string
	Number  uint64
	Payload []byte
}

// Shared is a Log that is one of several. OpenShared makes one.
type Shared struct {
	*Log
	place   Place             // guarded by Log.mu
	writers map[string]uint64 // guarded by Log.mu
	// Used with appending held.
	setPlace, setWriter, unsetParts *sql.Stmt
}

// OpenShared opens the log in dir, or creates one, as one of several of an order. What was committed last may be lost with the
// machine's power: the order has it. Its error is a *wire.Problem.
func OpenShared(dir string) (*Shared, error) {
	l := &Shared{writers: map[string]uint64{}}
	_, err := openIn(dir, l)
	return l, err
}

// readPlace reads where a file is in an order; the zero value where it is in none, or was opened for itself alone since.
func readPlace(l *Log) (p Place, err error) {
	kept, err := l.meta("place")
	if err != nil {
		return p, err
	}
	epoch, err := l.meta("epoch")
	if err != nil {
		return p, err
	}
	if kept != "" {
		if err := json.Unmarshal([]byte(kept), &p); err != nil {
			return p, err
		}
	}
	if p.Epoch != epoch {
		return Place{}, nil
	}
	return p, nil
}

// load reads where the file is in its order.
func (l *Shared) load() error {
	if _, err := l.write.Exec(sharedSchema); err != nil {
		return err
	}
	if err := loadRuns(l.Log); err != nil {
		return err
	}
	if n := len(l.runs.list); n > 0 {
		l.runs.epoch = l.runs.list[n-1].epoch()
	} else if err := l.beginRun(); err != nil {
		return err
	}
	var err error
	if l.place, err = readPlace(l.Log); err != nil {
		return err
	}
	var errs [3]error
	l.setPlace, errs[0] = l.write.Prepare(setPlaceSQL)
	l.setWriter, errs[1] = l.write.Prepare(setWriterSQL)
	l.unsetParts, errs[2] = l.write.Prepare("DELETE FROM part WHERE writer = ? AND number <= ?")
	return errors.Join(append(errs[:], l.loadWriters())...)
}

func (l *Shared) loadWriters() error {
	rows, err := l.write.Query("SELECT run, number FROM writer")
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // its error is rows.Err's
	for rows.Next() {
		var writer string
		var number uint64
		if err := rows.Scan(&writer, &number); err != nil {
			return err
		}
		l.writers[writer] = number
	}
	return rows.Err()
}

func (l *Shared) closeStatements() (err error) {
	for _, stmt := range []*sql.Stmt{l.setPlace, l.setWriter, l.unsetParts} {
		if stmt != nil {
			err = errors.Join(err, stmt.Close())
		}
	}
	return err
}

// Place returns where the file is. It never blocks.
func (l *Shared) Place() Place {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.place
}

// Applied reports whether the group of that number, or a later one, of a writer was applied. It never blocks.
func (l *Shared) Applied(writer string, number uint64) bool {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return number <= l.writers[writer]
}

// Untouched reports whether nothing is in the file but what makes it one.
func (l *Shared) Untouched(ctx context.Context) (bool, error) {
	var records int
	err := l.read.QueryRowContext(ctx, "SELECT count(*) FROM (SELECT 1 FROM record LIMIT 1)").Scan(&records)
	return records == 0 && l.Last() == 0, err
}

// Join makes the file one of those of an order, at the position that began it. A file with another epoch must be untouched.
// What it knows of another order is erased.
func (l *Shared) Join(ctx context.Context, order, epoch string, s Step) error {
	l.appending.Lock()
	defer l.appending.Unlock()
	p := Place{Order: order, Epoch: epoch, Position: s.Position}
	p.Digest = digestOf(Place{}, &s, nil, l.Last())
	id, start, _ := strings.Cut(epoch, ".")
	tx, err := l.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // after a commit it does nothing
	for _, do := range []struct {
		text string
		args []any
	}{
		{"DELETE FROM writer", nil},
		{"DELETE FROM part", nil},
		{"DELETE FROM run WHERE ? <> (SELECT value FROM meta WHERE key = 'epoch')", []any{epoch}},
		{"INSERT OR IGNORE INTO run VALUES (?, ?, ?)", []any{l.Last() + 1, id, start}},
		{"INSERT OR REPLACE INTO meta VALUES ('epoch', ?)", []any{epoch}},
		{"INSERT OR REPLACE INTO meta VALUES ('place', ?)", []any{p.json()}},
	} {
		if _, err := tx.ExecContext(ctx, do.text, do.args...); err != nil {
			return err
		}
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	if err := loadRuns(l.Log); err != nil {
		return err
	}
	l.runs.epoch = epoch
	if err := l.search.markAs(l.Log); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.place = p
	clear(l.writers)
	return nil
}

// ApplyStep applies a group at its position. An error that is wire.ErrNotKept, or another of the whole log's, means that it must
// be applied again; every other one is that the log refuses it: that is what came of it, and the position is taken.
func (l *Shared) ApplyStep(ctx context.Context, s Step, changes []msglog.Change) ([]msglog.Appended, error) {
	return l.apply(ctx, s.Time, changes, &s)
}

// Skip takes a position at which nothing is applied.
func (l *Shared) Skip(ctx context.Context, s Step) error {
	return l.takePosition(ctx, &s, func(*sql.Tx) error { return nil })
}

// KeepPart takes a position that has a part of a group. Parts returns them.
func (l *Shared) KeepPart(ctx context.Context, s Step, part int) error {
	return l.takePosition(ctx, &s, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "INSERT OR REPLACE INTO part VALUES (?, ?, ?, ?)", s.Writer, clamp(s.Number), part, s.Payload)
		return err
	})
}

// Parts returns the first parts of a group, put together. They are erased when it is applied.
func (l *Shared) Parts(ctx context.Context, writer string, number uint64, parts int) (payload []byte, err error) {
	rows, err := l.read.QueryContext(ctx, "SELECT payload FROM part WHERE writer = ? AND number = ? ORDER BY part", writer, clamp(number))
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // its error is rows.Err's
	n := 0
	for ; rows.Next(); n++ {
		var part []byte
		if err := rows.Scan(&part); err != nil {
			return nil, err
		}
		payload = append(payload, part...)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	if n != parts {
		return nil, fmt.Errorf("%d of %d parts of the group %s-%d are there", n, parts, writer, number)
	}
	return payload, nil
}

// takePosition writes a position with what else is written there, in one transaction.
func (l *Shared) takePosition(ctx context.Context, s *Step, write func(*sql.Tx) error) error {
	l.appending.Lock()
	defer l.appending.Unlock()
	if l.appending.ended {
		return wire.ErrClosing
	}
	return l.takePositionLocked(ctx, s, write)
}

func (l *Shared) takePositionLocked(ctx context.Context, s *Step, write func(*sql.Tx) error) error {
	p := l.nextPlace(s, nil, l.Last())
	tx, err := l.write.BeginTx(ctx, nil)
	if err != nil {
		return errors.Join(wire.ErrNotKept, err)
	}
	defer func() { _ = tx.Rollback() }() // after a commit it does nothing
	if err := write(tx); err != nil {
		return errors.Join(wire.ErrNotKept, err)
	}
	if _, err := tx.ExecContext(ctx, setPlaceSQL, p.json()); err != nil {
		return errors.Join(wire.ErrNotKept, err)
	}
	if err := tx.Commit(); err != nil {
		return errors.Join(wire.ErrNotKept, err)
	}
	l.checkpoints.committed()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.place = p
	return nil
}

// refused takes the position of a group that the log refuses. appending is held.
func (l *Shared) refused(ctx context.Context, s *Step) error {
	err := l.takePositionLocked(ctx, s, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, setWriterSQL, s.Writer, clamp(s.Number))
		return err
	})
	if err == nil {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.writers[s.Writer] = s.Number
	}
	return err
}

// place writes the group's position in its own transaction.
func (g *group) place(results []msglog.Appended) (p Place, err error) {
	s := g.log.shared
	p = s.nextPlace(g.step, results, g.seq)
	if _, err = s.setPlace.ExecContext(g.ctx, p.json()); err != nil {
		return p, err
	}
	if _, err = s.setWriter.ExecContext(g.ctx, g.step.Writer, clamp(g.step.Number)); err != nil {
		return p, err
	}
	_, err = s.unsetParts.ExecContext(g.ctx, g.step.Writer, clamp(g.step.Number))
	return p, err
}

func (l *Shared) nextPlace(s *Step, results []msglog.Appended, last uint64) Place {
	p := l.Place()
	p.Digest = digestOf(p, s, results, last)
	p.Position = s.Position
	return p
}

// digestOf is the digest behind a step: of the one before, the payload, and what came of it.
func digestOf(before Place, s *Step, results []msglog.Appended, last uint64) string {
	b := binary.AppendUvarint([]byte(before.Digest), s.Position)
	b = binary.AppendUvarint(b, last)
	for _, r := range results {
		b = binary.AppendUvarint(b, r.Seq)
		switch {
		case r.Duplicate:
			b = append(b, 'd')
		case errors.Is(r.Err, msglog.ErrCondition):
			b = append(b, 'c')
		case r.Err != nil:
			b = append(b, 'e')
		}
	}
	h := sha256.New()
	h.Write(b)
	h.Write(s.Payload)
	return hex.EncodeToString(h.Sum(nil))
}

func (p Place) json() string {
	b, _ := json.Marshal(p) //nolint:errchkjson // of texts and a number
	return string(b)
}

// GivePagesBack returns some free pages to the disk, and reports whether there are more. It is what is left of Prune for the file
// itself.
func (l *Shared) GivePagesBack(ctx context.Context) (more bool, err error) {
	l.appending.Lock()
	defer l.appending.Unlock()
	return givePagesBack(ctx, l.Log)
}

// CopyTo writes a copy of the file as it now is to another one, which must not exist: whoever opens it is at that place of the
// order. It may block for a disk.
func (l *Shared) CopyTo(ctx context.Context, file string) error {
	return errors.Join(vacuumInto(ctx, l.file, file, ""), makeOwnersOnly(file))
}
