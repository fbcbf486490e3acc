package sqlite

import (
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"belfry/wsserver/internal/folder"
)

// This file decides where a backup may be written: a mistake in the name must not cost a file, or a room its log.

// targetOf returns the place of the backup, with links resolved, or a *wire.Problem that says why nothing is written there.
func targetOf(dir, file string) (string, error) {
	target, err := filepath.Abs(file)
	if err != nil {
		return "", folder.BackupProblem(file, err)
	}
	info, err := os.Lstat(target)
	if err == nil && info.Mode()&fs.ModeSymlink != 0 {
		if target, err = filepath.EvalSymlinks(target); err != nil {
			return "", backupRefused(file, "is a link to something that does not exist", "Give the name of the file itself, or - to write to the output.")
		}
	}
	parent, err := filepath.EvalSymlinks(filepath.Dir(target))
	if err != nil {
		return "", folder.BackupProblem(filepath.Dir(target), err)
	}
	target = filepath.Join(parent, filepath.Base(target))
	switch {
	case isWithin(dir, parent):
		return "", backupRefused(file, "is in the data folder itself", "Write it to another folder: a copy in the data folder is lost with it.")
	case exists(filepath.Join(parent, "lock")) && exists(filepath.Join(parent, File)):
		return "", backupRefused(file, "is in the data folder of another Belfry", "Write it to another folder.")
	}
	return target, checkReplaceable(file, target)
}

// isWithin reports whether dir is parent or above it, whatever their names.
func isWithin(dir, parent string) bool {
	data, err := os.Stat(dir)
	if err != nil {
		return false
	}
	for {
		if info, err := os.Stat(parent); err == nil && os.SameFile(data, info) {
			return true
		}
		above := filepath.Dir(parent)
		if above == parent {
			return false
		}
		parent = above
	}
}

// checkReplaceable returns a *wire.Problem where target is anything but an earlier backup or nothing; file is its name as
// it was given.
func checkReplaceable(file, target string) error {
	info, err := os.Stat(target)
	switch {
	case errors.Is(err, fs.ErrNotExist) && !hasEndSeparator(file):
		return nil
	case err == nil && info.IsDir(), hasEndSeparator(file):
		return backupRefused(file, "is a folder", "Add a file name.")
	case err != nil:
		return folder.BackupProblem(target, err)
	case !info.Mode().IsRegular():
		return backupRefused(file, "is a device, not a file", "Name a file, or - to write to the output.")
	}
	is, err := isBackup(target)
	if err != nil {
		return folder.BackupProblem(target, err)
	}
	if !is {
		return backupRefused(file, "already exists and is not an earlier backup", "Name another file, or move that one away.")
	}
	return nil
}

func hasEndSeparator(file string) bool { return file == "" || os.IsPathSeparator(file[len(file)-1]) }

// isBackup reports whether a regular file is a backup: a log without an epoch, and without a write-ahead log. A log that a
// server has opened once has an epoch. Nothing is written, not even beside the file.
func isBackup(file string) (bool, error) {
	h, err := readHeader(file)
	if err != nil || !h.isLog() || !h.rollback() {
		return false, err
	}
	if wal, err := os.Stat(file + "-wal"); err == nil && wal.Size() > 0 {
		return false, nil
	}
	db, err := connectAs(file, "mode=ro&immutable=1", 1)
	if err != nil {
		return false, err
	}
	defer func() { _ = db.Close() }() // only read from
	var epochs int
	if db.QueryRow("SELECT count(*) FROM meta WHERE key = 'epoch'").Scan(&epochs) != nil {
		return false, nil // damaged, or half of a backup
	}
	return epochs == 0, nil
}

// header is the beginning of an SQLite file (https://www.sqlite.org/fileformat.html, 1.3).
type header [100]byte

// readHeader reads it; zero bytes stand for what a file that is too short does not have.
func readHeader(file string) (h header, err error) {
	f, err := os.Open(file)
	if err != nil {
		return h, err
	}
	defer func() { _ = f.Close() }() // only read from
	if _, err = io.ReadFull(f, h[:]); errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = nil
	}
	return h, err
}

// isLog reports whether the file says that it is Belfry's.
func (h *header) isLog() bool {
	return string(h[:16]) == "SQLite format 3\x00" && binary.BigEndian.Uint32(h[68:]) == applicationID
}

// rollback reports whether the file says that it has no write-ahead log.
func (h *header) rollback() bool { return h[19] == 1 }
