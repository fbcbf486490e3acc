package limiter

import (
	"net/netip"
	"time"

	"golang.org/x/time/rate"
)

// This file limits wrong keys, passwords and codes, and new persons, by address, those of keys, passwords and new persons by
// Group. Each allows a number of attempts at once, then one each interval.

const (
	WrongKeys     = 10
	WrongKeyEvery = 6 * time.Second
	// WrongPasswords are fewer than keys: a person makes a password up.
	WrongPasswords     = 5
	WrongPasswordEvery = 30 * time.Second
	wrongCodes         = 10
	wrongCodeEvery     = 5 * time.Second
	// newPersons may come at once from one address, or as many as it may have connections: a school can be behind one.
	newPersons     = 60
	newPersonEvery = time.Minute
)

// Group is what the attempts of an address count for, beside those of others that the same person can have: this machine's
// own addresses are one, and so are those that begin with the same 64 bits of IPv6, which a single device draws as it likes,
// but for the link's own.
func Group(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	switch ip = ip.Unmap(); {
	case ip.IsLoopback():
		return "loopback"
	case ip.Is6() && !ip.IsLinkLocalUnicast():
		return netip.PrefixFrom(ip.WithZone(""), 64).Masked().String()
	}
	return ip.String()
}

// MayTryKey reports whether an address may offer a key; where not, wait is the time until the next attempt.
func (l *Limiter) MayTryKey(from string) (wait time.Duration, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	a := l.addressOf(Group(from))
	if l.limits().MaxPerAddress == 0 || a.keys == nil || a.keys.Tokens() >= 1 {
		return 0, true
	}
	return l.apart(WrongKeyEvery), false
}

// WrongKey counts a wrong key of an address.
func (l *Limiter) WrongKey(from string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	a := l.addressOf(Group(from))
	if a.keys == nil {
		a.keys = rate.NewLimiter(rate.Every(l.apart(WrongKeyEvery)), l.Share(WrongKeys))
	}
	a.keys.Allow()
}

// TryPassword counts an attempt at the password. ok is false if none is left, and wait how long until there is one.
// Otherwise undo takes the attempt back, for a right password.
func (l *Limiter) TryPassword(from string) (undo func(), wait time.Duration, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return reserve(&l.addressOf(Group(from)).passwords, l.apart(WrongPasswordEvery), l.Share(WrongPasswords))
}

// TryCode counts an attempt at the room's code. ok is false if none is left. wait is how long until there is one,
// also after an attempt that was the last for now. undo takes the attempt back, for a right code.
func (l *Limiter) TryCode(from string) (undo func(), wait time.Duration, ok bool) {
	if l.limits().MaxPerAddress == 0 {
		return func() {}, 0, true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return reserve(&l.addressOf(from).codes, l.apart(wrongCodeEvery), l.Share(wrongCodes))
}

// TryPerson counts one more new person who comes from an address: each leaves something that is kept for a while. ok is
// false if there may be no more for now. undo takes it back, where they do not come in.
func (l *Limiter) TryPerson(from string) (undo func(), ok bool) {
	perAddress := l.limits().MaxPerAddress
	if perAddress == 0 {
		return func() {}, true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	undo, _, ok = reserve(&l.addressOf(Group(from)).persons, newPersonEvery, max(newPersons, perAddress))
	return undo, ok
}

// Share is this machine's part of so many attempts that all machines of a room may allow at once; at least one.
func (l *Limiter) Share(attempts int) int { return max(1, attempts/l.machines) }

// apart is how far apart further attempts are here, where all machines together allow one each interval.
func (l *Limiter) apart(every time.Duration) time.Duration { return every * time.Duration(l.machines) }

// reserve takes one attempt off *l, which it makes where it is nil: burst attempts at once, then one each interval. ok is
// false if none is left. wait is how long until the next attempt, 0 if it may be made at once. undo gives the
// attempt back.
func reserve(l **rate.Limiter, every time.Duration, burst int) (undo func(), wait time.Duration, ok bool) {
	if *l == nil {
		*l = rate.NewLimiter(rate.Every(every), burst)
	}
	now := time.Now()
	attempt := (*l).ReserveN(now, 1)
	if wait = attempt.DelayFrom(now); wait > 0 {
		attempt.CancelAt(now)
		return nil, wait, false
	}
	if left := (*l).TokensAt(now); left < 1 {
		wait = time.Duration((1 - left) * float64(every))
	}
	return func() { attempt.CancelAt(now) }, wait, true
}
