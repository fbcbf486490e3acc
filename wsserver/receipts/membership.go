package receipts

import (
	"slices"
	"time"

	"belfry/wsserver/identity"
	"belfry/wsserver/msglog"
	"belfry/wsserver/receipts/delta"
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
	list := l.member(userID).In[key]
	n := len(list)
	if list.isOpen() {
		return
	}
	d := delta.Delta{Kind: delta.Open, UserID: userID, Topic: key, To: position + 1}
	resumes := n > 0 && !l.broadcastBetween(list[n-1].To, position)
	if l.shared != nil {
		if resumes {
			d.Kind = delta.Resume
		}
		l.change(&d)
		return
	}
	if resumes {
		d = delta.Delta{Kind: delta.Reopen, UserID: userID, Topic: key}
	}
	l.updateCounts(userID, l.broadcastsAfter(key, position), func() { l.change(&d) })
	l.openMemberships[key]++
}

// endMembership closes the open range at position. mu is held.
func (l *Membership) endMembership(userID, key string, position uint64) {
	m := l.members[userID]
	if m == nil {
		return
	}
	l.setAssigned(userID, m, without(m.Assigned, key))
	if !m.In[key].isOpen() {
		return
	}
	d := delta.Delta{Kind: delta.Close, UserID: userID, Topic: key, To: position}
	if l.shared != nil {
		l.change(&d)
		return
	}
	l.updateCounts(userID, l.broadcastsAfter(key, position), func() { l.change(&d) })
	l.openMemberships[key]--
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

// Stay notes that a person is connected, and in topics: where another server has noted that they have left, they have not, nor had
// they in the meantime.
func (l *Ledger) Stay(userID string, topics []string, position uint64) {
	l.core.mu.Lock()
	defer l.core.mu.Unlock()
	m := l.core.member(userID)
	for _, key := range append([]string{everyone}, topics...) {
		at, ended := m.closed[key]
		if !ended {
			at = position
		}
		l.beginMembership(userID, key, min(at, position))
	}
	m.closed = nil
	l.Membership.rev++
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
	l.endMemberships(userID, position, append([]string{everyone}, keep...))
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
		if !slices.Contains(keep, key) && !isPresence(key) {
			l.endMembership(userID, key, position)
		}
	}
}

// ExpireAway ends the memberships of those who have been away for longer than keep.
func (l *Membership) ExpireAway(keep time.Duration, position uint64) {
	limit := l.now().Add(-keep).UnixMilli()
	l.eachMember(func(userID string, m *member) bool {
		switch {
		case m.online > 0 || m.Seen >= limit || !m.isMember() || m.isPresent():
		case l.shared == nil:
			l.endMemberships(userID, position, nil)
			l.rev++
		case l.now().Sub(time.UnixMilli(m.asked)) >= askAgain:
			m.asked = l.now().UnixMilli()
			l.shared.noteShared(&delta.Delta{Kind: delta.Expired, UserID: userID, To: position, At: m.Seen})
		}
		return true
	})
}

// Device is one connection of a person, as a Membership knows it. The zero value has not said hello. Guarded by core.mu.
type Device struct {
	userID string // "" before Connect and after Disconnect
	closed bool   // Disconnect was called: a hello that is still being handled must not connect it again
}

// presence is the key under which this server's connections make a person present. mu is held.
func presence(c *core) string {
	if c.shared != nil {
		return c.shared.presence
	}
	return present
}

// Connect notes that a connection said hello and joined topics: for the first time, or again, maybe as somebody else.
// After Disconnect it does nothing.
func (l *Membership) Connect(d *Device, userID, name string, position uint64, topics []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.connect(d, userID, name, position, topics)
}

func (l *Membership) connect(d *Device, userID, name string, position uint64, topics []string) {
	if d.closed {
		return
	}
	if d.userID != userID {
		l.disconnect(d, position)
		m := l.member(userID)
		if m.online == 0 {
			m.closed = nil
		}
		if m.online++; identity.IsGuest(userID) {
			l.visitors[userID] = true
		}
		d.userID = userID
		l.rev++
	}
	m := l.member(userID)
	l.arrived(userID, m)
	if m.Name != name {
		l.change(&delta.Delta{Kind: delta.Name, UserID: userID, Text: name})
	}
	if m.Seen != 0 && l.shared == nil { // else the presence says it
		l.change(&delta.Delta{Kind: delta.Connected, UserID: userID})
	}
	for _, key := range append([]string{presence(l.core), everyone}, topics...) {
		l.beginMembership(userID, key, position)
	}
}

// DemoteToGuest notes that a connection of userID's goes on as a guest: in are the topics it is in, left those among
// them in which that person has no other connection.
func (l *Membership) DemoteToGuest(d *Device, userID, guestID string, in, left []string, position uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, t := range left {
		l.endMembership(userID, t, position)
	}
	l.connect(d, guestID, "", position, in)
}

// Disconnect notes that a connection has ended. A person's memberships stay, a guest's end with the last connection.
func (l *Membership) Disconnect(d *Device, position uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.disconnect(d, position)
	d.closed = true
}

func (l *Membership) disconnect(d *Device, position uint64) {
	userID := d.userID
	m := l.members[userID]
	if userID == "" || m == nil {
		return
	}
	d.userID = ""
	if m.online--; m.online > 0 {
		return
	}
	if at := l.now().UnixMilli(); l.shared != nil {
		l.change(&delta.Delta{Kind: delta.Left, UserID: userID, Topic: presence(l.core), To: position, At: at})
	} else {
		l.change(&delta.Delta{Kind: delta.Seen, UserID: userID, At: at})
		l.departed(userID, m, at)
		l.endMembership(userID, present, position)
	}
	if identity.IsGuest(userID) {
		delete(l.visitors, userID)
		l.setReserved(userID, "")
		if l.endMemberships(userID, position, nil); !l.isRecipient(m) {
			l.drop(userID, m)
		}
	}
	l.rev++
}

// Here returns how many persons have said hello and are connected.
func (l *Membership) Here() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.openMemberships[present]
}

// IsElsewhere reports whether a person is connected to another server that shares the log, as far as it has told.
func (l *Ledger) IsElsewhere(userID string) bool {
	l.core.mu.Lock()
	defer l.core.mu.Unlock()
	m := l.core.members[userID]
	if m == nil || l.core.shared == nil {
		return false
	}
	for key, list := range m.In {
		if isPresence(key) && key != l.core.shared.presence && list.isOpen() {
			return true
		}
	}
	return false
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

// closeAfterCrash closes what a crash has left open: presences, also those of other servers that have shared the log, and the memberships of guests. Even if the clock was set back,
// nobody counts as last seen in the future. mu is held.
func (l *Membership) closeAfterCrash(position uint64, now int64) {
	for userID, m := range l.members {
		if m.Seen == 0 || m.Seen > now {
			l.change(&delta.Delta{Kind: delta.Seen, UserID: userID, At: now})
		}
		if joinPresences(&m.person, position, now) {
			l.touchMember(userID, m) // no delta: each start does it, until the row is written
		}
		for _, key := range m.openKeys() {
			if isPresence(key) || identity.IsGuest(userID) {
				l.endMembership(userID, key, position)
			}
		}
	}
}

// joinPresences makes the presences of other servers that have shared the log one.
func joinPresences(m *person, position uint64, now int64) (changed bool) {
	for key := range m.In {
		if isRunPresence(key) {
			run, _ := runOf(key)
			m.endRun(&delta.Delta{Topic: run, To: position, At: now})
			changed = true
		}
	}
	return changed
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
			l.touchMember(userID, m) // no delta: a start prunes too
		}
		return true
	})
}
