//go:build !unix

package transport

import "syscall"

// readAhead does nothing here: sockets of this system are read directly.
type readAhead struct{}

func awaitReadable(syscall.RawConn) error { return nil }

func (*readAhead) empty() bool                  { return true }
func (*readAhead) fill(syscall.RawConn) int     { return 0 }
func (*readAhead) read([]byte) (int, error)     { return 0, nil }
func (*readAhead) control() (int, string, bool) { return 0, "", false }
