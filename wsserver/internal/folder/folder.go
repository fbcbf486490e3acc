// Package folder puts into words why a file or folder cannot be used.
package folder

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"belfry/wsserver/wire"
)

// reason is one kind of failure, with its words; PATH in them is the file or folder, WHY the system's
// reason, and ELSEWHERE what else can be done.
type reason struct {
	is            func(error) bool
	message, hint string
}

// Where the data folder, or a backup, may be instead: the end of a hint.
const (
	otherData   = "choose another folder with -data"
	otherBackup = "write the copy to another place"
)

// reasons are tried in this order.
var reasons = []reason{
	{isFull, "The disk of PATH is full (WHY).", "Free some space, or ELSEWHERE."},
	{isReadOnly, "Belfry cannot write to PATH: the disk is read-only (WHY).", "Make the disk writable, or ELSEWHERE."},
	{isTooLarge, "PATH cannot grow: the system limits how large files may be (WHY).", "Raise the limit (ulimit -f), or ELSEWHERE."},
	{isTooMany, "Belfry cannot open PATH: the system allows no more open files (WHY).", "Raise the limit (ulimit -n) and restart Belfry."},
	{isDenied, "Belfry cannot use PATH: WHY.", "Let the account that runs Belfry read and write it, or ELSEWHERE."},
	{isNoFolder, "Belfry cannot use PATH: part of it is a file, not a folder (WHY).", "Move that file away, or ELSEWHERE."},
	{isNoFile, "Belfry cannot use PATH: it is a folder, not a file (WHY).", "Move that folder away, or ELSEWHERE."},
	{isFailing, "The disk of PATH is failing (WHY).", "Check the disk: save what is on it, then restore a backup to another disk."},
	{isMissing, "PATH does not exist (WHY).", "Check the spelling, or ELSEWHERE."},
	{func(error) bool { return true }, "Belfry cannot use PATH: WHY.", "Check that Belfry can read and write it, or ELSEWHERE."},
}

// Problem is why the data folder or a file in it, path, cannot be used, of code "folder". Where err names another path, that
// one is named.
func Problem(path string, err error) *wire.Problem { return problem(path, err, otherData) }

// BackupProblem is why a backup cannot be written to path, of code "folder".
func BackupProblem(path string, err error) *wire.Problem { return problem(path, err, otherBackup) }

func problem(path string, err error, elsewhere string) *wire.Problem {
	var p *fs.PathError
	var l *os.LinkError
	switch {
	case errors.As(err, &l):
		path = l.New
	case errors.As(err, &p) && filepath.IsAbs(p.Path):
		path = p.Path
	}
	words := strings.NewReplacer("PATH", path, "WHY", wire.Reason(err), "ELSEWHERE", elsewhere)
	for _, r := range reasons {
		if r.is(err) {
			return &wire.Problem{Code: "folder", Message: words.Replace(r.message), Hint: words.Replace(r.hint), Err: err}
		}
	}
	panic("folder: the last reason is always true")
}

func isDenied(err error) bool  { return errors.Is(err, fs.ErrPermission) }
func isMissing(err error) bool { return errors.Is(err, fs.ErrNotExist) }

// NotWritable reports whether err says that a file or its disk is for reading alone.
func NotWritable(err error) bool { return isDenied(err) || isReadOnly(err) }

// NoModes reports whether a file's mode could not be set because its disk knows none, or the file is another account's.
func NoModes(err error) bool { return errors.Is(err, errors.ErrUnsupported) || NotWritable(err) }
