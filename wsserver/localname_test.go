package wsserver_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"testing"
	"time"

	"belfry/wsserver"
	"belfry/wsserver/lan"
	"belfry/wsserver/settings"
	"belfry/wsserver/wstest"
)

// fakeNet is a local network: names, and the addresses that answer for them.
type fakeNet struct {
	mu       sync.Mutex
	others   map[string]netip.Addr
	answered map[string]bool
	asked    []string
	broken   error
}

func newFakeNet(others ...string) *fakeNet {
	n := &fakeNet{others: map[string]netip.Addr{}, answered: map[string]bool{}}
	for _, name := range others {
		n.others[name] = netip.MustParseAddr("203.0.113.9")
	}
	return n
}

func (n *fakeNet) Ask(_ context.Context, name string, interfaces []string) (netip.Addr, bool, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.asked = append(n.asked, name)
	if n.broken != nil || len(interfaces) == 0 {
		return netip.Addr{}, false, errors.Join(n.broken, errors.ErrUnsupported)
	}
	answer, found := n.others[name]
	return answer, found, nil
}

func (n *fakeNet) Answer(name string, _ []string, _ netip.Addr) (func() error, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.answered[name] = true
	return func() error {
		n.mu.Lock()
		defer n.mu.Unlock()
		delete(n.answered, name)
		return nil
	}, nil
}

// take has another machine answer for a name from now on.
func (n *fakeNet) take(name, address string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.others[name] = netip.MustParseAddr(address)
}

func (n *fakeNet) answers(name string) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.answered[name]
}

// lanListener claims to listen on every address of a machine.
type lanListener struct{ *wstest.Listener }

func (lanListener) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv6unspecified, Port: 8000} }

// onLAN puts the server on a network, on which names are announced.
func onLAN(n *fakeNet) func(*wsserver.Config) {
	return func(c *wsserver.Config) {
		c.Listener, c.Names = lanListener{Listener: c.Listener.(*wstest.Listener)}, n
		c.SetInterfaces("lo", "127.0.0.1", "wlan0", "192.168.1.24", "docker0", "172.17.0.1")
	}
}

func wantName(t *testing.T, r *room, want lan.LocalName) {
	t.Helper()
	waitIdle()
	if got := r.State().LocalName; got == nil || *got != want {
		t.Fatalf("the name is %+v, want %+v", got, want)
	}
}

func TestLocalName_IsAnnouncedShownAndAcceptedAsHost(t *testing.T) {
	n := newFakeNet()
	inRoom(t, func(t *testing.T, r *room) {
		wantName(t, r, lan.LocalName{Name: "belfry.local"})
		want := lan.Address{URL: "http://belfry.local:8000/", Host: "belfry.local", Port: ":8000", Kind: "name"}
		if all := r.State().Addresses; all[len(all)-1] != want {
			t.Errorf("the last address is %+v", all[len(all)-1])
		}
		if shown := r.State().Address; shown.Host != "192.168.1.24" {
			t.Errorf("the address shown is %+v", shown)
		}
		host := func(name string, want int) {
			t.Helper()
			req := request(t, "GET", "/room")
			req.Host = name
			if answer, _ := r.do(req); answer.StatusCode != want {
				t.Errorf("asked by %s: %s", name, answer.Status)
			}
		}
		host("Belfry.local:8000", http.StatusOK)
		host("belfry-2.local", http.StatusForbidden)
		off := false
		if _, err := r.SetSettings(t.Context(), settings.Change{AnnounceName: &off}); err != nil {
			t.Fatal(err)
		}
		waitIdle()
		if r.State().LocalName != nil || n.answers("belfry.local") {
			t.Error("switched off, and still announced")
		}
		host("belfry.local", http.StatusForbidden)
	}, onLAN(n))
}

func TestLocalName_IsTheNextWhereAnotherAnswers(t *testing.T) {
	n := newFakeNet("belfry.local", "belfry-2.local")
	inRoom(t, func(t *testing.T, r *room) {
		wantName(t, r, lan.LocalName{Name: "belfry-3.local"})
		if n.answers("belfry.local") || !n.answers("belfry-3.local") {
			t.Error("answers for another's name, or not for its own")
		}
		r.stop()
		if n.answers("belfry-3.local") {
			t.Error("answers after the end")
		}
	}, onLAN(n))
}

// A machine with a lower address took the same name at the same time: the next query finds out.
func TestLocalName_MovesOnWhereTwoTookItAtOnce(t *testing.T) {
	n := newFakeNet()
	inRoom(t, func(t *testing.T, r *room) {
		wantName(t, r, lan.LocalName{Name: "belfry.local"})
		n.take("belfry.local", "192.168.1.9")
		time.Sleep(6 * time.Minute)
		wantName(t, r, lan.LocalName{Name: "belfry-2.local"})
	}, onLAN(n))
}

func TestLocalName_SaysThatNoneCanBeAnnounced(t *testing.T) {
	n := newFakeNet()
	n.broken = errors.New("no multicasts here")
	inRoom(t, func(t *testing.T, r *room) {
		wantName(t, r, lan.LocalName{Problem: "Belfry cannot announce a name on this network. The address still works."})
	}, onLAN(n))
}

func TestLocalName_IsNoneWhereOnlyThisMachineReachesTheServer(t *testing.T) {
	n := newFakeNet()
	inRoom(t, func(t *testing.T, r *room) {
		waitIdle()
		if len(n.asked) > 0 || r.State().LocalName != nil {
			t.Errorf("bound to loopback, and asked for %q", n.asked)
		}
	}, func(c *wsserver.Config) { c.Names = n })
}
