package wsserver

import "slices"

// set is a group of connections: all clients, everyone, a topic's, a person's, the dashboards. Guarded by hub.mu.
type set struct{ list []*conn }

// membership is one connection's place in a set.
type membership struct {
	set *set
	pos int
}

func (s *set) has(c *conn) bool {
	return slices.ContainsFunc(c.in, func(m membership) bool { return m.set == s })
}

func (s *set) add(c *conn) bool {
	if s.has(c) {
		return false
	}
	c.in = append(c.in, membership{s, len(s.list)})
	s.list = append(s.list, c)
	return true
}

// remove takes c out and moves the set's last into its place, so that it costs the same in a set of any size.
func (s *set) remove(c *conn) bool {
	i := slices.IndexFunc(c.in, func(m membership) bool { return m.set == s })
	if i < 0 {
		return false
	}
	pos := c.in[i].pos
	c.in = slices.Delete(c.in, i, i+1)
	last := len(s.list) - 1
	moved := s.list[last]
	s.list[pos], s.list[last] = moved, nil
	s.list = s.list[:last]
	if moved != c {
		j := slices.IndexFunc(moved.in, func(m membership) bool { return m.set == s })
		moved.in[j].pos = pos
	}
	return true
}
