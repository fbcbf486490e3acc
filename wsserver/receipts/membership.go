package receipts

import (
	"encoding/json"
	"slices"
	"time"

	"belfry/wsserver/identity"
	"belfry/wsserver/msglog"
)

// Membership knows the members of the room and its topics, since which message, and who is connected. Only persons that
// said hello are members. A position is the seq of the last message before a change. Ranges between which the operator
// wrote nothing are merged, so a phone that comes and goes a hundred times leaves one.
type Membership struct {
	*core
	reserved map[string]string // user_ids by the keys of their reserved names
	rev      uint64            // rises when somebody goes away, comes back, joins a topic or leaves one
}

// beginMembership opens a range after position, or reopens the last one where nothing was written since. mu is held.
func (l *Membership) beginMembership(userID, key string, position uint64) {
	m := l.member(userID)
	list := m.In[key]
	n := len(list)
	if list.isOpen() {
		return
	}
	l.updateCounts(userID, l.broadcastsAfter(key, position), func() {
		if n > 0 && !l.broadcastBetween(list[n-1].To, position) {
			list[n-1].To = 0
		} else {
			list = append(list, seqRange{From: position + 1})
		}
		m.In[key] = list
	})
	l.openMemberships[key]++
	l.markDirty(recordMember, userID)
}

// endMembership closes the open range at position. mu is held.
func (l *Membership) endMembership(userID, key string, position uint64) {
	m := l.members[userID]
	if m == nil {
		return
	}
	m.Assigned = without(m.Assigned, key)
	list := m.In[key]
	n := len(list)
	if !list.isOpen() {
		return
	}
	l.updateCounts(userID, l.broadcastsAfter(key, position), func() {
		if list[n-1].From > position {
			list = list[:n-1] // no message falls into it
		} else {
			list[n-1].To = position
		}
		if m.In[key] = list; len(list) == 0 {
			delete(m.In, key)
		}
	})
	l.openMemberships[key]--
	l.markDirty(recordMember, userID)
}

// Join notes that a person belongs to topics from position on.
func (l *Membership) Join(userID string, topics []string, position uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, t := range topics {
		l.beginMembership(userID, t, position)
	}
	l.rev++
}

// Leave notes that a person left topics.
func (l *Membership) Leave(userID string, topics []string, position uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, t := range topics {
		l.endMembership(userID, t, position)
	}
	l.rev++
}

// LeaveAllBut notes that a person, who stays connected, left all topics except those to keep.
func (l *Membership) LeaveAllBut(userID string, keep []string, position uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.endMemberships(userID, position, append([]string{everyone, present}, keep...))
	l.rev++
}

// EndMemberships notes that a person does not belong to the room any more: they left or were removed.
func (l *Membership) EndMemberships(userID string, position uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.endMemberships(userID, position, nil)
	l.rev++
}

func (l *Membership) endMemberships(userID string, position uint64, keep []string) {
	m := l.members[userID]
	if m == nil {
		return
	}
	for key := range m.In {
		if !slices.Contains(keep, key) && (key != present || m.online == 0) {
			l.endMembership(userID, key, position)
		}
	}
}

// ExpireAway ends the memberships of those who have been away for longer than keep.
func (l *Membership) ExpireAway(keep time.Duration, position uint64) {
	limit := l.now().Add(-keep).UnixMilli()
	l.eachMember(func(userID string, m *member) bool {
		if m.online == 0 && m.Seen < limit && m.isMember() {
			l.endMemberships(userID, position, nil)
			l.rev++
		}
		return true
	})
}

// Here returns how many persons have said hello and are connected.
func (l *Membership) Here() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.openMemberships[present]
}

// Known reports whether a person has been here, so that they can be written to while away.
func (l *Membership) Known(userID string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.members[userID] != nil
}

// NameOf returns a person's name, "" if none is known.
func (l *Membership) NameOf(userID string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if m := l.members[userID]; m != nil {
		return m.Name
	}
	return ""
}

// IsRecipient reports whether a message was for a person.
func (l *Membership) IsRecipient(e *msglog.Entry, userID string) bool {
	if e.Audience == msglog.AudiencePrivate {
		return e.UserID == userID
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	m := l.members[userID]
	if m == nil {
		return false
	}
	if e.Audience == msglog.AudienceTopic {
		return m.belongedTo(e.Topic, e.Seq)
	}
	return m.belongedTo(everyone, e.Seq)
}

func (l *Membership) readMember(key string, value []byte) error {
	m := l.member(key)
	if err := json.Unmarshal(value, m); err != nil {
		return err
	}
	l.indexName(key, m.ReservedName)
	return nil
}

// closeAfterCrash closes what a crash has left open: presences, and the memberships of guests. Even if the clock was set back,
// nobody counts as last seen in the future. mu is held.
func (l *Membership) closeAfterCrash(position uint64, now int64) {
	for userID, m := range l.members {
		if m.Seen == 0 || m.Seen > now {
			m.Seen = now
			l.markDirty(recordMember, userID)
		}
		l.endMembership(userID, present, position)
		if identity.IsGuest(userID) {
			l.endMemberships(userID, position, nil)
		}
	}
}

// prune removes the ranges that ended before seq.
func (l *Membership) prune(seq uint64) {
	l.eachMember(func(userID string, m *member) bool {
		for key, list := range m.In {
			left := slices.DeleteFunc(list, func(o seqRange) bool { return o.To != 0 && o.To < seq })
			if len(left) == len(list) {
				continue
			}
			if m.In[key] = left; len(left) == 0 {
				delete(m.In, key)
			}
			l.markDirty(recordMember, userID)
		}
		return true
	})
}
