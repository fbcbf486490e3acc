package receipts

import (
	"math"
	"slices"
)

// This file keeps the counts of the operator's messages up to date: computing them when the dashboard asks about two
// hundred messages with ten thousand recipients each would cost two million look-ups. So all changes that affect
// counts run inside updateCounts.

// counts counts persons.
type counts struct{ Sent, Received, Read, Acked int }

func (t *counts) add(o counts, sign int) {
	t.Sent += sign * o.Sent
	t.Received += sign * o.Received
	t.Read += sign * o.Read
	t.Acked += sign * o.Acked
}

// updateCounts runs change, which affects what one person contributes to the counts of seqs, and adjusts these. mu is
// held.
func (c *core) updateCounts(userID string, seqs []uint64, change func()) {
	m := c.members[userID]
	if m == nil {
		change()
		return
	}
	c.addContribution(userID, m, seqs, -1)
	change()
	c.addContribution(userID, m, seqs, 1)
	c.tellComplete(seqs)
}

func (c *core) addContribution(userID string, m *member, seqs []uint64, sign int) {
	for _, seq := range seqs {
		if b := c.broadcasts[seq]; b != nil && b.audience != "" {
			b.add(c.contribution(seq, b, userID, m), sign)
		}
	}
}

// contribution is one person's part of a message's counts. mu is held.
func (c *core) contribution(seq uint64, b *broadcast, userID string, m *member) counts {
	t := b.fromCursors(seq, m)
	if t.Sent == 0 {
		return t
	}
	if c.acks[seq][userID] > 0 { // an acknowledgement implies that the message was received and read
		return counts{1, 1, 1, 1}
	}
	for _, s := range c.resendsOf(seq, userID) {
		o := c.broadcasts[s].fromCursors(s, m)
		t.Received, t.Read = max(t.Received, o.Received), max(t.Read, o.Read)
	}
	return t
}

// fromCursors is a person's contribution without acknowledgements and resends.
func (b *broadcast) fromCursors(seq uint64, m *member) (t counts) {
	if b.audience != "" && !m.belongedTo(b.audience, seq) {
		return t
	}
	t.Sent = 1
	if c := m.cursors[b.cursorTopic()]; c != nil {
		if c.received.has(seq) {
			t.Received = 1
		}
		if c.read.has(seq) {
			t.Read = 1
		}
	}
	return t
}

// countAll computes all counts after loading. It adds up whole ranges, since looking at each person for each message
// would take too long. mu is held.
func (c *core) countAll() {
	c.openMemberships = map[string]int{}
	sweeps := map[string]*sweep{}
	for audience, seqs := range c.seqsByAudience {
		sweeps[audience] = &sweep{seqs, make([]counts, len(seqs)+1)}
	}
	for _, m := range c.members {
		countOpen(c, &m.person, 1)
		for key, list := range m.In {
			if s := sweeps[key]; s != nil {
				s.addMember(list, m.cursors[(&broadcast{audience: key}).cursorTopic()])
			}
		}
	}
	for audience, s := range sweeps {
		var sum counts
		for i, seq := range s.seqs {
			if sum.add(s.diff[i], 1); audience != "" {
				c.broadcasts[seq].counts = sum
			}
		}
	}
	c.countExceptions()
	for _, b := range c.broadcasts {
		b.complete = b.isComplete()
	}
}

// countExceptions adds the receipts that ranges do not have: acknowledgements and resends. mu is held.
func (c *core) countExceptions() {
	replace := func(seq uint64, userID string) {
		if b, m := c.broadcasts[seq], c.members[userID]; b != nil && m != nil && b.audience != "" {
			b.add(c.contribution(seq, b, userID, m), 1)
			b.add(b.fromCursors(seq, m), -1)
		}
	}
	for seq, by := range c.acks {
		for userID := range by {
			replace(seq, userID)
		}
	}
	for userID, resends := range c.resends {
		done := map[uint64]bool{}
		for _, s := range resends {
			o := c.origin(s)
			if !done[o] && c.acks[o][userID] == 0 {
				replace(o, userID)
			}
			done[o] = true
		}
	}
}

// sweep adds up ranges of seqs: diff is by how much the counts rise, or fall, from one seq to the next.
type sweep struct {
	seqs []uint64
	diff []counts
}

func (s *sweep) add(from, to uint64, t counts) {
	i, _ := slices.BinarySearch(s.seqs, from)
	if n := len(seqsBetween(s.seqs, from, to)); n > 0 {
		s.diff[i].add(t, 1)
		s.diff[i+n].add(t, -1)
	}
}

// addMember adds one person's ranges: the memberships, and the parts received and read during them.
func (s *sweep) addMember(in ranges, c *cursor) {
	for _, o := range in {
		if o.To == 0 {
			o.To = math.MaxUint64
		}
		s.add(o.From, o.To, counts{Sent: 1})
		if c == nil {
			continue
		}
		for _, r := range c.received {
			s.add(max(o.From, r.From), min(o.To, r.To), counts{Received: 1})
		}
		for _, r := range c.read {
			s.add(max(o.From, r.From), min(o.To, r.To), counts{Read: 1})
		}
	}
}
