//go:build unix

package transport

import (
	"errors"
	"io"
	"sync"
	"syscall"
)

// readAheadSize is how much is read from a socket at once: many frames of a peer that sends many.
const readAheadSize = 4 << 10

var readAheadBuffers = sync.Pool{New: func() any { return new([readAheadSize]byte) }}

// readAhead are bytes read from a socket and not yet used. It has a buffer only while some are left.
type readAhead struct {
	buf     *[readAheadSize]byte
	rest    []byte
	err     error
	attempt func(fd uintptr) bool // allocated once
}

func (a *readAhead) empty() bool { return len(a.rest) == 0 }

// fill waits until the socket is readable and reads once. It returns how many bytes that were; an error is returned by
// read.
func (a *readAhead) fill(rc syscall.RawConn) int {
	if a.attempt == nil {
		a.attempt = a.attemptRead
	}
	a.err = nil
	if err := rc.Read(a.attempt); err != nil {
		a.err = err
	}
	return len(a.rest)
}

// attemptRead makes one attempt, and returns false if the socket has nothing yet.
func (a *readAhead) attemptRead(fd uintptr) bool {
	buf := readAheadBuffers.Get().(*[readAheadSize]byte)
	for {
		n, err := syscall.Read(int(fd), buf[:])
		switch {
		case n > 0:
			a.buf, a.rest = buf, buf[:n]
			return true
		case errors.Is(err, syscall.EINTR):
			continue
		case err == nil:
			err = io.EOF
		}
		readAheadBuffers.Put(buf)
		if errors.Is(err, syscall.EAGAIN) {
			return false
		}
		a.err = err
		return true
	}
}

// awaitReadable waits until the next read of a socket does not wait, and reads nothing.
func awaitReadable(rc syscall.RawConn) error {
	var one [1]byte
	return rc.Read(func(fd uintptr) bool {
		for {
			if _, _, err := syscall.Recvfrom(int(fd), one[:], syscall.MSG_PEEK); !errors.Is(err, syscall.EINTR) {
				return !errors.Is(err, syscall.EAGAIN)
			}
		}
	})
}

// read copies what is there; if nothing is, it returns the error of the last fill.
func (a *readAhead) read(b []byte) (int, error) {
	if a.empty() {
		return 0, a.err
	}
	n := copy(b, a.rest)
	a.setRest(a.rest[n:])
	return n, nil
}

// control takes a complete ping or pong off the beginning.
func (a *readAhead) control() (kind int, data string, ok bool) {
	kind, data, rest, ok := parseControl(a.rest)
	if ok {
		a.setRest(rest)
	}
	return kind, data, ok
}

// setRest notes what is left, and returns the buffer to the pool if nothing is.
func (a *readAhead) setRest(rest []byte) {
	if a.rest = rest; a.empty() {
		readAheadBuffers.Put(a.buf)
		a.buf, a.rest = nil, nil
	}
}
