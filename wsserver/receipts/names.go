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
func (l *Ledger) Hold(c *Device, userID string, name *string, listed bool, rules NameRules) (now *string, undo func(), err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	before := ""
	if m := l.Members[userID]; m != nil {
		before = m.Held
	}
	if name == nil {
		if name = &before; before == "" {
			return nil, func() {}, nil
		}
	}
	if !listed { // two devices of one card have one name
		if err := l.nameTaken(userID, *name, rules); err != nil {
			return nil, nil, err
		}
	}
	if *name == "" && before == "" {
		return name, func() {}, nil
	}
	l.setHeld(userID, *name)
	l.Members[userID].taking = c
	return name, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		if m := l.Members[userID]; m.taking == c && m.Held == *name && (before == "" || !l.taken(before, userID, rules.Keep)) {
			l.setHeld(userID, before)
		}
	}, nil
}

// mayHold is hold that only asks.
func (l *Ledger) MayHold(userID, name string, rules NameRules) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.nameTaken(userID, name, rules)
}

// nameTaken is why a person without a card may not have a name, and which is free instead; nil where it may. mu is held.
func (l *Ledger) nameTaken(userID, name string, rules NameRules) error {
	taken := func(name string) bool { return l.taken(name, userID, rules.Keep) || rules.Reserved(name) }
	if name == "" || !taken(name) {
		return nil
	}
	return &wire.Error{
		Code: wire.ErrIdentityTaken.Code, Field: "name", Free: alternative(name, taken),
		Message: "Somebody here has that name already. Take another one.",
	}
}

// taken reports whether somebody else holds a name that looks like this. What is held no longer is let go. mu is held.
func (l *Ledger) taken(name, userID string, keep time.Duration) bool {
	for _, k := range names.NameKeys(name) {
		holder, ok := l.held[k]
		if !ok || holder == userID {
			continue
		}
		if l.Members[holder].holds(time.Now(), keep) {
			return true
		}
		l.setHeld(holder, "")
	}
	return false
}

// holds reports whether who is called so is there, or has gone so recently that the name is theirs. ledger.mu is held.
func (m *member) holds(now time.Time, keep time.Duration) bool {
	if m.taking != nil && m.taking.departed {
		m.taking = nil
	}
	return m.online > 0 || m.taking != nil || now.Before(time.UnixMilli(m.Seen).Add(keep))
}

// oust returns the new names by user_id.
func (l *Ledger) Oust(listed string, owns func(userID string) bool, rules NameRules) map[string]string {
	all := map[string]string{}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, k := range names.NameKeys(listed) {
		userID, ok := l.held[k]
		if !ok || owns(userID) {
			continue
		}
		name := l.Members[userID].Held
		if l.setHeld(userID, ""); !l.Members[userID].holds(time.Now(), rules.Keep) {
			continue // gone for so long that it was free
		}
		all[userID] = alternative(name, func(name string) bool {
			return l.taken(name, userID, rules.Keep) || rules.Reserved(name)
		})
		l.setHeld(userID, all[userID])
		l.Members[userID].Name = all[userID]
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
	for i := range 2 * triesInOrder {
		n := 2 + i
		if i >= triesInOrder {
			n = rand.IntN(1_000_000)
		}
		end := " " + strconv.Itoa(n)
		try := strings.TrimSpace(firstRunes(base, wire.MaxName-len(end))) + end
		if clean, err := names.CheckName(try); err == nil && clean == try && !taken(try) {
			return try
		}
	}
	return ""
}

// triesInOrder is how many numbers are tried one after the other, and then at random: who holds thousands of names must
// not make each hello look through all of them.
const triesInOrder = 20

func firstRunes(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n])
}

// setHeld makes name the one that a person holds, "" for none. mu is held.
func (l *Ledger) setHeld(userID, name string) {
	m := l.member(userID)
	if m.Held == name {
		return
	}
	for _, k := range names.NameKeys(m.Held) {
		if l.held[k] == userID {
			delete(l.held, k)
		}
	}
	m.Held, m.taking = name, nil
	l.index(userID, name)
	l.dirty[recordKey{recordMember, userID}] = true
}

// index notes what a held name looks like. mu is held.
func (l *Ledger) index(userID, name string) {
	if name == "" {
		return
	}
	for _, k := range names.NameKeys(name) {
		l.held[k] = userID
	}
}

// letGo lets a person's name go.
func (l *Ledger) LetGo(userID string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.Members[userID] != nil {
		l.setHeld(userID, "")
	}
}
