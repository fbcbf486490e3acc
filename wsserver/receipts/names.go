package receipts

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"belfry/wsserver/names"
	"belfry/wsserver/wire"
)

// nameRules are for how long a name is held after its holder has gone, and which are kept for others.
type NameRules struct {
	Keep     time.Duration
	Reserved func(name string) bool
}

// hold takes a name for a person, or says which is free. It returns the name that the person has now, nil where it has
// asked for none and holds none, and what undoes it.
func (l *Ledger) ReserveName(c *Device, userID string, name *string, listed bool, rules NameRules) (now *string, undo func(), err error) {
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
	if !listed { // two devices of one card have one name
		if err := l.nameConflict(userID, *name, rules); err != nil {
			return nil, nil, err
		}
	}
	if *name == "" && before == "" {
		return name, func() {}, nil
	}
	l.setReserved(userID, *name)
	l.members[userID].claimant = c
	return name, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		if m := l.members[userID]; m.claimant == c && m.ReservedName == *name && (before == "" || !l.isReserved(before, userID, rules.Keep)) {
			l.setReserved(userID, before)
		}
	}, nil
}

// mayHold is hold that only asks.
func (l *Ledger) CanReserve(userID, name string, rules NameRules) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.nameConflict(userID, name, rules)
}

// nameConflict is why a person without a card may not have a name, and which is free instead; nil where it may. mu is held.
func (l *Ledger) nameConflict(userID, name string, rules NameRules) error {
	taken := func(name string) bool { return l.isReserved(name, userID, rules.Keep) || rules.Reserved(name) }
	if name == "" || !taken(name) {
		return nil
	}
	return &wire.Error{
		Code: wire.ErrIdentityTaken.Code, Field: "name", Free: alternative(name, taken),
		Message: "Somebody here has that name already. Take another one.",
	}
}

// isReserved reports whether somebody else holds a name that looks like this. What is held no longer is let go. mu is held.
func (l *Ledger) isReserved(name, userID string, keep time.Duration) bool {
	for _, k := range names.Keys(name) {
		holder, ok := l.reserved[k]
		if !ok || holder == userID {
			continue
		}
		if l.members[holder].active(time.Now(), keep) {
			return true
		}
		l.setReserved(holder, "")
	}
	return false
}

// active reports whether who is called so is there, or has gone so recently that the name is theirs. ledger.mu is held.
func (m *member) active(now time.Time, keep time.Duration) bool {
	if m.claimant != nil && m.claimant.departed {
		m.claimant = nil
	}
	return m.online > 0 || m.claimant != nil || now.Before(time.UnixMilli(m.Seen).Add(keep))
}

// oust returns the new names by user_id.
func (l *Ledger) ReassignName(listed string, owns func(userID string) bool, rules NameRules) map[string]string {
	all := map[string]string{}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, k := range names.Keys(listed) {
		userID, ok := l.reserved[k]
		if !ok || owns(userID) {
			continue
		}
		name := l.members[userID].ReservedName
		if l.setReserved(userID, ""); !l.members[userID].active(time.Now(), rules.Keep) {
			continue // gone for so long that it was free
		}
		all[userID] = alternative(name, func(name string) bool {
			return l.isReserved(name, userID, rules.Keep) || rules.Reserved(name)
		})
		l.setReserved(userID, all[userID])
		l.members[userID].Name = all[userID]
		l.awayRev++
	}
	return all
}

// alternative is a name like this that is not taken, "" where none was found.
func alternative(name string, taken func(string) bool) string {
	base := strings.TrimRight(name, "0123456789")
	if base = strings.TrimSpace(base); base == "" || base == name || !strings.HasPrefix(name, base+" ") {
		base = name
	}
	for i := range 2 * triesInSequence {
		n := 2 + i
		if i >= triesInSequence {
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

// triesInSequence is how many numbers are tried one after the other, and then at random: who holds thousands of names must
// not make each hello look through all of them.
const triesInSequence = 20

func firstRunes(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n])
}

// setReserved makes name the one that a person holds, "" for none. mu is held.
func (l *Ledger) setReserved(userID, name string) {
	m := l.member(userID)
	if m.ReservedName == name {
		return
	}
	for _, k := range names.Keys(m.ReservedName) {
		if l.reserved[k] == userID {
			delete(l.reserved, k)
		}
	}
	m.ReservedName, m.claimant = name, nil
	l.indexName(userID, name)
	l.dirty[recordKey{recordMember, userID}] = true
}

// indexName notes what a held name looks like. mu is held.
func (l *Ledger) indexName(userID, name string) {
	if name == "" {
		return
	}
	for _, k := range names.Keys(name) {
		l.reserved[k] = userID
	}
}

// letGo lets a person's name go.
func (l *Ledger) ReleaseName(userID string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.members[userID] != nil {
		l.setReserved(userID, "")
	}
}
