// Package sqlite keeps Belfry's log in one SQLite file, through a driver in pure Go.
//
// # Durability
//
// Append returns after a commit with synchronous=FULL: what it accepted survives a crash and a loss of power. All
// of a group is in one transaction.
//
// # Connections
//
// One connection writes, a few read; in WAL mode neither waits for the other. Pragmas stand in the data source's
// name, so that every connection has them.
package sqlite

import (
	"belfry/wsserver/msglog"
	"belfry/wsserver/wire"
	"context"
	"crypto/rand"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	driver "modernc.org/sqlite"

	// registers "sqlite"
	lib "modernc.org/sqlite/lib"
)

// File is the log's name in its folder.
const File = "log.db"

const (
	// applicationID marks the file as Belfry's ("Belf").
	applicationID = 0x42656c66
	readers       = 4
	// busyTimeout is how long a write waits for another program that holds the file.
	busyTimeout = 5 * time.Second
)

//go:embed migration/*.sql
var migrations embed.FS

// Log is a wsserver.Log in an SQLite file. Make it with Open.
type Log struct {
	write, read *sql.DB
	do          statements // of write
	search      *search
	epoch       string
	file        string
	opened      os.FileInfo // of file
	closing     sync.Once
	closed      error // of close

	appending sync.Mutex   // one group at a time
	appended  atomic.Int64 // Unix ns of the newest group

	mu     sync.RWMutex // guards what follows
	last   uint64
	count  int
	pruned map[msglog.Stream]uint64
}

// Open opens the log in dir, or makes one. Its error is a *wsserver.Problem where the file is from a newer version,
// damaged, or no log at all.
func Open(dir string) (*Log, error) {
	file := filepath.Join(dir, File)
	if makePrivate(file) != nil || putAsideStale(file) != nil {
		return nil, &wire.Problem{Code: "folder"}
	}
	l := &Log{file: file, pruned: map[msglog.Stream]uint64{}}
	var err error
	if l.opened, err = os.Stat(file); err != nil {
		return nil, err
	}
	if err := l.open(file); err != nil {
		return nil, problemOf(errors.Join(err, l.Close()), file)
	}
	if l.search, err = openSearch(dir, l.epoch); err != nil {
		return nil, problemOf(errors.Join(err, l.Close()), filepath.Join(dir, SearchFile))
	}
	go l.search.fill(l) // ended and waited for by Close
	return l, nil
}

// makePrivate makes a database's file, where there is none, one that its owner alone reads: SQLite would leave that to
// the umask. Its other files follow it.
func makePrivate(file string) error {
	f, err := os.OpenFile(file, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

func (l *Log) open(file string) (err error) {
	if l.write, err = connect(file, 1, "auto_vacuum(INCREMENTAL)", "journal_mode(WAL)", "synchronous(FULL)",
		"secure_delete(1)"); err != nil {
		return err
	}
	if err := l.migrate(); err != nil {
		return err
	}
	if l.read, err = connect(file, readers, "query_only(1)"); err != nil {
		return err
	}
	if err := l.do.prepare(l.write); err != nil {
		return err
	}
	return l.load()
}

// connect opens up to most connections, each with these pragmas.
func connect(file string, most int, pragmas ...string) (*sql.DB, error) {
	v := url.Values{"_txlock": {"immediate"}, "_pragma": {fmt.Sprintf("busy_timeout(%d)", busyTimeout.Milliseconds())}}
	v["_pragma"] = append(v["_pragma"], pragmas...)
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: filepath.ToSlash(file)}).EscapedPath()+"?"+v.Encode())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(most)
	db.SetMaxIdleConns(most)
	return db, nil
}

// migrate brings the file to this version, each step in a transaction of its own.
func (l *Log) migrate() error {
	var version, id, tables int
	if err := l.write.QueryRow("PRAGMA user_version").Scan(&version); err != nil {
		return err
	}
	if err := l.write.QueryRow("PRAGMA application_id").Scan(&id); err != nil {
		return err
	}
	if err := l.write.QueryRow("SELECT count(*) FROM sqlite_master").Scan(&tables); err != nil {
		return err
	}
	steps, err := fs.Glob(migrations, "migration/*.sql")
	if err != nil {
		return err
	}
	switch {
	case id != applicationID && tables > 0:
		return errNotALog
	case version > len(steps):
		return errNewer
	}
	for ; version < len(steps); version++ {
		if err := l.step(version + 1); err != nil {
			return fmt.Errorf("migrate to version %d: %w", version+1, err)
		}
	}
	return nil
}

func (l *Log) step(version int) error {
	script, err := migrations.ReadFile(fmt.Sprintf("migration/%d.sql", version))
	if err != nil {
		return err
	}
	tx, err := l.write.Begin()
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // after a commit it does nothing
	for _, s := range []string{
		string(script), fmt.Sprintf("PRAGMA user_version = %d", version), fmt.Sprintf("PRAGMA application_id = %d", applicationID),
	} {
		if _, err := tx.Exec(s); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// load reads what is answered from memory, and draws an epoch where there is none: in a new log, and in a backup.
func (l *Log) load() error {
	var newest, kept sql.NullInt64
	err := l.write.QueryRow("SELECT (SELECT max(seq) FROM message), (SELECT count(*) FROM message WHERE stream <> 'w' AND withdrawn = 0)").
		Scan(&newest, &kept)
	if err != nil {
		return err
	}
	rows, err := l.write.Query("SELECT stream, seq FROM pruned")
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // its error is rows.Err's
	for rows.Next() {
		var key string
		var seq uint64
		if err := rows.Scan(&key, &seq); err != nil {
			return err
		}
		l.pruned[streamOf(key)] = seq
	}
	if err := rows.Err(); err != nil {
		return err
	}
	last, err := l.meta("last")
	if err != nil {
		return err
	}
	given, _ := strconv.ParseUint(last, 10, 64) // "" is 0
	l.last, l.count = max(uint64(newest.Int64), given), int(kept.Int64)
	return l.loadEpoch()
}

func (l *Log) loadEpoch() (err error) {
	if l.epoch, err = l.meta("epoch"); err != nil || l.epoch != "" {
		return err
	}
	l.epoch = rand.Text()
	_, err = l.write.Exec("INSERT INTO meta VALUES ('epoch', ?)", l.epoch)
	return err
}

func (l *Log) meta(key string) (value string, err error) {
	err = l.write.QueryRow("SELECT value FROM meta WHERE key = ?", key).Scan(&value)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return value, err
}

// Epoch was drawn when the file was made, or first opened after a restore.
func (l *Log) Epoch() string { return l.epoch }

// Last is the newest seq.
func (l *Log) Last() uint64 {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.last
}

// Len is how many messages are kept.
func (l *Log) Len() int {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.count
}

// Pruned is how far these streams were removed.
func (l *Log) Pruned(streams []msglog.Stream) (seq uint64) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	for _, s := range streams {
		seq = max(seq, l.pruned[s])
	}
	return seq
}

// Close folds the write-ahead log into the file and ends it. Closing again does nothing.
func (l *Log) Close() error {
	l.closing.Do(func() { l.closed = l.close() })
	return l.closed
}

func (l *Log) close() error {
	var errs []error
	if l.search != nil {
		errs = append(errs, l.search.close())
	}
	l.appending.Lock()
	defer l.appending.Unlock()
	errs = append(errs, l.do.close())
	if l.read != nil { // before the writer, which as the last to close checkpoints
		errs = append(errs, l.read.Close())
	}
	if l.write != nil {
		errs = append(errs, l.write.Close())
	}
	return errors.Join(errs...)
}

var (
	errNewer   = errors.New("the log is from a newer version")
	errNotALog = errors.New("the file is not a log of Belfry's")
)

// problemOf puts into words why a log could not be opened.
func problemOf(err error, file string) error {
	switch {
	case errors.Is(err, errNewer):
		return &wire.Problem{
			Code: "newer_log", Message: "The log in " + file + " was written by a newer Belfry.",
			Hint: "Install that version again, or choose another folder with -data.",
		}
	case errors.Is(err, errNotALog), isCode(err, lib.SQLITE_CORRUPT, lib.SQLITE_NOTADB):
		return &wire.Problem{
			Code: "damaged_log", Message: "The log in " + file + " is damaged, or is no log of Belfry's.",
			Hint: "Put a backup in its place, or move it away to begin a new one.",
		}
	case isCode(err, lib.SQLITE_BUSY, lib.SQLITE_LOCKED):
		return &wire.Problem{
			Code: "in_use", Message: "Another program holds the log in " + file + ".",
			Hint: "Close that program, then start Belfry again.",
		}
	case isCode(err, lib.SQLITE_CANTOPEN, lib.SQLITE_READONLY, lib.SQLITE_PERM, lib.SQLITE_FULL, lib.SQLITE_IOERR):
		return &wire.Problem{Code: "folder"}
	}
	return fmt.Errorf("open %s: %w", file, err)
}

// isCode reports whether err is SQLite's with one of these primary result codes.
func isCode(err error, codes ...int) bool {
	var e *driver.Error
	if !errors.As(err, &e) {
		return false
	}
	for _, c := range codes {
		if e.Code()&0xff == c {
			return true
		}
	}
	return false
}

var _ msglog.Log = (*Log)(nil)

// streamOf reads a stream's key.
func streamOf(key string) msglog.Stream {
	switch {
	case key == "e":
		return msglog.Stream{Audience: msglog.AudienceEveryone}
	case len(key) > 2 && key[:2] == "t:":
		return msglog.Stream{Audience: msglog.AudienceTopic, Name: key[2:]}
	case len(key) > 2 && key[:2] == "p:":
		return msglog.Stream{Audience: msglog.AudiencePrivate, Name: key[2:]}
	}
	return msglog.Stream{Audience: msglog.AudienceWithdrawn}
}

func keyOf(s msglog.Stream) string {
	switch s.Audience {
	case msglog.AudienceEveryone:
		return "e"
	case msglog.AudienceTopic:
		return "t:" + s.Name
	case msglog.AudiencePrivate:
		return "p:" + s.Name
	}
	return "w"
}

// Records lists a kind.
func (l *Log) Records(ctx context.Context, kind string, each func(key string, value []byte) error) error {
	rows, err := l.read.QueryContext(ctx, "SELECT key, value FROM record WHERE kind = ?", kind)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // its error is rows.Err's
	for rows.Next() {
		var key string
		var value []byte
		if err := rows.Scan(&key, &value); err != nil {
			return err
		}
		if err := each(key, value); err != nil {
			return err
		}
	}
	return rows.Err()
}
