package receipts

import (
	"slices"
	"strings"
	"time"

	"belfry/wsserver/wire"
)

// Away is a person who belongs to the room and is not connected.
type Away struct {
	UserID string   `json:"user_id"`
	Name   string   `json:"name"`
	Seen   string   `json:"seen"`
	Topics []string `json:"topics"`
}

// away lists who belongs to something and is not there, and the list's revision.
func (l *Ledger) Away() (list []Away, rev uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	list = []Away{}
	for userID, m := range l.members {
		if m.online > 0 || !m.isMember() {
			continue
		}
		a := Away{UserID: userID, Name: m.Name, Seen: wire.Time(time.UnixMilli(m.Seen)).String(), Topics: []string{}}
		for key, s := range m.In {
			if isOpen(s) && !strings.HasPrefix(key, " ") {
				a.Topics = append(a.Topics, key)
			}
		}
		slices.Sort(a.Topics)
		list = append(list, a)
	}
	return list, l.awayRev
}
