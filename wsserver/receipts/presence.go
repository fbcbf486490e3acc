package receipts

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"belfry/wsserver/identity"
	"belfry/wsserver/receipts/delta"
	"belfry/wsserver/wire"
)

// This file is who is connected to which server, where several share the log. Each run of a server has a presence of its own,
// which it alone changes: a person is here while any run has them, and was last seen when the last one had not any more. What a
// run leaves open ends when it is said to have ended: by the next run on its machine, or by another server.

// presenceOf is the key of a run's presences. Neither names of runs nor those of machines have an @.
func presenceOf(run, node string) string { return runPrefix(run) + node }

// runPrefix begins the keys of a run's presences; that of no run is where servers were alone.
func runPrefix(run string) string {
	if run == "" {
		return present
	}
	return present + "@" + run + "@"
}

// isRunPresence reports whether a membership is a presence of a run.
func isRunPresence(key string) bool { return strings.HasPrefix(key, present+"@") }

// runOf returns the run that has a presence, and its machine.
func runOf(key string) (run, node string) {
	run, node, _ = strings.Cut(strings.TrimPrefix(key, present+"@"), "@")
	return run, node
}

// isOfRun reports whether a presence is one of a run's.
func isOfRun(key, run string) bool {
	return key == present && run == "" || run != "" && strings.HasPrefix(key, runPrefix(run))
}

// SetRun names this run of the server, which is drawn at random, and its machine, where servers share the log: what earlier runs
// on it have left open is ended then. It is called before Load.
func (l *Ledger) SetRun(run, node string) { l.run, l.node = run, node }

// EndRun notes that a run of a server has ended without saying so: nobody is connected to it since position. It is in force
// once the log has it, and does nothing where no other server shares the log. If that server was only cut off, it says who is
// connected to it when it is back.
func (l *Ledger) EndRun(run string, position uint64) {
	l.core.mu.Lock()
	defer l.core.mu.Unlock()
	if l.core.shared != nil {
		l.core.shared.endRun(run, position)
	}
}

// endRun has the delta written that ends a run. mu is held.
func (s *shared) endRun(run string, position uint64) {
	s.noteShared(&delta.Delta{Kind: delta.RunEnded, Topic: run, To: position, At: s.now().UnixMilli()})
}

// endOwnRuns ends what is left of this machine's earlier runs. mu is held.
func (s *shared) endOwnRuns(position uint64) {
	runs := map[string]bool{}
	for _, m := range s.members {
		for key, list := range m.In {
			run, node := runOf(key)
			switch {
			case key == present && list.isOpen():
				runs[""] = true
			case isRunPresence(key) && node == s.node && node != "" && run != s.run:
				runs[run] = true
			}
		}
	}
	for run := range runs {
		s.endRun(run, position)
	}
}

// applyRunEnded ends the presences of a run. mu is held.
func (s *shared) applyRunEnded(d *delta.Delta, own bool) {
	back := d.Topic == s.run // it was this very server that was thought to have ended
	for userID, m := range s.members {
		if !m.ordered || !m.confirmed().hasRun(d.Topic) {
			continue
		}
		s.applyAndStay(&delta.Delta{Kind: delta.RunEnded, UserID: userID, Topic: d.Topic, To: d.To, At: d.At}, back)
	}
	if own {
		s.noteLeaving(d.At)
	}
}

// applyAndStay has a delta take effect on a person; with stay, who is connected here belongs at once to what it has ended. mu is
// held.
func (s *shared) applyAndStay(d *delta.Delta, stay bool) {
	m := s.member(d.UserID)
	open := m.openKeys()
	if s.applyPersonDelta(d, false); stay && m.online > 0 {
		for _, key := range open {
			s.ledger.beginMembership(d.UserID, key, s.position)
		}
	}
}

// openKeys are the memberships of a person that have not ended, and presences of their runs.
func (m *person) openKeys() (keys []string) {
	for key, list := range m.In {
		if list.isOpen() {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}

// hasRun reports whether a run has a presence of a person's, or had.
func (m *person) hasRun(run string) bool {
	for key := range m.In {
		if isOfRun(key, run) {
			return true
		}
	}
	return false
}

// endRun ends a run's presence, and joins it to what other runs have left. A guest's memberships end with it.
func (m *person) endRun(d *delta.Delta) (changed bool) {
	for _, key := range m.openKeys() {
		if !isOfRun(key, d.Topic) {
			continue
		}
		m.applyMembership(&delta.Delta{Kind: delta.Left, Topic: key, To: d.To, At: d.At})
		if changed = true; identity.IsGuest(d.UserID) {
			m.closeAll(d.To)
		}
	}
	for key, list := range m.In {
		if !isRunPresence(key) || !isOfRun(key, d.Topic) || m.In[present].isOpen() {
			continue
		}
		for _, r := range list {
			m.In[present] = m.In[present].add(r.From, r.To)
		}
		delete(m.In, key)
	}
	return changed
}

// noteLeaving notes who was told to be here and is connected to no server, so that it is told that they have left. mu is held.
func (s *shared) noteLeaving(at int64) {
	for userID, m := range s.members {
		if m.Here && !m.isPresent() && m.ahead == nil {
			s.departed(userID, m, at)
		}
	}
}

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
