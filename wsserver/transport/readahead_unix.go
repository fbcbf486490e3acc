//go:build unix

package transport

import (
	"errors"
	"io"
	"sync"
	"syscall"
)

// aheadSize is how much is read of a socket at once: many frames of who writes much.
const aheadSize = 4 << 10

var aheads = sync.Pool{New: func() any { return new([aheadSize]byte) }}

// ahead is what was read of a socket and not yet taken. It holds a buffer only while something is left in it.
type ahead struct {
	buf     *[aheadSize]byte
	rest    []byte
	err     error
	attempt func(fd uintptr) bool // made once
}

func (a *ahead) empty() bool { return len(a.rest) == 0 }

// fill waits for the socket and reads what it has, or an error, which take returns. It returns how much that was.
func (a *ahead) fill(rc syscall.RawConn) int {
	if a.attempt == nil {
		a.attempt = a.try
	}
	a.err = nil
	if err := rc.Read(a.attempt); err != nil {
		a.err = err
	}
	return len(a.rest)
}

// try makes one attempt, and reports false where the socket has nothing yet.
func (a *ahead) try(fd uintptr) bool {
	buf := aheads.Get().(*[aheadSize]byte)
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
		aheads.Put(buf)
		if errors.Is(err, syscall.EAGAIN) {
			return false
		}
		a.err = err
		return true
	}
}

// take copies what is there, and returns the error of the last fill where nothing is.
func (a *ahead) take(b []byte) (int, error) {
	if a.empty() {
		return 0, a.err
	}
	n := copy(b, a.rest)
	a.keep(a.rest[n:])
	return n, nil
}

// control takes a whole ping or pong.
func (a *ahead) control() (kind int, data string, ok bool) {
	kind, data, rest, ok := control(a.rest)
	if ok {
		a.keep(rest)
	}
	return kind, data, ok
}

// keep notes what is left, and lets go of the buffer where nothing is.
func (a *ahead) keep(rest []byte) {
	if a.rest = rest; a.empty() {
		aheads.Put(a.buf)
		a.buf, a.rest = nil, nil
	}
}
