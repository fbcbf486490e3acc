package limiter

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// This file decides which address a request comes from, under which names the server may be reached, and from which pages.

// AddHosts adds names of this server. It comes before anything is served.
func (l *Limiter) AddHosts(names ...string) {
	for _, name := range names {
		l.hosts = append(l.hosts, normalHost(name))
	}
}

// SetLocalName sets the function that returns the name announced on the network, "" for none. It comes before anything is
// served, and name must not block.
func (l *Limiter) SetLocalName(name func() string) { l.localName = name }

// Address is the IP address that a request comes from: the nearest one that no trusted proxy vouches for.
func (l *Limiter) Address(r *http.Request) string {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr // not TCP: a listener of tests
	}
	ip := peer.Addr().Unmap()
	if !l.trusts(ip) {
		return ip.String()
	}
	forwarded := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(forwarded) - 1; i >= 0 && l.trusts(ip); i-- {
		next, err := netip.ParseAddr(strings.TrimSpace(forwarded[i]))
		if err != nil {
			break
		}
		ip = next.Unmap()
	}
	return ip.String()
}

// trusts reports whether an address is that of a trusted proxy.
func (l *Limiter) trusts(ip netip.Addr) bool {
	return slices.ContainsFunc(l.trusted, func(p netip.Prefix) bool { return p.Contains(ip) })
}

// HostAllowed refuses pages that reach this server under a name of their own (DNS rebinding). IP literals are allowed:
// they cannot be rebound.
func (l *Limiter) HostAllowed(host string) bool {
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	name = normalHost(strings.Trim(name, "[]"))
	if _, err := netip.ParseAddr(name); err == nil {
		return true
	}
	return slices.Contains(l.hosts, name) || name != "" && l.localName != nil && name == l.localName()
}

// OriginAllowed accepts requests from the page's own origin, and those of programs, which send none.
func OriginAllowed(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && strings.EqualFold(u.Host, r.Host)
}
