package limiter

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"belfry/wsserver/hosts"
	"belfry/wsserver/wire"
)

// This file decides under which names the server may be reached, and from which pages.

// AddHosts adds names of this server; what is no name is passed over. It comes before anything is served.
func (l *Limiter) AddHosts(names ...string) {
	for _, name := range names {
		if name, ok := hosts.Normalize(name); ok && !slices.Contains(l.hosts, name) {
			l.hosts = append(l.hosts, name)
		}
	}
}

// SetLocalName sets the function that returns the name announced on the network, "" for none. It comes before anything is
// served, and name must not block.
func (l *Limiter) SetLocalName(name func() string) { l.localName = name }

// HostAllowed refuses pages that reach this server under a name of their own (DNS rebinding). IP literals are allowed:
// they cannot be rebound. A request without a Host is refused.
func (l *Limiter) HostAllowed(host string) bool {
	at, ok := hosts.ParseEndpoint(host)
	if !ok {
		return false
	}
	return hosts.IsIP(at.Host) || slices.Contains(l.hosts, at.Host) || l.localName != nil && at.Host == l.localName()
}

// OriginAllowed accepts requests from the page's own origin, and those of programs, which send none.
func OriginAllowed(r *http.Request) bool {
	given := r.Header.Values("Origin")
	if len(given) == 0 || len(given) == 1 && given[0] == "" {
		return true
	}
	origin, ok := hosts.ParseOrigin(given[0])
	at, named := hosts.ParseEndpoint(r.Host)
	if !ok || !named || len(given) > 1 {
		return false
	}
	if at.Port == 0 {
		// Without TLS here there may be a proxy in front that speaks it, or none: then the port is the one of the page's scheme.
		at.Port = hosts.DefaultPort(origin.TLS || r.TLS != nil)
	}
	return origin.Endpoint == at
}

// OriginRefusal tells a page of another origin, or the program that sends its Origin, why it may not connect.
func OriginRefusal(r *http.Request) *wire.Error {
	scheme := "http"
	if r.TLS != nil || strings.EqualFold(r.Header.Get("X-Forwarded-Proto"), "https") { // it is told to the sender alone
		scheme = "https"
	}
	return wire.ErrNotAllowed.WithMessage(fmt.Sprintf(
		"Pages from other servers cannot connect here. A program must send no Origin, or this server's (%s://%s).", scheme, r.Host))
}
