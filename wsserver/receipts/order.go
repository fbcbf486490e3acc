package receipts

import (
	"errors"
	"maps"
	"slices"
	"strconv"

	"belfry/wsserver/msglog"
	"belfry/wsserver/receipts/delta"
)

// This file takes what the log has applied, where several servers share it: in its order, so that all of them have the same.
// Nothing here depends on a clock, a setting, or the order of a map. Times are in the deltas.

// Applied takes a group that the log has applied: the operator's messages, and what this and other servers have written of
// receipts. It is called for each group, in order, before its messages are fanned out, and lets others have the lock between
// batches. It does nothing where no other server shares the log. The error says what could not be read, and is lost.
func (l *Ledger) Applied(g msglog.Committed) (err error) {
	if !l.follow {
		return nil // without the lock: the log waits
	}
	l.core.mu.Lock()
	defer l.core.mu.Unlock()
	s := l.core.shared
	s.foreign = false
	for i, result := range g.Results {
		if result.Err != nil || result.Duplicate {
			continue
		}
		if e := g.Changes[i].Entry; e != nil {
			s.applyEntry(e)
		}
		for j := range g.Changes[i].Records {
			err = errors.Join(err, s.applyRecord(&g.Changes[i].Records[j], g.Own))
			if g.Changes[i].Records[j].Kind == recordDelta {
				l.core.mu.Unlock()
				l.core.mu.Lock()
			}
		}
	}
	if s.foreign {
		l.Deliveries.rev++
		l.Membership.rev++
	}
	return err
}

// applyEntry takes a message of the operator's, or the withdrawal of one. mu is held.
func (s *shared) applyEntry(e *msglog.Entry) {
	s.position = e.Seq
	switch {
	case e.Withdraws > 0:
		s.ledger.withdraw(e.Withdraws)
	case e.Announces():
		b := s.track(e)
		b.Sent = s.openMemberships[b.audience] // every membership that begins later begins after this message
		s.ledger.Deliveries.rev++
	}
}

// applyRecord takes a record of receipts. mu is held.
func (s *shared) applyRecord(r *msglog.Record, own bool) error {
	if r.Kind == recordClosed {
		return s.ledger.applyClosed(r)
	}
	if r.Erased() {
		return nil // each server erases them for itself
	}
	switch r.Kind {
	case recordDelta:
		return s.applyBatch(r, own)
	case recordAck:
		return s.ledger.applyAck(r, own)
	case recordGuests:
		if own {
			return nil // it was counted as the message was sent
		}
		s.foreign = true
		return s.ledger.readGuests(r.Key, r.Value)
	case recordTold:
		return s.ledger.readTold(r.Key, r.Value)
	}
	return nil
}

// applyBatch has a batch of deltas take effect. mu is held.
func (s *shared) applyBatch(r *msglog.Record, own bool) error {
	first, err := strconv.ParseUint(r.Key, 10, 64)
	if err != nil {
		return err
	}
	s.foreign = s.foreign || !own
	s.journal.written(*r)
	_, err = readBatch(&delta.Reader{}, first, r.Value, func(number uint64, d *delta.Delta) {
		s.last = number
		s.applyDelta(d, own)
	})
	s.last = first + r.Numbers - 1
	return err
}

// readBatch reads the batch that has numbers from first on, which the log, or its writer, has given it. next is the number
// after its last.
func readBatch(r *delta.Reader, first uint64, batch []byte, each func(number uint64, d *delta.Delta)) (next uint64, err error) {
	next, err = r.Read(batch, func(number uint64, d *delta.Delta) { each(number-r.First()+first, d) })
	if next > 0 {
		next += first - r.First()
	}
	return next, err
}

// applyDelta has one delta take effect. mu is held.
func (s *shared) applyDelta(d *delta.Delta, own bool) {
	switch {
	case d.Kind == delta.Pruned:
		s.applyPruned(d)
	case d.Kind == delta.RunEnded:
		s.applyRunEnded(d, own)
	case d.Kind == delta.Forgotten || d.Kind == delta.Forget:
		s.applyForgotten(d)
	case d.Kind == delta.Expired:
		s.applyAndStay(d, true)
	case ofCursor(d):
		s.member(d.UserID).ordered = true
		s.applyCursorDelta(d, own)
	default:
		s.applyPersonDelta(d, own)
	}
}

// isAhead reports whether a delta takes effect where it is made, before the order has it.
func isAhead(d *delta.Delta) bool {
	switch d.Kind {
	case delta.Pruned, delta.RunEnded, delta.Forgotten, delta.Expired:
		return false
	}
	return true
}

// applyPersonDelta has a delta about one person take effect. mu is held.
func (s *shared) applyPersonDelta(d *delta.Delta, own bool) {
	m := s.member(d.UserID)
	m.ordered = true
	s.touchMember(d.UserID, m)
	var changed, done bool
	var from uint64 // where the membership began that this may end; 0: there is none
	if list := m.In[d.Topic]; list.isOpen() {
		from = list[len(list)-1].From
	}
	switch {
	case m.ahead == nil:
		now := m.clone()
		changed = now.apply(d)
		s.replacePerson(d.UserID, m, now)
	case own && isAhead(d):
		if changed, done = m.ahead.Own(); done {
			m.ahead = nil
		}
	default:
		m.ahead.Other(d)
		s.remakePerson(d.UserID, m)
	}
	switch {
	case own && changed:
		s.tellPerson(d, m)
	case !own && m.online > 0 && movesDevices(d):
		s.moved[d.UserID] = true
		if d.Kind == delta.Close && from > 0 && !m.In[d.Topic].isOpen() {
			m.noteClosed(d.Topic, max(d.To, from-1))
		}
	}
}

// noteClosed notes for Stay that another server has ended a membership, and after which position.
func (m *member) noteClosed(key string, position uint64) {
	if m.closed == nil {
		m.closed = map[string]uint64{}
	}
	m.closed[key] = position
}

// movesDevices reports whether a delta is about what a person's devices are told of.
func movesDevices(d *delta.Delta) bool {
	switch d.Kind {
	case delta.Close, delta.Assigned, delta.Removed, delta.Looked:
		return true
	}
	return false
}

// TakeMoved returns the persons, connected here, whom another server has put into a topic or taken out of one, or of whom the
// operator has seen more there, since the last call.
func (l *Ledger) TakeMoved() (userIDs []string) {
	l.core.mu.Lock()
	defer l.core.mu.Unlock()
	s := l.core.shared
	if s == nil || len(s.moved) == 0 {
		return nil
	}
	userIDs = slices.Sorted(maps.Keys(s.moved))
	clear(s.moved)
	return userIDs
}

// applyCursorDelta has a delta about a cursor take effect. mu is held.
func (s *shared) applyCursorDelta(d *delta.Delta, own bool) {
	cur := s.cursor(d.UserID, d.Topic)
	s.touchCursor(d.UserID, d.Topic, cur)
	var changed, done bool
	switch {
	case cur.ahead == nil:
		changed = s.applyInPlace(d, cur)
	case own:
		if changed, done = cur.ahead.Own(); done {
			cur.ahead = nil
		}
	default:
		cur.ahead.Other(d)
		s.remakeCursor(d.UserID, d.Topic, cur)
	}
	if own && changed {
		s.tellDone(s.affected(d.UserID, d.Topic, d.From, d.To))
	}
}

// applyInPlace has a delta take effect on a cursor in memory. Nothing that counts changes outside of its seqs. mu is held.
func (s *shared) applyInPlace(d *delta.Delta, cur *cursor) (changed bool) {
	if d.Kind == delta.Begin {
		return s.applyToProgress(&cur.progress, d)
	}
	s.updateCounts(d.UserID, s.affected(d.UserID, d.Topic, d.From, d.To), func() { changed = s.applyToProgress(&cur.progress, d) })
	return changed
}

// applyForgotten removes a person of whom nothing is left, unless they were here since. mu is held.
func (s *shared) applyForgotten(d *delta.Delta) {
	m := s.members[d.UserID]
	if m == nil || !m.confirmed().isForgettable(d) {
		return
	}
	s.journal.due, s.journal.forgotten[d.UserID] = true, s.last
	ahead := m.ahead != nil && len(m.ahead.Ahead()) > 0 || m.online > 0
	for topic, cur := range m.cursors {
		s.eraseCursor(d.UserID, topic, &cursor{progress: *s.confirmedProgress(d.UserID, topic, cur)})
		if cur.ahead == nil || len(cur.ahead.Ahead()) == 0 {
			s.replaceProgress(d.UserID, topic, cur, progress{})
			delete(m.cursors, topic)
			continue
		}
		*cur.ahead.State() = progress{}
		s.remakeCursor(d.UserID, topic, cur)
		ahead = true
	}
	if m.ordered = false; m.ahead != nil {
		*m.ahead.State() = person{In: map[string]ranges{}}
		s.remakePerson(d.UserID, m)
	} else {
		s.replacePerson(d.UserID, m, person{In: map[string]ranges{}})
	}
	if s.markDirty(recordMember, d.UserID); !ahead {
		s.remove(d.UserID, m)
	}
}

// isForgettable reports whether a person may be forgotten as a delta says.
func (m *person) isForgettable(d *delta.Delta) bool {
	return d.Kind == delta.Forget || m.Seen == d.At && !m.isMember() && !m.isPresent()
}

// applyToAll has a delta take effect on a person that is not about them alone. UserID is theirs all the same.
func (m *person) applyToAll(d *delta.Delta) (changed bool) {
	switch d.Kind {
	case delta.Expired:
		if m.Seen != d.At || m.isPresent() {
			return false
		}
		return m.closeAll(d.To)
	case delta.RunEnded:
		return m.endRun(d)
	}
	for key, list := range m.In {
		left := list[:0:0]
		for _, o := range list {
			if o.To == 0 || o.To >= d.To {
				left = append(left, o)
			}
		}
		changed = changed || len(left) < len(list)
		if m.In[key] = left; len(left) == 0 {
			delete(m.In, key)
		}
	}
	return changed
}

// closeAll ends all memberships at a position.
func (m *person) closeAll(position uint64) (changed bool) {
	for key := range m.In {
		if !isPresence(key) {
			changed = m.applyMembership(&delta.Delta{Kind: delta.Close, Topic: key, To: position}) || changed
		}
	}
	m.Assigned = nil
	return changed
}

// applyPruned removes what belongs to messages that are not kept any more. mu is held.
func (s *shared) applyPruned(d *delta.Delta) {
	s.pruned = max(s.pruned, d.To)
	s.markDirty(recordPruned, "")
	for userID, m := range s.members {
		if m.ordered && m.confirmed().hasBefore(d.To) {
			s.applyPersonDelta(&delta.Delta{Kind: delta.Pruned, UserID: userID, To: d.To}, false)
		}
	}
	s.pruneBroadcasts(d.To)
	s.ledger.Deliveries.prune(d.To)
}

// hasBefore reports whether a membership of a person's has ended before a seq.
func (m *person) hasBefore(seq uint64) bool {
	for _, list := range m.In {
		for _, o := range list {
			if o.To != 0 && o.To < seq {
				return true
			}
		}
	}
	return false
}

// readPruned reads up to where receipts were pruned. mu is held.
func (l *Ledger) readPruned(_ string, value []byte) (err error) {
	if l.core.shared != nil {
		l.core.shared.pruned, err = strconv.ParseUint(string(value), 10, 64)
	}
	return err
}
