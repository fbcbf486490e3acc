package transport

import (
	"bytes"
	"fmt"
	"io"
	"runtime"
	"testing"
)

// drain reads n bytes at each peer.
func drain(tb testing.TB, list []peered, n int) {
	tb.Helper()
	b := make([]byte, n)
	for _, p := range list {
		if _, err := io.ReadFull(p.peer, b); err != nil {
			tb.Fatal(err)
		}
	}
}

// onSeveral lets a test run on four processors, or on as many threads, until it ends.
func onSeveral(t *testing.T) {
	t.Helper()
	before := runtime.GOMAXPROCS(4)
	t.Cleanup(func() { runtime.GOMAXPROCS(before) })
}

// Each connection gets everything once, and in the order of the calls, whether one goroutine sends, several, or both for a trial.
func TestSpread_KeepsTheOrderForEach(t *testing.T) {
	onSeveral(t)
	list := peers(t, spreadMin+100)
	to := conns(list)
	var s Spread
	defer s.Close()
	var want []byte
	for i := range 100 {
		s.gain = float64(i / 10 % 2 * spreadMost)
		frame := frameBytes(i)
		s.SendLive(to, frame, func(*Conn) { t.Error("a socket is full") })
		want = append(want, frame...)
	}
	for _, p := range list {
		wantBytes(t, p, want)
	}
}

// Who has no room is reported once for each call, by the caller's goroutine, and the others go on.
func TestSpread_ReportsWhoHasNoRoom(t *testing.T) {
	onSeveral(t)
	list := peers(t, 2*spreadMin)
	to := conns(list)
	full := map[*Conn]bool{}
	for i := 0; i < len(list); i += 100 {
		l := &list[i].link
		l.mu.Lock()
		l.writing = true // so that what comes is queued
		l.mu.Unlock()
		list[i].Send(bytes.Repeat([]byte{'x'}, maxLiveQueued))
		full[list[i].Conn] = true
	}
	var s Spread
	defer s.Close()
	for range 3 {
		s.gain = spreadMost
		reported := map[*Conn]bool{}
		s.SendLive(to, []byte("live"), func(c *Conn) {
			if reported[c] || !full[c] {
				t.Error("reported twice, or with room")
			}
			reported[c] = true
		})
		if len(reported) != len(full) {
			t.Errorf("%d of %d were reported", len(reported), len(full))
		}
	}
	for _, p := range list {
		if full[p.Conn] {
			p.link.writer.Go(p.link.writeQueue)
		} else {
			wantBytes(t, p, []byte("livelivelive"))
		}
	}
}

// How many take part is decided anew where it has become faster or slower than it was, and few connections are no trial.
func TestSpread_TriesAgain(t *testing.T) {
	onSeveral(t)
	var s Spread
	defer s.Close()
	send := func(list []peered, times int) {
		for range times {
			s.SendLive(conns(list), []byte("x"), func(*Conn) { t.Error("a socket is full") })
		}
		for _, p := range list {
			wantBytes(t, p, bytes.Repeat([]byte("x"), times))
		}
	}
	send(peers(t, spreadMin-1), 2)
	if s.calls != 0 || s.gain != 0 {
		t.Errorf("%d calls counted, a gain of %v", s.calls, s.gain)
	}
	list := peers(t, spreadMin)
	send(list, 1)
	if s.gain == 0 {
		t.Error("the first time is no trial")
	}
	const slow = -100
	s.gain = slow
	send(list, spreadTrial-1)
	if s.gain != slow {
		t.Error("it was tried again too early")
	}
	send(list, 1)
	if s.gain == slow {
		t.Error("it was not tried again")
	}
}

// What one message takes from the first write to the last, in one goroutine and in several. Nobody reads meanwhile: in the world
// those who do are on other machines.
func BenchmarkSendLive(b *testing.B) {
	for _, n := range []int{128, 256, 512, 1000, 9000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			list := peers(b, n)
			var alone Batch
			var spread Spread
			b.Run("one", func(b *testing.B) { sendLive(b, list, alone.SendLive) })
			b.Run("several", func(b *testing.B) { sendLive(b, list, spread.SendLive) })
			alone.Close()
			spread.Close()
		})
	}
}

func sendLive(b *testing.B, list []peered, send func([]*Conn, []byte, func(*Conn))) {
	b.Helper()
	const gather = 50 // messages, before they are read
	frame := bytes.Repeat([]byte{'x'}, 310)
	to, sent := conns(list), 0
	for b.Loop() {
		send(to, frame, func(*Conn) { b.Fatal("a socket is full") })
		if sent++; sent == gather {
			b.StopTimer()
			drain(b, list, sent*len(frame))
			sent = 0
			b.StartTimer()
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(list)), "ns/delivery")
	drain(b, list, sent*len(frame))
}
