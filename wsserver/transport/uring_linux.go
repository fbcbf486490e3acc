//go:build linux && (amd64 || arm64)

package transport

import (
	"errors"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"unsafe"
)

// This file sends the same bytes to many sockets in one system call, by io_uring (7). Every send is one that never waits,
// so the kernel has done them all when the call returns: nothing is ever under way, and no buffer is read later.

const (
	sysURingSetup = 425
	sysURingEnter = 426

	uringSQEOffset = 0x10000000 // offset at which the submission entries are mapped
	uringFeatures  = 1 | 1<<9   // both queues are one mapping; no kernel threads with rights of their own (Linux 5.12)
	uringGetEvents = 1          // of enter: wait for results
	uringOpSend    = 26         // send(2) (Linux 5.6)
	uringSendFlags = syscall.MSG_DONTWAIT | syscall.MSG_NOSIGNAL
	prGetSeccomp   = 21
	uringMapFlags  = syscall.PROT_READ | syscall.PROT_WRITE
)

var (
	errURingUnsupported = errors.New("io_uring is not to be had here")
	errURingBroken      = errors.New("io_uring did not say what it had sent")
)

// ringParams, ringSlot and ringResult are the kernel's io_uring_params, io_uring_sqe and io_uring_cqe.
type uringParams struct {
	sqEntries, cqEntries, flags, cpu, idle, features, wq uint32
	_                                                    [3]uint32
	sq                                                   struct {
		head, tail, mask, entries, flags, dropped, array, _ uint32
		_                                                   uint64
	}
	cq struct {
		head, tail, mask, entries, overflow, results, flags, _ uint32
		_                                                      uint64
	}
}

type uringSQE struct {
	opcode, flags uint8
	priority      uint16
	fd            int32
	offset, addr  uint64
	len, msgFlags uint32
	data          uint64
	_             [3]uint64
}

type uringCQE struct {
	data  uint64
	res   int32
	flags uint32
}

// uring is one io_uring. One goroutine at a time uses it, on any thread.
type uring struct {
	fd               int
	rings, sqeMemory []byte // mapped
	sqes             []uringSQE
	cqes             []uringCQE
	sqHead, sqTail   *uint32
	cqHead, cqTail   *uint32

	// Of the send under way.
	writes []write
	b      []byte
	next   int              // the shot to be pinned next
	withFD func(fd uintptr) // pinned, made once
	err    error            // the ring is of no more use
}

// newURing makes one that takes entries sends, a power of two, at once.
func newURing(entries int) (*uring, error) {
	var p uringParams
	fd, _, errno := syscall.Syscall(sysURingSetup, uintptr(entries), uintptr(unsafe.Pointer(&p)), 0)
	if errno != 0 {
		return nil, os.NewSyscallError("io_uring_setup", errno)
	}
	r := &uring{fd: int(fd)}
	r.withFD = r.pinned
	if err := r.mapQueues(&p); err != nil {
		r.close()
		return nil, err
	}
	return r, nil
}

func (r *uring) mapQueues(p *uringParams) (err error) {
	if p.features&uringFeatures != uringFeatures {
		return errURingUnsupported
	}
	size := max(p.sq.array+p.sqEntries*4, p.cq.results+p.cqEntries*uint32(unsafe.Sizeof(uringCQE{})))
	if r.rings, err = syscall.Mmap(r.fd, 0, int(size), uringMapFlags, syscall.MAP_SHARED|syscall.MAP_POPULATE); err != nil {
		return os.NewSyscallError("mmap", err)
	}
	area := int(p.sqEntries) * int(unsafe.Sizeof(uringSQE{}))
	if r.sqeMemory, err = syscall.Mmap(r.fd, uringSQEOffset, area, uringMapFlags, syscall.MAP_SHARED|syscall.MAP_POPULATE); err != nil {
		return os.NewSyscallError("mmap", err)
	}
	word := func(at uint32) *uint32 { return (*uint32)(unsafe.Pointer(&r.rings[at])) }
	r.sqHead, r.sqTail = word(p.sq.head), word(p.sq.tail)
	r.cqHead, r.cqTail = word(p.cq.head), word(p.cq.tail)
	r.sqes = unsafe.Slice((*uringSQE)(unsafe.Pointer(&r.sqeMemory[0])), p.sqEntries)
	r.cqes = unsafe.Slice((*uringCQE)(unsafe.Pointer(&r.rings[p.cq.results])), p.cqEntries)
	order := unsafe.Slice(word(p.sq.array), p.sqEntries)
	for i := range order {
		order[i] = uint32(i) // slots are used one after another
	}
	return nil
}

func (r *uring) close() {
	for _, m := range [][]byte{r.sqeMemory, r.rings} {
		if m != nil {
			_ = syscall.Munmap(m) // what was mapped
		}
	}
	_ = syscall.Close(r.fd) // nothing is under way in it
}

// send makes one attempt to send b to the link of each shot, no more than the ring has entries, and notes in it how many
// bytes its socket took. An error means that the ring is of no more use; the shots say what has become of them even then.
func (r *uring) send(shots []write, b []byte) error {
	r.writes, r.b, r.next = shots, b, 0
	r.pin()
	r.writes, r.b = nil, nil
	return r.err
}

// pin asks for the descriptor of each shot from the next on, one within the other, and submits once it has all. None is
// kept: after a close its number may be another connection's.
func (r *uring) pin() {
	for r.next < len(r.writes) {
		s := &r.writes[r.next]
		r.next++
		err := s.link.raw.Control(r.withFD)
		if err == nil {
			return // the rest was done within, and has noted what came of s
		}
		s.err = err
	}
	r.submit()
}

func (r *uring) pinned(fd uintptr) {
	i := r.next - 1
	tail := *r.sqTail // only this side writes it
	r.sqes[int(tail)&(len(r.sqes)-1)] = uringSQE{
		opcode: uringOpSend, fd: int32(fd), addr: uint64(uintptr(unsafe.Pointer(unsafe.SliceData(r.b)))), len: uint32(len(r.b)),
		msgFlags: uringSendFlags, data: uint64(i),
	}
	r.writes[i].inFlight = true
	atomic.StoreUint32(r.sqTail, tail+1)
	r.pin()
}

// submit has the kernel take what was prepared, and returns with all results.
func (r *uring) submit() {
	open := *r.sqTail - atomic.LoadUint32(r.sqHead)
	for open > 0 {
		fresh := *r.sqTail - atomic.LoadUint32(r.sqHead)
		n, _, errno := syscall.Syscall6(sysURingEnter, uintptr(r.fd), uintptr(fresh), uintptr(open), uringGetEvents, 0, 0)
		done := r.reap()
		open -= done
		if errno == 0 && n+uintptr(done) > 0 || errno == syscall.EINTR {
			continue
		}
		if r.err = error(errno); errno == 0 {
			r.err = errURingBroken
		}
		r.abandon()
		return
	}
}

// reap notes what has come of shots, and returns of how many.
func (r *uring) reap() (n uint32) {
	head, tail := *r.cqHead, atomic.LoadUint32(r.cqTail)
	for ; head != tail; head++ {
		result := &r.cqes[int(head)&(len(r.cqes)-1)]
		s := &r.writes[result.data]
		s.inFlight = false
		switch errno := syscall.Errno(-result.res); {
		case result.res >= 0:
			s.n = int(result.res)
		case errno != syscall.EAGAIN && errno != syscall.EINTR:
			s.err = errno
		}
		n++
	}
	atomic.StoreUint32(r.cqHead, head)
	return n
}

// abandon tells shots that the kernel has not taken, which can still be sent otherwise, from those of which nobody knows.
func (r *uring) abandon() {
	for at := atomic.LoadUint32(r.sqHead); at != *r.sqTail; at++ {
		r.writes[r.sqes[int(at)&(len(r.sqes)-1)].data].inFlight = false
	}
	for i := range r.writes {
		if r.writes[i].inFlight {
			r.writes[i].err = errURingBroken
		}
	}
}

// uringWorks reports whether this machine has what a ring needs: some kernels are too old, some have it forbidden.
var uringWorks = sync.OnceValue(func() bool { return !seccompFiltered() && tryURing() == nil })

// seccompFiltered reports whether somebody has a say in this program's system calls: a filter may kill who makes one that it does
// not know.
func seccompFiltered() bool {
	mode, _, errno := syscall.RawSyscall(syscall.SYS_PRCTL, prGetSeccomp, 0, 0)
	return errno != 0 || mode != 0
}

// tryURing sends a byte from one socket to another.
func tryURing() error {
	r, err := newURing(1)
	if err != nil {
		return err
	}
	defer r.close()
	pair, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_NONBLOCK|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return os.NewSyscallError("socketpair", err)
	}
	from, to := os.NewFile(uintptr(pair[0]), "ring"), os.NewFile(uintptr(pair[1]), "ring")
	defer func() { _ = errors.Join(from.Close(), to.Close()) }() // of one byte there is nothing to lose
	raw, err := from.SyscallConn()
	if err != nil {
		return err
	}
	shots := []write{{link: &Link{raw: raw}}}
	if err := r.send(shots, []byte{1}); err != nil {
		return err
	}
	if shots[0].n != 1 {
		return errURingUnsupported
	}
	return nil
}
