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

// This file sends the same bytes to many sockets in one system call, by io_uring(7). All sends are non-blocking, so the
// kernel has done them when the call returns: nothing is in flight afterwards, and no buffer is read later.

const (
	sysURingSetup = 425
	sysURingEnter = 426

	uringSQEOffset = 0x10000000 // offset at which the submission entries are mapped
	uringFeatures  = 1 | 1<<9   // both rings are one mapping; worker threads have the credentials of the process (Linux 5.12)
	uringGetEvents = 1          // flag of io_uring_enter: wait for results
	uringOpSend    = 26         // send(2) (Linux 5.6)
	uringSendFlags = syscall.MSG_DONTWAIT | syscall.MSG_NOSIGNAL
	prGetSeccomp   = 21
	uringMapFlags  = syscall.PROT_READ | syscall.PROT_WRITE
)

var (
	errURingUnsupported = errors.New("io_uring is not supported here")
	errURingBroken      = errors.New("io_uring did not say what it had sent")
)

// uringParams, uringSQE and uringCQE are the kernel's io_uring_params, io_uring_sqe and io_uring_cqe.
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

// uring is one io_uring, used by one goroutine at a time, on any thread.
type uring struct {
	fd               int
	rings, sqeMemory []byte // mapped
	sqes             []uringSQE
	cqes             []uringCQE
	sqHead, sqTail   *uint32
	cqHead, cqTail   *uint32

	// Of the send in progress.
	writes []write
	b      []byte
	next   int              // the write whose descriptor is pinned next
	withFD func(fd uintptr) // called by Control with a pinned descriptor; made once
	err    error            // the io_uring can no longer be used
}

// newURing makes one for up to entries sends at a time; entries is a power of two.
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
		order[i] = uint32(i) // entries are used one after another
	}
	return nil
}

func (r *uring) close() {
	for _, m := range [][]byte{r.sqeMemory, r.rings} {
		if m != nil {
			_ = syscall.Munmap(m) // the mappings
		}
	}
	_ = syscall.Close(r.fd) // nothing is in flight
}

// send makes one attempt to send b to the link of each write, of which there may be no more than entries, and notes in each
// how many bytes the socket took. After an error the io_uring can no longer be used; the results in writes hold even then.
func (r *uring) send(writes []write, b []byte) error {
	r.writes, r.b, r.next = writes, b, 0
	r.pin()
	r.writes, r.b = nil, nil
	return r.err
}

// pin pins the descriptor of each write from next on, one within the other, and submits once all are pinned. No descriptor
// is kept: after a close its number may be another connection's.
func (r *uring) pin() {
	for r.next < len(r.writes) {
		s := &r.writes[r.next]
		r.next++
		err := s.link.raw.Control(r.withFD)
		if err == nil {
			return // the rest was done inside Control, and s has its result
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

// submit submits the prepared entries, and returns with all results noted.
func (r *uring) submit() {
	inFlight := *r.sqTail - atomic.LoadUint32(r.sqHead)
	for inFlight > 0 {
		fresh := *r.sqTail - atomic.LoadUint32(r.sqHead)
		n, _, errno := syscall.Syscall6(sysURingEnter, uintptr(r.fd), uintptr(fresh), uintptr(inFlight), uringGetEvents, 0, 0)
		done := r.reap()
		inFlight -= done
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

// reap notes the results that there are in their writes, and returns how many.
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

// abandon ends a send whose io_uring failed. Writes that the kernel has not taken can be sent in another way; those that it
// has taken without a result fail, since they may have been sent.
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

// uringWorks reports whether io_uring can be used: some kernels are too old, and on some it is forbidden.
var uringWorks = sync.OnceValue(func() bool { return !seccompFiltered() && tryURing() == nil })

// seccompFiltered reports whether system calls of this process are filtered: a filter may kill a process that makes one it
// does not know.
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
	from, to := os.NewFile(uintptr(pair[0]), "uring"), os.NewFile(uintptr(pair[1]), "uring")
	defer func() { _ = errors.Join(from.Close(), to.Close()) }() // nothing of value was written
	raw, err := from.SyscallConn()
	if err != nil {
		return err
	}
	writes := []write{{link: &link{raw: raw}}}
	if err := r.send(writes, []byte{1}); err != nil {
		return err
	}
	if writes[0].n != 1 {
		return errURingUnsupported
	}
	return nil
}
