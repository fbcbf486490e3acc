package identity

import (
	"cmp"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"time"

	"belfry/wsserver/msglog"
)

// This file ends the claims of persons who left nothing else: anybody may claim a user_id, so such claims must end.
// Somebody who returns with the token of one claims the user_id again.

const (
	// unseenFor is how long a claim is kept without its person having been here.
	unseenFor = 30 * 24 * time.Hour
	// maxUnseen is how many are kept so long: beyond it those go first that were not seen for the longest time.
	maxUnseen = 25_000
	// compactFrom is from how many claims on their memory is given back when they have ended.
	compactFrom = 4096
)

// unseen is a claim of a person who was last here at a time, Unix ms.
type unseen struct {
	userID string
	seen   int64
}

// Len is how many user_ids are claimed.
func (s *Store) Len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.claimed)
}

// QueueUnseen queues, after a Load, the claims of people of whom nothing else is known. Those whose record does not say when
// they were last seen count as seen now.
func (s *Store) QueueUnseen(known func(userID string) bool, now time.Time) {
	s.mu.Lock()
	ids := make([]string, 0, len(s.claimed))
	for userID := range s.claimed {
		ids = append(ids, userID)
	}
	s.mu.Unlock()
	ids = slices.DeleteFunc(ids, known)
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, userID := range ids {
		s.queue(userID, min(cmp.Or(s.claimed[userID].Seen, now.UnixMilli()), now.UnixMilli())) // the clock may have been set back
	}
	slices.SortFunc(s.unseen, func(a, b unseen) int { return cmp.Compare(a.seen, b.seen) })
}

// queue has a claim looked at some time after seen. mu is held.
func (s *Store) queue(userID string, seen int64) {
	p, ok := s.claimed[userID]
	if !ok {
		return
	}
	if !p.queued {
		s.unseen = append(s.unseen, unseen{userID, seen})
	}
	p.Seen, p.queued = seen, true
	s.claimed[userID] = p
}

// NoteSeen notes that nothing but the claim is left of a person, who was last here at seen, Unix ms, and returns the record
// to be written; false if they have none. The record has a condition: a claim that has ended or was freed in the meantime does
// not begin again.
func (s *Store) NoteSeen(userID string, seen int64) (r msglog.Record, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queue(userID, seen)
	p, ok := s.claimed[userID]
	if !ok {
		return r, false
	}
	value, err := json.Marshal(p)
	return msglog.Record{Kind: recordPerson, Key: userID, Value: value}.Expecting(p.value), err == nil
}

// NextUnseen takes the next claim out of the queue that may end: 30 days after its person was seen, and where there are very
// many, soon after. It is looked at again only after another NoteSeen.
func (s *Store) NextUnseen(now time.Time, soon time.Duration) (userID string, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.unseen) > 0 {
		age := unseenFor
		if len(s.unseen) > maxUnseen {
			age = min(age, soon)
		}
		first := s.unseen[0]
		if first.seen > now.Add(-age).UnixMilli() {
			return "", false
		}
		if s.unseen = s.unseen[1:]; len(s.unseen) == 0 {
			s.unseen = nil // and the memory of all that were there
		}
		p, claimed := s.claimed[first.userID]
		if !claimed {
			continue
		}
		p.queued = false
		if s.claimed[first.userID] = p; p.Seen != first.seen {
			s.queue(first.userID, p.Seen) // they were here again
			continue
		}
		return first.userID, true
	}
	return "", false
}

// End ends a claim, and returns the record to be erased; false if there is none, or where the user_id was freed before:
// without an owner it would be nobody's for good. failed takes it back where the record could not be erased: the log refuses
// another claim as long as it has this one. The record has a condition: of a claim that another server of the same log has
// changed in the meantime, what is there by then holds. The caller holds the user_id's lock.
func (s *Store) End(userID string) (r msglog.Record, failed func(error), ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, claimed := s.claimed[userID]
	if _, freed := s.freedAt[userID]; freed || !claimed {
		return r, nil, false
	}
	s.drop(userID)
	failed = func(err error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		now, again := s.claimed[userID]
		switch {
		case again && !now.queued:
			s.queue(userID, max(now.Seen, p.Seen))
		case !again && !errors.Is(err, msglog.ErrCondition): // else it is not in the log either
			p.queued = false
			s.claimed[userID] = p
			s.queue(userID, p.Seen)
		}
	}
	return msglog.Record{Kind: recordPerson, Key: userID}.Expecting(p.value), failed, true
}

// drop removes a claim. mu is held.
func (s *Store) drop(userID string) {
	delete(s.claimed, userID)
	if s.most = max(s.most, len(s.claimed)); s.most >= compactFrom && len(s.claimed) < s.most/4 {
		claimed := make(map[string]person, len(s.claimed))
		maps.Copy(claimed, s.claimed)
		s.claimed, s.most = claimed, 0 // a map keeps what it has grown to
	}
}
