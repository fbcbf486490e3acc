package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"sync"
)

// This file opens to the tests outside the package how full the disk is, and what the log asks SQLite for.

// SetRoom lets the log grow by so many pages and no more, as on a full disk; a negative number: by as many as it likes.
func (l *Log) SetRoom(pages int) error {
	most := 1 << 30
	if pages >= 0 {
		var now int
		if err := l.write.QueryRow("PRAGMA page_count").Scan(&now); err != nil {
			return err
		}
		most = now + pages
	}
	var set int
	return l.write.QueryRow(fmt.Sprintf("PRAGMA max_page_count = %d", most)).Scan(&set)
}

// Connections returns the pools of the log's file, each with one connection from now on.
func (l *Log) Connections() []*sql.DB {
	for _, db := range []*sql.DB{l.read, l.write} {
		db.SetMaxOpenConns(1)
	}
	return []*sql.DB{l.read, l.write}
}

// StopIndexing ends the indexer, the maker of blocks and the checker, before Close does.
func (l *Log) StopIndexing() {
	l.blocks.close()
	l.checker.close()
	close(l.search.stop)
	<-l.search.ended
	l.search.stop, l.search.ended = make(chan struct{}), make(chan struct{})
	close(l.search.ended)
}

// Checkpoint brings over what is in the write-ahead log, with commits waiting where it has more than most pages, and returns how
// many pages are left.
func (l *Log) Checkpoint(most int) (left int) { return l.checkpoints.bring(l, most) }

// StopCheckpoints ends the goroutine that makes them, before Close does.
func (l *Log) StopCheckpoints() {
	close(l.checkpoints.stop)
	<-l.checkpoints.ended
	l.checkpoints.stop = make(chan struct{})
}

// WAL returns how many pages of the write-ahead log are left to be brought over, of how many in total.
func (l *Log) WAL() (left, total int, err error) { return l.checkpoints.checkpoint("NOOP") }

// HoldUp has every commit wait until release is called.
func (l *Log) HoldUp() (release func()) {
	l.appending.Lock()
	return l.appending.Unlock
}

// MakeBlocks makes the rows of all blocks that can have one, and returns the numbers of those.
func (l *Log) MakeBlocks(ctx context.Context) (numbers []int64, err error) {
	l.blocks.close()
	if err := makeMissing(ctx, l); err != nil {
		return nil, err
	}
	return l.Blocks(ctx)
}

// Blocks returns the numbers of the blocks that have a row.
func (l *Log) Blocks(ctx context.Context) (numbers []int64, err error) {
	list, err := readBlocks(ctx, l.read)
	for _, b := range list {
		numbers = append(numbers, b.number)
	}
	return numbers, err
}

// RecordStatements returns the statements that the log has prepared or run since, each once.
func (l *Log) RecordStatements() (texts func() []string, err error) {
	r := &recorder{driver: l.read.Driver(), source: source(l.file, "", nil), texts: map[string]bool{}}
	err = errors.Join(l.do.close(), l.read.Close(), l.write.Close())
	l.read, l.write = sql.OpenDB(r), sql.OpenDB(r)
	l.write.SetMaxOpenConns(1)
	l.do, l.often.db = statements{}, l.read
	l.often.texts.Clear()
	return r.list, errors.Join(err, l.do.prepare(l.write))
}

// recorder connects to a database, and notes the text of each statement.
type recorder struct {
	driver driver.Driver
	source string
	mu     sync.Mutex
	texts  map[string]bool
}

func (r *recorder) list() (list []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for text := range r.texts {
		list = append(list, text)
	}
	return list
}

func (r *recorder) note(text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.texts[text] = true
}

func (r *recorder) Driver() driver.Driver { return r.driver }

func (r *recorder) Connect(context.Context) (driver.Conn, error) {
	c, err := r.driver.Open(r.source)
	return &recorded{c, r}, err
}

// recorded is a connection of a recorder.
type recorded struct {
	driver.Conn
	recorder *recorder
}

func (c *recorded) PrepareContext(ctx context.Context, text string) (driver.Stmt, error) {
	c.recorder.note(text)
	return c.Conn.(driver.ConnPrepareContext).PrepareContext(ctx, text)
}

func (c *recorded) BeginTx(ctx context.Context, o driver.TxOptions) (driver.Tx, error) {
	return c.Conn.(driver.ConnBeginTx).BeginTx(ctx, o)
}
