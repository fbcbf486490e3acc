//go:build !windows

package folder

import (
	"errors"
	"syscall"
)

func isFull(err error) bool     { return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) }
func isReadOnly(err error) bool { return errors.Is(err, syscall.EROFS) }
func isTooLarge(err error) bool { return errors.Is(err, syscall.EFBIG) }
func isTooMany(err error) bool {
	return errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE)
}
func isNoFolder(err error) bool { return errors.Is(err, syscall.ENOTDIR) }
func isNoFile(err error) bool   { return errors.Is(err, syscall.EISDIR) }
func isFailing(err error) bool  { return errors.Is(err, syscall.EIO) }

// ErrFull is the error of a disk without room.
const ErrFull = syscall.ENOSPC
