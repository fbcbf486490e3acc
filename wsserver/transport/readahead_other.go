//go:build !unix

package transport

import "syscall"

// ahead has no work here: sockets of this system are read as they are.
type ahead struct{}

func (*ahead) empty() bool                  { return true }
func (*ahead) fill(syscall.RawConn) int     { return 0 }
func (*ahead) take([]byte) (int, error)     { return 0, nil }
func (*ahead) control() (int, string, bool) { return 0, "", false }
