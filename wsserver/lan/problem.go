package lan

import (
	"errors"
	"syscall"
)

// isAddrInUse knows Windows' number for it (WSAEADDRINUSE), which syscall.EADDRINUSE is not there.
func IsAddrInUse(err error) bool {
	var errno syscall.Errno
	return errors.As(err, &errno) && uintptr(errno) == 10048
}
