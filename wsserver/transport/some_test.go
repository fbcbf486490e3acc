package transport

import (
	"bytes"
	"io"
	"testing"
	"time"
)

// frameBytes is frame n of a test: each has its own length.
func frameBytes(n int) []byte { return bytes.Repeat([]byte{byte(n)}, 300+n%50) }

// What a socket takes is whole frames in their order, and a full one has at most a part of one frame queued.
func TestSendSome_QueuesOnlyTheRestOfAFrame(t *testing.T) {
	p := peers(t, 1)[0]
	const all = 60_000
	var want, got []byte
	var buf []byte
	var ends []int
	full := false
	read := func(n int) {
		b := make([]byte, n)
		_ = p.peer.SetReadDeadline(time.Now().Add(10 * time.Second))
		if _, err := io.ReadFull(p.peer, b); err != nil {
			t.Fatal(err)
		}
		got = append(got, b...)
	}
	for next := 0; next < all; {
		buf, ends = buf[:0], ends[:0]
		for i := next; i < min(all, next+64); i++ {
			buf = append(buf, frameBytes(i)...)
			ends = append(ends, len(buf))
		}
		n := p.SendSome(buf, ends)
		want = append(want, buf[:ends[n-1]]...)
		clear(buf) // the caller uses it again
		if next += n; n == len(ends) {
			continue
		}
		full = true
		if _, queued, _ := p.Backlog(); queued > 350 {
			t.Fatalf("%d bytes are queued", queued)
		}
		read(len(want) - len(got))
		if !p.AwaitDrained(0) || !p.IsDrained(0) {
			t.Fatal("the connection has ended")
		}
	}
	read(len(want) - len(got))
	if !full {
		t.Error("the socket was never full")
	}
	if !bytes.Equal(got, want) {
		t.Error("something else has come")
	}
}

// What was deferred goes out in few writes, in its order.
func TestResumeLive_JoinsWhatWasDeferred(t *testing.T) {
	p := peers(t, 1)[0]
	p.PauseLive(func() bool { return true })
	var want []byte
	for i := range 200 {
		p.Defer(frameBytes(i))
		want = append(want, frameBytes(i)...)
	}
	p.link.mu.Lock()
	p.link.writing = true // so that all is queued
	p.link.mu.Unlock()
	p.Send([]byte("first"))
	p.ResumeLive()
	p.link.mu.Lock()
	n, queued := len(p.link.queue), p.link.queued
	p.link.mu.Unlock()
	if n > 4 || queued > len(want)+len("first") {
		t.Errorf("%d writes, %d bytes counted", n, queued)
	}
	p.link.writer.Go(p.link.writeQueue)
	got := make([]byte, len("first")+len(want))
	_ = p.peer.SetReadDeadline(time.Now().Add(10 * time.Second))
	if _, err := io.ReadFull(p.peer, got); err != nil || !bytes.Equal(got, append([]byte("first"), want...)) {
		t.Errorf("something else has come, error %v", err)
	}
}
