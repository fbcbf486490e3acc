package limiter

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"testing"

	"belfry/wsserver/hosts"
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
		{"ws://room.example.:80/", "Room.Example"},
		{"https://room.example", "room.example:443"},
		{"http://[0:0::1]", "[::1]:80"},
		{"http://bücher.example", "xn--bcher-kva.example"},
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
		from, err := url.Parse(origin)
		at, failed := url.Parse("http://" + host)
		if err != nil || failed != nil || from.User != nil || strings.Trim(from.Path, "/") != "" || from.RawQuery != "" {
			t.Fatalf("%q is allowed at %q", origin, host)
		}
		one, known := hosts.Normalize(from.Host[:len(from.Host)-len(portOf(from.Host))])
		other, named := hosts.Normalize(at.Host[:len(at.Host)-len(portOf(at.Host))])
		if !known || !named || one != other {
			t.Fatalf("%q is allowed at %q", origin, host)
		}
		if hostLimiter().HostAllowed(host) && !own(one) {
			t.Fatalf("%q is allowed, which is %q", origin, one)
		}
	})
}

// portOf is the port of a host with its colon, "" without one.
func portOf(host string) string {
	i := strings.LastIndexByte(host, ':')
	if i < 0 || strings.Contains(host[i:], "]") || strings.Count(host, ":") > 1 && !strings.HasSuffix(host[:i], "]") {
		return ""
	}
	return host[i:]
}

// Host and Origin are compared as URLs, not as text.
func TestOriginAllowed_ComparesAsURLs(t *testing.T) {
	for _, row := range []struct {
		host, origin string
		tls, want    bool
	}{
		{"h:80", "http://h", false, true},
		{"h", "http://h:80", false, true},
		{"h:80", "ws://H", false, true},
		{"h:8000", "ws://h:8000", false, true},
		{"h:443", "https://h", false, true},
		{"h", "https://h", false, true}, // a proxy in front speaks TLS
		{"h", "wss://h:443", false, true},
		{"h:443", "wss://h/", true, true},
		{"h", "https://h:443", true, true},
		{"h", "http://h", true, false},
		{"h:80", "https://h", false, false},
		{"h:443", "http://h", false, false},
		{"h", "https://h:80", false, false},
		{"h:8000", "http://h", false, false},
		{"h.", "http://h", false, true},
		{"h", "http://h.", false, true},
		{"h", "http://h..", false, false},
		{"[::1]:8000", "http://[0:0:0:0:0:0:0:1]:8000", false, true},
		{"[2001:DB8::1]", "http://[2001:db8:0::0001]", false, true},
		{"192.168.1.7", "http://[::ffff:192.168.1.7]", false, true},
		{"xn--bcher-kva.example", "http://Bücher.example", false, true},
		{"my_pc:8000", "http://my_pc:8000", false, true},
		{"h:8000", "http://u@h:8000", false, false},
		{"h:8000", "http://u:p@h:8000", false, false},
		{"h:8000", "http://h:8000/x", false, false},
		{"h:8000", "http://h:8000#", false, false},
		{"h:8000", "http://h:+8000", false, false},
		{"h:8000", "http://h:8000 ", false, false},
		{"h:8000", "http://h:8000\thttp://evil", false, false},
		{"h:8000", "ftp://h:8000", false, false},
		{"h:8000", "null", false, false},
		{"h:8000", "h:8000", false, false},
		{"", "http://", false, false},
		{"", "http://h", false, false},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Host = row.host
		r.Header.Set("Origin", row.origin)
		if row.tls {
			r.TLS = &tls.ConnectionState{}
		}
		if got := OriginAllowed(r); got != row.want {
			t.Errorf("%q at %q, TLS %v: %v", row.origin, row.host, row.tls, got)
		}
	}
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Host = "h"
	r.Header["Origin"] = []string{"http://h", "http://h"}
	if OriginAllowed(r) {
		t.Error("two origins are allowed")
	}
}
