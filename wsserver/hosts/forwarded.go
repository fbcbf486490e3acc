package hosts

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// The headers in which a proxy says for whom it asks.
const (
	ForwardedFor = "X-Forwarded-For"
	Forwarded    = "Forwarded"
)

// Hops returns the addresses that proxies have noted in a request, the nearest last, and the header that they stand in.
// X-Forwarded-For counts where it has any; Forwarded (RFC 7239) only where it has none. An address that cannot be read is
// the zero Addr. Whoever has not checked that a proxy of their own wrote the header must not believe it.
func Hops(h http.Header) (hops []netip.Addr, header string) {
	for _, line := range h.Values(ForwardedFor) {
		for part := range strings.SplitSeq(line, ",") {
			if part = blanks(part); part != "" {
				hops = append(hops, parseHop(part))
			}
		}
	}
	if len(hops) > 0 {
		return hops, ForwardedFor
	}
	for _, line := range h.Values(Forwarded) {
		for _, element := range splitQuoted(line, ',') {
			if blanks(element) != "" {
				hops = append(hops, parseElement(element))
			}
		}
	}
	if len(hops) > 0 {
		return hops, Forwarded
	}
	return nil, ""
}

// splitQuoted splits at separators outside quotes. It goes from the right, where the nearest proxy writes: a quote that a
// client has left open must not swallow what that proxy has added.
func splitQuoted(s string, separator byte) (parts []string) {
	end, quoted := len(s), false
	for i := len(s) - 1; i >= 0; i-- {
		switch s[i] {
		case '"':
			if !escaped(s[:i]) {
				quoted = !quoted
			}
		case separator:
			if !quoted {
				parts = append(parts, s[i+1:end])
				end = i
			}
		}
	}
	parts = append(parts, s[:end])
	slices.Reverse(parts)
	return parts
}

// escaped reports whether a backslash before a character makes it an ordinary one.
func escaped(before string) bool {
	return (len(before)-len(strings.TrimRight(before, `\`)))%2 == 1
}

// parseElement reads the address of one element of Forwarded: for="[2001:db8::1]:4711";proto=https.
func parseElement(element string) (ip netip.Addr) {
	seen := false
	for _, pair := range splitQuoted(element, ';') {
		name, value, _ := strings.Cut(pair, "=")
		if !strings.EqualFold(blanks(name), "for") {
			continue
		}
		if seen { // two of them: either may be forged
			return netip.Addr{}
		}
		seen, ip = true, parseHop(blanks(value))
	}
	return ip
}

// parseHop reads one address as proxies write it: with or without a port, brackets, quotes and a zone. "unknown", names
// such as "_hidden", and "unix:" are none.
func parseHop(s string) netip.Addr {
	s = blanks(unquote(s))
	host, port := s, ""
	if i := strings.LastIndexByte(s, ':'); i >= 0 && (strings.HasSuffix(s[:i], "]") || strings.Count(s, ":") == 1) {
		host, port = s[:i], s[i+1:]
		if !isNodePort(port) {
			return netip.Addr{}
		}
	}
	ip, ok := parseIP(host)
	if !ok || ip.IsUnspecified() || strings.HasSuffix(host, ".") {
		return netip.Addr{}
	}
	return ip.WithZone("") // it belongs to the proxy's machine
}

// isNodePort reports whether s may stand for a port: a number, or a word that hides it, "_7f3a".
func isNodePort(s string) bool {
	if word, ok := strings.CutPrefix(s, "_"); ok {
		return word != "" && !strings.ContainsFunc(strings.ToLower(word), func(c rune) bool { return notInLabel(c) && c != '.' })
	}
	return s != "" && len(s) <= len("65535") && !strings.ContainsFunc(s, notADigit)
}

// unquote takes the quotes off a quoted string, and the backslashes in it.
func unquote(s string) string {
	if len(s) < 2 || s[0] != '"' || s[len(s)-1] != '"' {
		return s
	}
	return strings.ReplaceAll(s[1:len(s)-1], `\`, "")
}

func blanks(s string) string { return strings.Trim(s, " \t") }
