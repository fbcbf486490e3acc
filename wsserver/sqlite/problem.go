package sqlite

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	driver "modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"belfry/wsserver/internal/folder"
	"belfry/wsserver/wire"
)

var (
	errNewer   = errors.New("the log is from a newer version")
	errNotALog = errors.New("the file is not a log of Belfry's")
)

// Problem is why reading or writing the log failed, as the operator reads it.
func (l *Log) Problem(err error) *wire.Problem { return problemOf(err, l.file) }

// problemOf returns the error of opening or reading file as the operator reads it. A file is called damaged where SQLite
// calls it so, and nowhere else: only then may people be told to put it away.
func problemOf(err error, file string) *wire.Problem {
	var p *wire.Problem
	switch {
	case errors.As(err, &p):
		return p
	case errors.Is(err, errNewer):
		return &wire.Problem{
			Code: "newer_log", Message: "The log in " + file + " was written by a newer version of Belfry.",
			Hint: "Install that version again, or choose another folder with -data.", Err: err,
		}
	case errors.Is(err, errNotALog), isCode(err, lib.SQLITE_CORRUPT, lib.SQLITE_NOTADB):
		return &wire.Problem{
			Code: "damaged_log", Message: "The log in " + file + " is damaged, or is not a Belfry log (" + wire.Reason(err) + ").",
			Hint: "Replace it with a backup, or move it away to start a new log.", Err: err,
		}
	case isCode(err, lib.SQLITE_BUSY, lib.SQLITE_LOCKED):
		return &wire.Problem{
			Code: "in_use", Message: "Another program is using the log in " + file + ".",
			Hint: "Close that program, then start Belfry again.", Err: err,
		}
	}
	return folder.Problem(file, errors.Join(causeOf(err, file), err))
}

// causeOf returns what the system says about file where SQLite says only that it failed, else nil.
func causeOf(err error, file string) error {
	if !isCode(err, lib.SQLITE_CANTOPEN, lib.SQLITE_READONLY, lib.SQLITE_PERM, lib.SQLITE_AUTH, lib.SQLITE_FULL, lib.SQLITE_IOERR, lib.SQLITE_NOLFS) {
		return nil
	}
	if cause := probe(file); cause != nil {
		return cause
	}
	if isCode(err, lib.SQLITE_FULL) {
		return &os.PathError{Op: "write", Path: file, Err: folder.ErrFull}
	}
	return nil
}

// probe tries what SQLite does with a file: it opens it, and lets a file beside it grow to its size.
func probe(file string) error {
	size := int64(0)
	f, err := os.OpenFile(file, os.O_RDWR, 0)
	if err == nil {
		if info, err := f.Stat(); err == nil {
			size = info.Size()
		}
		err = f.Close()
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	beside, err := os.CreateTemp(filepath.Dir(file), ".belfry-probe-*")
	if err != nil {
		return renamed(err, filepath.Dir(file))
	}
	defer func() { _ = os.Remove(beside.Name()) }() // nothing is in it
	_, err = beside.Write(make([]byte, 64<<10))
	if err == nil {
		_, err = beside.WriteAt([]byte{0}, size+64<<10)
	}
	return renamed(errors.Join(err, beside.Close()), file)
}

// renamed is err as one of another path, nil where err is.
func renamed(err error, path string) error {
	var p *os.PathError
	if errors.As(err, &p) {
		return &os.PathError{Op: p.Op, Path: path, Err: p.Err}
	}
	return err
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

// backupRefused is the Problem of a FILE that a backup must not replace.
func backupRefused(file, why, hint string) *wire.Problem {
	return &wire.Problem{Code: "backup", Message: fmt.Sprintf("Belfry did not write the copy: %s %s.", file, why), Hint: hint}
}
