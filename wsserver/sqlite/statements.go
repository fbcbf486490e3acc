package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"sync"

	"belfry/wsserver/msglog"
)

const (
	insertSQL = `INSERT INTO message
	(seq, time, stream, topic, sender, sender_name, id, text, title, ack, priority, reply_to, of, tags, click, sum, withdrawn)
	VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)
	ON CONFLICT (sender, id) WHERE id <> '' DO NOTHING`
	firstSQL   = "SELECT " + columns + " FROM message WHERE sender = ? AND id = ? AND id <> ''"
	turnSQL    = "INSERT OR IGNORE INTO turn SELECT ?1 WHERE ?2 < (SELECT time FROM message WHERE seq < ?1 ORDER BY seq DESC LIMIT 1)"
	toBlankSQL = "SELECT " + columns + " FROM message WHERE seq = ? AND of = 0 AND withdrawn = 0"
	blankSQL   = "UPDATE message SET text = '', title = '', ack = '', tags = '', click = '', withdrawn = 1, sum = ? WHERE seq = ?"
	setSQL     = "INSERT INTO record (kind, key, value, sum) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value, sum = excluded.sum"
	valueSQL   = "SELECT value, sum FROM record WHERE kind = ? AND key = ?"
	unsetSQL   = "DELETE FROM record WHERE kind = ? AND key = ?"

	removeSQL = "DELETE FROM message WHERE seq = ?"
	prunedSQL = "INSERT INTO pruned VALUES (?, ?) ON CONFLICT DO UPDATE SET seq = max(seq, excluded.seq)"
	lastSQL   = "INSERT INTO meta VALUES ('last', ?) ON CONFLICT DO UPDATE SET value = excluded.value"
)

// statements are those of a group and of retention, prepared once: parsing them would be a fifth of the time of a group of one
// message, and two thirds of that of a record. They use the one connection that writes, with appending held.
type statements struct {
	begin, commit, rollback *sql.Stmt
	insert                  *sql.Stmt // of an entry
	first                   *sql.Stmt // the entry that has an id
	turn                    *sql.Stmt // notes that the clock was set back before an entry
	toBlank, blank          *sql.Stmt // read a message, and erase its text
	value, set, unset       *sql.Stmt // of a record
	remove                  *sql.Stmt // a message or withdrawal
	pruned, last            *sql.Stmt // note how far a stream is removed, and the newest seq
}

// all has each statement with its text.
func (s *statements) all() map[string]**sql.Stmt {
	return map[string]**sql.Stmt{
		"BEGIN IMMEDIATE": &s.begin, "COMMIT": &s.commit, "ROLLBACK": &s.rollback,
		insertSQL: &s.insert, firstSQL: &s.first, turnSQL: &s.turn, toBlankSQL: &s.toBlank, blankSQL: &s.blank, valueSQL: &s.value, setSQL: &s.set, unsetSQL: &s.unset,
		removeSQL: &s.remove, prunedSQL: &s.pruned, lastSQL: &s.last,
	}
}

// prepare prepares all of them.
func (s *statements) prepare(db *sql.DB) (err error) {
	for text, stmt := range s.all() {
		var failed error
		*stmt, failed = db.Prepare(text) //nolint:sqlclosecheck // by close
		err = errors.Join(err, failed)
	}
	return err
}

func (s *statements) close() (err error) {
	for _, stmt := range s.all() {
		if *stmt != nil {
			err = errors.Join(err, (*stmt).Close())
		}
	}
	return err
}

// keptStreams is how many streams a page may have so that its statement is kept prepared: those of a person with a few topics.
// More are rare, and each number of them is a text of its own.
const keptStreams = 8

// prepared keeps the statements that are run often, each prepared once on each connection: to parse the one of a page takes
// longer than to read ten messages with it.
type prepared struct {
	db    *sql.DB
	texts sync.Map // of *sql.Stmt; they end with db
}

// query runs a statement. It keeps each text that it is given: there must be few.
func (p *prepared) query(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	stmt, err := p.stmt(ctx, text) //nolint:sqlclosecheck // it is kept, and ends with db
	if err != nil {
		return nil, err
	}
	return stmt.QueryContext(ctx, args...)
}

// queryPage is query for a page.
func (p *prepared) queryPage(ctx context.Context, q msglog.Query, text string, args ...any) (*sql.Rows, error) {
	if len(q.Streams) > keptStreams {
		return p.db.QueryContext(ctx, text, args...)
	}
	return p.query(ctx, text, args...)
}

// queryRow is query for one row.
func (p *prepared) queryRow(ctx context.Context, text string, args ...any) scanner {
	stmt, err := p.stmt(ctx, text) //nolint:sqlclosecheck // it is kept, and ends with db
	if err != nil {
		return noRow{err}
	}
	return stmt.QueryRowContext(ctx, args...)
}

// scanner is a row.
type scanner interface{ Scan(into ...any) error }

// noRow stands for a row where it could not be asked for.
type noRow struct{ err error }

func (r noRow) Scan(...any) error { return r.err }

func (p *prepared) stmt(ctx context.Context, text string) (*sql.Stmt, error) {
	if kept, ok := p.texts.Load(text); ok {
		return kept.(*sql.Stmt), nil
	}
	stmt, err := p.db.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	if kept, ok := p.texts.LoadOrStore(text, stmt); ok {
		return kept.(*sql.Stmt), stmt.Close() //nolint:sqlclosecheck // somebody else was faster
	}
	return stmt, nil
}
