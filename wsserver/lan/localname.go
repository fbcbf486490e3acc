package lan

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"
)

// This file announces a name under which the network can find this server. A name is queried first: where another machine
// answers for it, the next one is tried. The name is a convenience beside the address: much of Android, and many networks,
// do not support such names.

const (
	// nameAskTimeout is how long another machine has to answer: three queries (RFC 6762 §8.1).
	nameAskTimeout = 750 * time.Millisecond
	// nameRecheck is how often an announced name is queried again, in case two machines took it at once, or networks were
	// joined.
	nameRecheck = 5 * time.Minute
	// maxNames is how many names are tried.
	maxNames = 20
	kindName = "name" // of an Address
)

// NameService queries names on the local network and answers for one; package mdns implements it.
type NameService interface {
	// Ask queries until a machine answers, or ctx ends: found is then false.
	Ask(ctx context.Context, name string, interfaces []string) (answer netip.Addr, found bool, err error)
	// Answer answers queries with address, or where that is not valid with each interface's own, until stop is called.
	Answer(name string, interfaces []string, address netip.Addr) (stop func() error, err error)
}

// LocalName is that name as the operator sees it.
type LocalName struct {
	// Name that is announced, "belfry.local"; "" while it is queried.
	Name string `json:"name"`
	// Problem is why none is announced; "" if one is, or still may be.
	Problem string `json:"problem"`
}

// announcedName is the state of the announced name.
type announcedName struct {
	wake chan struct{} // the settings or the network have changed

	mu      sync.Mutex // guards what follows
	current *LocalName // replaced as a whole; nil: none is announced
	last    string     // the name announced last, which is tried first
}

// LocalName returns nil while no name is announced.
func (s *LAN) LocalName() *LocalName {
	s.name.mu.Lock()
	defer s.name.mu.Unlock()
	return s.name.current
}

// AnnouncedName is the name that is announced now, "" if there is none.
func (s *LAN) AnnouncedName() string {
	if n := s.LocalName(); n != nil {
		return n.Name
	}
	return ""
}

// setName replaces the LocalName that the operator sees.
func (s *LAN) setName(n *LocalName) {
	s.name.mu.Lock()
	before := s.name.current
	s.name.current = n
	if n != nil && n.Name != "" {
		s.name.last = n.Name
	}
	s.name.mu.Unlock()
	if (before == nil) != (n == nil) || before != nil && *before != *n {
		s.options.Changed()
		s.UpdateSecurePort(context.Background()) // the certificate is for that name too
	}
}

// RecheckName makes AnnounceName look at the settings and the network again.
func (s *LAN) RecheckName() {
	select {
	case s.name.wake <- struct{}{}:
	default:
	}
}

// nameScope is where a name is announced; the zero value is nowhere.
type nameScope struct {
	Interfaces []string
	Addresses  []netip.Addr
	Only       netip.Addr // where the server is bound to one address
}

// lowest is the lowest address of a family, or the invalid one, which sorts before all.
func (p nameScope) lowest(four bool) (least netip.Addr) {
	for _, a := range p.Addresses {
		if a.Is4() == four && (!least.IsValid() || a.Less(least)) {
			least = a
		}
	}
	return least
}

// scope is where the name should be announced: nowhere, if only this machine can reach the server.
func (s *LAN) scope() (p nameScope) {
	if !s.options.Limits().AnnounceName {
		return p
	}
	bound, _, _ := net.SplitHostPort(s.options.Addr().String())
	if ip, err := netip.ParseAddr(bound); err == nil && !ip.IsUnspecified() {
		p.Only = ip.Unmap().WithZone("")
	}
	for _, a := range s.options.Interfaces() {
		if kind := kindOfInterface(a); kind == kindLoopback || kind == kindVirtual || p.Only.IsValid() && a.IP != p.Only {
			continue
		}
		p.Addresses = append(p.Addresses, a.IP)
		if !slices.Contains(p.Interfaces, a.Name) {
			p.Interfaces = append(p.Interfaces, a.Name)
		}
	}
	return p
}

// AnnounceName announces a name until ctx ends.
func (s *LAN) AnnounceName(ctx context.Context) {
	for ctx.Err() == nil {
		stop := func() error { return nil }
		if p := s.scope(); len(p.Interfaces) == 0 {
			s.setName(nil)
		} else if answering, err := s.claimName(ctx, p); err == nil {
			stop = answering
		} else if ctx.Err() == nil {
			s.options.Logger.Info("announce a name", "error", err)
			s.setName(&LocalName{Problem: "Belfry cannot announce a name on this network. The address still works."})
		}
		select {
		case <-s.name.wake:
		case <-time.After(nameRecheck):
		case <-ctx.Done():
		}
		if err := stop(); err != nil {
			s.options.Logger.Warn("stop announcing a name", "error", err)
		}
	}
	s.setName(nil)
}

// claimName answers for the first candidate for which no other machine answers.
func (s *LAN) claimName(ctx context.Context, p nameScope) (stop func() error, err error) {
	s.name.mu.Lock()
	last := s.name.last
	s.name.mu.Unlock()
	for _, name := range candidates(last) {
		asking, cancel := context.WithTimeout(ctx, nameAskTimeout)
		answer, found, err := s.options.Names.Ask(asking, name, p.Interfaces)
		cancel()
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case err != nil:
			return nil, err
		case found && slices.Contains(p.Addresses, answer) && slices.Contains(s.options.OwnNames(), name):
			// It is this machine's own name, and the system answers for it. Of any other name anybody may have answered so:
			// answering as well does no harm, and nobody else can then answer otherwise unseen.
			s.setName(&LocalName{Name: name})
			return func() error { return nil }, nil
		case found && !slices.Contains(p.Addresses, answer) && (name != last || answer.Less(p.lowest(answer.Is4()))):
			// Where two machines took it at once, the lower address keeps it: both decide alike.
			continue
		}
		stop, err = s.options.Names.Answer(name, p.Interfaces, p.Only)
		if err == nil {
			s.setName(&LocalName{Name: name})
		}
		return stop, err
	}
	return nil, fmt.Errorf("%d names are taken", maxNames)
}

// candidates are the names to try, the one announced last first.
func candidates(last string) []string {
	list := []string{}
	if last != "" {
		list = append(list, last)
	}
	for n := 1; n <= maxNames; n++ {
		name := "belfry.local"
		if n > 1 {
			name = fmt.Sprintf("belfry-%d.local", n)
		}
		if name != last {
			list = append(list, name)
		}
	}
	return list
}
