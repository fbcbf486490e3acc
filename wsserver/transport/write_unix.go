//go:build unix

package transport

import (
	"errors"
	"net"
	"sync"
	"syscall"
)

// fastWriter makes non-blocking writes: what the socket's buffer does not take at once is left to the caller. One serves any
// number of connections in turn, so that its callback is allocated once, not per write.
type fastWriter struct {
	b    []byte
	n    int
	err  error
	call func(fd uintptr)
}

var fastWriters = sync.Pool{New: func() any {
	w := new(fastWriter)
	w.call = w.attempt
	return w
}}

// rawConn gives access to the socket itself. It is nil if there is none: for TLS and wrapped connections.
func rawConn(nc net.Conn) syscall.RawConn {
	tcp, ok := nc.(*net.TCPConn)
	if !ok {
		return nil
	}
	rc, err := tcp.SyscallConn()
	if err != nil {
		return nil
	}
	return rc
}

// write makes one attempt and returns how much the socket took. The descriptor is never kept: after a close its number may
// be another connection's. It uses Control rather than Write, whose preparation for blocking costs a tenth of a write that
// never blocks.
func (w *fastWriter) write(rc syscall.RawConn, b []byte) (int, error) {
	w.b, w.n, w.err = b, 0, nil
	err := rc.Control(w.call)
	w.b = nil
	if err != nil {
		return 0, err
	}
	return w.n, w.err
}

func (w *fastWriter) attempt(fd uintptr) {
	for {
		n, err := writeNow(int(fd), w.b)
		switch {
		case err == nil:
			w.n = n
		case errors.Is(err, syscall.EINTR):
			continue
		case errors.Is(err, syscall.EAGAIN):
		default:
			w.err = err
		}
		return
	}
}

// spareFiles are the file descriptors that are not for connections: the log's, the pages', those of the system's services.
const spareFiles = 64

// MaxConnections is how many connections the file descriptors allow, with some left for files, and how many descriptors
// those are. most may be 0 or less: that is no connection, not any number. known is false if the system does not say.
func MaxConnections() (most, files int, known bool) {
	var lim syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &lim) != nil {
		return 0, 0, false
	}
	files = int(min(uint64(lim.Cur), 1<<30))
	return files - spareFiles, files, true
}
