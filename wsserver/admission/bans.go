package admission

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"belfry/wsserver/identity"
	"belfry/wsserver/msglog"
	"belfry/wsserver/wire"
)

// recordBan is the kind of record that a ban is kept in.
const recordBan = "ban"

// Kinds of ban.
const (
	Muted          = "muted"
	Blocked        = "blocked"
	BlockedAddress = "address"
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

// key identifies a ban: there is one of each kind for a person or an address.
func (b Ban) key() string { return b.Kind + "\x00" + b.UserID + b.Address }

// MutedBy returns whom a record is about, if that is a person who is muted, or not any more.
func MutedBy(r msglog.Record) (userID string, ok bool) {
	if r.Kind != recordBan {
		return "", false
	}
	return strings.CutPrefix(r.Key, Ban{Kind: Muted}.key())
}

// BlockedAnswer lists the bans, the newest first.
type BlockedAnswer struct {
	Muted     []Ban `json:"muted"`
	People    []Ban `json:"people"`
	Addresses []Ban `json:"addresses"`
}

// Bans are the muted and blocked persons, by user_id, and the blocked addresses. The zero value is empty; Load it before
// use.
type Bans struct {
	changing sync.Mutex // held while one is made or lifted, before mu

	mu       sync.RWMutex
	by       map[string]Ban          // by Ban.key
	networks map[netip.Prefix]string // of blocked addresses, to the keys in by
}

// Load reads what the log keeps. It may block for a disk.
func (l *Bans) Load(ctx context.Context, log msglog.Log) error {
	l.mu.Lock()
	l.by, l.networks = map[string]Ban{}, map[netip.Prefix]string{}
	l.mu.Unlock()
	return msglog.Fill(ctx, log, l)
}

// Kinds are the kinds of record that Put takes.
func (l *Bans) Kinds() []string { return []string{recordBan} }

// Put takes a ban as it is in the log: from then on it is in force, or lifted.
func (l *Bans) Put(r msglog.Record) error {
	if r.Erased() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.drop(r.Key)
		return nil
	}
	b, err := msglog.Decode[Ban](r)
	if err != nil {
		return err
	}
	if _, err := ParseNetwork(b.Address); b.key() != r.Key || b.Kind == BlockedAddress && err != nil {
		return errDamaged // without it somebody whom the operator has blocked could join
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.put(b)
	return nil
}

// errDamaged is why a record is not read. The room does not start without it.
var errDamaged = errors.New("it is damaged")

// put adds a ban. mu is held.
func (l *Bans) put(b Ban) {
	l.by[b.key()] = b
	if b.Kind == BlockedAddress {
		if p, err := ParseNetwork(b.Address); err == nil {
			l.networks[p] = b.key()
		}
	}
}

// drop removes a ban. mu is held.
func (l *Bans) drop(key string) {
	delete(l.by, key)
	for p, of := range l.networks {
		if of == key {
			delete(l.networks, p)
		}
	}
}

// Set makes a ban durable, and so puts it in force. A guest's lasts no longer than the guest, and is not kept. Its error is
// the Keeper's.
func (l *Bans) Set(k msglog.Keeper, b Ban) error {
	l.changing.Lock()
	defer l.changing.Unlock()
	if identity.IsGuest(b.UserID) {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.put(b)
		return nil
	}
	value, err := json.Marshal(b)
	if err != nil {
		return err
	}
	return k.Keep(msglog.Record{Kind: recordBan, Key: b.key(), Value: value})
}

// Lift ends the ban of a kind for a person or an address, durably, and returns it; ok is false if there is none. Its
// error is the Keeper's.
func (l *Bans) Lift(k msglog.Keeper, which Ban) (b Ban, ok bool, err error) {
	key := which.key()
	l.changing.Lock()
	defer l.changing.Unlock()
	if b, ok = l.get(key); !ok {
		return b, false, nil
	}
	if !identity.IsGuest(b.UserID) {
		return b, true, k.Keep(msglog.Record{Kind: recordBan, Key: key})
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.drop(key)
	return b, true, nil
}

// ForgetGuest lifts the mute of a guest whose connection has ended.
func (l *Bans) ForgetGuest(guestID string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.by, Ban{Kind: Muted, UserID: guestID}.key())
}

func (l *Bans) get(key string) (Ban, bool) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	b, ok := l.by[key]
	return b, ok
}

// OfPerson is the ban of a kind that a person is under.
func (l *Bans) OfPerson(kind, userID string) (Ban, bool) {
	l.mu.RLock()
	nobody := len(l.by) == 0 // as a rule: no key need be made for each message
	l.mu.RUnlock()
	if nobody {
		return Ban{}, false
	}
	return l.get(Ban{Kind: kind, UserID: userID}.key())
}

// OfAddress is the ban that an address is under.
func (l *Bans) OfAddress(address string) (Ban, bool) {
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

// All is every ban, by kind.
func (l *Bans) All() BlockedAnswer {
	l.mu.RLock()
	defer l.mu.RUnlock()
	a := BlockedAnswer{Muted: []Ban{}, People: []Ban{}, Addresses: []Ban{}}
	for _, b := range l.by {
		switch b.Kind {
		case Muted:
			a.Muted = append(a.Muted, b)
		case Blocked:
			a.People = append(a.People, b)
		case BlockedAddress:
			a.Addresses = append(a.Addresses, b)
		}
	}
	for _, list := range [][]Ban{a.Muted, a.People, a.Addresses} {
		slices.SortFunc(list, func(x, y Ban) int { return cmp.Or(cmp.Compare(y.Since, x.Since), cmp.Compare(x.key(), y.key())) })
	}
	return a
}

// ParseNetwork reads an IP address, as the network of that alone, or a network. IPv4 written as IPv6 is IPv4.
func ParseNetwork(s string) (netip.Prefix, error) {
	if ip, err := netip.ParseAddr(s); err == nil {
		ip = ip.Unmap().WithZone("")
		return netip.PrefixFrom(ip, ip.BitLen()), nil
	}
	p, err := netip.ParsePrefix(s)
	if a := p.Addr(); a.Is4In6() && p.Bits() >= 96 { // addresses are looked up as IPv4
		p = netip.PrefixFrom(a.Unmap(), p.Bits()-96)
	}
	return p.Masked(), err
}

// Refusal returns the error for a banned person or address.
func (b Ban) Refusal() *wire.Error {
	e := wire.ErrNotAllowed.WithMessage(cmp.Or(b.Reason, "The operator blocked you."))
	e.Blocked = true
	return e
}

// CleanReason is a reason as people read it; a blank one is "": whoever is to go goes, whatever was typed as the reason.
// Errors: too_large beyond 500 characters.
func CleanReason(reason string) (string, error) {
	if wire.IsBlank(reason) {
		return "", nil
	}
	reason = strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' {
			return ' '
		}
		return r
	}, reason))
	if utf8.RuneCountInString(reason) > wire.MaxReason {
		return "", wire.ErrTooLarge.WithMessage("A reason has at most 500 characters.")
	}
	return reason, nil
}
