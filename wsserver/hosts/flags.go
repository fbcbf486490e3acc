package hosts

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
)

// ParseName reads a name of this server as a person writes or pastes it: "Room.Example.", "http://room.example:8000/",
// "bücher.example". It returns the form of Normalize. Errors are the second half of a sentence: "is empty".
func ParseName(s string) (string, error) {
	rest := strings.TrimSpace(s)
	if scheme, after, ok := strings.Cut(rest, "://"); ok {
		switch strings.ToLower(scheme) {
		case "http", "https", "ws", "wss":
			rest = after
		default:
			return "", errors.New("is not a host name: write only the name, such as room.example")
		}
	}
	rest = strings.TrimPrefix(rest, "//")
	if i := strings.IndexAny(rest, `/?#\`); i >= 0 {
		rest = rest[:i]
	}
	switch {
	case rest == "":
		return "", errors.New("is empty: write a name, such as room.example")
	case strings.Contains(rest, "*"):
		return "", errors.New("is a pattern: write out each name, with one -host for each")
	case strings.Contains(rest, "@"):
		return "", errors.New("contains a user before the @: write only the name, such as room.example")
	case strings.ContainsAny(rest, " \t\r\n,;"):
		return "", errors.New("is more than one word: write one name, and one -host for each")
	}
	e, ok := ParseEndpoint(rest)
	if !ok || strings.HasSuffix(rest, ":") { // "http:/room.example"
		return "", errors.New("is not a host name: write it as room.example")
	}
	return e.Host, nil
}

// Names are those of a list that ParseName reads, each once.
func Names(list []string) (names []string) {
	seen := map[string]bool{}
	for _, s := range list {
		if name, err := ParseName(s); err == nil && !seen[name] {
			seen[name] = true
			names = append(names, name)
		}
	}
	return names
}

// Loopback stands for this machine in ParseNetworks.
const Loopback = "loopback"

// ParseNetworks reads the networks of trusted proxies: "10.0.0.0/8", "10.0.0.1", "[::1]", or "loopback". The error is for
// programs.
func ParseNetworks(s string) ([]netip.Prefix, error) {
	s = strings.TrimSpace(s)
	if strings.EqualFold(s, Loopback) {
		return []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}, nil
	}
	if ip, ok := parseIP(s); ok && ip.Zone() == "" && !strings.HasSuffix(s, ".") {
		return []netip.Prefix{netip.PrefixFrom(ip, ip.BitLen())}, nil
	}
	p, err := netip.ParsePrefix(s)
	if err != nil {
		return nil, err
	}
	if ip := p.Addr(); ip.Is4In6() { // as addresses are compared
		const mapped = 96
		if p.Bits() < mapped {
			return nil, fmt.Errorf("%s is wider than all of IPv4", s)
		}
		p = netip.PrefixFrom(ip.Unmap(), p.Bits()-mapped)
	}
	return []netip.Prefix{p.Masked()}, nil
}

// TooWide reports whether a network is more than anybody's own: whoever is in it may claim any address.
func TooWide(p netip.Prefix) bool {
	if p.Addr().Is4() {
		return p.Bits() < 8
	}
	return p.Bits() < 7 // fc00::/7, the private one, is the widest
}
