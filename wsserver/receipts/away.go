package receipts

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"belfry/wsserver/wire"
)

// AwayPage is how many persons a page of those away has at most.
const AwayPage = 500

// Away is a person who belongs to the room and is not connected. Seen is RFC 3339.
type Away struct {
	UserID string   `json:"user_id"`
	Name   string   `json:"name"`
	Seen   string   `json:"seen"`
	Topics []string `json:"topics"`
}

// Away lists a page of the members of the room that are not connected, who was here last first, without the first skip of
// them; total is how many there are, and rev the list's revision.
func (l *Membership) Away(skip int) (list []Away, total int, rev uint64) {
	type place struct {
		userID string
		seen   int64
	}
	l.mu.Lock()
	rev = l.rev // before: what changes meanwhile is asked for again
	l.mu.Unlock()
	var all []place
	l.eachMember(func(userID string, m *member) bool {
		if m.online == 0 && m.isMember() {
			all = append(all, place{userID, m.Seen})
		}
		return true
	})
	slices.SortFunc(all, func(a, b place) int { return cmp.Or(cmp.Compare(b.seen, a.seen), cmp.Compare(a.userID, b.userID)) })
	page := all[min(max(skip, 0), len(all)):]
	list = make([]Away, 0, min(len(page), AwayPage))
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, p := range page[:min(len(page), AwayPage)] {
		if m := l.members[p.userID]; m != nil {
			list = append(list, m.away(p.userID))
		}
	}
	return list, len(all), rev
}

// away is a member as Away lists it. mu is held.
func (m *member) away(userID string) Away {
	a := Away{UserID: userID, Name: m.Name, Seen: wire.Time(time.UnixMilli(m.Seen)).String(), Topics: []string{}}
	for key, s := range m.In {
		if s.isOpen() && !strings.HasPrefix(key, " ") {
			a.Topics = append(a.Topics, key)
		}
	}
	slices.Sort(a.Topics)
	return a
}
