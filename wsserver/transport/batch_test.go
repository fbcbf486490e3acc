package transport

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"slices"
	"sync"
	"testing"
	"time"
)

// This file runs on real sockets: a link to a connection in memory never writes directly, so batches do not write to it.

// peered is a connection of the server, with the socket of its peer.
type peered struct {
	*Conn
	peer net.Conn
}

// peers are n connections over loopback.
func peers(t testing.TB, n int) (list []peered) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	budget := NewBudget(func() int64 { return 1 << 30 })
	for range n {
		peer, err := net.Dial("tcp", listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		nc, err := listener.Accept()
		if err != nil {
			t.Fatal(err)
		}
		c := new(Conn)
		c.SetHandler(noHandler{})
		c.Attach(nc, Options{MaxQueued: MaxQueued, Budget: budget})
		t.Cleanup(func() {
			_ = peer.Close()
			c.link.close()
		})
		list = append(list, peered{c, peer})
	}
	return list
}

func conns(list []peered) (to []*Conn) {
	for _, p := range list {
		to = append(to, p.Conn)
	}
	return to
}

// wantBytes reads the wanted bytes at the peer, and fails where more arrive.
func wantBytes(t *testing.T, p peered, want []byte) {
	t.Helper()
	p.link.mu.Lock()
	p.link.mu.Unlock() //nolint:staticcheck // a link that a batch has left locked would hang here
	got := make([]byte, len(want))
	_ = p.peer.SetReadDeadline(time.Now().Add(10 * time.Second))
	if n, err := io.ReadFull(p.peer, got); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%d of %d bytes came, equal: %v, %v", n, len(want), bytes.Equal(got, want), err)
	}
	_ = p.peer.SetReadDeadline(time.Now().Add(time.Millisecond))
	if n, err := p.peer.Read(make([]byte, 1)); n > 0 || !isTimeout(err) {
		t.Errorf("something more came: %d bytes, %v", n, err)
	}
}

func isTimeout(err error) bool {
	var failed net.Error
	return errors.As(err, &failed) && failed.Timeout()
}

// eachMethod runs a test with io_uring, where this machine has it, and with one system call a link.
func eachMethod(t *testing.T, test func(t *testing.T, v *Batch)) {
	for name, alone := range map[string]bool{"Together": false, "Alone": true} {
		t.Run(name, func(t *testing.T) {
			if !alone && !uringWorks() {
				t.Log("there is no io_uring on this machine")
			}
			v := &Batch{noURing: alone}
			defer v.Close()
			test(t, v)
		})
	}
}

func nobodyStalled(t *testing.T) func(*Conn) {
	return func(*Conn) { t.Error("a link with room is stalled") }
}

// Every connection gets the same bytes once, whatever their number.
func TestBatch_ReachesAll(t *testing.T) {
	for _, n := range []int{0, 1, uringMin - 1, uringMin, uringSize - 1, uringSize, 2*uringSize + 3} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			list := peers(t, n)
			eachMethod(t, func(t *testing.T, v *Batch) {
				for range 2 {
					v.SendLive(conns(list), []byte("fire drill"), nobodyStalled(t))
				}
				for _, p := range list {
					wantBytes(t, p, []byte("fire drillfire drill"))
				}
				if len(v.writes) > 0 || slices.ContainsFunc(v.writes[:cap(v.writes)], func(s write) bool { return s.link != nil }) {
					t.Error("connections are kept alive")
				}
			})
		})
	}
}

// A link that cannot be written to directly follows its own rules, and does not delay the others.
func TestBatch_RespectsTheStateOfLinks(t *testing.T) {
	eachMethod(t, func(t *testing.T, v *Batch) {
		list := peers(t, uringMin+4)
		paused, corked, ended, dead := list[1], list[2], list[4], list[5]
		if !paused.link.pauseLive(func() bool { return true }) {
			t.Fatal("not paused")
		}
		corked.link.cork()
		ended.link.end(nil, []byte("bye"))
		dead.link.mu.Lock()
		dead.link.dead = true
		dead.link.mu.Unlock()
		v.SendLive(conns(list), []byte("one"), nobodyStalled(t))
		if len(corked.link.queue) != 1 {
			t.Error("something was sent before uncork")
		}
		paused.Send([]byte("first"))
		paused.link.resumeLive()
		corked.Send([]byte("two"))
		corked.link.uncork()
		for i, p := range list {
			want := "one"
			switch i {
			case 1:
				want = "firstone"
			case 2:
				want = "onetwo"
			case 4:
				want = "bye"
			case 5:
				want = ""
			}
			wantBytes(t, p, []byte(want))
		}
	})
}

// Bytes that a full socket does not take are queued in order. A connection without room is reported as stalled, with no
// lock paused, and the others are not affected.
func TestBatch_QueuesForFullSockets(t *testing.T) {
	eachMethod(t, func(t *testing.T, v *Batch) {
		list := peers(t, uringMin+2)
		full := list[2]
		b := bytes.Repeat([]byte("0123456789abcdef"), 4<<10)
		stalled, sent := 0, 0
		for ; stalled == 0; sent++ {
			if sent > 1000 {
				t.Fatal("a socket that is not read is never full")
			}
			v.SendLive(conns(list), b, func(c *Conn) {
				stalled++
				if c != full.Conn {
					t.Error("another is stalled")
				}
				for _, p := range list {
					if !comesFree(&p.link.mu) {
						t.Error("stalled is called with a lock held")
					}
				}
			})
			for _, p := range list {
				if p != full {
					if _, err := io.ReadFull(p.peer, make([]byte, len(b))); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
		wantBytes(t, full, bytes.Repeat(b, sent-1))
		// It writes directly again once its queue is empty.
		full.link.writer.Wait()
		v.SendLive(conns(list), []byte("end"), nobodyStalled(t))
		for _, p := range list {
			wantBytes(t, p, []byte("end"))
		}
		if n := full.link.budget.Used(); n != 0 {
			t.Errorf("%d bytes are counted with all queues empty", n)
		}
	})
}

// comesFree reports whether a lock is free, if not at once: a link's writer goroutine has it for moments. One that the caller
// holds does not come free.
func comesFree(mu *sync.Mutex) bool {
	for range 10_000 {
		if mu.TryLock() {
			mu.Unlock()
			return true
		}
		time.Sleep(100 * time.Microsecond)
	}
	return false
}

// Closed sockets are noticed, and do not affect the others.
func TestBatch_NoticesClosedSockets(t *testing.T) {
	eachMethod(t, func(t *testing.T, v *Batch) {
		list := peers(t, uringSize+uringMin)
		for _, p := range []peered{list[0], list[7], list[uringSize+1]} {
			p.link.closeSocket()
		}
		reset := list[9]
		_ = reset.peer.(*net.TCPConn).SetLinger(0)
		_ = reset.peer.Close()
		if _, err := reset.link.nc.Read(make([]byte, 1)); err == nil {
			t.Fatal("not reset")
		}
		v.SendLive(conns(list), []byte("one"), nobodyStalled(t))
		for i, p := range list {
			gone := i == 0 || i == 7 || i == uringSize+1 || i == 9
			p.link.mu.Lock()
			if p.link.dead != gone || !p.link.writingSince.IsZero() {
				t.Errorf("link %d is dead: %v, had a writer: %v", i, p.link.dead, p.link.writingSince)
			}
			p.link.mu.Unlock()
			if !gone {
				wantBytes(t, p, []byte("one"))
			}
		}
	})
}

// Concurrent batches over the same links, in any order, do not deadlock, also while single frames are sent and sockets
// closed; no frame is torn, or out of its sender's order.
func TestBatch_ManyAtOnce(t *testing.T) {
	const batches, rounds, size = 4, 200, 64
	list := peers(t, 40)
	frame := func(from, n uint32) []byte {
		b := bytes.Repeat([]byte{byte(from)}, size)
		binary.BigEndian.PutUint32(b, n)
		return b
	}
	var senders, readers sync.WaitGroup
	for from := range uint32(batches) {
		senders.Go(func() {
			v := Batch{noURing: from == 0}
			defer v.Close()
			to := conns(list)
			for n := range uint32(rounds) {
				rand.Shuffle(len(to), func(i, j int) { to[i], to[j] = to[j], to[i] })
				v.send(to, frame(from, n), (*link).deferLocked, nobodyStalled(t))
			}
		})
	}
	senders.Go(func() {
		for n := range uint32(rounds) {
			for _, p := range list {
				p.Send(frame(batches, n))
			}
		}
	})
	for i, p := range list {
		readers.Go(func() {
			var next [batches + 1]uint32
			b := make([]byte, size)
			for seen := 0; seen < len(next)*rounds; seen++ {
				if i == 0 && seen == rounds { // one closes meanwhile
					p.link.closeSocket()
					return
				}
				_ = p.peer.SetReadDeadline(time.Now().Add(20 * time.Second))
				if _, err := io.ReadFull(p.peer, b); err != nil {
					t.Errorf("after %d frames: %v", seen, err)
					return
				}
				from := b[size-1]
				if n := binary.BigEndian.Uint32(b); int(from) >= len(next) || n != next[from] || bytes.Count(b[4:], b[size-1:]) != size-4 {
					t.Errorf("frame %x after %v", b, next)
					return
				}
				next[from]++
			}
		})
	}
	senders.Wait()
	readers.Wait()
}

// noHandler handles nothing.
type noHandler struct{}

func (noHandler) Handle([]byte) {}
func (noHandler) Leaving()      {}
func (noHandler) Ended()        {}
