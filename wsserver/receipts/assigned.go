package receipts

import (
	"slices"

	"belfry/wsserver/receipts/delta"
)

// This file is what the operator changes in a person's topics, who may be away: devices learn of it at their next hello. It
// holds until the person changes it.

// Belongs reports whether a person belongs to the room, here or away.
func (l *Membership) Belongs(userID string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	m := l.members[userID]
	return m != nil && m.In[everyone].isOpen()
}

// HasRoom reports whether a person can belong to a topic without being in more than most topics.
func (l *Membership) HasRoom(userID, topic string, most int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	m := l.members[userID]
	return m == nil || m.In[topic].isOpen() || len(m.topics()) < most
}

// Assign makes a person a member of a topic from position on, until they or the operator end it.
func (l *Membership) Assign(userID, topic string, position uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	m := l.member(userID)
	l.beginMembership(userID, topic, position)
	if !slices.Contains(m.Assigned, topic) {
		l.setAssigned(userID, m, with(m.Assigned, topic))
	}
	l.setRemoved(userID, m, without(m.Removed, topic))
	l.rev++
}

// Remove ends a person's membership of a topic: their devices are out of it until they subscribe again.
func (l *Membership) Remove(userID, topic string, position uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.endMembership(userID, topic, position)
	m := l.member(userID)
	if !slices.Contains(m.Removed, topic) {
		l.setRemoved(userID, m, with(m.Removed, topic))
	}
	l.rev++
}

// setAssigned replaces the topics that the operator put a person into. mu is held.
func (l *Membership) setAssigned(userID string, m *member, topics []string) {
	if !slices.Equal(m.Assigned, topics) {
		l.change(&delta.Delta{Kind: delta.Assigned, UserID: userID, List: topics})
	}
}

// setRemoved replaces the topics that the operator removed a person from. mu is held.
func (l *Membership) setRemoved(userID string, m *member, topics []string) {
	if !slices.Equal(m.Removed, topics) {
		l.change(&delta.Delta{Kind: delta.Removed, UserID: userID, List: topics})
	}
}

// Assigned returns the topics that the operator put a person into, and those that the operator removed them from.
func (l *Membership) Assigned(userID string) (in, out []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if m := l.members[userID]; m != nil {
		in, out = slices.Clone(m.Assigned), slices.Clone(m.Removed)
	}
	return in, out
}

// Unassign notes that a person decides for themselves whether to be in topics; nil means all topics.
func (l *Membership) Unassign(userID string, topics []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	m := l.members[userID]
	if m == nil || len(m.Assigned)+len(m.Removed) == 0 {
		return
	}
	if topics == nil {
		l.setAssigned(userID, m, nil)
	}
	for _, t := range topics {
		l.setAssigned(userID, m, without(m.Assigned, t))
		l.setRemoved(userID, m, without(m.Removed, t))
	}
}

// NoteSeen notes that the operator has seen what a person wrote up to seq, and returns the seq that now holds, which
// never decreases. ok is false if nobody with that user_id is known.
func (l *Membership) NoteSeen(userID string, seq uint64) (now uint64, grown, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	m := l.members[userID]
	if m == nil {
		return 0, false, false
	}
	if grown = seq > m.Looked; grown {
		l.change(&delta.Delta{Kind: delta.Looked, UserID: userID, To: seq})
	}
	return m.Looked, grown, true
}

// SeenUpTo returns up to which seq the operator has seen what a person wrote, 0 for nothing.
func (l *Membership) SeenUpTo(userID string) uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	if m := l.members[userID]; m != nil {
		return m.Looked
	}
	return 0
}

// NoteSettled notes that what a person wrote up to seq needs no answer. It never goes back. ok is false if nobody of that
// user_id is known.
func (l *Membership) NoteSettled(userID string, seq uint64) (ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	m := l.members[userID]
	if m == nil {
		return false
	}
	if seq > m.Settled {
		l.change(&delta.Delta{Kind: delta.Settled, UserID: userID, To: seq})
	}
	return true
}

// SettledUpTo is up to where what a person wrote needs no answer, as the operator says; 0 for nothing.
func (l *Membership) SettledUpTo(userID string) uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	if m := l.members[userID]; m != nil {
		return m.Settled
	}
	return 0
}

// with returns the names and one more.
func with(names []string, name string) []string { return append(slices.Clone(names), name) }

// without returns the names except one; nil if none is left.
func without(names []string, name string) []string {
	names = slices.DeleteFunc(slices.Clone(names), func(o string) bool { return o == name })
	if len(names) == 0 {
		return nil
	}
	return names
}
