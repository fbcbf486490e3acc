package receipts

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"belfry/wsserver/names"
	"belfry/wsserver/receipts/delta"
	"belfry/wsserver/wire"
)

// NameRules say who may have a name. Reserved is called under the Ledger's lock and must not call the Ledger.
type NameRules struct {
	Keep     time.Duration          // how long a name stays reserved after its person has gone
	Reserved func(name string) bool // whether a name belongs to an entry of the list
}

// ReserveName reserves a name for a person; nil asks for the one they have. It returns the name that the person has now,
// nil if they asked for none and have none, and undo, which restores the previous name unless somebody has taken it
// in the meantime. A person with listed is identified by the list: their devices share one name, which is not checked. The error
// is a *wire.Error that offers a free name.
func (l *Membership) ReserveName(d *Device, userID string, name *string, listed bool, rules NameRules) (now *string, undo func(), err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	before := ""
	if m := l.members[userID]; m != nil {
		before = m.ReservedName
	}
	if name == nil {
		if name = &before; before == "" {
			return nil, func() {}, nil
		}
	}
	if !listed {
		if err := l.nameConflict(userID, *name, rules); err != nil {
			return nil, nil, err
		}
	}
	if *name == "" && before == "" {
		return name, func() {}, nil
	}
	l.setReserved(userID, *name)
	l.members[userID].claimant = d
	return name, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		if m := l.members[userID]; m.claimant == d && m.ReservedName == *name && (before == "" || !l.isReserved(before, userID, rules.Keep)) {
			l.setReserved(userID, before)
		}
	}, nil
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
		Code: wire.ErrIdentityTaken.Code, Field: "name", Free: alternative(name, taken),
		Message: "Someone here already has that name. Choose another one.",
	}
}

// isReserved reports whether somebody else has a name that looks like this one. A reservation that has run out is
// released. mu is held.
func (l *Membership) isReserved(name, userID string, keep time.Duration) bool {
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
	return m.online > 0 || m.claimant != nil || now.Before(time.UnixMilli(m.Seen).Add(keep))
}

// ReassignName renames the persons who use a name that looks like that of an entry of the list, unless owns reports that the
// list gives them the name that they have. It returns the new names by user_id; "" if no free one was found. owns is
// called under the Ledger's lock and must not call the Ledger.
func (l *Membership) ReassignName(listed string, owns func(userID, name string) bool, rules NameRules) map[string]string {
	all := map[string]string{}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, k := range names.Keys(listed) {
		userID, ok := l.reserved[k]
		if !ok || owns(userID, l.members[userID].ReservedName) {
			continue
		}
		name := l.members[userID].ReservedName
		if l.setReserved(userID, ""); !l.members[userID].active(l.now(), rules.Keep) {
			continue // the reservation had run out
		}
		all[userID] = alternative(name, func(name string) bool {
			return l.isReserved(name, userID, rules.Keep) || rules.Reserved(name)
		})
		l.setReserved(userID, all[userID])
		l.change(&delta.Delta{Kind: delta.Name, UserID: userID, Text: all[userID]})
		l.rev++
	}
	return all
}

// ReleaseName ends the reservation of a person's name.
func (l *Membership) ReleaseName(userID string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.members[userID] != nil {
		l.setReserved(userID, "")
	}
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

// sequentialTries is how many numbers are tried in sequence before random ones: if somebody has reserved thousands of
// numbered names, a hello must not look through all of them.
const sequentialTries = 20

// alternative returns a free name like this one, followed by a number; "" if none was found.
func alternative(name string, taken func(string) bool) string {
	base := strings.TrimRight(name, "0123456789")
	if base = strings.TrimSpace(base); base == "" || base == name || !strings.HasPrefix(name, base+" ") {
		base = name
	}
	for i := range 2 * sequentialTries {
		n := 2 + i
		if i >= sequentialTries {
			n = rand.IntN(1_000_000)
		}
		end := " " + strconv.Itoa(n)
		try := strings.TrimSpace(firstRunes(base, wire.MaxName-len(end))) + end
		if clean, err := names.Check(try); err == nil && clean == try && !taken(try) {
			return try
		}
	}
	return ""
}

func firstRunes(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n])
}
