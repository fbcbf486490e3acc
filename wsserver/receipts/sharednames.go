package receipts

import (
	"context"
	"time"

	"belfry/wsserver/msglog"
	"belfry/wsserver/names"
	"belfry/wsserver/receipts/delta"
	"belfry/wsserver/receipts/reserved"
)

// This file is the reserved names on a log that several servers share. They are records, and nothing of them holds before it is
// in the log.

// settling is how long a new reservation holds at least: until every server knows that the person is there.
const settling = time.Minute

// SharedNames are the names of a ledger as they are in such a log. Where the log is one server's own it does nothing.
type SharedNames struct{ l *Membership }

// SharedNames returns the follower of the ledger's names.
func (l *Ledger) SharedNames() SharedNames { return SharedNames{l.Membership} }

// Kinds are the kinds of record that Put takes.
func (SharedNames) Kinds() []string { return reserved.New().Kinds() }

// Put takes a record of a name as it is in the log.
func (s SharedNames) Put(r msglog.Record) error {
	s.l.mu.Lock()
	defer s.l.mu.Unlock()
	if s.l.sharedNames == nil {
		return nil
	}
	return s.l.sharedNames.Put(r)
}

// NameKind is the kind of record of a name.
const NameKind = reserved.Kind

// NamedBy returns whom a record of that kind gives a name, "" where it gives none.
func NamedBy(r msglog.Record) (userID string) {
	if r.Erased() {
		return ""
	}
	h, err := msglog.Decode[reserved.Holder](r)
	if err != nil {
		return ""
	}
	return h.UserID
}

// NameNow returns the name that a person has by the log, and why they were given it; ok is false where they have none, or the
// log is one server's own.
func (s SharedNames) NameNow(userID string) (name, why string, ok bool) {
	s.l.mu.Lock()
	defer s.l.mu.Unlock()
	if s.l.sharedNames == nil {
		return "", "", false
	}
	h, ok := s.l.sharedNames.Of(userID)
	return h.Name, h.Why, ok
}

// nameHeld returns the name that is reserved for a person, "" for none. mu is held.
func nameHeld(c *core, userID string) string {
	if c.sharedNames != nil {
		h, _ := c.sharedNames.Of(userID)
		return h.Name
	}
	if m := c.members[userID]; m != nil {
		return m.ReservedName
	}
	return ""
}

// holds reports whether somebody's name is still reserved: they are here or at another server, or have left or got it less than
// keep ago. mu is held.
func holds(c *core, h reserved.Holder, keep time.Duration) bool {
	now, m := c.now(), c.members[h.UserID]
	if now.Before(time.UnixMilli(h.At).Add(max(keep, settling))) {
		return true
	}
	return m != nil && (m.active(now, keep) || m.isPresent())
}

// isReservedShared is isReserved. mu is held.
func isReservedShared(l *Membership, name, userID string, keep time.Duration) bool {
	for _, k := range names.Keys(name) {
		if h, ok := l.sharedNames.ByKey(k); ok && h.UserID != userID && holds(l.core, h, keep) {
			return true
		}
	}
	return false
}

// reserveShared is ReserveName: a person who comes back to a name that is theirs writes nothing. Whoever is on the list has
// a name beside another's that looks the same. mu is held.
func reserveShared(l *Membership, d *Device, userID string, name *string, listed bool, keep time.Duration) Reservation {
	r := reservation(name)
	if h, ok := l.sharedNames.Of(userID); ok && h.Name == *name && holds(l.core, h, keep) {
		if m := l.members[userID]; m != nil {
			m.claimant = d
		}
		return r
	}
	h := reserved.Holder{UserID: userID, Name: *name, At: l.now().UnixMilli()}
	r.Records = l.sharedNames.Take(h, func(o reserved.Holder) bool { return listed && holds(l.core, o, keep) })
	return r
}

// reassignShared is ReassignName. mu is held.
func reassignShared(l *Membership, listed, why string, owns func(userID, name string) bool, taken func(string) func(string) bool, keep time.Duration) (all []Renamed) {
	done := map[string]bool{}
	for _, k := range names.Keys(listed) {
		h, ok := l.sharedNames.ByKey(k)
		if !ok || done[h.UserID] || owns(h.UserID, h.Name) || !holds(l.core, h, keep) {
			continue
		}
		done[h.UserID] = true
		next := reserved.Holder{UserID: h.UserID, Name: names.Alternative(h.Name, taken(h.UserID)), At: l.now().UnixMilli(), Why: why}
		all = append(all, Renamed{next.UserID, next.Name, l.sharedNames.Take(next, func(o reserved.Holder) bool { return holds(l.core, o, keep) })})
	}
	return all
}

// RunOut lists who has a name, on a log that several servers share, that is not reserved any more.
func (s SharedNames) RunOut(keep time.Duration) []string {
	s.l.mu.Lock()
	defer s.l.mu.Unlock()
	if s.l.sharedNames == nil {
		return nil
	}
	return s.l.sharedNames.RunOut(func(h reserved.Holder) bool { return holds(s.l.core, h, keep) })
}

// Renamed notes that a person has the name that ReassignName has found, which is in the log.
func (s SharedNames) Renamed(r Renamed) {
	s.l.mu.Lock()
	defer s.l.mu.Unlock()
	noteRenamed(s.l, r.UserID, r.Name)
}

// loadNames reads the names of a log. What is in the rows of one that was one server's own until now is kept for MoveNames. Where
// it is that again, the names are in the rows, and their records are erased. mu is held.
func (l *Ledger) loadNames(ctx context.Context, log msglog.Log) error {
	shared := reserved.New()
	for _, kind := range shared.Kinds() {
		if err := msglog.LoadRecords(ctx, log, kind, shared.Put); err != nil {
			return err
		}
	}
	if l.core.sharedNames = nil; log.Shared() {
		l.core.sharedNames = shared
	}
	switch {
	case log.Shared():
		l.toMove = l.takeRows()
	case shared.Moved():
		l.takeRecords(shared)
	}
	for userID, m := range l.core.members {
		l.indexName(userID, m.ReservedName)
	}
	return nil
}

// takeRows returns the names in the rows of a log, by user_id, and removes them there. mu is held.
func (l *Ledger) takeRows() map[string]string {
	of := map[string]string{}
	for userID, m := range l.core.members {
		if m.ReservedName != "" {
			of[userID] = m.ReservedName
			m.ReservedName = ""
			l.core.touchMember(userID, m)
		}
	}
	return of
}

// takeRecords makes names that are records those of the rows. mu is held.
func (l *Ledger) takeRecords(shared *reserved.Names) {
	for userID, name := range l.takeRows() {
		if h, _ := shared.Of(userID); h.Name != name {
			l.core.note(&delta.Delta{Kind: delta.Reserved, UserID: userID})
		}
	}
	shared.All(func(h reserved.Holder) {
		l.core.change(&delta.Delta{Kind: delta.Reserved, UserID: h.UserID, Text: h.Name})
	})
	for kind, keys := range shared.Keys() {
		for _, k := range keys {
			l.core.markDirty(kind, k) // which erases it, once the deltas are written
		}
	}
}

// moveAtOnce is how many persons' names are in one group.
const moveAtOnce = 500

// MoveNames makes records of the names that were in the rows of a log, once it is one that several servers share. It blocks
// for the log.
func (l *Ledger) MoveNames(ctx context.Context, log msglog.Log) error {
	l.core.mu.Lock()
	of, due := l.toMove, l.core.sharedNames != nil && !l.core.sharedNames.Moved()
	l.toMove = nil
	now := l.core.now()
	l.core.mu.Unlock()
	if !due {
		return nil
	}
	changes := reserved.Move(of, now)
	for len(changes) > 0 {
		n := min(len(changes), moveAtOnce)
		if _, err := log.Append(ctx, changes[:n]); err != nil {
			return err
		}
		changes = changes[n:]
	}
	return nil
}
