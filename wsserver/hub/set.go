package hub

import "slices"

// set is a group of connections: all clients, everyone, a topic's, a person's, the dashboards. Those that are in the
// fan-out come first, so that a message's recipients are one copy. Guarded by hub.mu.
type set struct {
	list []*Peer
	live int // list[:live] are in the fan-out, the others in catch-up
}

// membership is one connection's place in a set.
type membership struct {
	set *set
	pos int
}

func (s *set) has(c *Peer) bool { return c.memberOf(s) >= 0 }

// memberOf returns the index of the membership in c.in, -1 if there is none.
func (c *Peer) memberOf(s *set) int {
	return slices.IndexFunc(c.in, func(m membership) bool { return m.set == s })
}

func (s *set) add(c *Peer) bool {
	if s.has(c) {
		return false
	}
	c.in = append(c.in, membership{s, len(s.list)})
	s.list = append(s.list, c)
	if !c.paused {
		s.resume(len(s.list) - 1)
	}
	return true
}

// remove takes the same time in a set of any size.
func (s *set) remove(c *Peer) bool {
	i := c.memberOf(s)
	if i < 0 {
		return false
	}
	last := len(s.list) - 1
	s.swap(s.pause(c.in[i].pos), last)
	s.list[last] = nil
	s.list = s.list[:last]
	c.in = slices.Delete(c.in, i, i+1)
	return true
}

// pause moves the connection at pos behind those in the fan-out, and returns its new place.
func (s *set) pause(pos int) int {
	if pos >= s.live {
		return pos
	}
	s.live--
	s.swap(pos, s.live)
	return s.live
}

// resume moves the connection at pos among those in the fan-out.
func (s *set) resume(pos int) {
	s.swap(pos, s.live)
	s.live++
}

func (s *set) swap(i, j int) {
	if i == j {
		return
	}
	s.list[i], s.list[j] = s.list[j], s.list[i]
	for _, pos := range []int{i, j} {
		c := s.list[pos]
		c.in[c.memberOf(s)].pos = pos
	}
}
