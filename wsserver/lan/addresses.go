package lan

import (
	"cmp"
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"

	"github.com/boombuler/barcode/qr"
)

// Kinds of address, by the network interface it belongs to.
const (
	kindWifi     = "wifi"
	kindCable    = "cable"
	kindOther    = "other"
	kindVirtual  = "virtual" // of a virtual machine, a container or a VPN: phones cannot reach it
	kindLoopback = "loopback"
)

// Address is one address of this server.
type Address struct {
	URL       string `json:"url"`  // "http://192.168.1.24:8000/"
	Host      string `json:"host"` // "192.168.1.24", "[fd12:8:1::24]"
	Port      string `json:"port"` // ":8000", "" if the scheme's own
	Kind      string `json:"kind"`
	Interface string `json:"interface"`
	// Default: it is the default route's.
	Default bool `json:"default"`
}

// NetAddr is an address of one of this machine's interfaces.
type NetAddr struct {
	IP   netip.Addr
	Name string // of the interface
}

// Addresses lists the addresses of this server, the best first. The announced name comes last: it does not work everywhere.
func (s *LAN) Addresses() []Address {
	list := s.ipAddresses()
	if name := s.AnnouncedName(); name != "" {
		list = append(list, s.addressAt(name, kindName))
	}
	return list
}

// ipAddresses are those without the announced name.
func (s *LAN) ipAddresses() []Address {
	bound, _, _ := net.SplitHostPort(s.options.Addr().String())
	if ip, err := netip.ParseAddr(bound); err == nil && !ip.IsUnspecified() {
		return []Address{s.address(NetAddr{ip.Unmap(), interfaceOf(ip, s.options.Interfaces())}, defaultRoutes())}
	}
	routes := defaultRoutes()
	var list []Address
	for _, a := range rank(s.options.Interfaces(), routes) {
		list = append(list, s.address(a, routes))
	}
	return list
}

func (s *LAN) address(a NetAddr, routes []netip.Addr) Address {
	host := a.IP.String()
	if a.IP.Is6() {
		host = "[" + host + "]"
	}
	at := s.addressAt(host, kindOfInterface(a))
	at.Interface, at.Default = a.Name, slices.Contains(routes, a.IP)
	return at
}

// addressAt is the address with a host as it is written in a URL.
func (s *LAN) addressAt(host, kind string) Address {
	port := ":" + s.port()
	if s.scheme() == "http" && port == ":80" || s.scheme() == "https" && port == ":443" {
		port = ""
	}
	return Address{URL: fmt.Sprintf("%s://%s%s/", s.scheme(), host, port), Host: host, Port: port, Kind: kind}
}

// rank sorts addresses: the default route's first, then by kind, IPv4 before IPv6, private before public. Loopback is
// listed only if there is nothing else, link-local addresses never: browsers cannot open them.
func rank(list []NetAddr, routes []netip.Addr) []NetAddr {
	weight := map[string]int{kindWifi: 1, kindCable: 1, kindOther: 2, kindVirtual: 3, kindLoopback: 4}
	score := func(a NetAddr) int {
		n := weight[kindOfInterface(a)] * 10
		if slices.Contains(routes, a.IP) && weight[kindOfInterface(a)] < weight[kindVirtual] {
			n = 0
		}
		if a.IP.Is6() {
			n += 5
		}
		if !a.IP.IsPrivate() {
			n++
		}
		return n
	}
	usable := slices.DeleteFunc(slices.Clone(list), func(a NetAddr) bool { return a.IP.IsLinkLocalUnicast() })
	slices.SortStableFunc(usable, func(a, b NetAddr) int { return cmp.Compare(score(a), score(b)) })
	if i := slices.IndexFunc(usable, func(a NetAddr) bool { return a.IP.IsLoopback() }); i > 0 {
		usable = usable[:i]
	}
	return usable
}

// virtualNames begin the interfaces' names of virtual machines, containers and VPNs.
var virtualNames = []string{
	"docker", "br-", "veth", "virbr", "vmnet", "vboxnet", "vnic", "tun", "tap", "wg", "utun", "ppp", "zt", "tailscale",
	"cni", "flannel", "cali", "lxc", "lxd", "podman", "vethernet", "virtualbox", "vmware", "hyper-v", "nordlynx", "ipsec",
}

func kindOfInterface(a NetAddr) string {
	name := strings.ToLower(a.Name)
	begins := func(prefixes ...string) bool {
		return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(name, p) })
	}
	switch {
	case a.IP.IsLoopback():
		return kindLoopback
	case begins(virtualNames...):
		return kindVirtual
	case begins("wl", "wi-fi", "wifi", "wireless"):
		return kindWifi
	case begins("en", "eth"):
		return kindCable
	}
	return kindOther
}

// InterfaceAddrs are the addresses of this machine's interfaces that are up.
func InterfaceAddrs() []NetAddr {
	interfaces, err := net.Interfaces()
	if err != nil {
		return nil
	}
	var list []NetAddr
	for _, i := range interfaces {
		addrs, err := i.Addrs()
		if err != nil || i.Flags&net.FlagUp == 0 {
			continue
		}
		for _, a := range addrs {
			if p, err := netip.ParsePrefix(a.String()); err == nil {
				list = append(list, NetAddr{p.Addr().Unmap().WithZone(""), i.Name})
			}
		}
	}
	return list
}

// interfaceOf is the name of the interface with that address, "" if there is none.
func interfaceOf(ip netip.Addr, list []NetAddr) string {
	for _, a := range list {
		if a.IP == ip.Unmap() {
			return a.Name
		}
	}
	return ""
}

// defaultRoutes are this machine's addresses on its default routes, IPv4 first. Connecting a UDP socket chooses a route and
// sends nothing; the destinations are reserved for documentation.
func defaultRoutes() (list []netip.Addr) {
	for _, far := range []string{"192.0.2.1:9", "[2001:db8::1]:9"} {
		c, err := net.Dial("udp", far)
		if err != nil {
			continue
		}
		if a, err := netip.ParseAddrPort(c.LocalAddr().String()); err == nil {
			list = append(list, a.Addr().Unmap().WithZone(""))
		}
		_ = c.Close()
	}
	return list
}

// PrintedHost is the bound address or, if that is unspecified, the default route's.
func (s *LAN) PrintedHost() string {
	bound, _, _ := net.SplitHostPort(s.options.Addr().String())
	if ip, err := netip.ParseAddr(bound); err == nil && !ip.IsUnspecified() {
		return ip.Unmap().String()
	}
	if routes := defaultRoutes(); len(routes) > 0 {
		return routes[0].String() // IPv4 comes first
	}
	return "127.0.0.1"
}

// ownSuffixes are what home routers call their network, and what is kept for networks of one's own (RFC 6762, RFC 8375,
// ICANN's .internal): nobody can own a name under them, and point it at this machine from a page of theirs. A suffix that
// somebody can own, as fritz.box, has no place here.
var ownSuffixes = []string{"local", "lan", "home", "home.arpa", "internal", "localdomain"}

// OwnNames are the names of this machine on its network.
func OwnNames() []string {
	name, err := os.Hostname()
	if err != nil || name == "" {
		return nil
	}
	name = strings.ToLower(name)
	short, _, _ := strings.Cut(name, ".")
	names := []string{name, short}
	for _, suffix := range ownSuffixes {
		names = append(names, short+"."+suffix)
	}
	return names
}

// SelectAddress returns the address with that host, or the first if there is none.
func SelectAddress(list []Address, host string) Address {
	for _, a := range list {
		if a.Host == host {
			return a
		}
	}
	if len(list) > 0 {
		return list[0]
	}
	return Address{}
}

// QR is a QR code: Size modules square, and Path, the dark ones, as SVG path data on that grid without a quiet zone.
type QR struct {
	Size int    `json:"size"`
	Path string `json:"path"`
}

// NewQR encodes text; it returns the zero QR if text is empty or too long.
func NewQR(text string) QR {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil || text == "" {
		return QR{}
	}
	size := code.Bounds().Dx()
	dark := func(x, y int) bool { r, _, _, _ := code.At(x, y).RGBA(); return r == 0 }
	var path strings.Builder
	for y := range size {
		for x := 0; x < size; x++ {
			start := x
			for x < size && dark(x, y) {
				x++
			}
			if n := x - start; n > 0 {
				fmt.Fprintf(&path, "M%d %dh%dv1h-%dz", start, y, n, n)
			}
		}
	}
	return QR{Size: size, Path: path.String()}
}
