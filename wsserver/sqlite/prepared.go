package sqlite

import (
	"context"
	"database/sql"
	"sync"

	"belfry/wsserver/msglog"
)

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
