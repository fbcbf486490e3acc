package lan

import (
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
)

func netAddrs(pairs ...string) (list []NetAddr) {
	for i := 0; i < len(pairs); i += 2 {
		list = append(list, NetAddr{IP: netip.MustParseAddr(pairs[i+1]), Name: pairs[i]})
	}
	return list
}

func TestRank_PutsTheAddressThatPhonesReachFirst(t *testing.T) {
	for name, row := range map[string]struct {
		addrs  []NetAddr
		routes string
		want   string
	}{
		"DefaultRouteFirst":        {netAddrs("lo", "127.0.0.1", "eth0", "10.0.0.2", "wlan0", "192.168.1.24"), "192.168.1.24", "192.168.1.24 10.0.0.2"},
		"VirtualLast":              {netAddrs("docker0", "172.17.0.1", "vboxnet0", "192.168.56.1", "enp3s0", "192.168.1.24"), "", "192.168.1.24 172.17.0.1 192.168.56.1"},
		"ARouteThroughAVPNIsNoLAN": {netAddrs("tun0", "10.8.0.2", "wlp2s0", "192.168.1.24"), "10.8.0.2", "192.168.1.24 10.8.0.2"},
		"IPv4BeforeIPv6":           {netAddrs("eth0", "fd12::24", "eth0", "192.168.1.24", "eth0", "2001:db8::7"), "", "192.168.1.24 fd12::24 2001:db8::7"},
		"LinkLocalNever":           {netAddrs("eth0", "fe80::1", "eth0", "169.254.3.4", "eth0", "10.0.0.2"), "", "10.0.0.2"},
		"LoopbackWhereNothingElse": {netAddrs("lo", "127.0.0.1", "lo", "::1"), "", "127.0.0.1 ::1"},
		"NoneAtAll":                {nil, "", ""},
		"UnknownAfterWiFiAndCable": {netAddrs("foo0", "10.0.0.9", "Wi-Fi", "10.0.0.2"), "", "10.0.0.2 10.0.0.9"},
		"WindowsSwitchIsNoCable":   {netAddrs("vEthernet (WSL)", "172.20.0.1", "Ethernet", "10.0.0.2"), "", "10.0.0.2 172.20.0.1"},
	} {
		var routes []netip.Addr
		if row.routes != "" {
			routes = append(routes, netip.MustParseAddr(row.routes))
		}
		var got []string
		for _, a := range rank(row.addrs, routes) {
			got = append(got, a.IP.String())
		}
		if strings.Join(got, " ") != row.want {
			t.Errorf("%s: %v, want %s", name, got, row.want)
		}
	}
}

func TestSelectAddress(t *testing.T) {
	list := []Address{{Host: "a"}, {Host: "b"}}
	for host, want := range map[string]string{"b": "b", "": "a", "gone": "a"} {
		if got := SelectAddress(list, host).Host; got != want {
			t.Errorf("picked %q: shown %q, want %q", host, got, want)
		}
	}
	if got := SelectAddress(nil, "a"); got != (Address{}) {
		t.Errorf("of none: %+v", got)
	}
}

func TestInterfaceAddrs_HaveThisMachinesLoopback(t *testing.T) {
	if !slices.ContainsFunc(InterfaceAddrs(), func(a NetAddr) bool { return a.IP.IsLoopback() }) {
		t.Skip("this machine has no loopback")
	}
	if interfaceOf(netip.MustParseAddr("127.0.0.1"), InterfaceAddrs()) == "" || interfaceOf(netip.MustParseAddr("192.0.2.77"), InterfaceAddrs()) != "" {
		t.Error("interfaces are not told apart")
	}
}

func TestQR_IsASquareWithItsThreeCorners(t *testing.T) {
	code := NewQR("http://192.168.1.24:8000/")
	if code.Size < 21 || code.Size%4 != 1 {
		t.Errorf("size %d", code.Size)
	}
	for _, corner := range []string{"M0 0h7v1h-7z", "M0 6h7v1h-7z"} {
		if !strings.Contains(code.Path, corner) {
			t.Errorf("no corner %s in %.80s", corner, code.Path)
		}
	}
	if strings.Trim(code.Path, "Mhvz-0123456789 ") != "" {
		t.Errorf("the path holds more than moves and lines: %.80s", code.Path)
	}
	if NewQR("") != (QR{}) || NewQR(strings.Repeat("x", 5000)) != (QR{}) {
		t.Error("what cannot be shown is not left out")
	}
}

// This machine is known under what routers and systems call a network of one's own, and under no name that somebody can own.
func TestOwnNames_AreThoseThatNobodyElseCanOwn(t *testing.T) {
	name, err := os.Hostname()
	if err != nil || name == "" {
		t.Skip("this machine has no name")
	}
	short, _, _ := strings.Cut(strings.ToLower(name), ".")
	own := OwnNames()
	for _, suffix := range []string{"", ".local", ".lan", ".home", ".home.arpa", ".internal", ".localdomain"} {
		if !slices.Contains(own, short+suffix) {
			t.Errorf("%s%s is not this machine: %q", short, suffix, own)
		}
	}
	for _, suffix := range []string{".fritz.box", ".box", ".home.example", ".corp", ".intranet", ".com", ".speedport.ip", ".lan.example"} {
		if slices.Contains(own, short+suffix) && strings.ToLower(name) != short+suffix {
			t.Errorf("%s%s is this machine", short, suffix)
		}
	}
}
