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
	// maxLiveQueued is how much of that live messages may take; a single one always has room in an empty queue.
	maxLiveQueued = 256 << 10
	// lowQueued is when a connection that was full is served again.
	DrainedQueue = 64 << 10
	// writeChunk is written under one deadline: a phone that takes 2 kB/s still makes progress within it.
	writeChunk   = 16 << 10
	WriteTimeout = 10 * time.Second
	// lingerTimeout is how long an ended connection may take to read what is left and answer the close.
	LingerTimeout = 2 * time.Second
)

// link stands first in its connection, and what each message touches stands first in it: of a thousand connections
// none is in the processor's cache when its turn comes.
type Link struct {
	mu         sync.Mutex
	writing    bool            // the writer runs
	ended      bool            // a close frame is queued or written, nothing may follow
	dead       bool            // the socket failed or was closed
	livePaused bool            // live messages go to waiting
	corked     bool            // nothing is written yet
	queued     int             // bytes of queue and of what the writer has taken but not written
	raw        syscall.RawConn // nil: there is no direct way, everything is queued

	nc           net.Conn
	maxQueued    int       // bytes that may wait
	budget       *Budget   // of all connections together
	writingSince time.Time // when the writer began to run
	queue        [][]byte  // what waits, oldest first
	deferred     [][]byte  // live messages of a held link, counted in queued
	endDeadline  time.Time // when an ended link stops trying
	drained      sync.Cond // signalled when queued shrinks, and when the link is dead or ended

	writer sync.WaitGroup
}

// open makes the link one to nc, that lets up to most bytes wait.
func (l *Link) Open(nc net.Conn, most int, all *Budget) {
	l.nc, l.raw, l.maxQueued, l.budget = nc, rawConn(nc), most, all
	l.drained.L = &l.mu
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
	if l.queued > 0 && l.queued+len(b) > l.maxQueued {
		return false
	}
	l.writeOrQueue(w, b)
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
	if l.queued > 0 && (l.queued+len(b) > maxLiveQueued || l.budget.exceeded()) {
		return false
	}
	if l.livePaused {
		l.deferred = append(l.deferred, b)
		l.addQueued(len(b))
		return true
	}
	l.writeOrQueue(w, b)
	return true
}

// deferFrame is send for what others cause: it waits its turn while the link is held.
func (l *Link) deferFrame(w *fastWriter, b []byte) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.DeferLocked(w, b)
}

func (l *Link) DeferLocked(w *fastWriter, b []byte) bool {
	if !l.livePaused || l.ended || l.dead {
		return l.SendLocked(w, b)
	}
	if l.queued > 0 && l.queued+len(b) > l.maxQueued {
		return false
	}
	l.deferred = append(l.deferred, b)
	l.addQueued(len(b))
	return true
}

// hold calls join under the link's lock and, where that reports true, makes what others send wait until release.
func (l *Link) PauseLive(join func() bool) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !join() {
		return false
	}
	l.livePaused = true
	return true
}

// release sends what has waited, and lets live messages pass again.
func (l *Link) ResumeLive() {
	w := fastWriters.Get().(*fastWriter)
	defer fastWriters.Put(w)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.livePaused = false
	for _, b := range l.deferred {
		l.addQueued(-len(b))
		if !l.ended && !l.dead {
			l.writeOrQueue(w, b)
		}
	}
	l.deferred = nil
}

// awaitLow waits until at most low bytes of what was sent are left; what a held link holds back does not count. It
// reports false where the link ended instead: one without any progress for writeTimeout does.
func (l *Link) AwaitDrained(low int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for l.writing && l.queued-l.deferredBytes() > low && !l.ended && !l.dead {
		l.drained.Wait()
	}
	return !l.ended && !l.dead
}

// deferredBytes is how many bytes are held back. mu is held.
func (l *Link) deferredBytes() (n int) {
	for _, b := range l.deferred {
		n += len(b)
	}
	return n
}

// canWriteDirectly reports whether what is sent now is written at once. mu is held.
func (l *Link) canWriteDirectly() bool { return !l.writing && l.raw != nil && !l.corked }

// unobstructed reports whether whatever is sent now, by whom ever, is written at once. mu is held.
func (l *Link) unobstructed() bool {
	return l.canWriteDirectly() && !l.ended && !l.dead && !l.livePaused && l.queued == 0
}

// writeOrQueue writes b directly where nothing waits, and queues what is left. mu is held.
func (l *Link) writeOrQueue(w *fastWriter, b []byte) {
	n := 0
	var err error
	if l.canWriteDirectly() {
		n, err = w.write(l.raw, b)
	}
	l.noteWrite(b, n, err)
}

// noteWrite notes that the socket took n bytes of b, or failed, and queues what is left. mu is held.
func (l *Link) noteWrite(b []byte, n int, err error) {
	if err != nil {
		l.dead = true
		l.drained.Broadcast()
		l.CloseSocket() // wakes the reader, which takes the connection out
		return
	}
	if b = b[n:]; len(b) == 0 {
		return
	}
	l.queue = append(l.queue, b)
	l.addQueued(len(b))
	if !l.writing && !l.corked {
		l.writing, l.writingSince = true, time.Now()
		l.writer.Go(l.writeQueue)
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
	l.addQueued(-len(b))
	if !l.dead {
		l.writeOrQueue(w, b)
	}
}

// writeQueue writes what is queued until nothing is.
func (l *Link) writeQueue() {
	for {
		l.mu.Lock()
		if len(l.queue) == 0 || l.dead {
			// An expired deadline left behind would fail the next direct write.
			_ = l.nc.SetWriteDeadline(time.Time{})
			l.writing = false
			l.mu.Unlock()
			return
		}
		chunk, size := l.dequeue()
		deadline := time.Now().Add(WriteTimeout)
		if l.ended {
			deadline = l.endDeadline
		}
		_ = l.nc.SetWriteDeadline(deadline)
		l.mu.Unlock()

		_, err := chunk.WriteTo(l.nc)

		l.mu.Lock()
		l.addQueued(-size)
		if err != nil {
			l.addQueued(-l.queued)
			l.dead, l.queue, l.deferred = true, nil, nil
			l.CloseSocket()
		}
		l.drained.Broadcast()
		l.mu.Unlock()
	}
}

// dequeue removes up to writeChunk bytes from the queue, at least one piece of a frame. mu is held.
func (l *Link) dequeue() (chunk net.Buffers, size int) {
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
	if l.queued+len(last)+len(closing) > l.maxQueued {
		l.discardQueue()
	}
	if len(last) > 0 {
		l.writeOrQueue(w, last)
	}
	l.ended = true
	l.drained.Broadcast()
	l.endDeadline = time.Now().Add(LingerTimeout)
	if l.dead {
		return
	}
	l.writeOrQueue(w, closing)
	if l.writing { // also the write under way must not outlast it
		_ = l.nc.SetWriteDeadline(l.endDeadline)
	}
}

// close closes the socket and waits for the writer; what an ended link has left may still go out until endBy. Called
// once, by the connection's reader as it ends.
func (l *Link) close() {
	l.mu.Lock()
	if !l.ended {
		l.dead = true
		l.CloseSocket() // wakes the writer
	}
	l.ended = true
	l.drained.Broadcast()
	l.mu.Unlock()
	l.writer.Wait()
	l.mu.Lock()
	l.dead = true
	l.addQueued(-l.queued)
	l.queue, l.deferred = nil, nil
	l.mu.Unlock()
	l.CloseSocket()
}

// cut closes the socket itself. It never waits, as a TLS connection's own Close may, which says goodbye first.
func (l *Link) CloseSocket() {
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
