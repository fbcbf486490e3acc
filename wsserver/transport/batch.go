package transport

// This file sends the same bytes to many connections: where the machine has a ring, with one system call for many of them,
// else with one each. What a socket does not take goes the way of its link either way.

const (
	// uringSize is how many sockets one call serves. More save nothing, and their links are locked meanwhile.
	uringSize = 128
	// uringMin is how many make a call of their own worth while.
	uringMin = 4
)

// write is one link's part of a volley. Its lock is held until it is noted what came of it.
type write struct {
	link     *Link
	n        int // bytes that its socket took
	err      error
	inFlight bool // the ring's: handed over, and nothing known of it yet
}

// volley sends for one goroutine, which closes it in the end.
type Batch struct {
	uring   *uring // nil before it is first wanted, and where there is none
	NoURing bool   // there is no ring, or it broke
	writes  []write
	stalled []*Conn
}

// send hands b to how for each connection's link, which is locked, and calls late, when no lock is held any more, for those
// of which how reports that they have no room. For a link that would write at once it writes itself.
//
// It holds up to ringSize links at a time, in any order. It waits for none while it holds another: so any number of volleys
// never wait for each other.
func (v *Batch) Send(list []*Conn, b []byte, how func(*Link, *fastWriter, []byte) bool, late func(*Conn)) {
	w := fastWriters.Get().(*fastWriter)
	defer fastWriters.Put(w)
	together := !v.NoURing && len(list) >= uringMin
	for _, c := range list {
		l := &c.Link
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
		late(c)
	}
	clear(v.stalled) // keep no connection alive until the next
	v.stalled = v.stalled[:0]
}

// flush writes to the links that are held, and lets go of them.
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

// openURing makes the ring where there is none yet, and reports whether there is one now.
func (v *Batch) openURing() bool {
	if v.uring == nil && !v.NoURing {
		var err error
		if v.NoURing = !uringWorks(); !v.NoURing {
			v.uring, err = newURing(uringSize)
			v.NoURing = err != nil
		}
	}
	return !v.NoURing
}

// close gives the ring back. What is sent from then on goes out one by one.
func (v *Batch) Close() {
	v.NoURing = true
	if v.uring != nil {
		v.uring.close()
		v.uring = nil
	}
}
