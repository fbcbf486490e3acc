package receipts

import (
	"time"

	"belfry/wsserver/msglog"
	"belfry/wsserver/names"
	"belfry/wsserver/receipts/delta"
	"belfry/wsserver/wire"
)

// NameRules say who may have a name. Reserved is called under the Ledger's lock and must not call the Ledger.
type NameRules struct {
	Keep     time.Duration          // how long a name stays reserved after its person has gone
	Reserved func(name string) bool // whether a name belongs to an entry of the list
}

// Reservation is what comes of ReserveName.
type Reservation struct {
	// Name is the name that the person has now, nil if they asked for none and have none.
	Name *string
	// Records are what must be in the log for that, in one change: nothing holds before. Where the log is one server's own there
	// are none.
	Records []msglog.Record
	// Undo restores the previous name, unless somebody has taken it in the meantime, or Records were to be written.
	Undo func()
}

func reservation(name *string) Reservation { return Reservation{Name: name, Undo: func() {}} }

// ReserveName reserves a name for a person; nil asks for the one they have. A person with listed is identified by the list: their
// devices share one name, which is not checked. The error is a *wire.Error that offers a free name.
func (l *Membership) ReserveName(d *Device, userID string, name *string, listed bool, rules NameRules) (Reservation, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	before := nameHeld(l.core, userID)
	if name == nil {
		if name = &before; before == "" {
			return reservation(nil), nil
		}
	}
	if !listed {
		if err := l.nameConflict(userID, *name, rules); err != nil {
			return Reservation{}, err
		}
	}
	if *name == "" && before == "" {
		return reservation(name), nil
	}
	if l.sharedNames != nil {
		return reserveShared(l, d, userID, name, listed, rules.Keep), nil
	}
	l.setReserved(userID, *name)
	l.members[userID].claimant = d
	return Reservation{Name: name, Undo: func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		if m := l.members[userID]; m.claimant == d && m.ReservedName == *name && (before == "" || !l.isReserved(before, userID, rules.Keep)) {
			l.setReserved(userID, before)
		}
	}}, nil
}

// CanReserve returns the error that ReserveName would, without reserving anything.
func (l *Membership) CanReserve(userID, name string, rules NameRules) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.nameConflict(userID, name, rules)
}

// nameConflict returns why a person who is not on the list may not have a name; nil if they may. mu is held.
func (l *Membership) nameConflict(userID, name string, rules NameRules) error {
	taken := func(name string) bool { return l.isReserved(name, userID, rules.Keep) || rules.Reserved(name) }
	if name == "" || !taken(name) {
		return nil
	}
	return &wire.Error{
		Code: wire.ErrIdentityTaken.Code, Field: "name", Free: names.Alternative(name, taken),
		Message: "Someone here already has that name. Choose another one.",
	}
}

// isReserved reports whether somebody else has a name that looks like this one. A reservation that has run out is
// released. mu is held.
func (l *Membership) isReserved(name, userID string, keep time.Duration) bool {
	if l.sharedNames != nil {
		return isReservedShared(l, name, userID, keep)
	}
	for _, k := range names.Keys(name) {
		owner, ok := l.reserved[k]
		if !ok || owner == userID {
			continue
		}
		if l.members[owner].active(l.now(), keep) {
			return true
		}
		l.setReserved(owner, "")
	}
	return false
}

// active reports whether a person's name is still reserved: they are connected, or are just connecting, or left less
// than keep ago. core.mu is held.
func (m *member) active(now time.Time, keep time.Duration) bool {
	if m.claimant != nil && m.claimant.closed {
		m.claimant = nil
	}
	return m.online > 0 || m.claimant != nil || now.Before(time.UnixMilli(m.Seen).Add(keep)) || m.isPresent()
}

// Renamed is a person who was given another name; "" if no free one was found.
type Renamed struct {
	UserID, Name string
	// Records are as in Reservation.
	Records []msglog.Record
}

// ReassignName renames the persons who use a name that looks like that of an entry of the list, unless owns reports that the
// list gives them the name that they have. Why is what they read. Where there are Records, the caller calls SharedNames.Renamed once
// they are in the log. owns is called under the Ledger's lock and must not call the Ledger.
func (l *Membership) ReassignName(listed, why string, owns func(userID, name string) bool, rules NameRules) (all []Renamed) {
	l.mu.Lock()
	defer l.mu.Unlock()
	taken := func(userID string) func(string) bool {
		return func(name string) bool { return l.isReserved(name, userID, rules.Keep) || rules.Reserved(name) }
	}
	if l.sharedNames != nil {
		return reassignShared(l, listed, why, owns, taken, rules.Keep)
	}
	for _, k := range names.Keys(listed) {
		userID, ok := l.reserved[k]
		if !ok || owns(userID, l.members[userID].ReservedName) {
			continue
		}
		name := l.members[userID].ReservedName
		if l.setReserved(userID, ""); !l.members[userID].active(l.now(), rules.Keep) {
			continue // the reservation had run out
		}
		name = names.Alternative(name, taken(userID))
		l.setReserved(userID, name)
		noteRenamed(l, userID, name)
		all = append(all, Renamed{UserID: userID, Name: name})
	}
	return all
}

// noteRenamed notes that a person has another name. mu is held.
func noteRenamed(l *Membership, userID, name string) {
	l.change(&delta.Delta{Kind: delta.Name, UserID: userID, Text: name})
	l.rev++
}

// ReleaseName ends the reservation of a person's name: where it returns records, once these are in the log, as one change.
func (l *Membership) ReleaseName(userID string) []msglog.Record {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.sharedNames != nil {
		return l.sharedNames.Release(userID)
	}
	if l.members[userID] != nil {
		l.setReserved(userID, "")
	}
	return nil
}

// setReserved makes name the reserved name of a person; "" for none. mu is held.
func (l *Membership) setReserved(userID, name string) {
	m := l.member(userID)
	if m.ReservedName == name {
		return
	}
	for _, k := range names.Keys(m.ReservedName) {
		if l.reserved[k] == userID {
			delete(l.reserved, k)
		}
	}
	m.claimant = nil
	l.change(&delta.Delta{Kind: delta.Reserved, UserID: userID, Text: name})
	l.indexName(userID, name)
}

// indexName adds a reserved name to the index by looks. mu is held.
func (l *Membership) indexName(userID, name string) {
	for _, k := range names.Keys(name) { // none for ""
		l.reserved[k] = userID
	}
}
