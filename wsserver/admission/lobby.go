package admission

import (
	"bytes"
	"slices"
	"sync"
	"time"

	"belfry/wsserver/wire"
)

const (
	// maxWaiting is how many people wait at a time.
	maxWaiting = 2000
	// waitingShare: of the connections that one address may have, one in so many may wait.
	waitingShare = 2
	// keptFor is how long a place is kept without a connection, for the same token.
	keptFor = 10 * time.Minute
)

var errLobbyFull = &wire.Error{
	Code: "full", Message: "Too many people are waiting to be let in. Try again when the operator has let some in.", Retry: time.Minute,
}

// Waiter is a connection that waits in the lobby.
type Waiter interface {
	// Address is the peer's IP address.
	Address() string
}

// Waiting is one person in the lobby. Token is the hash of the one shown; nil: none was, and the place ends with its
// connection.
type Waiting struct {
	UserID  string
	Token   []byte
	Name    string
	Address string
	Browser string
	Since   time.Time
	Conns   []Waiter
	left    time.Time   // when its last connection ended
	refused *wire.Error // the answer on its return; nil: it still waits
}

// Lobby has the people who wait for the operator's decision, longest first. Its zero value is empty.
type Lobby struct {
	mu      sync.Mutex
	waiting []*Waiting
}

// expire is Expire. mu is held.
func (l *Lobby) expire(now time.Time) (changed bool) {
	l.waiting = slices.DeleteFunc(l.waiting, func(p *Waiting) bool {
		over := len(p.Conns) == 0 && now.Sub(p.left) >= keptFor
		changed = changed || over && p.refused == nil
		return over
	})
	return changed
}

// Expire removes the places that were kept for their time, and reports whether one of them still waited.
func (l *Lobby) Expire(now time.Time) (changed bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.expire(now)
}

// find is the place of a user_id, nil if there is none. mu is held.
func (l *Lobby) find(userID string) *Waiting {
	for _, p := range l.waiting {
		if p.UserID == userID {
			return p
		}
	}
	return nil
}

// Join puts a connection into the lobby: on a new place, or on the one that its user_id has, with the same token. At most
// most connections wait; perAddress is how many one address may have in all, 0: no limit. refused is the operator's refusal
// while it was away. Errors: identity_taken, not_allowed, and full.
func (l *Lobby) Join(c Waiter, p Waiting, most, perAddress int) (refused *wire.Error, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.expire(p.Since)
	if o := l.of(c); o != nil && o.UserID != p.UserID {
		return nil, wire.ErrNotAllowed.WithMessage("This connection is already waiting as someone else. Open a new one.")
	}
	o := l.find(p.UserID)
	joined := o != nil && slices.Contains(o.Conns, c)
	switch {
	case o != nil && !joined && (o.Token == nil || !bytes.Equal(o.Token, p.Token)):
		return nil, wire.ErrIdentityTaken
	case o != nil && o.refused != nil:
		l.drop(o)
		return o.refused, nil
	case !joined && l.full(o, p.Address, most, perAddress):
		return nil, errLobbyFull
	case o == nil:
		o = &Waiting{UserID: p.UserID, Token: p.Token, Since: p.Since}
		l.waiting = append(l.waiting, o)
	}
	o.Name, o.Address, o.Browser = p.Name, p.Address, p.Browser
	if !joined {
		o.Conns = append(o.Conns, c)
	}
	return nil, nil
}

// full reports whether there is no room for one more connection of an address, on a place of its own (o nil) or on o, which
// was kept or has others. mu is held.
func (l *Lobby) full(o *Waiting, address string, most, perAddress int) bool {
	all, same := 0, 0
	for _, p := range l.waiting {
		all += len(p.Conns)
		if len(p.Conns) == 0 && p != o && p.Address == address {
			same++
		}
		for _, c := range p.Conns {
			if c.Address() == address {
				same++
			}
		}
	}
	return o == nil && len(l.waiting) >= maxWaiting || all >= most || perAddress > 0 && same >= max(1, perAddress/waitingShare)
}

// of is the place of a connection, nil if it has none. mu is held.
func (l *Lobby) of(c Waiter) *Waiting {
	for _, p := range l.waiting {
		if slices.Contains(p.Conns, c) {
			return p
		}
	}
	return nil
}

// Has reports whether a connection waits.
func (l *Lobby) Has(c Waiter) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.of(c) != nil
}

// drop removes a place. mu is held.
func (l *Lobby) drop(p *Waiting) {
	l.waiting = slices.DeleteFunc(l.waiting, func(o *Waiting) bool { return o == p })
}

// Leave removes a connection that has ended, and reports whether it waited. Its place is kept for a while where a token was
// shown.
func (l *Lobby) Leave(c Waiter, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	p := l.of(c)
	if p == nil {
		return false
	}
	p.Conns = slices.DeleteFunc(p.Conns, func(o Waiter) bool { return o == c })
	if p.left = now; len(p.Conns) == 0 && p.Token == nil {
		l.drop(p)
	}
	return true
}

// Size is how many people wait.
func (l *Lobby) Size() (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.expire(time.Now())
	for _, p := range l.waiting {
		if p.refused == nil {
			n++
		}
	}
	return n
}

// List lists the people in the lobby: one, or all.
func (l *Lobby) List(userID string, all bool) (list []Waiting) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.expire(time.Now())
	for _, p := range l.waiting {
		if p.refused == nil && (all || p.UserID == userID) {
			o := *p
			o.Conns = slices.Clone(p.Conns)
			list = append(list, o)
		}
	}
	return list
}

// Remove removes the places of these people, and returns them as they are by now. With refused, those without a connection
// get the refusal on return.
func (l *Lobby) Remove(list []Waiting, refused *wire.Error) (removed []Waiting) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, p := range list {
		o := l.find(p.UserID)
		if o == nil {
			continue
		}
		removed = append(removed, *o)
		if refused != nil && len(o.Conns) == 0 {
			o.refused = refused
		} else {
			l.drop(o)
		}
	}
	return removed
}

// Drop removes the place of a connection, which waits no more.
func (l *Lobby) Drop(c Waiter) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if p := l.of(c); p != nil {
		l.drop(p)
	}
}

// Clear removes all places: the access mode has no lobby any more.
func (l *Lobby) Clear() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.waiting = nil
}
