package admission

import (
	"bytes"
	"slices"
	"sync"
	"time"

	"belfry/wsserver/wire"
)

const // lobbyMost is how many seats there are, lobbyShare how many of the connections that an address may have can wait.
lobbyMost = 2000

const lobbyShare = 2

const // lobbyKept is how long a seat is kept without a connection.
lobbyKept = 10 * time.Minute

var errLobbyFull = &wire.Error{
	Code: "full", Message: "Too many people wait to be let in. There is room as soon as the operator lets some in.", Retry: time.Minute,
}

// Waiter is a connection that waits in the lobby.
type Waiter interface {
	// PeerAddress is the peer's IP address.
	PeerAddress() string
}

// seat is one person in the lobby.
type Waiting struct {
	UserID  string
	Token   []byte // hash; nil: none was shown, and the seat ends with its connection
	Name    string
	Address string
	Browser string
	Since   time.Time
	Conns   []Waiter
	left    time.Time   // since when it has no connection
	refused *wire.Error // what it is told when it comes back; nil: it waits
}

// lobby is who waits, longest first.
type Lobby struct {
	mu      sync.Mutex
	waiting []*Waiting
}

// expire forgets the seats whose time is over, and reports whether one was seen that waited. mu is held.
func (l *Lobby) expire(now time.Time) (changed bool) {
	l.waiting = slices.DeleteFunc(l.waiting, func(p *Waiting) bool {
		over := len(p.Conns) == 0 && now.Sub(p.left) >= lobbyKept
		changed = changed || over && p.refused == nil
		return over
	})
	return changed
}

// tidy is sweep.
func (l *Lobby) Expire(now time.Time) (changed bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.expire(now)
}

// find is the seat of a user_id, nil where there is none. mu is held.
func (l *Lobby) find(userID string) *Waiting {
	for _, p := range l.waiting {
		if p.UserID == userID {
			return p
		}
	}
	return nil
}

// join takes a seat, or the one that is kept, or says why there is none; refused is what the operator said meanwhile to
// who comes back. At most most connections wait; perAddress 0: as many of one address.
func (l *Lobby) Join(c Waiter, p Waiting, most, perAddress int) (refused *wire.Error, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.expire(p.Since)
	if o := l.of(c); o != nil && o.UserID != p.UserID {
		return nil, wire.ErrNotAllowed.WithMessage("This connection waits as somebody else. Open a new one.")
	}
	o := l.find(p.UserID)
	sits := o != nil && slices.Contains(o.Conns, c)
	switch {
	case o != nil && !sits && (o.Token == nil || !bytes.Equal(o.Token, p.Token)):
		return nil, wire.ErrIdentityTaken
	case o != nil && o.refused != nil:
		l.drop(o)
		return o.refused, nil
	case !sits && l.full(o, p.Address, most, perAddress):
		return nil, errLobbyFull
	case o == nil:
		o = &Waiting{UserID: p.UserID, Token: p.Token, Since: p.Since}
		l.waiting = append(l.waiting, o)
	}
	o.Name, o.Address, o.Browser = p.Name, p.Address, p.Browser
	if !sits {
		o.Conns = append(o.Conns, c)
	}
	return nil, nil
}

// full reports whether there is no room for one more connection of an address, on a seat of its own or on o, which was
// kept or has others. mu is held.
func (l *Lobby) full(o *Waiting, address string, most, perAddress int) bool {
	all, same := 0, 0
	for _, p := range l.waiting {
		all += len(p.Conns)
		if len(p.Conns) == 0 && p != o && p.Address == address {
			same++
		}
		for _, c := range p.Conns {
			if c.PeerAddress() == address {
				same++
			}
		}
	}
	return o == nil && len(l.waiting) >= lobbyMost || all >= most || perAddress > 0 && same >= max(1, perAddress/lobbyShare)
}

// of is the seat of a connection. mu is held.
func (l *Lobby) of(c Waiter) *Waiting {
	for _, p := range l.waiting {
		if slices.Contains(p.Conns, c) {
			return p
		}
	}
	return nil
}

// has reports whether a connection waits.
func (l *Lobby) Has(c Waiter) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.of(c) != nil
}

// drop takes a seat away. mu is held.
func (l *Lobby) drop(p *Waiting) {
	l.waiting = slices.DeleteFunc(l.waiting, func(o *Waiting) bool { return o == p })
}

// leave takes a connection out that has ended, and reports whether it had a seat.
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

// size is how many wait.
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

// waits are the seats of those who wait: of one, or of all.
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

// remove takes these seats away, and returns them as they are by now; with refused, those without a connection hear it
// when they come back.
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

// quit takes a connection out for good.
func (l *Lobby) Drop(c Waiter) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if p := l.of(c); p != nil {
		l.drop(p)
	}
}

// clear takes all seats away, where there is no lobby any more.
func (l *Lobby) Clear() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.waiting = nil
}
