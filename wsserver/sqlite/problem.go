package sqlite

import (
	"errors"
	"fmt"

	driver "modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"belfry/wsserver/wire"
)

var (
	errNewer   = errors.New("the log is from a newer version")
	errNotALog = errors.New("the file is not a log of Belfry's")
)

// problemOf returns the error of opening file as the operator reads it, a *wire.Problem where the reason is a known one.
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
