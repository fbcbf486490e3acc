//go:build !unix

package transport

import (
	"net"
	"syscall"
)

// fastWriter does nothing here: sockets of this system block, so all writes are made by the writer goroutine of a link.
type fastWriter struct{}

func (*fastWriter) write(syscall.RawConn, []byte) (int, error) { return 0, nil }

var fastWriters noPool

type noPool struct{}

func (noPool) Get() any { return (*fastWriter)(nil) }
func (noPool) Put(any)  {}

func rawConn(net.Conn) syscall.RawConn { return nil }

// MaxConnections is how many connections the file descriptors allow; known is false: this system has no such limit.
func MaxConnections() (most, files int, known bool) { return 0, 0, false }
