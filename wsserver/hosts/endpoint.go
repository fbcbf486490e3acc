package hosts

import (
	"net/netip"
	"strconv"
	"strings"

	"golang.org/x/net/idna"
)

const (
	maxName  = 253 // bytes of a name, and of a label below: RFC 1035
	maxLabel = 63
	// httpPort and httpsPort are the ports that a URL need not name.
	httpPort, httpsPort = 80, 443
)

// punycode writes names with letters beyond ASCII as browsers send them. Underscores stay: machines have them.
var punycode = idna.New(idna.MapForLookup(), idna.BidiRule(), idna.Transitional(false), idna.StrictDomainName(false))

// Normalize returns a host without a port in the form in which hosts are compared: lower case, without a final dot, letters
// beyond ASCII as punycode, an IPv6 address short and without brackets, an IPv4 address within IPv6 as IPv4. ok is false
// where it is no host.
func Normalize(host string) (name string, ok bool) {
	if ip, ok := parseIP(host); ok {
		return ip.String(), true
	}
	if strings.ContainsFunc(host, func(c rune) bool { return c > '~' }) {
		ascii, err := punycode.ToASCII(host)
		if err != nil {
			return "", false
		}
		host = ascii
	}
	name = strings.ToLower(strings.TrimSuffix(host, "."))
	return name, isName(name)
}

// IsIP reports whether a host in the form of Normalize is an IP address.
func IsIP(name string) bool {
	_, err := netip.ParseAddr(name)
	return err == nil
}

// parseIP reads an address as it stands in a URL, or without brackets.
func parseIP(host string) (netip.Addr, bool) {
	if inner, ok := strings.CutPrefix(host, "["); ok {
		inner, ok = strings.CutSuffix(inner, "]")
		ip, err := netip.ParseAddr(strings.Replace(inner, "%25", "%", 1)) // a zone in a URL
		return ip.Unmap(), ok && err == nil && ip.Is6()
	}
	if ip, err := netip.ParseAddr(strings.TrimSuffix(host, ".")); err == nil && ip.Is4() {
		return ip, true // browsers take "127.0.0.1." for the address
	}
	ip, err := netip.ParseAddr(strings.Replace(host, "%25", "%", 1))
	return ip.Unmap(), err == nil
}

// isName reports whether a name in lower case can be looked up. A browser takes a name whose last label is a number for an
// IPv4 address, so it is no name.
func isName(name string) bool {
	if name == "" || len(name) > maxName {
		return false
	}
	last := ""
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || len(label) > maxLabel || strings.ContainsFunc(label, notInLabel) {
			return false
		}
		last = label
	}
	return strings.ContainsFunc(last, notADigit) && !isHex(last)
}

func notInLabel(c rune) bool {
	return (c < 'a' || c > 'z') && notADigit(c) && c != '-' && c != '_'
}

func notADigit(c rune) bool { return c < '0' || c > '9' }

// isHex reports whether a label is a number to browsers: "0x7f".
func isHex(label string) bool {
	digits, ok := strings.CutPrefix(label, "0x")
	return ok && !strings.ContainsFunc(digits, func(c rune) bool { return notADigit(c) && (c < 'a' || c > 'f') })
}

// Endpoint is a host and a port, as a Host header or a URL names them.
type Endpoint struct {
	Host string // in the form of Normalize
	Port int    // 0: none is named
}

// ParseEndpoint reads "host", "host:port", "[::1]:port" and "::1". ok is false if that is none of them.
func ParseEndpoint(s string) (e Endpoint, ok bool) {
	host, port := s, ""
	if i := strings.LastIndexByte(s, ':'); i >= 0 && (strings.HasSuffix(s[:i], "]") || strings.Count(s, ":") == 1) {
		host, port = s[:i], s[i+1:]
	}
	if e.Port, ok = parsePort(port); !ok {
		return Endpoint{}, false
	}
	if e.Host, ok = Normalize(host); !ok {
		return Endpoint{}, false
	}
	return e, true
}

// parsePort reads the digits of a port; none are port 0.
func parsePort(s string) (port int, ok bool) {
	if s == "" {
		return 0, true
	}
	if len(s) > len("65535") || strings.ContainsFunc(s, notADigit) {
		return 0, false
	}
	port, err := strconv.Atoi(s)
	return port, err == nil && port > 0 && port <= 65535
}
