package wsserver

import (
	"context"
	"net/netip"
	"testing"

	"belfry/wsserver/lan"
)

// twin is a network on which somebody answers for every name.
type twin struct {
	answer   netip.Addr
	answered string
}

func (t *twin) Ask(_ context.Context, name string, _ []string) (netip.Addr, bool, error) {
	return t.answer, name == "belfry.local", nil
}

func (t *twin) Answer(name string, _ []string, _ netip.Addr) (func() error, error) {
	t.answered = name
	return func() error { return nil }, nil
}

// Two that took the same name at once find out when they ask again, and one of them moves on.
func TestTakeName_LowerAddressKeepsIt(t *testing.T) {
	here := lan.NameScope{Interfaces: []string{"eth0"}, Addresses: []netip.Addr{netip.MustParseAddr("192.168.1.24")}, Only: netip.Addr{}}
	for other, want := range map[string]string{
		"192.168.1.9": "belfry-2.local", "192.168.1.99": "belfry.local", "192.168.1.24": "", // itself: the system answers
	} {
		n := &twin{answer: netip.MustParseAddr(other)}
		s := New(Config{Names: n})
		s.lan.Names.Last = "belfry.local"
		if _, err := s.lan.ClaimName(t.Context(), here); err != nil {
			t.Fatal(err)
		}
		if n.answered != want {
			t.Errorf("beside %s it answers for %q, want %q", other, n.answered, want)
		}
		if n.answered == "" && s.lan.AnnouncedName() != "belfry.local" {
			t.Errorf("the system's own name is not held: %q", s.lan.AnnouncedName())
		}
	}
}
