//go:build !unix

package transport

import (
	"net"
	"syscall"
)

// fastWriter has no work here: sockets of this system block, so every write goes through a link's writer.
type fastWriter struct{}

func (*fastWriter) write(syscall.RawConn, []byte) (int, error) { return 0, nil }

var fastWriters noPool

type noPool struct{}

func (noPool) Get() any { return (*fastWriter)(nil) }
func (noPool) Put(any)  {}

func rawConn(net.Conn) syscall.RawConn { return nil }

func MaxConnections() int { return 0 }
