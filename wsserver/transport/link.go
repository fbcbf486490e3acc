package transport

import (
	"bytes"
	"net"
	"sort"
	"sync"
	"syscall"
	"time"
)

// This file is the outgoing side of a connection. The rules are:
//
//   - sending never blocks, and is safe from any goroutine;
//   - there is only one writer: a sender writes directly, with mu held, or the writer goroutine does, and then senders
//     only queue;
//   - the writer goroutine exists only while something is queued;
//   - the queue is bounded in bytes. Live messages are refused first: their client then reads them from the log. A link
//     whose queue is full of answers is ended by its owner;
//   - while live messages are paused, what others send is deferred behind what the recovery sends.

const (
	// MaxQueued is how many bytes may be queued for one client.
	MaxQueued = 1 << 20
	// MaxQueuedDashboard is the same for a dashboard, which asks for the whole list of clients of a full room.
	MaxQueuedDashboard = 32 << 20
	// maxLiveQueued is how much of that live messages may take; a single one always has room in an empty queue.
	maxLiveQueued = 256 << 10
	// LowWater is the backlog, in bytes, down to which a catch-up or a program's stream waits before it sends more.
	LowWater = 64 << 10
	// maxJoined is how many bytes of what was deferred are joined into one write: a client that waited for its recovery has
	// missed many short frames.
	maxJoined = 32 << 10
	// writeChunk bytes are written under one deadline: a phone that takes 2 kB/s still makes progress within it.
	writeChunk = 16 << 10
	// WriteTimeout ends a connection whose socket has accepted nothing for that long.
	WriteTimeout = 10 * time.Second
	// LingerTimeout is how long an ended connection may take to read what is queued and answer the close frame.
	LingerTimeout = 2 * time.Second
)

// link is the first field of its connection, and the fields that each message touches come first in it: among a thousand
// connections, none is still in the processor's cache when its turn comes. All fields but nc, raw, maxQueued and budget, which
// open sets, are guarded by mu.
type link struct {
	mu         sync.Mutex
	writing    bool            // the writer goroutine runs
	ended      bool            // a close frame is queued or written, nothing may follow
	dead       bool            // the socket failed or was closed
	livePaused bool            // live messages go to deferred
	corked     bool            // nothing is written yet
	queued     int             // bytes in queue and deferred, and of frames that the writer has taken but not written
	raw        syscall.RawConn // nil: no direct writes, everything is queued

	nc           net.Conn
	maxQueued    int       // bound of queued
	budget       *Budget   // of all connections together
	writingSince time.Time // when the writer goroutine was started
	queue        [][]byte  // oldest first
	deferred     [][]byte  // frames that wait for resumeLive
	endDeadline  time.Time // when an ended link stops trying to write
	drained      sync.Cond // signalled when queued shrinks, and when the link is dead or ended

	writer sync.WaitGroup
}

// open makes the link write to nc, with at most maxQueued bytes queued.
func (l *link) open(nc net.Conn, maxQueued int, budget *Budget) {
	l.nc, l.raw, l.maxQueued, l.budget = nc, rawConn(nc), maxQueued, budget
	l.drained.L = &l.mu
}

// send writes or queues a ready frame. It returns false if the queue is full. An ended link drops everything.
func (l *link) send(b []byte) bool {
	w := fastWriters.Get().(*fastWriter)
	defer fastWriters.Put(w)
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.sendLocked(w, b)
}

// sendLocked is send; mu is held.
func (l *link) sendLocked(w *fastWriter, b []byte) bool {
	if l.ended || l.dead {
		return true
	}
	if l.queued > 0 && l.queued+len(b) > l.maxQueued {
		return false
	}
	l.writeOrQueue(w, b)
	return true
}

// sendSome sends those of the frames in b that the socket takes at once, ends being where each ends, and returns how many they
// are, at least one: the rest of one that was taken in part is queued, as a copy. All are queued where the writer goroutine
// must write them. ok is false if the queue is full.
func (l *link) sendSome(b []byte, ends []int) (frames int, ok bool) {
	w := fastWriters.Get().(*fastWriter)
	defer fastWriters.Put(w)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended || l.dead {
		return len(ends), true
	}
	if l.queued > 0 && l.queued+len(b) > l.maxQueued {
		return len(ends), false
	}
	frames = len(ends)
	n := 0
	var err error
	if l.canWriteDirectly() {
		n, err = w.write(l.raw, b)
		frames = 1 + sort.SearchInts(ends[:len(ends)-1], max(n, 1))
	}
	l.noteWrite(bytes.Clone(b[n:ends[frames-1]]), 0, err)
	return frames, true
}

// sendFirst calls make with mu held and sends what it returns.
func (l *link) sendFirst(make func() []byte) bool {
	w := fastWriters.Get().(*fastWriter)
	defer fastWriters.Put(w)
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.sendLocked(w, make())
}

// liveLocked is sendLocked for live messages: it refuses sooner, and defers while live messages are paused.
func (l *link) liveLocked(w *fastWriter, b []byte) bool {
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

// deferFrame is send for frames caused by others: during a recovery they queue behind it.
func (l *link) deferFrame(w *fastWriter, b []byte) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.deferLocked(w, b)
}

// deferLocked is deferFrame; mu is held.
func (l *link) deferLocked(w *fastWriter, b []byte) bool {
	if !l.livePaused || l.ended || l.dead {
		return l.sendLocked(w, b)
	}
	if l.queued > 0 && l.queued+len(b) > l.maxQueued {
		return false
	}
	l.deferred = append(l.deferred, b)
	l.addQueued(len(b))
	return true
}

// pauseLive calls join with mu held, and if that returns true, defers what others send until resumeLive.
func (l *link) pauseLive(join func() bool) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !join() {
		return false
	}
	l.livePaused = true
	return true
}

// resumeLive sends what was deferred, and lets live messages through again.
func (l *link) resumeLive() {
	w := fastWriters.Get().(*fastWriter)
	defer fastWriters.Put(w)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.livePaused = false
	list := l.deferred
	l.deferred = nil
	for len(list) > 0 {
		n, size := 0, 0
		for n < len(list) && (n == 0 || size+len(list[n]) <= maxJoined) {
			size += len(list[n])
			n++
		}
		l.addQueued(-size)
		if !l.ended && !l.dead {
			l.writeOrQueue(w, joined(list[:n]))
		}
		list = list[n:]
	}
}

// joined returns frames as one write.
func joined(frames [][]byte) []byte {
	if len(frames) == 1 {
		return frames[0]
	}
	return bytes.Join(frames, nil)
}

// awaitDrained waits until at most low bytes are queued, not counting deferred ones. It returns false if the link ended
// instead, as it does after WriteTimeout without progress.
func (l *link) awaitDrained(low int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for !l.isDrainedLocked(low) {
		l.drained.Wait()
	}
	return !l.ended && !l.dead
}

// isDrained reports whether awaitDrained would return at once.
func (l *link) isDrained(low int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.isDrainedLocked(low)
}

// isDrainedLocked is isDrained; mu is held.
func (l *link) isDrainedLocked(low int) bool {
	return !l.writing || l.queued-l.deferredBytes() <= low || l.ended || l.dead
}

// deferredBytes is how many bytes wait for resumeLive. mu is held.
func (l *link) deferredBytes() (n int) {
	for _, b := range l.deferred {
		n += len(b)
	}
	return n
}

// canWriteDirectly reports whether a sender writes to the socket itself. mu is held.
func (l *link) canWriteDirectly() bool { return !l.writing && l.raw != nil && !l.corked }

// unobstructed reports whether any frame, live or not, would be written at once. mu is held.
func (l *link) unobstructed() bool {
	return l.canWriteDirectly() && !l.ended && !l.dead && !l.livePaused && l.queued == 0
}

// writeOrQueue writes b directly if possible, and queues what is left. mu is held.
func (l *link) writeOrQueue(w *fastWriter, b []byte) {
	n := 0
	var err error
	if l.canWriteDirectly() {
		n, err = w.write(l.raw, b)
	}
	l.noteWrite(b, n, err)
}

// noteWrite notes that the socket took n bytes of b, or failed, and queues what is left. mu is held.
func (l *link) noteWrite(b []byte, n int, err error) {
	if err != nil {
		l.dead = true
		l.drained.Broadcast()
		l.closeSocket() // wakes the reader, which ends the connection
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

// cork queues all frames until uncork.
func (l *link) cork() { l.corked = true }

// uncork sends what is queued in one write.
func (l *link) uncork() {
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
