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

// Backup writes a consistent copy of the log in dir to file, replacing it as a whole, also while a server runs on dir. It
// blocks for the disk. The copy has no epoch: once restored it gets another one, so that pages see that it is another log.
func Backup(ctx context.Context, dir, file string) error {
	source := filepath.Join(dir, File)
	if _, err := os.Stat(source); err != nil {
		return &wire.Problem{Code: "folder", Message: "There is no log in " + dir + ".", Hint: "Name its folder with -data."}
	}
	db, err := connect(source, 1)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }() // only read from: closing cannot lose anything
	tmp, err := os.MkdirTemp(filepath.Dir(file), ".belfry-backup-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(tmp) }() // empty unless something failed
	copied := filepath.Join(tmp, File)
	if _, err := db.ExecContext(ctx, "VACUUM INTO ?", copied); err != nil {
		return problemOf(err, source)
	}
	if err := withoutEpoch(ctx, copied); err != nil {
		return err
	}
	return os.Rename(copied, file)
}

// withoutEpoch removes the epoch from a copy.
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

// putAsideStale moves away a write-ahead log that does not belong to this file. Replacing a log that was not closed by a
// backup leaves the old log's write-ahead log behind, and SQLite would mix the two. The header of a backup says that it has
// none; that of a log says so only before its first commit.
func putAsideStale(file string) error {
	const readVersion, rollback = 19, 1 // an offset in SQLite's header, and its value without a write-ahead log
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
		return nil // opening reports a file that is too short
	}
	return errors.Join(os.Rename(wal, wal+".old"), os.RemoveAll(file+"-shm"))
}
