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

// This file runs on real sockets: a link in memory has no direct way, and no volley writes to it.

// peered is a connection of the server's side, and its peer.
type peered struct {
	*Conn
	peer net.Conn
}

// peers are n connections through this machine's own network.
func peers(t *testing.T, n int) (list []peered) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	all := NewBudget(func() int64 { return 1 << 30 })
	for range n {
		peer, err := net.Dial("tcp", listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		nc, err := listener.Accept()
		if err != nil {
			t.Fatal(err)
		}
		c := &Conn{budget: all, Handler: nobody{}}
		c.Link.Open(nc, MaxQueued, all)
		t.Cleanup(func() {
			_ = peer.Close()
			c.Link.close()
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

// wantBytes reads as much as is wanted from a peer, and no more may be there.
func wantBytes(t *testing.T, p peered, want []byte) {
	t.Helper()
	p.Link.mu.Lock()
	p.Link.mu.Unlock() //nolint:staticcheck // a link that a volley has not let go of would hang here
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

// eachWay runs a test with whatever this machine has, and with one call a link.
func eachWay(t *testing.T, test func(t *testing.T, v *Batch)) {
	for name, alone := range map[string]bool{"Together": false, "Alone": true} {
		t.Run(name, func(t *testing.T) {
			if !alone && !uringWorks() {
				t.Log("there is no ring on this machine")
			}
			v := &Batch{NoURing: alone}
			defer v.Close()
			test(t, v)
		})
	}
}

func nobodyLate(t *testing.T) func(*Conn) {
	return func(*Conn) { t.Error("a link with room is late") }
}

// Everybody gets the same bytes, once, however many they are and whatever state their links are in.
func TestVolley_ReachesEverybody(t *testing.T) {
	for _, n := range []int{0, 1, uringMin - 1, uringMin, uringSize - 1, uringSize, 2*uringSize + 3} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			list := peers(t, n)
			eachWay(t, func(t *testing.T, v *Batch) {
				for range 2 {
					v.Send(conns(list), []byte("fire drill"), (*Link).LiveLocked, nobodyLate(t))
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

// A link that is not free is treated by its own rules, and does not hold up its neighbours.
func TestVolley_RespectsTheLinksState(t *testing.T) {
	eachWay(t, func(t *testing.T, v *Batch) {
		list := peers(t, uringMin+4)
		held, corked, ended, dead := list[1], list[2], list[4], list[5]
		if !held.Link.PauseLive(func() bool { return true }) {
			t.Fatal("not held")
		}
		corked.Link.cork()
		ended.Link.end(nil, []byte("bye"))
		dead.Link.mu.Lock()
		dead.Link.dead = true
		dead.Link.mu.Unlock()
		v.Send(conns(list), []byte("one"), (*Link).LiveLocked, nobodyLate(t))
		if len(corked.Link.queue) != 1 {
			t.Error("something went out before the cork was drawn")
		}
		held.Send([]byte("first"))
		held.Link.ResumeLive()
		corked.Send([]byte("two"))
		corked.Link.Uncork()
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

// What a full socket does not take waits in its link, in order; who has no room at all is late, and told of when no lock
// is held. Nobody else notices.
func TestVolley_FullSocketsWait(t *testing.T) {
	eachWay(t, func(t *testing.T, v *Batch) {
		list := peers(t, uringMin+2)
		full := list[2]
		b := bytes.Repeat([]byte("0123456789abcdef"), 4<<10)
		late, sent := 0, 0
		for ; late == 0; sent++ {
			if sent > 1000 {
				t.Fatal("a socket that nobody reads is never full")
			}
			v.Send(conns(list), b, (*Link).LiveLocked, func(c *Conn) {
				late++
				if c != full.Conn {
					t.Error("another is late")
				}
				for _, p := range list {
					if !p.Link.mu.TryLock() {
						t.Error("late is called under a lock")
						continue
					}
					p.Link.mu.Unlock()
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
		// It writes at once again when it has caught up.
		full.Link.writer.Wait()
		v.Send(conns(list), []byte("end"), (*Link).LiveLocked, nobodyLate(t))
		for _, p := range list {
			wantBytes(t, p, []byte("end"))
		}
		if n := full.Link.budget.Used.Load(); n != 0 {
			t.Errorf("%d bytes are counted when nobody waits", n)
		}
	})
}

// Who has gone is found out, and costs nobody else anything.
func TestVolley_ClosedSocketsDie(t *testing.T) {
	eachWay(t, func(t *testing.T, v *Batch) {
		list := peers(t, uringSize+uringMin)
		for _, p := range []peered{list[0], list[7], list[uringSize+1]} {
			p.Link.CloseSocket()
		}
		reset := list[9]
		_ = reset.peer.(*net.TCPConn).SetLinger(0)
		_ = reset.peer.Close()
		if _, err := reset.Link.nc.Read(make([]byte, 1)); err == nil {
			t.Fatal("not reset")
		}
		v.Send(conns(list), []byte("one"), (*Link).LiveLocked, nobodyLate(t))
		for i, p := range list {
			gone := i == 0 || i == 7 || i == uringSize+1 || i == 9
			p.Link.mu.Lock()
			if p.Link.dead != gone || !p.Link.writingSince.IsZero() {
				t.Errorf("link %d is dead: %v, had a writer: %v", i, p.Link.dead, p.Link.writingSince)
			}
			p.Link.mu.Unlock()
			if !gone {
				wantBytes(t, p, []byte("one"))
			}
		}
	})
}

// Any number of volleys over the same links, in any order, beside who sends to one alone and who closes, never wait for
// each other, and no frame is torn or out of its sender's order.
func TestVolley_ManyAtOnce(t *testing.T) {
	const volleys, rounds, size = 4, 200, 64
	list := peers(t, 40)
	frame := func(from, n uint32) []byte {
		b := bytes.Repeat([]byte{byte(from)}, size)
		binary.BigEndian.PutUint32(b, n)
		return b
	}
	var senders, readers sync.WaitGroup
	for from := range uint32(volleys) {
		senders.Go(func() {
			v := Batch{NoURing: from == 0}
			defer v.Close()
			to := conns(list)
			for n := range uint32(rounds) {
				rand.Shuffle(len(to), func(i, j int) { to[i], to[j] = to[j], to[i] })
				v.Send(to, frame(from, n), (*Link).DeferLocked, nobodyLate(t))
			}
		})
	}
	senders.Go(func() {
		for n := range uint32(rounds) {
			for _, p := range list {
				p.Send(frame(volleys, n))
			}
		}
	})
	for i, p := range list {
		readers.Go(func() {
			var next [volleys + 1]uint32
			b := make([]byte, size)
			for seen := 0; seen < len(next)*rounds; seen++ {
				if i == 0 && seen == rounds { // one leaves in the middle of it
					p.Link.CloseSocket()
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

// nobody is an owner that asks for nothing.
type nobody struct{}

func (nobody) Handle([]byte) {}
func (nobody) Leaving()      {}
func (nobody) Ended()        {}
