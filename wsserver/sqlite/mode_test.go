//go:build unix

package sqlite

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"belfry/wsserver/internal/folder"
)

// Disks without modes (FAT, some network shares) and files of another account: the program works all the same.
func TestSetMode_ADiskWithoutModesIsNoFailure(t *testing.T) {
	file := filepath.Join(t.TempDir(), "search.db")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{syscall.EPERM, syscall.ENOTSUP, syscall.EROFS, syscall.ENOSYS, errors.ErrUnsupported} {
		if got := setMode(file, func(string, os.FileMode) error { return &os.PathError{Op: "chmod", Path: file, Err: err} }); got != nil {
			t.Errorf("%v is a failure", err)
		}
	}
	if got := setMode(file, func(string, os.FileMode) error { return syscall.EIO }); got == nil {
		t.Error("a disk that fails is none")
	}
}

func TestProblem_NamesThePathAndTheReason(t *testing.T) {
	for _, row := range []struct {
		err         error
		words, hint string
	}{
		{syscall.ENOSPC, "The disk of /d/log.db is full", "Free some space"},
		{syscall.EROFS, "the disk is read-only", "-data"},
		{syscall.EACCES, "Belfry cannot use /d/log.db: permission denied", "account"},
		{syscall.EFBIG, "limits how large files may be", "ulimit -f"},
		{syscall.EMFILE, "no more open files", "ulimit -n"},
		{syscall.ENOTDIR, "is a file, not a folder", "-data"},
		{syscall.EISDIR, "is a folder, not a file", "-data"},
		{syscall.EIO, "The disk of /d/log.db is failing", "backup"},
		{syscall.ENOENT, "/d/log.db does not exist", "-data"},
		{syscall.ENAMETOOLONG, "Belfry cannot use /d/log.db: file name too long", "-data"},
	} {
		p := folder.Problem("/d/log.db", &os.PathError{Op: "open", Path: "relative", Err: row.err})
		if !strings.Contains(p.Message, row.words) || !strings.Contains(p.Hint, row.hint) || strings.Contains(p.Message+p.Hint, "PATH") || strings.Contains(p.Message+p.Hint, "ELSEWHERE") {
			t.Errorf("%v: %q, %q", row.err, p.Message, p.Hint)
		}
	}
}
