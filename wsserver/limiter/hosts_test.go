package limiter

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"testing"

	"belfry/wsserver/settings"
)

var ownHosts = []string{"localhost", "room.example", "room.local"}

// hostLimiter is one that knows ownHosts.
func hostLimiter() *Limiter {
	l := New(Options{Hosts: ownHosts[1:2], Limits: func() *settings.Effective { return &settings.Effective{} }})
	l.SetLocalName(func() string { return ownHosts[2] })
	return l
}

// own reports whether a host, as a browser has parsed it, is this server or cannot be rebound. A final dot belongs to an
// IPv4 address as to a name: no browser looks "127.0.0.1." up.
func own(host string) bool {
	host = strings.TrimSuffix(host, ".")
	_, err := netip.ParseAddr(host)
	return err == nil || slices.Contains(ownHosts, strings.ToLower(host))
}

// Every host that a browser takes for a foreign one is refused.
func FuzzHost(f *testing.F) {
	for _, host := range []string{
		"127.0.0.1:8000", "[::1]:8000", "[fe80::1%25eth0]", "::1", "localhost", "LOCALHOST.", "room.local:1", "evil.example", "room.example.evil",
		"evil.example:80:80", "localhost:8000.evil", "[room.example]", "]localhost[", "]localhost", "", ":", "[", "room.example..", "a@room.example", "2130706433", "0.0.0.0.", "\x00",
	} {
		f.Add(host)
	}
	f.Fuzz(func(t *testing.T, host string) {
		l := hostLimiter()
		u, err := url.Parse("http://" + host + "/")
		browsers := err == nil && u.Host == host && !strings.ContainsAny(u.Hostname(), "[]") // they refuse such a URL
		if l.HostAllowed(host) && browsers && !own(u.Hostname()) {
			t.Fatalf("%q is allowed: a browser takes it for %q", host, u.Hostname())
		}
		for _, name := range ownHosts {
			if evil := host + "." + name; host != "" && strings.Trim(host, "[].") != "" && l.HostAllowed(evil) && !own(evil) && !strings.ContainsAny(host, ":") {
				t.Fatalf("%q is allowed", evil)
			}
		}
	})
}

// A page of another origin is never allowed.
func FuzzOrigin(f *testing.F) {
	for _, row := range [][2]string{
		{"http://room.example", "room.example"},
		{"https://[::1]:8443", "[::1]:8443"},
		{"http://evil.example", "room.example"},
		{"null", "room.example"},
		{"http://room.example@evil.example", "room.example"},
		{"http://evil.example/room.example", "room.example"},
		{"wails://wails", "wails"},
		{"http://ROOM.example", "room.example"},
		{"http://room.example:80", "room.example"},
		{"%", ""},
		{"", "x"},
		{"http://", ""},
		{"//room.example", "room.example"},
	} {
		f.Add(row[0], row[1])
	}
	f.Fuzz(func(t *testing.T, origin, host string) {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Host = host
		r.Header["Origin"] = []string{origin}
		if origin == "" || !OriginAllowed(r) {
			return
		}
		u, err := url.Parse(origin)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || !strings.EqualFold(u.Host, host) {
			t.Fatalf("%q is allowed at %q", origin, host)
		}
		if hostLimiter().HostAllowed(host) && !own(u.Hostname()) && host != "" && u.Hostname() != "" && u.String() == origin {
			t.Fatalf("%q is allowed, which is %q", origin, u.Hostname())
		}
	})
}
