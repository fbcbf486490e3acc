package process

import (
	"bytes"
	"context"
	"errors"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// slow is a writer that waits until it is released.
type slow struct {
	release chan struct{}
	mu      sync.Mutex
	got     bytes.Buffer
}

func (s *slow) Write(b []byte) (int, error) {
	<-s.release
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.got.Write(b)
}

func TestOutput_NeverWaitsForItsReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &slow{release: make(chan struct{})}
		o := NewOutput(w)
		line := []byte(strings.Repeat("x", 1023) + "\n")
		for range 3 * maxQueued / len(line) {
			if n, err := o.Write(line); n != len(line) || err != nil {
				t.Fatal(n, err)
			}
		}
		close(w.release)
		o.Close()
		text := w.got.String()
		if len(text) > 2*maxQueued+1024 || !strings.Contains(text, "lines of output were left out here") {
			t.Errorf("%d bytes were kept, and nothing was said", len(text))
		}
	})
}

func TestOutput_CloseWritesTheRestAndGivesUpOnAReaderThatIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b bytes.Buffer
		o := NewOutput(&b)
		_, _ = o.Write([]byte("last words\n"))
		o.Close()
		if b.String() != "last words\n" {
			t.Errorf("wrote %q", b.String())
		}

		w := &slow{release: make(chan struct{})}
		o = NewOutput(w)
		_, _ = o.Write([]byte("x"))
		before := time.Now()
		o.Close()
		if time.Since(before) != flushTime {
			t.Errorf("waited %v", time.Since(before))
		}
		close(w.release)
		synctest.Wait()
	})
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

func TestOutput_AWriterThatFailsFailsNobody(t *testing.T) {
	o := NewOutput(broken{})
	for range 3 {
		if _, err := o.Write([]byte("x\n")); err != nil {
			t.Error(err)
		}
	}
	o.Close()
}

func TestStop_FurtherSignals(t *testing.T) {
	for _, row := range []struct {
		name    string
		wait    time.Duration
		then    os.Signal
		hurried bool
	}{
		{"the same once more, as timeout sends it to the group", 0, os.Interrupt, false},
		{"a person's second", time.Second, os.Interrupt, true},
		{"a supervisor's second", time.Second, syscall.SIGTERM, true},
		{"the terminal's, once it is closed", time.Second, syscall.SIGHUP, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				signals := make(chan os.Signal, 2)
				ctx, ask := context.WithCancel(t.Context())
				s := &Stop{asked: ctx, hurried: make(chan struct{}), released: make(chan struct{})}
				go s.watch(signals, ask)
				synctest.Wait()
				if ctx.Err() != nil {
					t.Fatal("nobody asked")
				}
				signals <- syscall.SIGTERM
				<-s.Asked()
				time.Sleep(row.wait)
				signals <- row.then
				synctest.Wait()
				hurried := false
				select {
				case <-s.Hurried():
					hurried = true
				default:
				}
				if hurried != row.hurried {
					t.Errorf("hurried is %v", hurried)
				}
				s.Release()
				s.Release()
			})
		})
	}
}
