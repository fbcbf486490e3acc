package transport

import (
	"crypto/tls"
	"net"
	"time"
)

// This file is the writer goroutine of a link, and its end. The rules are those of link.go.

// writeQueue is the writer goroutine: it writes what is queued until nothing is.
func (l *link) writeQueue() {
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
			l.closeSocket()
		}
		l.drained.Broadcast()
		l.mu.Unlock()
	}
}

// dequeue removes up to writeChunk bytes from the queue, at least one frame or a part of a long one. mu is held.
func (l *link) dequeue() (chunk net.Buffers, size int) {
	n := 0
	for n < len(l.queue) && (n == 0 || size+len(l.queue[n]) <= writeChunk) {
		size += len(l.queue[n])
		n++
	}
	if n == 1 && size > writeChunk {
		// A long frame is written in parts, each with its own deadline.
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

// end sends last and then a close frame; everything sent afterwards is dropped. What is queued is sent before, unless the
// queue is full: then it is dropped, since nobody reads it.
func (l *link) end(last, closing []byte) {
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
	if l.writing { // the write in progress must not outlast it either
		_ = l.nc.SetWriteDeadline(l.endDeadline)
	}
}

// close closes the socket and waits for the writer goroutine, which may still send what an ended link has queued until
// endDeadline. It is called once, by the connection's reader as it ends.
func (l *link) close() {
	l.mu.Lock()
	if !l.ended {
		l.dead = true
		l.closeSocket() // wakes the writer
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
	l.closeSocket()
}

// closeSocket closes the socket itself. It never blocks, as the Close of a TLS connection may, which sends an alert first.
func (l *link) closeSocket() {
	nc := l.nc
	if t, ok := nc.(*tls.Conn); ok {
		nc = t.NetConn()
	}
	_ = nc.Close() // nothing is left to do with a socket that fails to close
}

// Write takes gorilla's writes: its own control frames and the answer to the handshake. They go into the same queue, so that
// there is one writer. It keeps a copy, since gorilla reuses its buffers.
func (l *link) Write(b []byte) (int, error) {
	if !l.send(append([]byte(nil), b...)) {
		return 0, net.ErrClosed
	}
	return len(b), nil
}
