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

func testRing(t *testing.T) *uring {
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
		t.Fatalf("the kernel has a ring, and it does not work: %v", tryURing())
	}
	return r
}

func shotsAt(list []peered) (shots []write) {
	for _, p := range list {
		shots = append(shots, write{link: &p.Link})
	}
	return shots
}

// A ring that fails before it has sent anything loses nothing: what it was to send waits in the links.
func TestRing_BrokenLosesNothing(t *testing.T) {
	testRing(t)
	list := peers(t, uringSize+uringMin)
	v := Batch{}
	defer v.Close()
	v.Send(conns(list), []byte("one"), (*Link).LiveLocked, nobodyLate(t))
	if v.uring == nil {
		t.Fatal("no ring was used")
	}
	own := v.uring.fd
	pipe := make([]int, 2)
	if err := syscall.Pipe(pipe); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = errors.Join(syscall.Close(pipe[1]), syscall.Close(own)) }()
	v.uring.fd = pipe[0] // no ring at all
	v.Send(conns(list), []byte("two"), (*Link).LiveLocked, nobodyLate(t))
	if v.uring != nil || !v.NoURing {
		t.Error("a broken ring is used again")
	}
	v.Send(conns(list), []byte("three"), (*Link).LiveLocked, nobodyLate(t))
	for _, p := range list {
		wantBytes(t, p, []byte("onetwothree"))
	}
}

// What the kernel has taken without saying what came of it is not sent again.
func TestRing_TellsTheUnknownFromTheUnsent(t *testing.T) {
	r := testRing(t)
	list := peers(t, 3)
	r.writes, r.b = shotsAt(list), []byte("x")
	for i := range r.writes {
		r.writes[i].inFlight = true
		r.sqes[i].data = uint64(i)
	}
	*r.sqHead, *r.sqTail = 2, 3 // it took two
	r.abandon()
	for i, s := range r.writes {
		if unknown := i < 2; unknown != errors.Is(s.err, errURingBroken) || s.n != 0 {
			t.Errorf("shot %d: %d bytes, %v", i, s.n, s.err)
		}
	}
}

// A socket that takes nothing is not waited for, and has not failed.
func TestRing_NeverWaits(t *testing.T) {
	r := testRing(t)
	list := peers(t, 3)
	full := list[1].Link.nc.(*net.TCPConn)
	// Buffers of a size of their own do not grow any more.
	_ = errors.Join(full.SetWriteBuffer(4<<10), list[1].peer.(*net.TCPConn).SetReadBuffer(4<<10))
	for n := 1; n > 0; {
		var err error
		_ = full.SetWriteDeadline(time.Now().Add(100 * time.Millisecond))
		if n, err = full.Write(make([]byte, 1<<20)); !isTimeout(err) {
			t.Fatal(err)
		}
	}
	shots := shotsAt(list)
	if err := r.send(shots, []byte("x")); err != nil {
		t.Fatal(err)
	}
	for i, s := range shots {
		if took := i != 1; s.n == 1 != took || s.err != nil {
			t.Errorf("socket %d: %d bytes, %v", i, s.n, s.err)
		}
	}
}

// One ring does for ever: its queues are rings indeed.
func TestRing_GoesRound(t *testing.T) {
	r := testRing(t)
	list := peers(t, 5)
	var want []byte
	for i := range 200 {
		b := []byte{byte(i)}
		want = append(want, b...)
		shots := shotsAt(list)
		if err := r.send(shots, b); err != nil {
			t.Fatal(err)
		}
		for _, s := range shots {
			if s.n != 1 || s.err != nil || s.inFlight {
				t.Fatalf("round %d: %+v", i, s)
			}
		}
	}
	for _, p := range list {
		wantBytes(t, p, want)
	}
}

// A descriptor is given back with the ring, and none is left with a program that this one starts.
func TestRing_GivesItsDescriptorBack(t *testing.T) {
	testRing(t)
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
