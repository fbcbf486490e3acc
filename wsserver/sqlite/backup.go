package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"belfry/wsserver/internal/atomicfile"
	"belfry/wsserver/internal/folder"
	"belfry/wsserver/wire"
)

// Backup writes a consistent copy of the log in dir to file, also while a server runs on dir. Of what is there it replaces
// an earlier backup alone, and that as a whole. It blocks for the disk. Where the disk has changed something in the log the copy
// is written all the same, and the error says so. The copy has no runs: to pages it is another
// log, once it is restored. Errors are *wire.Problem.
func Backup(ctx context.Context, dir, file string) error {
	source, err := sourceOf(dir)
	if err != nil {
		return err
	}
	target, err := targetOf(dir, file)
	if err != nil {
		return err
	}
	return withCopy(ctx, source, filepath.Dir(target), func(copied string) error {
		damaged := damageOfCopy(ctx, copied)
		if err := atomicfile.Rename(copied, target); err != nil {
			return folder.BackupProblem(target, err)
		}
		return damaged
	})
}

// BackupTo is Backup to a stream. The copy is made in the system's folder for temporary files first.
func BackupTo(ctx context.Context, dir string, w io.Writer) error {
	source, err := sourceOf(dir)
	if err != nil {
		return err
	}
	return withCopy(ctx, source, os.TempDir(), func(copied string) error {
		f, err := os.Open(copied)
		if err != nil {
			return folder.BackupProblem(copied, err)
		}
		_, err = io.Copy(w, f)
		_ = f.Close() // only read from
		if err == nil {
			return damageOfCopy(ctx, copied)
		}
		return &wire.Problem{
			Code: "backup", Message: "Belfry could not write the copy to the output: " + wire.Reason(err) + ".", Err: err,
			Hint: "The copy is incomplete. Delete it, and check the program that reads the output.",
		}
	})
}

// damageOfCopy is what the copy shows that the disk has changed in the log, nil where it is as it was written.
func damageOfCopy(ctx context.Context, copied string) error {
	list, err := Check(ctx, copied)
	if err != nil {
		return problemOf(err, copied)
	}
	p := damageProblem(list)
	if p == nil {
		return nil
	}
	p.Message = "The copy is written. " + p.Message
	p.Hint = "Check the disk. An earlier backup may have it as it was: keep that."
	return p
}

// sourceOf is the log's file in dir.
func sourceOf(dir string) (string, error) {
	source := filepath.Join(dir, File)
	info, err := os.Stat(source)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", &wire.Problem{Code: "folder", Message: "There is no log in " + dir + ".", Hint: "Give its folder with -data.", Err: err}
	case err != nil:
		return "", folder.Problem(source, err)
	case !info.Mode().IsRegular():
		return "", &wire.Problem{Code: "folder", Message: source + " is not a file, so it cannot contain a log.", Hint: "Give the log's folder with -data."}
	}
	return source, nil
}

// withCopy calls use with a copy of the log, made in a folder of its own in parent, which is removed afterwards.
func withCopy(ctx context.Context, source, parent string, use func(copied string) error) error {
	tmp, err := os.MkdirTemp(parent, ".belfry-backup-*")
	if err != nil {
		return folder.BackupProblem(parent, renamed(err, parent))
	}
	defer func() { _ = os.RemoveAll(tmp) }() // empty unless something failed
	copied := filepath.Join(tmp, File)
	if err := copyLog(ctx, source, copied); err != nil {
		return err
	}
	if err := withoutRuns(ctx, copied); err != nil {
		return copyProblem(err, source, copied)
	}
	return use(copied)
}

// copyProblem is why copying failed: of the copy where its folder has no room or refuses it, else of the log.
func copyProblem(err error, source, copied string) error {
	var p *wire.Problem
	switch {
	case err == nil:
		return nil
	case errors.As(err, &p):
		return p
	}
	if cause := causeOf(err, copied); cause != nil {
		parent := filepath.Dir(filepath.Dir(copied))
		return folder.BackupProblem(parent, renamed(cause, parent))
	}
	return problemOf(err, source)
}

// copyLog writes a consistent copy of the log.
func copyLog(ctx context.Context, source, copied string) error {
	first := vacuumInto(ctx, source, copied, "")
	if first == nil || !mayBeReadOnly(source, first) {
		return copyProblem(first, source, copied)
	}
	// On a disk that cannot be written SQLite cannot make the files that several programs share. A server that runs there
	// has made them; where none are, nobody writes, and the file stands still.
	as := "mode=ro"
	if !exists(source+"-wal") && !exists(source+"-shm") {
		as = "mode=ro&immutable=1"
	}
	_ = os.Remove(copied) // what the first attempt may have begun
	if err := vacuumInto(ctx, source, copied, as); err == nil {
		return nil
	}
	return copyStill(ctx, source, copied)
}

// copyStill copies the files of a log that nobody writes, to where SQLite can join them, and makes the copy from those.
func copyStill(ctx context.Context, source, copied string) error {
	still := filepath.Join(filepath.Dir(copied), "still.db")
	for _, suffix := range []string{"", "-wal"} {
		if err := copyFile(source+suffix, still+suffix); err != nil && (suffix == "" || !errors.Is(err, fs.ErrNotExist)) {
			return copyProblem(err, source, copied)
		}
	}
	_ = os.Remove(copied)
	return copyProblem(vacuumInto(ctx, still, copied, ""), source, copied)
}

func copyFile(from, to string) error {
	r, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }() // only read from
	w, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(w, r)
	return errors.Join(err, w.Close())
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}

// mayBeReadOnly reports whether err may come from a log that can be read but not written.
func mayBeReadOnly(source string, err error) bool {
	return folder.NotWritable(causeOf(err, source))
}

// vacuumInto writes the copy; as are further parameters of the data source.
func vacuumInto(ctx context.Context, source, copied, as string) error {
	db, err := connectAs(source, as, 1)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }() // only read from: closing cannot lose anything
	var id int
	if err := db.QueryRowContext(ctx, "PRAGMA application_id").Scan(&id); err != nil {
		return err
	}
	if id != applicationID {
		return problemOf(errNotALog, source)
	}
	return exec(ctx, db, "VACUUM INTO ?", copied)
}

// withoutRuns removes the runs from a copy, and syncs it.
func withoutRuns(ctx context.Context, file string) error {
	db, err := connect(file, 1, "journal_mode(DELETE)", "synchronous(FULL)")
	if err != nil {
		return err
	}
	err = errors.Join(exec(ctx, db, "DELETE FROM meta WHERE key = 'epoch'"), makeOwnersOnly(file))
	var runs int // a log of an earlier version has no such table
	if err == nil {
		err = db.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_master WHERE name = 'run'").Scan(&runs)
	}
	if err == nil && runs > 0 {
		err = exec(ctx, db, "DELETE FROM run")
	}
	return errors.Join(err, db.Close())
}

func exec(ctx context.Context, db *sql.DB, text string, args ...any) error {
	_, err := db.ExecContext(ctx, text, args...)
	return err
}

// putAsideStale moves away a write-ahead log that does not belong to this file. Replacing a log that was not closed by a
// backup leaves the old log's write-ahead log behind, and SQLite would mix the two. The header of a backup says that it has
// none; that of a log says so only before its first commit.
func putAsideStale(file string) error {
	wal := file + "-wal"
	if _, err := os.Stat(wal); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	h, err := readHeader(file)
	if err != nil {
		return err
	}
	if !h.rollback() {
		return nil // opening reports a file that is too short
	}
	return errors.Join(os.Rename(wal, wal+".old"), os.RemoveAll(file+"-shm"))
}
