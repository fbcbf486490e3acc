package wsserver

import (
	"bytes"
	"slices"
	"sync"
	"time"

	ident "belfry/wsserver/identity"
	nm "belfry/wsserver/names"
	"belfry/wsserver/wire"
)

// This file is the lobby: who waits for the operator to let them in. A seat is kept for a while without a connection,
// for who shows the same token.

const (
	// lobbyMost is how many seats there are, lobbyShare how many of the connections that an address may have can wait.
	lobbyMost  = 2000
	lobbyShare = 2
	// lobbyKept is how long a seat is kept without a connection.
	lobbyKept = 10 * time.Minute
)

var errLobbyFull = &wire.Error{
	Code: "full", Message: "Too many people wait to be let in. There is room as soon as the operator lets some in.", Retry: time.Minute,
}

// Waiter is a connection that waits in the lobby.
type Waiter interface {
	// PeerAddress is the peer's IP address.
	PeerAddress() string
}

// seat is one person in the lobby.
type seat struct {
	userID  string
	token   []byte // hash; nil: none was shown, and the seat ends with its connection
	name    string
	address string
	browser string
	since   time.Time
	conns   []Waiter
	left    time.Time   // since when it has no connection
	refused *wire.Error // what it is told when it comes back; nil: it waits
}

// lobby is who waits, longest first.
type lobby struct {
	mu    sync.Mutex
	seats []*seat
}

// sweep forgets the seats whose time is over, and reports whether one was seen that waited. mu is held.
func (l *lobby) sweep(now time.Time) (changed bool) {
	l.seats = slices.DeleteFunc(l.seats, func(p *seat) bool {
		over := len(p.conns) == 0 && now.Sub(p.left) >= lobbyKept
		changed = changed || over && p.refused == nil
		return over
	})
	return changed
}

// tidy is sweep.
func (l *lobby) tidy(now time.Time) (changed bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.sweep(now)
}

// find is the seat of a user_id, nil where there is none. mu is held.
func (l *lobby) find(userID string) *seat {
	for _, p := range l.seats {
		if p.userID == userID {
			return p
		}
	}
	return nil
}

// join takes a seat, or the one that is kept, or says why there is none; refused is what the operator said meanwhile to
// who comes back. At most most connections wait; perAddress 0: as many of one address.
func (l *lobby) join(c Waiter, p seat, most, perAddress int) (refused *wire.Error, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sweep(p.since)
	if o := l.of(c); o != nil && o.userID != p.userID {
		return nil, wire.ErrNotAllowed.Because("This connection waits as somebody else. Open a new one.")
	}
	o := l.find(p.userID)
	sits := o != nil && slices.Contains(o.conns, c)
	switch {
	case o != nil && !sits && (o.token == nil || !bytes.Equal(o.token, p.token)):
		return nil, wire.ErrIdentityTaken
	case o != nil && o.refused != nil:
		l.drop(o)
		return o.refused, nil
	case !sits && l.full(o, p.address, most, perAddress):
		return nil, errLobbyFull
	case o == nil:
		o = &seat{userID: p.userID, token: p.token, since: p.since}
		l.seats = append(l.seats, o)
	}
	o.name, o.address, o.browser = p.name, p.address, p.browser
	if !sits {
		o.conns = append(o.conns, c)
	}
	return nil, nil
}

// full reports whether there is no room for one more connection of an address, on a seat of its own or on o, which was
// kept or has others. mu is held.
func (l *lobby) full(o *seat, address string, most, perAddress int) bool {
	all, same := 0, 0
	for _, p := range l.seats {
		all += len(p.conns)
		if len(p.conns) == 0 && p != o && p.address == address {
			same++
		}
		for _, c := range p.conns {
			if c.PeerAddress() == address {
				same++
			}
		}
	}
	return o == nil && len(l.seats) >= lobbyMost || all >= most || perAddress > 0 && same >= max(1, perAddress/lobbyShare)
}

// of is the seat of a connection. mu is held.
func (l *lobby) of(c Waiter) *seat {
	for _, p := range l.seats {
		if slices.Contains(p.conns, c) {
			return p
		}
	}
	return nil
}

// has reports whether a connection waits.
func (l *lobby) has(c Waiter) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.of(c) != nil
}

// drop takes a seat away. mu is held.
func (l *lobby) drop(p *seat) {
	l.seats = slices.DeleteFunc(l.seats, func(o *seat) bool { return o == p })
}

// leave takes a connection out that has ended, and reports whether it had a seat.
func (l *lobby) leave(c Waiter, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	p := l.of(c)
	if p == nil {
		return false
	}
	p.conns = slices.DeleteFunc(p.conns, func(o Waiter) bool { return o == c })
	if p.left = now; len(p.conns) == 0 && p.token == nil {
		l.drop(p)
	}
	return true
}

// size is how many wait.
func (l *lobby) size() (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sweep(time.Now())
	for _, p := range l.seats {
		if p.refused == nil {
			n++
		}
	}
	return n
}

// waits are the seats of those who wait: of one, or of all.
func (l *lobby) waits(userID string, all bool) (list []seat) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sweep(time.Now())
	for _, p := range l.seats {
		if p.refused == nil && (all || p.userID == userID) {
			o := *p
			o.conns = slices.Clone(p.conns)
			list = append(list, o)
		}
	}
	return list
}

// remove takes these seats away, and returns them as they are by now; with refused, those without a connection hear it
// when they come back.
func (l *lobby) remove(list []seat, refused *wire.Error) (removed []seat) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, p := range list {
		o := l.find(p.userID)
		if o == nil {
			continue
		}
		removed = append(removed, *o)
		if refused != nil && len(o.conns) == 0 {
			o.refused = refused
		} else {
			l.drop(o)
		}
	}
	return removed
}

// quit takes a connection out for good.
func (l *lobby) quit(c Waiter) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if p := l.of(c); p != nil {
		l.drop(p)
	}
}

// clear takes all seats away, where there is no lobby any more.
func (l *lobby) clear() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.seats = nil
}

// wait puts a connection into the lobby and tells it so.
func (c *client) wait(d *doorstep, r *wire.Request) error {
	s := c.server
	name, err := nm.CleanName(r.Name)
	if err != nil {
		return err
	}
	if err := s.mayBe(r.UserID, r.Token); err != nil {
		return err
	}
	p := seat{userID: r.UserID, address: c.address, browser: c.agent, since: time.Now()}
	if name != nil {
		if err := s.ledger.mayHold(s, r.UserID, *name); err != nil {
			return err // the operator is not to take one for another
		}
		p.name = *name
	}
	if r.Token != "" {
		p.token = ident.HashOf(r.Token)
	}
	refused, err := s.lobby.join(c, p, s.gate.outsideMost(), s.limits().MaxPerAddress)
	if err != nil {
		return err
	}
	if refused != nil {
		c.end(wire.Encode(wire.NewErrorFrame(refused, wire.RequestHead{Action: "hello", ID: r.ID})), wire.CloseNotAllowed, "refused")
		return nil
	}
	d.waiting = true
	c.send(wire.Encode(wire.WaitingFrame{Type: "waiting"}))
	s.lobbyChanged()
	return nil
}

// mayBe reports whether somebody with this token may become userID, without claiming it.
func (s *Server) mayBe(userID, token string) error {
	if ident.Reserved(userID) {
		return wire.ErrIdentityTaken.Because("That user_id is reserved. Choose another.")
	}
	return s.persons.Check(userID, token)
}

// lobbyChanged tells dashboards.
func (s *Server) lobbyChanged() {
	s.events.raise(&s.events.lobbyRev)
	s.events.stateChanged() // it says how many wait
}
