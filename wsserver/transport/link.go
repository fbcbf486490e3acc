package transport

import (
	"bytes"
	"crypto/tls"
	"net"
	"sync"
	"syscall"
	"time"
)

// This file is the outgoing side of a connection. The rules are:
//
//   - send never waits and may be called from any goroutine;
//   - there are never two writers: either a sender writes directly, under mu, or the writer goroutine does, and then
//     senders only queue;
//   - the writer exists only while something is queued;
//   - what waits is bounded in bytes. Live messages are refused first: their client then reads them from the log. A
//     link that is full of answers is ended by its owner;
//   - while a link is held, what others send waits behind what its catch-up sends.

const (
	MaxQueued = 1 << 20 // bytes waiting for one client
	// maxQueuedDashboard holds the whole list of clients of a full room, which a dashboard asks for.
	MaxQueuedDashboard = 32 << 20
	// liveQueued is how much of that live messages may take; a single one always has room in an empty queue.
	liveQueued = 256 << 10
	// lowQueued is when a connection that was full is served again.
	LowQueued = 64 << 10
	// writeChunk is written under one deadline: a phone that takes 2 kB/s still makes progress within it.
	writeChunk   = 16 << 10
	WriteTimeout = 10 * time.Second
	// lingerTimeout is how long an ended connection may take to read what is left and answer the close.
	LingerTimeout = 2 * time.Second
)

// link stands first in its connection, and what each message touches stands first in it: of a thousand connections
// none is in the processor's cache when its turn comes.
type Link struct {
	mu      sync.Mutex
	writing bool            // the writer runs
	ended   bool            // a close frame is queued or written, nothing may follow
	dead    bool            // the socket failed or was closed
	held    bool            // live messages go to waiting
	corked  bool            // nothing is written yet
	queued  int             // bytes of queue and of what the writer has taken but not written
	raw     syscall.RawConn // nil: there is no direct way, everything is queued

	nc      net.Conn
	max     int       // bytes that may wait
	all     *Queues   // of all connections together
	since   time.Time // when the writer began to run
	queue   [][]byte  // what waits, oldest first
	waiting [][]byte  // live messages of a held link, counted in queued
	endBy   time.Time // when an ended link stops trying
	low     sync.Cond // signalled when queued shrinks, and when the link is dead or ended

	writer sync.WaitGroup
}

// open makes the link one to nc, that lets up to most bytes wait.
func (l *Link) Open(nc net.Conn, most int, all *Queues) {
	l.nc, l.raw, l.max, l.all = nc, rawConn(nc), most, all
	l.low.L = &l.mu
}

// send writes a ready frame, or queues it. It reports false where the queue is full; an ended link takes and drops
// everything.
func (l *Link) send(b []byte) bool {
	w := fastWriters.Get().(*fastWriter)
	defer fastWriters.Put(w)
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.SendLocked(w, b)
}

// sendLocked is send for who holds mu and has a fastWriter at hand.
func (l *Link) SendLocked(w *fastWriter, b []byte) bool {
	if l.ended || l.dead {
		return true
	}
	if l.queued > 0 && l.queued+len(b) > l.max {
		return false
	}
	l.put(w, b)
	return true
}

// sendFirst calls make under the link's lock and sends what it returns.
func (l *Link) sendFirst(make func() []byte) bool {
	w := fastWriters.Get().(*fastWriter)
	defer fastWriters.Put(w)
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.SendLocked(w, make())
}

// liveLocked is sendLocked for what the fan-out sends: it reports false sooner, and waits its turn while the link is held.
func (l *Link) LiveLocked(w *fastWriter, b []byte) bool {
	if l.ended || l.dead {
		return true
	}
	if l.queued > 0 && (l.queued+len(b) > liveQueued || l.all.full()) {
		return false
	}
	if l.held {
		l.waiting = append(l.waiting, b)
		l.queueMore(len(b))
		return true
	}
	l.put(w, b)
	return true
}

// tell is send for what others cause: it waits its turn while the link is held.
func (l *Link) tell(w *fastWriter, b []byte) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.TellLocked(w, b)
}

func (l *Link) TellLocked(w *fastWriter, b []byte) bool {
	if !l.held || l.ended || l.dead {
		return l.SendLocked(w, b)
	}
	if l.queued > 0 && l.queued+len(b) > l.max {
		return false
	}
	l.waiting = append(l.waiting, b)
	l.queueMore(len(b))
	return true
}

// hold calls join under the link's lock and, where that reports true, makes what others send wait until release.
func (l *Link) Hold(join func() bool) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !join() {
		return false
	}
	l.held = true
	return true
}

// release sends what has waited, and lets live messages pass again.
func (l *Link) Release() {
	w := fastWriters.Get().(*fastWriter)
	defer fastWriters.Put(w)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.held = false
	for _, b := range l.waiting {
		l.queueMore(-len(b))
		if !l.ended && !l.dead {
			l.put(w, b)
		}
	}
	l.waiting = nil
}

// awaitLow waits until at most low bytes of what was sent are left; what a held link holds back does not count. It
// reports false where the link ended instead: one without any progress for writeTimeout does.
func (l *Link) AwaitLow(low int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for l.writing && l.queued-l.waits() > low && !l.ended && !l.dead {
		l.low.Wait()
	}
	return !l.ended && !l.dead
}

// waits is how many bytes are held back. mu is held.
func (l *Link) waits() (n int) {
	for _, b := range l.waiting {
		n += len(b)
	}
	return n
}

// direct reports whether what is sent now is written at once. mu is held.
func (l *Link) direct() bool { return !l.writing && l.raw != nil && !l.corked }

// free reports whether whatever is sent now, by whom ever, is written at once. mu is held.
func (l *Link) free() bool { return l.direct() && !l.ended && !l.dead && !l.held && l.queued == 0 }

// put writes b directly where nothing waits, and queues what is left. mu is held.
func (l *Link) put(w *fastWriter, b []byte) {
	n := 0
	var err error
	if l.direct() {
		n, err = w.write(l.raw, b)
	}
	l.wrote(b, n, err)
}

// wrote notes that the socket took n bytes of b, or failed, and queues what is left. mu is held.
func (l *Link) wrote(b []byte, n int, err error) {
	if err != nil {
		l.dead = true
		l.low.Broadcast()
		l.Cut() // wakes the reader, which takes the connection out
		return
	}
	if b = b[n:]; len(b) == 0 {
		return
	}
	l.queue = append(l.queue, b)
	l.queueMore(len(b))
	if !l.writing && !l.corked {
		l.writing, l.since = true, time.Now()
		l.writer.Go(l.drain)
	}
}

// cork lets what is sent wait for what follows it, until uncork.
func (l *Link) cork() { l.corked = true }

// uncork sends what waits in one write.
func (l *Link) Uncork() {
	w := fastWriters.Get().(*fastWriter)
	defer fastWriters.Put(w)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.corked = false
	b := bytes.Join(l.queue, nil)
	l.queue = nil
	l.queueMore(-len(b))
	if !l.dead {
		l.put(w, b)
	}
}

// drain writes what is queued until nothing is.
func (l *Link) drain() {
	for {
		l.mu.Lock()
		if len(l.queue) == 0 || l.dead {
			// An expired deadline left behind would fail the next direct write.
			_ = l.nc.SetWriteDeadline(time.Time{})
			l.writing = false
			l.mu.Unlock()
			return
		}
		chunk, size := l.take()
		deadline := time.Now().Add(WriteTimeout)
		if l.ended {
			deadline = l.endBy
		}
		_ = l.nc.SetWriteDeadline(deadline)
		l.mu.Unlock()

		_, err := chunk.WriteTo(l.nc)

		l.mu.Lock()
		l.queueMore(-size)
		if err != nil {
			l.queueMore(-l.queued)
			l.dead, l.queue, l.waiting = true, nil, nil
			l.Cut()
		}
		l.low.Broadcast()
		l.mu.Unlock()
	}
}

// take removes up to writeChunk bytes from the queue, at least one piece of a frame. mu is held.
func (l *Link) take() (chunk net.Buffers, size int) {
	n := 0
	for n < len(l.queue) && (n == 0 || size+len(l.queue[n]) <= writeChunk) {
		size += len(l.queue[n])
		n++
	}
	if n == 1 && size > writeChunk {
		// One long frame goes in pieces, each under a deadline of its own.
		b := l.queue[0]
		l.queue[0] = b[writeChunk:]
		return net.Buffers{b[:writeChunk]}, writeChunk
	}
	chunk = append(chunk, l.queue[:n]...)
	clear(l.queue[:n])
	l.queue = l.queue[n:]
	if len(l.queue) == 0 {
		l.queue = nil
	}
	return chunk, size
}

// end sends last and then a close frame, and takes nothing more. What waits is sent before, unless the link is full:
// then it is dropped, since nobody is reading it.
func (l *Link) end(last, closing []byte) {
	w := fastWriters.Get().(*fastWriter)
	defer fastWriters.Put(w)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended || l.dead {
		return
	}
	if l.queued+len(last)+len(closing) > l.max {
		l.drop()
	}
	if len(last) > 0 {
		l.put(w, last)
	}
	l.ended = true
	l.low.Broadcast()
	l.endBy = time.Now().Add(LingerTimeout)
	if l.dead {
		return
	}
	l.put(w, closing)
	if l.writing { // also the write under way must not outlast it
		_ = l.nc.SetWriteDeadline(l.endBy)
	}
}

// shut closes the socket and waits for the writer; what an ended link has left may still go out until endBy. Called
// once, by the connection's reader as it ends.
func (l *Link) shut() {
	l.mu.Lock()
	if !l.ended {
		l.dead = true
		l.Cut() // wakes the writer
	}
	l.ended = true
	l.low.Broadcast()
	l.mu.Unlock()
	l.writer.Wait()
	l.mu.Lock()
	l.dead = true
	l.queueMore(-l.queued)
	l.queue, l.waiting = nil, nil
	l.mu.Unlock()
	l.Cut()
}

// cut closes the socket itself. It never waits, as a TLS connection's own Close may, which says goodbye first.
func (l *Link) Cut() {
	nc := l.nc
	if t, ok := nc.(*tls.Conn); ok {
		nc = t.NetConn()
	}
	_ = nc.Close() // nothing is left to do with a socket that fails to close
}

// Write lets gorilla write its own control frames and the handshake's answer: into the same queue, so that there is
// one writer, and never waiting. It keeps a copy, since gorilla reuses its buffers.
func (l *Link) Write(b []byte) (int, error) {
	if !l.send(append([]byte(nil), b...)) {
		return 0, net.ErrClosed
	}
	return len(b), nil
}
