//go:build unix

package atomicfile

import (
	"os"
	"syscall"
)

// Give gives a file to the owner of another file or folder, where this process is root's: what root writes into the folder of
// another account, that account must be able to read. Else, and where it fails, the file stays as it is.
func Give(name, like string) {
	if os.Geteuid() != 0 {
		return
	}
	info, err := os.Stat(like)
	if err != nil {
		return
	}
	if owner, ok := info.Sys().(*syscall.Stat_t); ok {
		_ = os.Chown(name, int(owner.Uid), int(owner.Gid)) // not every disk has owners
	}
}
