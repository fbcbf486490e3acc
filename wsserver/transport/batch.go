package transport

import "time"

// This file sends the same bytes to many connections: with io_uring many in one system call, elsewhere one each. In both
// cases the link queues what its socket does not accept at once.

const (
	// uringSize is how many sockets one system call serves. More would save nothing, and their links stay locked during it.
	uringSize = 128
	// uringMin is the least number of sockets for which io_uring pays off.
	uringMin = 4
)

// write is one connection's part of a batch. Its link is locked until the result is noted.
type write struct {
	link     *link
	n        int // bytes that the socket took
	err      error
	inFlight bool // for uring: submitted, and no result yet
}

// Batch sends to many connections, for one goroutine, which calls Close in the end. Its zero value is ready. It keeps an
// io_uring and its slices from one use to the next.
type Batch struct {
	uring   *uring // nil before the first use, and where there is none
	noURing bool   // there is no io_uring, or it failed
	writes  []write
	stalled []*Conn
}

// Send is Conn.Send to each.
func (v *Batch) Send(list []*Conn, b []byte) {
	v.send(list, b, (*link).sendLocked, (*Conn).EndTooSlow)
}

// Defer is Conn.Defer to each.
func (v *Batch) Defer(list []*Conn, b []byte) {
	v.send(list, b, (*link).deferLocked, (*Conn).EndTooSlow)
}

// SendLive sends live messages: they are deferred between PauseLive and ResumeLive, and refused sooner than the frames that
// Send sends. stalled is called, with no lock held, for each connection that has no room for them.
func (v *Batch) SendLive(list []*Conn, b []byte, stalled func(*Conn)) {
	v.send(list, b, (*link).liveLocked, stalled)
}

// Ping sends each a ping, whose answer sets Conn.RTT.
func (v *Batch) Ping(list []*Conn, now time.Time) {
	for _, c := range list {
		c.pingSent.Store(now.UnixNano())
	}
	v.Send(list, pingFrame(now))
}

// Defer is Conn.Defer to each of a few connections, from any goroutine.
func Defer(list []*Conn, b []byte) {
	v := Batch{noURing: true}
	v.Defer(list, b)
}

// send calls how for each connection's locked link, or writes itself if how would write at once. It calls stalled, with no
// lock held, for each one for which how returns false.
//
// It holds the locks of up to uringSize links at a time, in any order. Batches cannot deadlock: none waits for a lock
// while holding one.
func (v *Batch) send(list []*Conn, b []byte, how func(*link, *fastWriter, []byte) bool, stalled func(*Conn)) {
	w := fastWriters.Get().(*fastWriter)
	defer fastWriters.Put(w)
	together := !v.noURing && len(list) >= uringMin
	for _, c := range list {
		l := &c.link
		if !l.mu.TryLock() {
			v.flush(w, b)
			l.mu.Lock()
		}
		if together && l.unobstructed() {
			if v.writes = append(v.writes, write{link: l}); len(v.writes) == uringSize {
				v.flush(w, b)
			}
			continue
		}
		ok := how(l, w, b)
		l.mu.Unlock()
		if !ok {
			v.stalled = append(v.stalled, c)
		}
	}
	v.flush(w, b)
	for _, c := range v.stalled {
		stalled(c)
	}
	clear(v.stalled) // keep no connection alive until the next use
	v.stalled = v.stalled[:0]
}

// flush writes to the links that are locked, and unlocks them.
func (v *Batch) flush(w *fastWriter, b []byte) {
	if len(v.writes) >= uringMin && v.openURing() {
		if v.uring.send(v.writes, b) != nil {
			v.Close()
		}
		for i := range v.writes {
			s := &v.writes[i]
			s.link.noteWrite(b, s.n, s.err)
			s.link.mu.Unlock()
		}
	} else {
		for i := range v.writes {
			v.writes[i].link.writeOrQueue(w, b)
			v.writes[i].link.mu.Unlock()
		}
	}
	clear(v.writes)
	v.writes = v.writes[:0]
}

// openURing makes the io_uring if there is none yet, and reports whether there is one now.
func (v *Batch) openURing() bool {
	if v.uring == nil && !v.noURing {
		var err error
		if v.noURing = !uringWorks(); !v.noURing {
			v.uring, err = newURing(uringSize)
			v.noURing = err != nil
		}
	}
	return !v.noURing
}

// Close releases the io_uring. What is sent afterwards needs one system call for each connection.
func (v *Batch) Close() {
	v.noURing = true
	if v.uring != nil {
		v.uring.close()
		v.uring = nil
	}
}
