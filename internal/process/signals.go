package process

import (
	"context"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"
)

// patience is how long a further signal counts as the first one again: the shell, the terminal and tools such as timeout
// send one to the program and to its group.
const patience = 500 * time.Millisecond

// Survive keeps signals from ending the program that are not meant to: what a write to a closed pipe, a limit on the size of
// files, or a tool that rotates logs causes. The write itself then fails with an error.
func Survive() {
	// Nobody reads this channel. Ignoring the signals instead would pass on to every program that this one starts.
	signal.Notify(make(chan os.Signal, 1), harmless...)
	// These stop the program rather than end it, and only ignoring them lets a write to the terminal go on.
	signal.Ignore(terminal...)
}

// Stop is the system's wish that the program ends. Make it with OnStop.
type Stop struct {
	asked    context.Context
	hurried  chan struct{}
	released chan struct{}
	release  sync.Once
}

// OnStop watches for the signals that ask the program to end: SIGINT, SIGTERM, SIGQUIT, and SIGHUP unless the program was
// started to survive that (nohup). Release ends it.
func OnStop() *Stop {
	signals := make(chan os.Signal, 8)
	for _, s := range []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGQUIT, syscall.SIGHUP} {
		if s != syscall.SIGHUP || !signal.Ignored(s) {
			signal.Notify(signals, s)
		}
	}
	asked, ask := context.WithCancel(context.Background())
	s := &Stop{asked: asked, hurried: make(chan struct{}), released: make(chan struct{})}
	go func() {
		defer signal.Stop(signals)
		s.watch(signals, ask)
	}()
	return s
}

// watch notes the first signal as the wish, and a later one of a person or a supervisor as their impatience. A later SIGHUP
// is none: it follows the first signal when a terminal is closed, or a service stopped.
func (s *Stop) watch(signals <-chan os.Signal, ask context.CancelFunc) {
	defer ask()
	var first time.Time
	for {
		select {
		case sig := <-signals:
			switch {
			case first.IsZero():
				first = time.Now()
				ask()
			case time.Since(first) >= patience && sig != syscall.SIGHUP:
				close(s.hurried)
				<-s.released
				return
			}
		case <-s.released:
			return
		}
	}
}

// Context ends when the program is asked to end.
func (s *Stop) Context() context.Context { return s.asked }

// Asked is closed when the program is asked to end.
func (s *Stop) Asked() <-chan struct{} { return s.asked.Done() }

// Hurried is closed when it is asked again although it is ending already.
func (s *Stop) Hurried() <-chan struct{} { return s.hurried }

// Release gives the signals back to the system.
func (s *Stop) Release() { s.release.Do(func() { close(s.released) }) }
