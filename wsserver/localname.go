package wsserver

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
	// nameAsk is how long is waited for another to answer: three questions (RFC 6762 §8.1).
	nameAsk = 750 * time.Millisecond
	// nameAgain is how often a held name is asked for again, in case two took it at once, or networks have been joined.
	nameAgain = 5 * time.Minute
	// namesMost is how many names are tried.
	namesMost = 20
	kindName  = "name" // of an Address
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
type nameHolder struct {
	wake chan struct{} // something changed that it depends on

	mu   sync.Mutex // guards what follows
	told *LocalName // replaced as a whole; nil: none is announced
	last string     // the name held last, which is tried first
}

// localName is null while no name is announced.
func (s *lan) localName() *LocalName {
	s.names.mu.Lock()
	defer s.names.mu.Unlock()
	return s.names.told
}

// heldName is the name under which this server is known now, "" where it holds none.
func (s *lan) heldName() string {
	if n := s.localName(); n != nil {
		return n.Name
	}
	return ""
}

// tellName is what the operator sees from now on.
func (s *lan) tellName(n *LocalName) {
	s.names.mu.Lock()
	before := s.names.told
	s.names.told = n
	if n != nil && n.Name != "" {
		s.names.last = n.Name
	}
	s.names.mu.Unlock()
	if (before == nil) != (n == nil) || before != nil && *before != *n {
		s.changed()
		s.adjustDoor(context.Background()) // the certificate is for that name too
	}
}

// lookAtName wakes holdName.
func (s *lan) lookAtName() {
	select {
	case s.names.wake <- struct{}{}:
	default:
	}
}

// place is where a name is announced.
type place struct {
	interfaces []string
	addresses  []netip.Addr
	only       netip.Addr // where the server is bound to one address
}

// lowest is the lowest address of a family; not valid, and lower than any, where there is none.
func (p place) lowest(four bool) (least netip.Addr) {
	for _, a := range p.addresses {
		if a.Is4() == four && (!least.IsValid() || a.Less(least)) {
			least = a
		}
	}
	return least
}

// placeOfName is where people may be who look for the name: nowhere, where only this machine can reach the server.
func (s *lan) placeOfName() (p place) {
	if !s.limits().AnnounceName {
		return p
	}
	bound, _, _ := net.SplitHostPort(s.Addr().String())
	if ip, err := netip.ParseAddr(bound); err == nil && !ip.IsUnspecified() {
		p.only = ip.Unmap().WithZone("")
	}
	for _, a := range s.config.interfaces() {
		if kind := kindOfInterface(a); kind == kindLoopback || kind == kindVirtual || p.only.IsValid() && a.ip != p.only {
			continue
		}
		p.addresses = append(p.addresses, a.ip)
		if !slices.Contains(p.interfaces, a.name) {
			p.interfaces = append(p.interfaces, a.name)
		}
	}
	return p
}

// holdName takes a name, and holds it until ctx ends.
func (s *lan) holdName(ctx context.Context) {
	for ctx.Err() == nil {
		stop := func() error { return nil }
		if p := s.placeOfName(); len(p.interfaces) == 0 {
			s.tellName(nil)
		} else if answering, err := s.takeName(ctx, p); err == nil {
			stop = answering
		} else if ctx.Err() == nil {
			s.logger.Info("announce a name", "error", err)
			s.tellName(&LocalName{Problem: "No name can be announced on this network. The address works all the same."})
		}
		select {
		case <-s.names.wake:
		case <-time.After(nameAgain):
		case <-ctx.Done():
		}
		if err := stop(); err != nil {
			s.logger.Warn("stop announcing a name", "error", err)
		}
	}
	s.tellName(nil)
}

// takeName answers for the first name that nobody else does.
func (s *lan) takeName(ctx context.Context, p place) (stop func() error, err error) {
	s.names.mu.Lock()
	last := s.names.last
	s.names.mu.Unlock()
	for _, name := range candidates(last) {
		asking, cancel := context.WithTimeout(ctx, nameAsk)
		answer, found, err := s.config.Names.Ask(asking, name, p.interfaces)
		cancel()
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case err != nil:
			return nil, err
		case found && slices.Contains(p.addresses, answer):
			// The system itself calls this machine so.
			s.tellName(&LocalName{Name: name})
			return func() error { return nil }, nil
		case found && (name != last || answer.Less(p.lowest(answer.Is4()))):
			// Where two took it at once, the lower address keeps it: both decide alike.
			continue
		}
		stop, err = s.config.Names.Answer(name, p.interfaces, p.only)
		if err == nil {
			s.tellName(&LocalName{Name: name})
		}
		return stop, err
	}
	return nil, fmt.Errorf("%d names are taken", namesMost)
}

// candidates are the names to try, the one held last first.
func candidates(last string) []string {
	list := []string{}
	if last != "" {
		list = append(list, last)
	}
	for n := 1; n <= namesMost; n++ {
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
