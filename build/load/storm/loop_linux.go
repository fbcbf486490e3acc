package storm

import (
	"container/heap"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"syscall"
	"time"
)

var errLate = errors.New("it takes too long")

// loop is the one thread: everything below runs in the goroutine that calls run and until.
type loop struct {
	*target
	epoll  int
	began  time.Time
	at     time.Duration // when the bytes at hand were read
	conns  map[int32]*conn
	opened int
	timers timers
	random *rand.Rand
	failed error // the first failure, which ends the run

	read   []byte
	events []syscall.EpollEvent
}

// target is where connections go.
type target struct {
	host   string // with the port
	server syscall.SockaddrInet4
}

func targetOf(host string) (*target, error) {
	address, err := netip.ParseAddrPort(host)
	if err != nil {
		return nil, err
	}
	return &target{host, syscall.SockaddrInet4{Port: int(address.Port()), Addr: address.Addr().As4()}}, nil
}

// newLoop returns one whose connections go to host, an address with a port.
func newLoop(host string) (*loop, error) {
	to, err := targetOf(host)
	if err != nil {
		return nil, err
	}
	epoll, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("epoll: %w", err)
	}
	return &loop{
		target: to, epoll: epoll,
		began: time.Now(), conns: map[int32]*conn{}, random: rand.New(rand.NewPCG(1, 2)), //nolint:gosec // the same each time
		read: make([]byte, 256<<10), events: make([]syscall.EpollEvent, 1024),
	}, nil
}

// close ends all connections.
func (l *loop) close() {
	for _, c := range l.conns {
		c.close()
	}
	_ = syscall.Close(l.epoll)
}

// now is the time since the loop began.
func (l *loop) now() time.Duration { return time.Since(l.began) }

// fail ends the run.
func (l *loop) fail(err error) {
	if l.failed == nil {
		l.failed = err
	}
}

// after calls f once d has passed.
func (l *loop) after(d time.Duration, f func()) { heap.Push(&l.timers, timer{l.now() + d, f}) }

// within is a random time up to d.
func (l *loop) within(d time.Duration) time.Duration {
	return time.Duration(l.random.Int64N(int64(d) + 1))
}

// every calls f rate times a second until the function that it returns is called.
func (l *loop) every(rate float64, f func()) (stop func()) {
	began, n, stopped := l.now(), 0, false
	var tick func()
	tick = func() {
		if stopped {
			return
		}
		f()
		n++
		l.after(began+time.Duration(float64(n)/rate*float64(time.Second))-l.now(), tick)
	}
	tick()
	return func() { stopped = true }
}

// run lets everything go on for a time.
func (l *loop) run(d time.Duration) error {
	if err := l.until(d, func() bool { return false }); !errors.Is(err, errLate) {
		return err
	}
	return nil
}

// until lets everything go on until ok, at most so long.
func (l *loop) until(limit time.Duration, ok func() bool) error {
	end := l.now() + limit
	for !ok() {
		left := end - l.now()
		if left <= 0 {
			return errLate
		}
		l.turn(min(left, 10*time.Millisecond))
		if l.failed != nil {
			return l.failed
		}
	}
	return nil
}

// turn handles what there is, and waits for it at most so long.
func (l *loop) turn(wait time.Duration) {
	for len(l.timers) > 0 && l.timers[0].at <= l.now() {
		heap.Pop(&l.timers).(timer).f()
	}
	if len(l.timers) > 0 {
		wait = min(wait, max(0, l.timers[0].at-l.now()))
	}
	// Rounded up: the kernel counts milliseconds, and a loop that spins takes the server's time.
	n, err := syscall.EpollWait(l.epoll, l.events, int((wait+time.Millisecond-1)/time.Millisecond))
	if err != nil && !errors.Is(err, syscall.EINTR) {
		l.fail(fmt.Errorf("epoll: %w", err))
		return
	}
	for _, e := range l.events[:max(0, n)] {
		if c := l.conns[e.Fd]; c != nil { // else an earlier event of this turn has closed it
			c.ready(e.Events)
		}
	}
}

// ownCPU is the CPU time of this program. Where it comes close to one core, the figures are of the loop, not of the server.
func ownCPU() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// timer is a call that is due.
type timer struct {
	at time.Duration
	f  func()
}

// timers are a heap.
type timers []timer

func (t timers) Len() int           { return len(t) }
func (t timers) Less(i, j int) bool { return t[i].at < t[j].at }
func (t timers) Swap(i, j int)      { t[i], t[j] = t[j], t[i] }
func (t *timers) Push(x any)        { *t = append(*t, x.(timer)) }
func (t *timers) Pop() any {
	old := *t
	last := old[len(old)-1]
	*t = old[:len(old)-1]
	return last
}
