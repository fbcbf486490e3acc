package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"belfry/wsserver/wire"
)

// Backup writes a consistent copy of the log in dir to file, replacing it as a whole, also while a server runs on
// dir. The copy has no epoch: restored, it draws another one, and pages are told that it is another log.
func Backup(ctx context.Context, dir, file string) error {
	source := filepath.Join(dir, File)
	if _, err := os.Stat(source); err != nil {
		return &wire.Problem{Code: "folder", Message: "There is no log in " + dir + ".", Hint: "Name its folder with -data."}
	}
	db, err := connect(source, 1)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }() // it was only read
	tmp, err := os.MkdirTemp(filepath.Dir(file), ".belfry-backup-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(tmp) }() // what was left of a failure
	copied := filepath.Join(tmp, File)
	if _, err := db.ExecContext(ctx, "VACUUM INTO ?", copied); err != nil {
		return problemOf(err, source)
	}
	if err := withoutEpoch(ctx, copied); err != nil {
		return err
	}
	return os.Rename(copied, file)
}

func withoutEpoch(ctx context.Context, file string) error {
	db, err := connect(file, 1, "journal_mode(DELETE)", "synchronous(FULL)")
	if err != nil {
		return err
	}
	err = errors.Join(exec(ctx, db, "DELETE FROM meta WHERE key = 'epoch'"), os.Chmod(file, 0o600))
	return errors.Join(err, db.Close())
}

func exec(ctx context.Context, db *sql.DB, text string) error {
	_, err := db.ExecContext(ctx, text)
	return err
}

// putAsideStale moves a write-ahead log away that is not this file's: whoever puts a backup in the place of a log
// that was not closed leaves that log's behind, and SQLite would mix the two. A backup says in its header that it has
// none; a log of Belfry's says so only before its first commit.
func putAsideStale(file string) error {
	const readVersion, rollback = 19, 1 // an offset in SQLite's header, and what stands there without a write-ahead log
	wal := file + "-wal"
	if _, err := os.Stat(wal); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	head := make([]byte, readVersion+1)
	_, err = io.ReadFull(f, head)
	if err := f.Close(); err != nil {
		return err
	}
	if err != nil || head[readVersion] != rollback {
		return nil // too short a file is told of when it is opened
	}
	return errors.Join(os.Rename(wal, wal+".old"), os.RemoveAll(file+"-shm"))
}
