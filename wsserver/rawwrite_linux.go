package wsserver

import (
	"syscall"
	"unsafe"
)

// writeNow is write(2) on a socket that does not block, without telling Go's scheduler: it returns sooner than that
// would take.
func writeNow(fd int, b []byte) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	n, _, errno := syscall.RawSyscall(syscall.SYS_WRITE, uintptr(fd), uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)))
	if errno != 0 {
		return 0, errno
	}
	return int(n), nil
}
