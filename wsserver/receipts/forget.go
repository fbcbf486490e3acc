package receipts

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"belfry/wsserver/identity"
	"belfry/wsserver/receipts/delta"
)

// This file forgets persons of whom nothing is left: anybody may say hello, so what a hello leaves must not stay for ever.

const (
	// membersPerLock is how many members are looked at before others may have the lock.
	membersPerLock = 200
	// maxQuiet is how many persons one call of Quiet lists.
	maxQuiet = 2000
	// askAgain is after how long it is asked again, where servers share the log, that a person is forgotten.
	askAgain = time.Minute
	// compactFrom is the number of persons from which Compact does anything.
	compactFrom = 4096
)

// Len returns how many persons are known.
func (l *Membership) Len() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.members)
}

// Ages say how long a person stays known after they were last seen.
type Ages struct {
	Now  time.Time
	Away time.Duration // since the last connection
	Name time.Duration // how long their name stays reserved
}

// Quiet lists persons, up to some thousand, of whom the ledger has nothing that counts any more: not connected, away for
// longer than these ages, and recipients of nothing that is kept.
func (l *Ledger) Quiet(ages Ages) (userIDs []string) {
	l.core.eachMember(func(userID string, m *member) bool {
		if ages.Now.UnixMilli() >= m.lookAgain && l.core.isQuiet(userID, m, ages) {
			userIDs = append(userIDs, userID)
		}
		return len(userIDs) < maxQuiet
	})
	return userIDs
}

// LookAgain has Quiet skip a person until a time, because something is known of them elsewhere.
func (l *Membership) LookAgain(userID string, at time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if m := l.members[userID]; m != nil {
		m.lookAgain = at.UnixMilli()
	}
}

// Forget drops a person whom Quiet would list, with their cursors, and returns when they were last seen, Unix ms. It
// reports false if they are not quiet any more. The rows are erased, and so are all deltas, which name them, by the next Flush.
func (l *Ledger) Forget(userID string, ages Ages) (seen int64, ok bool) {
	l.core.mu.Lock()
	defer l.core.mu.Unlock()
	m := l.core.members[userID]
	if m == nil || !l.core.isQuiet(userID, m, ages) {
		return 0, false
	}
	if l.core.shared != nil {
		m.lookAgain = ages.Now.Add(askAgain).UnixMilli() // once the order has it they are gone, or they were here
		l.core.shared.noteShared(&delta.Delta{Kind: delta.Forgotten, UserID: userID, At: m.Seen})
		return m.Seen, true
	}
	l.drop(userID, m)
	l.core.journal.due = true
	return m.Seen, true
}

// Compact gives back the memory of persons who were forgotten: a map keeps what it has grown to.
func (l *Ledger) Compact() {
	l.core.mu.Lock()
	defer l.core.mu.Unlock()
	if l.core.most = max(l.core.most, cap(l.core.order)); l.core.most < compactFrom || len(l.core.order) > l.core.most/4 {
		return
	}
	members, reserved := make(map[string]*member, len(l.core.members)), make(map[string]string, len(l.reserved))
	maps.Copy(members, l.core.members)
	maps.Copy(reserved, l.reserved)
	l.core.members, l.reserved, l.core.order, l.core.most = members, reserved, slices.Clone(l.core.order), 0
	if len(l.core.dirty) == 0 {
		l.core.dirty = map[recordKey]bool{}
	}
}

// isQuiet reports whether nothing that counts is known of a member. mu is held.
func (c *core) isQuiet(userID string, m *member, ages Ages) bool {
	away := ages.Away
	if identity.IsGuest(userID) {
		away = 0
	}
	return !m.active(ages.Now, 0) && !m.isMember() && m.Seen <= ages.Now.Add(-away).UnixMilli() &&
		(nameHeld(c, userID) == "" || !m.active(ages.Now, ages.Name)) && !c.isRecipient(m)
}

// isRecipient reports whether any of the operator's messages that are kept, except private ones, was for a member. mu is held.
func (c *core) isRecipient(m *member) bool {
	for key, list := range m.In {
		for _, r := range list {
			if r.To == 0 {
				r.To = math.MaxUint64
			}
			if len(seqsBetween(c.seqsByAudience[key], r.From, r.To)) > 0 {
				return true
			}
		}
	}
	return false
}

// drop forgets a member. mu is held.
func (l *Membership) drop(userID string, m *member) {
	if l.shared != nil {
		l.shared.noteShared(&delta.Delta{Kind: delta.Forgotten, UserID: userID, At: m.Seen})
		return
	}
	l.setReserved(userID, "")
	l.note(&delta.Delta{Kind: delta.Forget, UserID: userID})
	l.remove(userID, m)
}

// remove removes a member, and has the rows erased. mu is held.
func (c *core) remove(userID string, m *member) {
	c.markDirty(recordMember, userID)
	for topic, cur := range m.cursors {
		c.eraseCursor(userID, topic, cur)
	}
	last := len(c.order) - 1
	moved := c.order[last]
	c.order[m.place], c.members[moved].place = moved, m.place
	c.order = c.order[:last]
	delete(c.members, userID)
}

// eraseCursor has a cursor's rows erased. mu is held.
func (c *core) eraseCursor(userID, topic string, cur *cursor) {
	key := cursorKey(userID, topic)
	c.markDirty(recordCursor, key)
	for n := range cur.archives {
		c.markDirty(recordArchive, archiveKey(key, n))
	}
}

func archiveKey(cursor string, n int) string { return fmt.Sprintf("%s\x00%d", cursor, n) }

// eachMember calls step for the members until it returns false. Others get the lock in between, so one that comes or goes
// meanwhile may be passed over.
func (c *core) eachMember(step func(userID string, m *member) bool) {
	for i, more := 0, true; more; {
		c.mu.Lock()
		for n := 0; n < membersPerLock && more; n++ {
			if more = i < len(c.order); !more {
				break
			}
			userID := c.order[i]
			more = step(userID, c.members[userID])
			if i < len(c.order) && c.order[i] == userID { // otherwise it was dropped, and another has its place
				i++
			}
		}
		c.mu.Unlock()
	}
}
