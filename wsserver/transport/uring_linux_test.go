//go:build linux && (amd64 || arm64)

package transport

import (
	"errors"
	"net"
	"os"
	"syscall"
	"testing"
	"time"
)

func testURing(t *testing.T) *uring {
	t.Helper()
	if seccompFiltered() {
		t.Skip("system calls are filtered here")
	}
	r, err := newURing(uringSize)
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(r.close)
	if !uringWorks() {
		t.Fatalf("the kernel has io_uring, and it does not work: %v", tryURing())
	}
	return r
}

func writesTo(list []peered) (writes []write) {
	for _, p := range list {
		writes = append(writes, write{link: &p.link})
	}
	return writes
}

// An io_uring that fails before it has sent anything loses nothing: the links queue it.
func TestURing_BrokenLosesNothing(t *testing.T) {
	testURing(t)
	list := peers(t, uringSize+uringMin)
	v := Batch{}
	defer v.Close()
	v.SendLive(conns(list), []byte("one"), nobodyStalled(t))
	if v.uring == nil {
		t.Fatal("no io_uring was used")
	}
	own := v.uring.fd
	pipe := make([]int, 2)
	if err := syscall.Pipe(pipe); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = errors.Join(syscall.Close(pipe[1]), syscall.Close(own)) }()
	v.uring.fd = pipe[0] // not an io_uring
	v.SendLive(conns(list), []byte("two"), nobodyStalled(t))
	if v.uring != nil || !v.noURing {
		t.Error("a broken io_uring is used again")
	}
	v.SendLive(conns(list), []byte("three"), nobodyStalled(t))
	for _, p := range list {
		wantBytes(t, p, []byte("onetwothree"))
	}
}

// An entry that the kernel has taken without a result is not sent again.
func TestURing_TellsUnknownFromUnsent(t *testing.T) {
	r := testURing(t)
	list := peers(t, 3)
	r.writes, r.b = writesTo(list), []byte("x")
	for i := range r.writes {
		r.writes[i].inFlight = true
		r.sqes[i].data = uint64(i)
	}
	*r.sqHead, *r.sqTail = 2, 3 // it took two
	r.abandon()
	for i, s := range r.writes {
		if unknown := i < 2; unknown != errors.Is(s.err, errURingBroken) || s.n != 0 {
			t.Errorf("write %d: %d bytes, %v", i, s.n, s.err)
		}
	}
}

// A full socket is neither waited for nor a failure.
func TestURing_NeverWaits(t *testing.T) {
	r := testURing(t)
	list := peers(t, 3)
	full := list[1].link.nc.(*net.TCPConn)
	// Buffers whose size was set do not grow.
	_ = errors.Join(full.SetWriteBuffer(4<<10), list[1].peer.(*net.TCPConn).SetReadBuffer(4<<10))
	for n := 1; n > 0; {
		var err error
		_ = full.SetWriteDeadline(time.Now().Add(100 * time.Millisecond))
		if n, err = full.Write(make([]byte, 1<<20)); !isTimeout(err) {
			t.Fatal(err)
		}
	}
	writes := writesTo(list)
	if err := r.send(writes, []byte("x")); err != nil {
		t.Fatal(err)
	}
	for i, s := range writes {
		if took := i != 1; s.n == 1 != took || s.err != nil {
			t.Errorf("socket %d: %d bytes, %v", i, s.n, s.err)
		}
	}
}

// One io_uring can be used any number of times.
func TestURing_IsReusable(t *testing.T) {
	r := testURing(t)
	list := peers(t, 5)
	var want []byte
	for i := range 200 {
		b := []byte{byte(i)}
		want = append(want, b...)
		writes := writesTo(list)
		if err := r.send(writes, b); err != nil {
			t.Fatal(err)
		}
		for _, s := range writes {
			if s.n != 1 || s.err != nil || s.inFlight {
				t.Fatalf("round %d: %+v", i, s)
			}
		}
	}
	for _, p := range list {
		wantBytes(t, p, want)
	}
}

// Closing closes the descriptor, and child processes do not inherit it.
func TestURing_ClosesItsDescriptor(t *testing.T) {
	testURing(t)
	r, err := newURing(uringSize)
	if err != nil {
		t.Fatal(err)
	}
	flags, _, errno := syscall.Syscall(syscall.SYS_FCNTL, uintptr(r.fd), syscall.F_GETFD, 0)
	if errno != 0 || flags&syscall.FD_CLOEXEC == 0 {
		t.Errorf("flags %x, %v", flags, os.NewSyscallError("fcntl", errno))
	}
	r.close()
	if _, _, errno := syscall.Syscall(syscall.SYS_FCNTL, uintptr(r.fd), syscall.F_GETFD, 0); errno != syscall.EBADF {
		t.Errorf("the descriptor is open: %v", errno)
	}
}
