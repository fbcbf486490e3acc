package process

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"syscall"
	"time"
)

const (
	// maxQueued is how much output waits for a reader that is slow.
	maxQueued = 1 << 20
	// flushTime is how long the end of the program waits for such a reader.
	flushTime = time.Second
)

// Output passes writes on to a writer that may be slow, or may fail: a pipe that nobody reads must not stop whoever logs a
// line. Writes never wait and never fail. What is too much is left out, and a line says how much. Make it with NewOutput.
type Output struct {
	w     io.Writer
	wake  chan struct{}
	ended Task

	mu     sync.Mutex // guards what follows
	queue  []byte
	lost   int // writes that were left out since the last line that said so
	closed bool
}

// NewOutput makes an Output. Close ends its goroutine.
func NewOutput(w io.Writer) *Output {
	o := &Output{w: w, wake: make(chan struct{}, 1)}
	o.ended = Start(o.pass)
	return o
}

// Write queues b and returns its length.
func (o *Output) Write(b []byte) (int, error) {
	o.mu.Lock()
	if o.closed || len(o.queue)+len(b) > maxQueued {
		o.lost++
	} else {
		o.queue = append(o.queue, b...)
	}
	o.mu.Unlock()
	o.signal()
	return len(b), nil
}

func (o *Output) signal() {
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// pass writes what is queued, until the Output is closed and nothing is left.
func (o *Output) pass() {
	for range o.wake {
		for {
			b, closed := o.take()
			if len(b) == 0 {
				if closed {
					return
				}
				break
			}
			_, _ = o.w.Write(b) // nobody is left to be told
		}
	}
}

// take returns what is to be written next.
func (o *Output) take() (b []byte, closed bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	b, o.queue = o.queue, nil
	if o.lost > 0 {
		b = fmt.Appendf(b, "belfry: %d lines of output were left out here: the program that reads them is too slow.\n", o.lost)
		o.lost = 0
	}
	return b, o.closed
}

// Close waits a moment until everything is written. Later writes are left out.
func (o *Output) Close() {
	o.mu.Lock()
	o.closed = true
	o.mu.Unlock()
	o.signal()
	o.ended.Wait()
}

// Task is work that may never end, because it writes for a reader that may never read.
type Task struct{ done chan struct{} }

// Start runs work in a goroutine.
func Start(work func()) Task {
	t := Task{make(chan struct{})}
	go func() {
		defer close(t.done)
		work()
	}()
	return t
}

// Wait returns when the work is done, or after a moment even if it is not.
func (t Task) Wait() {
	select {
	case <-t.done:
	case <-time.After(flushTime):
	}
}

// IsTerminal reports whether w is a terminal: a device with letters, other than the one that is always empty.
func IsTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return false
	}
	null, err := os.Stat(os.DevNull)
	return err != nil || !os.SameFile(info, null)
}

// IsClosedPipe reports whether a write failed because nobody reads any more, as in: belfry listen | head.
func IsClosedPipe(err error) bool {
	return errors.Is(err, syscall.EPIPE) || errors.Is(err, io.ErrClosedPipe)
}
