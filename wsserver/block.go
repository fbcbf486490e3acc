package wsserver

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"
)

// This file is whom the operator has muted or blocked: persons by their user_id, and addresses. It is kept in the
// log's records, and outlives restarts. A muted person reads and does not write; a blocked one, or one from a blocked
// address, does not come in.

const recordBan = "ban"

// Kinds of ban.
const (
	muted          = "muted"
	blocked        = "blocked"
	blockedAddress = "address"
)

// Ban is a person muted or blocked, or a blocked address or network.
type Ban struct {
	// Kind is "muted" or "blocked", a person, or "address".
	Kind string `json:"kind"`
	// UserID, and the Name at the time, of a person.
	UserID string `json:"user_id,omitempty"`
	Name   string `json:"name,omitempty"`
	// Address is an IP address, or a network as 192.168.7.0/24.
	Address string `json:"address,omitempty"`
	Since   string `json:"since"`
	// Reason as those concerned read it; "": none was given.
	Reason string `json:"reason,omitempty"`
}

func (b Ban) key() string { return b.Kind + "\x00" + b.UserID + b.Address }

// BlockedAnswer lists who is muted and blocked, the newest first.
type BlockedAnswer struct {
	Muted     []Ban `json:"muted"`
	People    []Ban `json:"people"`
	Addresses []Ban `json:"addresses"`
}

// bans are those in force, by Ban.key.
type bans struct {
	changing sync.Mutex // held while one is made or lifted, before mu

	mu       sync.RWMutex
	by       map[string]Ban
	networks map[netip.Prefix]string // of blocked addresses, to the keys in by
}

func (l *bans) load(ctx context.Context, log Log) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.by, l.networks = map[string]Ban{}, map[netip.Prefix]string{}
	return log.Records(ctx, recordBan, func(_ string, value []byte) error {
		var b Ban
		if err := json.Unmarshal(value, &b); err != nil {
			return fmt.Errorf("who is blocked: %w", err)
		}
		l.put(b)
		return nil
	})
}

// put adds one. mu is held.
func (l *bans) put(b Ban) {
	l.by[b.key()] = b
	if b.Kind == blockedAddress {
		if p, err := parseNetwork(b.Address); err == nil {
			l.networks[p] = b.key()
		}
	}
}

// set makes a ban durable, then puts it in force. A guest's lasts no longer than the guest, and is not kept.
func (l *bans) set(bus *bus, b Ban) error {
	l.changing.Lock()
	defer l.changing.Unlock()
	value, err := json.Marshal(b)
	if err == nil && !guest(b.UserID) {
		err = bus.keep(Record{recordBan, b.key(), value})
	}
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.put(b)
	return nil
}

// lift ends a ban; ok is false where there is none.
func (l *bans) lift(bus *bus, key string) (b Ban, ok bool, err error) {
	l.changing.Lock()
	defer l.changing.Unlock()
	if b, ok = l.get(key); !ok {
		return b, false, nil
	}
	if err := bus.keep(Record{Kind: recordBan, Key: key}); err != nil {
		return b, true, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.by, key)
	for p, k := range l.networks {
		if k == key {
			delete(l.networks, p)
		}
	}
	return b, true, nil
}

// forget drops what is known of a guest who has gone.
func (l *bans) forget(guestID string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.by, Ban{Kind: muted, UserID: guestID}.key())
}

func (l *bans) get(key string) (Ban, bool) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	b, ok := l.by[key]
	return b, ok
}

// person is the ban of a kind that a person is under.
func (l *bans) person(kind, userID string) (Ban, bool) {
	return l.get(Ban{Kind: kind, UserID: userID}.key())
}

// address is the ban that an address is under.
func (l *bans) address(address string) (Ban, bool) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if len(l.networks) == 0 {
		return Ban{}, false
	}
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return Ban{}, false
	}
	ip = ip.Unmap().WithZone("")
	for p, key := range l.networks {
		if p.Contains(ip) {
			return l.by[key], true
		}
	}
	return Ban{}, false
}

func (l *bans) all() BlockedAnswer {
	l.mu.RLock()
	defer l.mu.RUnlock()
	a := BlockedAnswer{Muted: []Ban{}, People: []Ban{}, Addresses: []Ban{}}
	for _, b := range l.by {
		switch b.Kind {
		case muted:
			a.Muted = append(a.Muted, b)
		case blocked:
			a.People = append(a.People, b)
		case blockedAddress:
			a.Addresses = append(a.Addresses, b)
		}
	}
	for _, list := range [][]Ban{a.Muted, a.People, a.Addresses} {
		slices.SortFunc(list, func(x, y Ban) int { return cmp.Or(cmp.Compare(y.Since, x.Since), cmp.Compare(x.key(), y.key())) })
	}
	return a
}

// parseNetwork reads an address, or a network.
func parseNetwork(s string) (netip.Prefix, error) {
	if ip, err := netip.ParseAddr(s); err == nil {
		ip = ip.Unmap().WithZone("")
		return netip.PrefixFrom(ip, ip.BitLen()), nil
	}
	p, err := netip.ParsePrefix(s)
	return p.Masked(), err
}

// Blocked lists who is muted and who is blocked.
func (s *Server) Blocked() BlockedAnswer { return s.bans.all() }

// Mute lets a person read and not write. Errors: unknown_user, not_kept.
func (s *Server) Mute(ctx context.Context, userID string) error {
	b, err := s.banOf(muted, userID, "")
	if err != nil {
		return err
	}
	if err := s.bans.set(s.bus, b); err != nil {
		return err
	}
	s.banned(ctx, AuditEntry{What: "muted", UserID: userID, Name: b.Name})
	return nil
}

// Block keeps a person, or where address is given an address or a network, out from now on: their connections end, and
// they read the reason. Errors: unknown_user, bad_frame, too_large, not_allowed for a guest, who has no identity to
// keep out, not_kept.
func (s *Server) Block(ctx context.Context, userID, address, reason string) error {
	reason, err := cleanReason(reason)
	if err != nil {
		return err
	}
	if address != "" {
		return s.blockAddress(ctx, address, reason)
	}
	if guest(userID) {
		return ErrNotAllowed.because("A guest has no identity that could be kept out. Block the address.")
	}
	b, err := s.banOf(blocked, userID, reason)
	if err != nil {
		return err
	}
	if err := s.bans.set(s.bus, b); err != nil {
		return err
	}
	s.endPerson(userID, b.refusal(), closeNotAllowed)
	s.banned(ctx, AuditEntry{What: "blocked", UserID: userID, Name: b.Name, Detail: reason})
	return nil
}

func (s *Server) blockAddress(ctx context.Context, address, reason string) error {
	if _, err := s.openLog(); err != nil {
		return err
	}
	p, err := parseNetwork(strings.TrimSpace(address))
	if err != nil {
		return ErrBadFrame.because("An address is written as 192.168.1.24, a network as 192.168.7.0/24.")
	}
	b := Ban{Kind: blockedAddress, Address: p.String(), Since: wireTime(time.Now()).String(), Reason: reason}
	if p.IsSingleIP() {
		b.Address = p.Addr().String()
	}
	if err := s.bans.set(s.bus, b); err != nil {
		return err
	}
	said := encode(newErrorFrame(b.refusal(), requestHead{}))
	for _, c := range s.hub.all(true, false) {
		if ip, err := netip.ParseAddr(c.address); err == nil && p.Contains(ip.WithZone("")) {
			c.end(said, closeNotAllowed, "blocked")
		}
	}
	s.banned(ctx, AuditEntry{What: "blocked", Target: b.Address, Detail: reason})
	return nil
}

// lift ends a ban. Errors: not_allowed where there is none,
// not_kept.
func (s *Server) lift(ctx context.Context, b Ban, what string) error {
	if _, err := s.openLog(); err != nil {
		return err
	}
	b, ok, err := s.bans.lift(s.bus, b.key())
	switch {
	case err != nil:
		return err
	case !ok:
		return ErrNotAllowed.because("That was lifted already.")
	}
	s.banned(ctx, AuditEntry{What: what, UserID: b.UserID, Name: b.Name, Target: b.Address})
	return nil
}

// Unmute lets a person write again. Errors: not_allowed where they are not muted, not_kept.
func (s *Server) Unmute(ctx context.Context, userID string) error {
	return s.lift(ctx, Ban{Kind: muted, UserID: userID}, "unmuted")
}

// Unblock lets a person, or what comes from an address, in again. Errors: not_allowed where they are not blocked, not_kept.
func (s *Server) Unblock(ctx context.Context, userID, address string) error {
	if address != "" {
		return s.lift(ctx, Ban{Kind: blockedAddress, Address: address}, "unblocked")
	}
	return s.lift(ctx, Ban{Kind: blocked, UserID: userID}, "unblocked")
}

// banOf is a ban of a person that is known to the room.
func (s *Server) banOf(kind, userID, reason string) (Ban, error) {
	if _, err := s.openLog(); err != nil {
		return Ban{}, err
	}
	if len(s.hub.person(userID)) == 0 && !s.ledger.known(userID) && !s.persons.claimed(userID) {
		return Ban{}, ErrUnknownUser
	}
	return Ban{Kind: kind, UserID: userID, Name: s.nameOf(userID), Since: wireTime(time.Now()).String(), Reason: reason}, nil
}

// banned tells dashboards, and notes it.
func (s *Server) banned(ctx context.Context, e AuditEntry) {
	s.note(ctx, e)
	s.hub.touchPerson(e.UserID)
	s.events.raise(&s.events.blockedRev)
}

// nameOf is what a person is called, "" where that is not known.
func (s *Server) nameOf(userID string) string {
	for _, c := range s.hub.person(userID) {
		if name := c.client.who.Load().name; name != "" {
			return name
		}
	}
	return s.ledger.nameOf(userID)
}

// refusal is what those whom a ban keeps out read.
func (b Ban) refusal() *Error {
	if b.Reason != "" {
		return ErrNotAllowed.because(b.Reason)
	}
	return ErrNotAllowed.because("The operator has blocked you.")
}

// cleanReason is a reason as people read it.
func cleanReason(reason string) (string, error) {
	reason = strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' {
			return ' '
		}
		return r
	}, reason))
	if utf8.RuneCountInString(reason) > maxReason {
		return "", ErrTooLarge.because("A reason has at most 500 characters.")
	}
	return reason, nil
}

// mayWrite refuses what a muted person writes.
func (s *Server) mayWrite(userID string) error {
	if _, ok := s.bans.person(muted, userID); ok {
		return ErrNotAllowed.because("The operator has muted you: you can read, but not write.")
	}
	return nil
}

// keptOut ends the connection of who says, by an action, to be a blocked person.
func (c *client) keptOut(action, userID string) bool {
	b, ok := c.server.bans.person(blocked, userID)
	if ok {
		c.end(encode(newErrorFrame(b.refusal(), requestHead{Action: action})), closeNotAllowed, "blocked")
	}
	return ok
}
