package lan

import (
	"context"
	"net"
	"net/netip"
	"testing"

	"belfry/wsserver/settings"
)

// twin is a network on which another machine answers for belfry.local.
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

// Of two machines that took the same name at once, the one with the lower address keeps it.
func TestClaimName_LowerAddressKeepsIt(t *testing.T) {
	here := nameScope{Interfaces: []string{"eth0"}, Addresses: []netip.Addr{netip.MustParseAddr("192.168.1.24")}, Only: netip.Addr{}}
	for other, want := range map[string]string{
		"192.168.1.9": "belfry-2.local", "192.168.1.99": "belfry.local", "192.168.1.24": "", // itself: the system answers
	} {
		n := &twin{answer: netip.MustParseAddr(other)}
		s := New(Options{
			Names: n, Changed: func() {}, Addr: func() net.Addr { return nil }, Limits: func() *settings.Effective { return &settings.Effective{} },
		})
		s.name.last = "belfry.local"
		if _, err := s.claimName(t.Context(), here); err != nil {
			t.Fatal(err)
		}
		if n.answered != want {
			t.Errorf("beside %s it answers for %q, want %q", other, n.answered, want)
		}
		if n.answered == "" && s.AnnouncedName() != "belfry.local" {
			t.Errorf("the system's own name is not announced: %q", s.AnnouncedName())
		}
	}
}
