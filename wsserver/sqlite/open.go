package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strconv"

	"belfry/wsserver/internal/folder"
)

// makePrivate creates a database's file, where there is none, readable by its owner alone: SQLite would leave that to the
// umask. SQLite gives its other files the same mode.
func makePrivate(file string) error {
	f, err := os.OpenFile(file, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

// makeOwnersOnly takes a file from everybody but its owner. Where the disk knows no such thing, or the file is another
// account's, that is a warning: the program works all the same.
func makeOwnersOnly(file string) error { return setMode(file, os.Chmod) }

func setMode(file string, chmod func(string, os.FileMode) error) error {
	err := chmod(file, 0o600)
	if err == nil || !folder.NoModes(err) {
		return err
	}
	if info, statErr := os.Stat(file); statErr == nil && info.Mode().Perm()&0o077 != 0 {
		slog.Warn("others may read this file, and its mode cannot be changed", "file", file, "error", err)
	}
	return nil
}

// open opens the connections, migrates the file and loads what is answered from memory.
func (l *Log) open(file string) (err error) {
	if l.write, err = connect(file, 1, "auto_vacuum(INCREMENTAL)", "journal_mode(WAL)", "synchronous("+synchronous(l)+")",
		"secure_delete(1)", "wal_autocheckpoint(0)"); err != nil {
		return err
	}
	if err := l.migrate(); err != nil {
		return err
	}
	if l.read, err = connect(file, readers, "query_only(1)"); err != nil {
		return err
	}
	l.often.db = l.read
	if err := l.do.prepare(l.write); err != nil {
		return err
	}
	return l.load()
}

// connect returns a pool of up to most connections, each with these pragmas.
func connect(file string, most int, pragmas ...string) (*sql.DB, error) {
	return connectAs(file, "", most, pragmas...)
}

// connectAs is connect with further parameters of the data source, as in a query of a URL.
func connectAs(file, parameters string, most int, pragmas ...string) (*sql.DB, error) {
	db, err := sql.Open("sqlite", source(file, parameters, pragmas))
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(most)
	db.SetMaxIdleConns(most)
	return db, nil
}

// source is the name of a data source.
func source(file, parameters string, pragmas []string) string {
	v := url.Values{"_txlock": {"immediate"}, "_pragma": {fmt.Sprintf("busy_timeout(%d)", busyTimeout.Milliseconds())}}
	v["_pragma"] = append(v["_pragma"], pragmas...)
	return "file:" + (&url.URL{Path: filepath.ToSlash(file)}).EscapedPath() + "?" + v.Encode() + "&" + parameters
}

// load reads what is answered from memory, and begins a run.
func (l *Log) load() error {
	var newest sql.NullInt64
	if err := l.write.QueryRow("SELECT max(seq) FROM message").Scan(&newest); err != nil {
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
		setPruned(l, streamOf(key), seq)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	last, err := l.meta("last")
	if err != nil {
		return err
	}
	given, _ := strconv.ParseUint(last, 10, 64) // "" is 0
	l.last = max(uint64(newest.Int64), given)
	if l.count, err = l.countKept(context.Background(), l.last); err != nil {
		return err
	}
	if l.shared != nil {
		return l.shared.load()
	}
	place, err := readPlace(l)
	if err := l.beginRun(); err != nil {
		return err
	}
	l.leftRoom = err != nil || place != (Place{}) // one that cannot be read is a place too
	return nil
}

// synchronous is how durable a commit is. What others have too, and give again, need not survive a loss of power.
func synchronous(l *Log) string {
	if l.shared != nil {
		return "NORMAL"
	}
	return "FULL"
}

// meta returns a value of the table meta, "" if there is none.
func (l *Log) meta(key string) (value string, err error) {
	err = l.write.QueryRow("SELECT value FROM meta WHERE key = ?", key).Scan(&value)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return value, err
}

// applicationID marks the file as Belfry's ("Belf").
const applicationID = 0x42656c66

//go:embed migration/*.sql
var migrations embed.FS

// migrate brings the file to this program's version, each step in a transaction of its own.
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

// step runs one migration.
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
