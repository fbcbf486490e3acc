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
		"192.168.1.9": "belfry-2.local", "192.168.1.99": "belfry.local", "192.168.1.24": "belfry.local", // as this server itself would
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
		if s.AnnouncedName() != want {
			t.Errorf("beside %s it announces %q, want %q", other, s.AnnouncedName(), want)
		}
	}
}

// Whoever answers with this machine's address does not keep the server from answering: only of its own name the system does.
func TestClaimName_AnswersBesideWhoSpeaksForIt(t *testing.T) {
	ours := netip.MustParseAddr("192.168.1.24")
	here := nameScope{Interfaces: []string{"eth0"}, Addresses: []netip.Addr{ours, netip.MustParseAddr("fd12:8:1::24")}}
	for _, row := range []struct {
		host, last, want string
	}{
		{"desk", "", "belfry.local"}, {"desk", "belfry.local", "belfry.local"}, {"belfry", "", ""}, {"belfry", "belfry.local", ""},
	} {
		for _, answer := range here.Addresses {
			n := &twin{answer: answer}
			s := New(Options{
				Names: n, OwnNames: func() []string { return []string{row.host, row.host + ".local"} }, Changed: func() {},
				Addr: func() net.Addr { return nil }, Limits: func() *settings.Effective { return &settings.Effective{} },
			})
			s.name.last = row.last
			if _, err := s.claimName(t.Context(), here); err != nil {
				t.Fatal(err)
			}
			if n.answered != row.want || s.AnnouncedName() != "belfry.local" {
				t.Errorf("%+v, %s: answers for %q, announces %q", row, answer, n.answered, s.AnnouncedName())
			}
		}
	}
}
