//go:build unix

package token

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// What an administrator adds with sudo, the account that runs the server can read.
func TestAdd_ByRootIsTheFoldersOwners(t *testing.T) {
	const nobody = 65534
	if os.Geteuid() != 0 {
		t.Skip("only root gives files away")
	}
	dir := t.TempDir()
	if err := os.Chown(dir, nobody, nobody); err != nil {
		t.Skip(err)
	}
	s := open(t, dir)
	for _, name := range []string{"a", "b"} { // a new file, and one that is replaced
		add(t, s, name, Rights{})
		for _, file := range []string{fileName, lockName} {
			info, err := os.Stat(filepath.Join(dir, file))
			if err != nil {
				t.Fatal(err)
			}
			if owner := info.Sys().(*syscall.Stat_t).Uid; owner != nobody || info.Mode().Perm() != 0o600 {
				t.Errorf("%s is of %d with mode %v", file, owner, info.Mode())
			}
		}
	}
}
