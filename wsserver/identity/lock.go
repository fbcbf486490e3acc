package identity

import (
	"slices"
	"sync"
)

// locks is a mutex for each user_id that somebody holds. One that nobody holds has no entry: to lock it costs no
// allocation, and nothing is left of it. Waiters get it in the order in which they came.
type locks struct {
	mu sync.Mutex
	by map[string][]chan struct{} // those who wait for a user_id that is held; the first is closed when it is released
}

// Lock locks these user_ids, waiting for each that is locked, until unlock, which must be called once. "" is nobody.
//
// Every change of a person that depends on their state is made under their lock: a hello, a subscribe under a
// user_id, a claim, a leave, and the operator's Free, Block, Mute, Disconnect and LetIn. So none of them sees another half
// done, and nothing has to be looked at twice.
//
// It may be held over a commit (Keep): only callers for the same person wait for that. It is never held while a socket
// is waited for, nor over a catch-up. Two locks of the connection itself are taken before it (pending.handling and
// catching, in package client), and every other after it: those of stores, of the ledger, of links and of the hub.
//
// Deadlocks: a caller that needs two persons names both in one call, which locks them in one order for all callers; a
// caller that has locked one does not call Lock again. A verb of the operator's that has locked a person waits for no
// reader of the person's connections: End does not.
func (s *Store) Lock(userIDs ...string) (unlock func()) {
	ids := slices.Clone(userIDs)
	slices.Sort(ids)
	if ids = slices.Compact(ids); len(ids) > 0 && ids[0] == "" {
		ids = ids[1:]
	}
	for _, id := range ids {
		s.locks.acquire(id)
	}
	return func() {
		for _, id := range ids {
			s.locks.release(id)
		}
	}
}

func (l *locks) acquire(id string) {
	l.mu.Lock()
	waiting, held := l.by[id]
	if !held {
		if l.by == nil {
			l.by = map[string][]chan struct{}{}
		}
		l.by[id] = nil
		l.mu.Unlock()
		return
	}
	turn := make(chan struct{})
	l.by[id] = append(waiting, turn)
	l.mu.Unlock()
	<-turn
}

// release hands the lock to the one who has waited longest.
func (l *locks) release(id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	waiting := l.by[id]
	if len(waiting) == 0 {
		delete(l.by, id)
		return
	}
	l.by[id] = waiting[1:]
	close(waiting[0])
}
