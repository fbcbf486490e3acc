package receipts

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"belfry/wsserver/wire"
)

// AwayPage is the most persons that a page of AwayList has.
const AwayPage = 500

// Away is a person who belongs to the room and is not connected. Seen is RFC 3339.
type Away struct {
	UserID string   `json:"user_id"`
	Name   string   `json:"name"`
	Seen   string   `json:"seen"`
	Topics []string `json:"topics"`
}

// AwayList is a page of those who are away: of Total in all, at the list's revision. Members is how many of them belong to
// each topic, and under "" to everyone.
type AwayList struct {
	People  []Away
	Total   int
	Rev     uint64
	Members map[string]int
}

// Members returns how many persons belong to each topic, and under "" to everyone: those to whom the operator's next message
// would be sent, here or away.
func (l *Membership) Members() map[string]int {
	l.mu.Lock()
	defer l.mu.Unlock()
	members := map[string]int{}
	for key, n := range l.openMemberships {
		if topic, ok := audienceTopic(key); ok && n > 0 {
			members[topic] = n
		}
	}
	return members
}

// audienceTopic returns the topic of a membership, "" for everyone; ok is false if it belongs to no audience.
func audienceTopic(key string) (topic string, ok bool) {
	if key == everyone {
		return "", true
	}
	return key, !strings.HasPrefix(key, " ")
}

// Away lists a page of the room's members who are not connected, the one seen last first, without the first skip of them.
func (l *Membership) Away(skip int) AwayList {
	type place struct {
		userID string
		seen   int64
	}
	answer := AwayList{Members: map[string]int{}}
	l.mu.Lock()
	answer.Rev = l.rev // read first: what changes in the meantime will be asked for again
	l.mu.Unlock()
	var all []place
	l.eachMember(func(userID string, m *member) bool {
		if !m.isPresent() && m.isMember() {
			all = append(all, place{userID, m.Seen})
			m.countAudiences(answer.Members)
		}
		return true
	})
	slices.SortFunc(all, func(a, b place) int { return cmp.Or(cmp.Compare(b.seen, a.seen), cmp.Compare(a.userID, b.userID)) })
	page := all[min(max(skip, 0), len(all)):]
	answer.People, answer.Total = make([]Away, 0, min(len(page), AwayPage)), len(all)
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, p := range page[:min(len(page), AwayPage)] {
		if m := l.members[p.userID]; m != nil {
			answer.People = append(answer.People, m.away(p.userID))
		}
	}
	return answer
}

// countAudiences adds a member to the counts of the audiences that it belongs to. mu is held.
func (m *person) countAudiences(counts map[string]int) {
	for key, s := range m.In {
		if topic, ok := audienceTopic(key); ok && s.isOpen() {
			counts[topic]++
		}
	}
}

// away returns a member as Away lists it. mu is held.
func (m *person) away(userID string) Away {
	a := Away{UserID: userID, Name: m.Name, Seen: wire.Time(time.UnixMilli(m.Seen)).String(), Topics: append([]string{}, m.topics()...)}
	slices.Sort(a.Topics)
	return a
}
