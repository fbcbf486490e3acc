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

// This file is the name under which the network may find this server without knowing its address. It is asked for
// first: where another answers for it, the next is taken. The address is the contract, the name a convenience: much of
// Android, and many networks, know no such names.

const (
	// nameAskTimeout is how long is waited for another to answer: three questions (RFC 6762 §8.1).
	nameAskTimeout = 750 * time.Millisecond
	// nameRecheck is how often a held name is asked for again, in case two took it at once, or networks have been joined.
	nameRecheck = 5 * time.Minute
	// maxNames is how many names are tried.
	maxNames = 20
	kindName = "name" // of an Address
)

// NameService asks for names on the local network and answers for one; package mdns has it.
type NameService interface {
	// Ask asks until somebody answers, or ctx ends: found is then false.
	Ask(ctx context.Context, name string, interfaces []string) (answer netip.Addr, found bool, err error)
	// Answer answers with address, or where that is not valid with each interface's own, until stop is called.
	Answer(name string, interfaces []string, address netip.Addr) (stop func() error, err error)
}

// LocalName is that name as the operator is told of it.
type LocalName struct {
	// Name that is held, "belfry.local"; "" while it is asked for.
	Name string `json:"name"`
	// Problem is why none is held; "" where one is, or may yet be.
	Problem string `json:"problem"`
}

// nameHolder is what is known of the name.
type NameState struct {
	Wake chan struct{} // something changed that it depends on

	mu      sync.Mutex // guards what follows
	current *LocalName // replaced as a whole; nil: none is announced
	Last    string     // the name held last, which is tried first
}

// localName is null while no name is announced.
func (s *LAN) LocalName() *LocalName {
	s.Names.mu.Lock()
	defer s.Names.mu.Unlock()
	return s.Names.current
}

// heldName is the name under which this server is known now, "" where it holds none.
func (s *LAN) AnnouncedName() string {
	if n := s.LocalName(); n != nil {
		return n.Name
	}
	return ""
}

// setName is what the operator sees from now on.
func (s *LAN) setName(n *LocalName) {
	s.Names.mu.Lock()
	before := s.Names.current
	s.Names.current = n
	if n != nil && n.Name != "" {
		s.Names.Last = n.Name
	}
	s.Names.mu.Unlock()
	if (before == nil) != (n == nil) || before != nil && *before != *n {
		s.Changed()
		s.UpdateSecurePort(context.Background()) // the certificate is for that name too
	}
}

// lookAtName wakes holdName.
func (s *LAN) RecheckName() {
	select {
	case s.Names.Wake <- struct{}{}:
	default:
	}
}

// place is where a name is announced.
type NameScope struct {
	Interfaces []string
	Addresses  []netip.Addr
	Only       netip.Addr // where the server is bound to one address
}

// lowest is the lowest address of a family; not valid, and lower than any, where there is none.
func (p NameScope) lowest(four bool) (least netip.Addr) {
	for _, a := range p.Addresses {
		if a.Is4() == four && (!least.IsValid() || a.Less(least)) {
			least = a
		}
	}
	return least
}

// nameScope is where people may be who look for the name: nowhere, where only this machine can reach the server.
func (s *LAN) nameScope() (p NameScope) {
	if !s.Limits().AnnounceName {
		return p
	}
	bound, _, _ := net.SplitHostPort(s.Addr().String())
	if ip, err := netip.ParseAddr(bound); err == nil && !ip.IsUnspecified() {
		p.Only = ip.Unmap().WithZone("")
	}
	for _, a := range s.Config.Interfaces() {
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

// holdName takes a name, and holds it until ctx ends.
func (s *LAN) AnnounceName(ctx context.Context) {
	for ctx.Err() == nil {
		stop := func() error { return nil }
		if p := s.nameScope(); len(p.Interfaces) == 0 {
			s.setName(nil)
		} else if answering, err := s.ClaimName(ctx, p); err == nil {
			stop = answering
		} else if ctx.Err() == nil {
			s.Logger.Info("announce a name", "error", err)
			s.setName(&LocalName{Problem: "No name can be announced on this network. The address works all the same."})
		}
		select {
		case <-s.Names.Wake:
		case <-time.After(nameRecheck):
		case <-ctx.Done():
		}
		if err := stop(); err != nil {
			s.Logger.Warn("stop announcing a name", "error", err)
		}
	}
	s.setName(nil)
}

// takeName answers for the first name that nobody else does.
func (s *LAN) ClaimName(ctx context.Context, p NameScope) (stop func() error, err error) {
	s.Names.mu.Lock()
	last := s.Names.Last
	s.Names.mu.Unlock()
	for _, name := range candidates(last) {
		asking, cancel := context.WithTimeout(ctx, nameAskTimeout)
		answer, found, err := s.Config.Names.Ask(asking, name, p.Interfaces)
		cancel()
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case err != nil:
			return nil, err
		case found && slices.Contains(p.Addresses, answer):
			// The system itself calls this machine so.
			s.setName(&LocalName{Name: name})
			return func() error { return nil }, nil
		case found && (name != last || answer.Less(p.lowest(answer.Is4()))):
			// Where two took it at once, the lower address keeps it: both decide alike.
			continue
		}
		stop, err = s.Config.Names.Answer(name, p.Interfaces, p.Only)
		if err == nil {
			s.setName(&LocalName{Name: name})
		}
		return stop, err
	}
	return nil, fmt.Errorf("%d names are taken", maxNames)
}

// candidates are the names to try, the one held last first.
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
