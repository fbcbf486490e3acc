package identity

import (
	"slices"
	"sync"
)

// locks is a mutex for each user_id that somebody holds or waits for.
type locks struct {
	mu sync.Mutex
	by map[string]*lock // none is left of a user_id that nobody holds or waits for
}

type lock struct {
	held  chan struct{} // of one: full while somebody holds it
	users int           // holders and waiters; guarded by locks.mu
}

// Lock locks these user_ids, waiting for each that is locked, until unlock, which is to be called once. "" is nobody.
//
// Every change of a person that depends on their state is made under their lock: a hello, a subscribe under a
// user_id, a claim, a leave, and the operator's Free, Block, Mute, Disconnect and LetIn. So none of them sees another half
// done, and nothing has to be looked at twice.
//
// It may be held over a commit (Keep): only what concerns the same person waits for that. It is never held while a socket
// is waited for, nor over a catch-up. Two locks of the connection itself are taken before it (pending.handling and
// catching, in package client), and every other after it: those of stores, of the ledger, of links and of the hub.
//
// Deadlocks: a caller that needs two persons names both in one call, which locks them in one order for all callers; a
// caller that has locked one does not call Lock again. A verb of the operator's that has locked a person waits for no
// reader of the person's connections: End does not.
func (s *Store) Lock(userIDs ...string) (unlock func()) {
	ids := slices.Compact(slices.Sorted(slices.Values(userIDs)))
	if len(ids) > 0 && ids[0] == "" {
		ids = ids[1:]
	}
	for _, id := range ids {
		s.locks.take(id).held <- struct{}{}
	}
	return func() {
		for _, id := range ids {
			s.locks.release(id)
		}
	}
}

// take counts the caller among the users of a lock.
func (l *locks) take(id string) *lock {
	l.mu.Lock()
	defer l.mu.Unlock()
	k := l.by[id]
	if k == nil {
		k = &lock{held: make(chan struct{}, 1)}
		if l.by == nil {
			l.by = map[string]*lock{}
		}
		l.by[id] = k
	}
	k.users++
	return k
}

// release gives up a lock that the caller holds, and forgets it where nobody waits for it.
func (l *locks) release(id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	k := l.by[id]
	<-k.held
	if k.users--; k.users == 0 {
		delete(l.by, id)
	}
}
