package auth

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"belfry/wsserver/hosts"
	"belfry/wsserver/internal/useragent"
	"belfry/wsserver/limiter"
	"belfry/wsserver/settings"
)

const fuzzKey = "the-operators-key"

// newSignIn makes one that keeps nothing. Wrong keys are not limited.
func newSignIn(tb testing.TB) *SignIn {
	tb.Helper()
	logger := slog.New(slog.DiscardHandler)
	store := settings.New(settings.Options{Logger: logger})
	secrets := NewSecrets()
	if err := secrets.Load("", fuzzKey); err != nil {
		tb.Fatal(err)
	}
	limits := limiter.New(limiter.Options{Limits: store.Effective})
	return NewSignIn(Options{
		Secrets: secrets, Attempts: NewAttempts(secrets, limits, func(Event) {}, logger), Limiter: limits, Settings: store,
		Agents: &useragent.Cache{}, CookieName: func(*http.Request) string { return "belfry_8000" }, Happened: func(Event) {}, Logger: logger,
	})
}

// Nobody is the operator without the key or both halves of a session, whatever the headers hold.
func FuzzAuthorize(f *testing.F) {
	s := newSignIn(f)
	value := s.open(httptest.NewRequest(http.MethodGet, "/", nil), From{Address: "127.0.0.1"}, ByKey)
	for _, row := range [][2]string{
		{"Bearer " + fuzzKey, ""},
		{"bearer  " + fuzzKey + " ", ""},
		{"Bearer", "belfry_8000=x"},
		{"Basic " + fuzzKey, "belfry_8000=\"\""},
		{"Bearer\x00" + fuzzKey, ";;=;"},
		{"", "belfry_8000=" + strings.Repeat("A", 43)},
		{"", "belfry_8000=" + value.Cookie},
		{"Bearer " + fuzzKey[1:], "belfry_8000=; belfry_8000=x"},
	} {
		f.Add(row[0], row[1], "")
	}
	f.Add("", "belfry_8000="+value.Cookie, value.Half)
	f.Add("", "belfry_8000="+value.Half, value.Cookie)
	f.Fuzz(func(t *testing.T, authorization, cookie, half string) {
		r := httptest.NewRequest(http.MethodGet, "http://127.0.0.1:8000/ws/server", nil)
		r.Header["Authorization"], r.Header["Cookie"] = []string{authorization}, []string{cookie}
		r.Header[HalfHeader] = []string{half}
		shown := strings.Contains(authorization, fuzzKey) || strings.Contains(cookie, value.Cookie) && half == value.Half
		session, cookieAlone, e, _ := s.authorize(r, From{Address: "127.0.0.1"})
		if e == nil && (!shown || cookieAlone) {
			t.Fatalf("%q, %q and %q are the operator", authorization, cookie, half)
		}
		r.Header.Del(HalfHeader)
		if _, cookieAlone, e, _ := s.authorize(r, From{}); e == nil && !cookieAlone && !strings.Contains(authorization, fuzzKey) {
			t.Fatalf("%q and %q are the operator", authorization, cookie)
		}
		if e != nil && (session != "" || strings.Contains(e.Message, authorization) && len(authorization) > 8) {
			t.Fatalf("refused with %q, session %q", e.Message, session)
		}
	})
}

// proxies are the trusted ones.
var proxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}

// Where a request comes from is the peer, or what a trusted proxy says; nothing that is forwarded makes a stranger's
// request one of this machine's.
func FuzzForwardedFor(f *testing.F) {
	for _, row := range [][2]string{
		{"10.0.0.1:1", "1.2.3.4"},
		{"10.0.0.1:1", "6.6.6.6, 1.2.3.4, 10.0.0.2"},
		{"192.168.1.7:1", "127.0.0.1"},
		{"127.0.0.1:1", ""},
		{"127.0.0.1:1", "::1"},
		{"127.0.0.1:1", "::ffff:127.0.0.1"},
		{"[::1]:1", "8.8.8.8"},
		{"[fd00::1]:1", "fe80::1%eth0"},
		{"127.0.0.1:1", "\"[::1]:80\", 127.0.0.1:9"},
		{"10.0.0.1:1", "6.6.6.6:1, 1.2.3.4:4711"},
		{"nonsense", "1.2.3.4"},
		{"10.0.0.1:1", ",,,"},
		{"[::ffff:10.0.0.1]:1", "\x00"},
	} {
		f.Add(row[0], row[1])
	}
	f.Fuzz(func(t *testing.T, remote, forwarded string) {
		g := limiter.New(limiter.Options{TrustedProxies: proxies, Logger: slog.New(slog.DiscardHandler)})
		s := NewSignIn(Options{Limiter: g})
		r := httptest.NewRequest(http.MethodGet, "http://127.0.0.1:8000/", nil)
		r.RemoteAddr = remote
		if forwarded != "" {
			r.Header[hosts.ForwardedFor] = []string{forwarded}
		}
		peer, err := netip.ParseAddrPort(remote)
		if err != nil {
			if got := g.Address(r); got != remote || s.fromThisMachine(r) {
				t.Fatalf("%q is %q, from here %v", remote, got, s.fromThisMachine(r))
			}
			return
		}
		ip, err := netip.ParseAddr(g.Address(r))
		if err != nil {
			t.Fatalf("%q behind %q is no address: %v", forwarded, remote, err)
		}
		said := slices.ContainsFunc(strings.Split(forwarded, ","), func(s string) bool {
			hops, _ := hosts.Hops(http.Header{hosts.ForwardedFor: {s}})
			return len(hops) == 1 && hops[0] == ip
		})
		trusted := slices.ContainsFunc(proxies, func(p netip.Prefix) bool { return p.Contains(peer.Addr().Unmap().WithZone("")) })
		if ip != peer.Addr().Unmap() && (!trusted || !said) {
			t.Fatalf("%q is believed of %q: %s", forwarded, remote, ip)
		}
		if s.fromThisMachine(r) && (forwarded != "" || !peer.Addr().Unmap().IsLoopback() || strings.Trim(forwarded, " ,") != "" && !ip.IsLoopback()) {
			t.Fatalf("%q forwarded by %q is taken for this machine's", forwarded, remote)
		}
	})
}
