package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"

	"belfry/wsserver"
)

// Backup writes a consistent copy of the log in dir to file, replacing it as a whole, also while a server runs on
// dir. The copy has no epoch: restored, it draws another one, and pages are told that it is another log.
func Backup(ctx context.Context, dir, file string) error {
	source := filepath.Join(dir, File)
	if _, err := os.Stat(source); err != nil {
		return &wsserver.Problem{Code: "folder", Message: "There is no log in " + dir + ".", Hint: "Name its folder with -data."}
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
