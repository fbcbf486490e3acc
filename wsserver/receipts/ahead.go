package receipts

import (
	"maps"
	"slices"

	"belfry/wsserver/receipts/confirmed"
	"belfry/wsserver/receipts/delta"
)

// This file is what is different where several servers share the log. Each applies the deltas of all in the order of the log
// (order.go), so that all have the same. Its own take effect at once, as where it is alone; until the order has them, it keeps
// what the order has beside that, and where another server's come first, what is in memory is made anew: what the order has,
// and then its own.

// shared is what a ledger has in addition where others share its log. Guarded by core.mu.
type shared struct {
	*core
	ledger    *Ledger
	run, node string
	presence  string // the key of this run's presences
	last      uint64 // the number of the newest delta that was applied
	position  uint64 // the seq of the newest entry that was applied
	pruned    uint64 // what belongs to messages before this seq is removed
	asked     uint64 // and up to where this server has asked for that
	// foreign: something of what is being applied was changed elsewhere.
	foreign bool
	// moved are the persons who are connected here, and of whom another server has changed what their devices are told of.
	moved map[string]bool
}

// share has the ledger follow what all servers of the log do. core.mu is held.
func share(l *Ledger) {
	l.core.shared = &shared{core: l.core, ledger: l, run: l.run, node: l.node, presence: presenceOf(l.run, l.node), moved: map[string]bool{}}
	l.core.journal.writer.Shared = true
}

// noteShared has a delta of this server written, which is in force once it is in the order. mu is held.
func (s *shared) noteShared(d *delta.Delta) {
	j := &s.journal
	var number *delta.Person
	if d.UserID != "" {
		number = &s.member(d.UserID).number
	}
	j.writer.Add(d, number)
	j.people = j.people || !ofCursor(d)
	if j.writer.Size() >= sharedBytes {
		j.seal()
	}
}

// changeAhead has a change of a person take effect before the order has it. mu is held.
func (s *shared) changeAhead(d *delta.Delta, m *member) {
	before := m.person
	now := before.clone()
	now.apply(d)
	if m.ahead == nil {
		m.ahead = confirmed.NewRow(before, (*person).apply)
	}
	m.ahead.Add(d)
	s.replacePerson(d.UserID, m, now)
	s.noteShared(d)
}

// changeCursorAhead has a change of a cursor take effect before the order has it. mu is held.
func (s *shared) changeCursorAhead(d *delta.Delta, cur *cursor) {
	if cur.ahead == nil {
		before := cur.clone()
		cur.ahead = confirmed.NewRow(before.capped(), s.applyCapped)
	}
	cur.ahead.Add(d)
	s.applyInPlace(d, cur)
	s.noteShared(d)
}

// applyCapped is applyToProgress for what is beside memory, which may go on where its intervals end.
func (s *shared) applyCapped(p *progress, d *delta.Delta) (changed bool) {
	changed = s.applyToProgress(p, d)
	*p = p.capped()
	return changed
}

// clone returns a copy that shares nothing with the person.
func (m *person) clone() person {
	now := *m
	now.In = make(map[string]ranges, len(m.In)+1)
	for key, list := range m.In {
		now.In[key] = slices.Clone(list)
	}
	return now
}

// clone returns a copy that may be changed where what it was made of, or the copy, is not any more.
func (p *progress) clone() progress {
	now := *p
	now.received, now.read = slices.Clone(p.received), slices.Clone(p.read)
	return now
}

// capped is the same, but for what can be appended to without moving it.
func (p *progress) capped() progress {
	now := *p
	now.timeline.Received, now.timeline.Read = slices.Clip(p.timeline.Received), slices.Clip(p.timeline.Read)
	now.archives = slices.Clip(p.archives)
	return now
}

// replacePerson has a person be as now, with all that follows from it. mu is held.
func (s *shared) replacePerson(userID string, m *member, now person) {
	before := m.person
	var seqs []uint64
	for key := range joinKeys(before.In, now.In) {
		if from, to, differ := difference(before.In[key], now.In[key]); differ && !isPresence(key) {
			seqs = append(seqs, seqsBetween(s.seqsByAudience[key], from, to)...)
		}
	}
	s.updateCounts(userID, seqs, func() { m.person = now })
	countOpen(s.core, &before, -1)
	countOpen(s.core, &now, 1)
}

// countOpen adds a person to those who belong to each audience now, or takes them from there. mu is held.
func countOpen(c *core, m *person, sign int) {
	here := 0
	for key, list := range m.In {
		switch {
		case !list.isOpen():
		case isPresence(key):
			here = sign
		default:
			c.openMemberships[key] += sign
		}
	}
	c.openMemberships[present] += here
}

// replaceProgress has a cursor be as now, with all that follows from it. mu is held.
func (s *shared) replaceProgress(userID, topic string, cur *cursor, now progress) {
	var seqs []uint64
	for _, of := range [][2]ranges{{cur.received, now.received}, {cur.read, now.read}} {
		if from, to, differ := difference(of[0], of[1]); differ {
			seqs = append(seqs, s.affected(userID, topic, from, to)...)
		}
	}
	slices.Sort(seqs)
	s.updateCounts(userID, slices.Compact(seqs), func() { cur.progress = now })
}

// joinKeys are the keys of both.
func joinKeys(a, b map[string]ranges) map[string]bool {
	keys := make(map[string]bool, len(b))
	for _, m := range []map[string]ranges{a, b} {
		for key := range maps.Keys(m) {
			keys[key] = true
		}
	}
	return keys
}

// difference returns from where to where two lists of ranges may differ; false where they are the same.
func difference(a, b ranges) (from, to uint64, differ bool) {
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	for len(a) > 0 && len(b) > 0 && a[len(a)-1] == b[len(b)-1] {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	from = ^uint64(0)
	for _, list := range []ranges{a, b} {
		if len(list) == 0 {
			continue
		}
		from = min(from, list[0].From)
		if end := list[len(list)-1].To; end > 0 {
			to = max(to, end)
		} else {
			to = ^uint64(0)
		}
	}
	return from, to, len(a)+len(b) > 0
}

// confirmed is a person as the order has them. core.mu is held.
func (m *member) confirmed() *person {
	if m.ahead == nil {
		return &m.person
	}
	return m.ahead.State()
}

// confirmedProgress is a cursor as the order has it. What is in memory is made of it anew, so that both have the same
// intervals up to there. mu is held.
func (s *shared) confirmedProgress(userID, topic string, cur *cursor) *progress {
	if cur.ahead == nil {
		return &cur.progress
	}
	state := cur.ahead.State()
	s.remakeCursor(userID, topic, cur)
	return state
}

// remakePerson has a person be as the order has them, and then as this server has changed them. mu is held.
func (s *shared) remakePerson(userID string, m *member) {
	now := m.ahead.State().clone()
	for _, d := range m.ahead.Ahead() {
		now.apply(&d)
	}
	s.replacePerson(userID, m, now)
}

// remakeCursor has a cursor be as the order has it, and then as this server has changed it. mu is held.
func (s *shared) remakeCursor(userID, topic string, cur *cursor) {
	now := cur.ahead.State().clone()
	for _, d := range cur.ahead.Ahead() {
		s.applyToProgress(&now, &d)
	}
	s.replaceProgress(userID, topic, cur, now)
}

// noteCommon has a row that all servers have written with the next commit. mu is held.
func (s *shared) noteCommon(kind, key string) {
	s.journal.told = append(s.journal.told, recordKey{kind, key})
}
