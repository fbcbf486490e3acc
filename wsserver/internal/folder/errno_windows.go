package folder

import (
	"errors"
	"slices"
	"syscall"
)

// is reports whether err has one of these numbers, as winerror.h lists them.
func is(err error, numbers ...syscall.Errno) bool {
	var e syscall.Errno
	return errors.As(err, &e) && slices.Contains(numbers, e)
}

func isFull(err error) bool     { return is(err, 39, 112, 1295) }  // HANDLE_DISK_FULL, DISK_FULL, DISK_QUOTA_EXCEEDED
func isReadOnly(err error) bool { return is(err, 19, 6009) }       // WRITE_PROTECT, FILE_READ_ONLY
func isTooLarge(err error) bool { return is(err, 223) }            // FILE_TOO_LARGE
func isTooMany(err error) bool  { return is(err, 4) }              // TOO_MANY_OPEN_FILES
func isNoFolder(err error) bool { return is(err, 267) }            // DIRECTORY
func isNoFile(err error) bool   { return is(err, 336) }            // DIRECTORY_NOT_SUPPORTED
func isFailing(err error) bool  { return is(err, 23, 1117, 1393) } // CRC, IO_DEVICE, DISK_CORRUPT

// ErrFull is the error of a disk without room.
const ErrFull = syscall.Errno(112)
