package transport

// This file sends the same bytes to many connections: where the machine has a ring, with one system call for many of them,
// else with one each. What a socket does not take goes the way of its link either way.

const (
	// ringSize is how many sockets one call serves. More save nothing, and their links are locked meanwhile.
	ringSize = 128
	// ringLeast is how many make a call of their own worth while.
	ringLeast = 4
)

// shot is one link's part of a volley. Its lock is held until it is noted what came of it.
type shot struct {
	link *Link
	n    int // bytes that its socket took
	err  error
	open bool // the ring's: handed over, and nothing known of it yet
}

// volley sends for one goroutine, which closes it in the end.
type Volley struct {
	ring  *ring // nil before it is first wanted, and where there is none
	Alone bool  // there is no ring, or it broke
	shots []shot
	late  []*Conn
}

// send hands b to how for each connection's link, which is locked, and calls late, when no lock is held any more, for those
// of which how reports that they have no room. For a link that would write at once it writes itself.
//
// It holds up to ringSize links at a time, in any order. It waits for none while it holds another: so any number of volleys
// never wait for each other.
func (v *Volley) Send(list []*Conn, b []byte, how func(*Link, *fastWriter, []byte) bool, late func(*Conn)) {
	w := fastWriters.Get().(*fastWriter)
	defer fastWriters.Put(w)
	together := !v.Alone && len(list) >= ringLeast
	for _, c := range list {
		l := &c.Link
		if !l.mu.TryLock() {
			v.fire(w, b)
			l.mu.Lock()
		}
		if together && l.free() {
			if v.shots = append(v.shots, shot{link: l}); len(v.shots) == ringSize {
				v.fire(w, b)
			}
			continue
		}
		ok := how(l, w, b)
		l.mu.Unlock()
		if !ok {
			v.late = append(v.late, c)
		}
	}
	v.fire(w, b)
	for _, c := range v.late {
		late(c)
	}
	clear(v.late) // keep no connection alive until the next
	v.late = v.late[:0]
}

// fire writes to the links that are held, and lets go of them.
func (v *Volley) fire(w *fastWriter, b []byte) {
	if len(v.shots) >= ringLeast && v.ready() {
		if v.ring.send(v.shots, b) != nil {
			v.Close()
		}
		for i := range v.shots {
			s := &v.shots[i]
			s.link.wrote(b, s.n, s.err)
			s.link.mu.Unlock()
		}
	} else {
		for i := range v.shots {
			v.shots[i].link.put(w, b)
			v.shots[i].link.mu.Unlock()
		}
	}
	clear(v.shots)
	v.shots = v.shots[:0]
}

// ready makes the ring where there is none yet, and reports whether there is one now.
func (v *Volley) ready() bool {
	if v.ring == nil && !v.Alone {
		var err error
		if v.Alone = !ringWorks(); !v.Alone {
			v.ring, err = newRing(ringSize)
			v.Alone = err != nil
		}
	}
	return !v.Alone
}

// close gives the ring back. What is sent from then on goes out one by one.
func (v *Volley) Close() {
	v.Alone = true
	if v.ring != nil {
		v.ring.close()
		v.ring = nil
	}
}
