package wsserver_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"belfry/wsserver"
	"belfry/wsserver/operator"
	"belfry/wsserver/wstest"
)

func from(r *room, ip string) wstest.Dialer {
	return func(ctx context.Context) (net.Conn, error) { return r.listen.DialFrom(ctx, ip) }
}

// refused reads a refusal as the page does.
func refused(t *testing.T, body string) (code string, retryMS int64) {
	t.Helper()
	var e struct {
		Code    string `json:"code"`
		Message string `json:"message"`
		RetryMS int64  `json:"retry_ms"`
	}
	if err := json.Unmarshal([]byte(body), &e); err != nil || e.Message == "" {
		t.Fatalf("a refusal reads %q: %v", body, err)
	}
	return e.Code, e.RetryMS
}

// DNS rebinding: a page of the internet that reaches this server under a name of its own is refused everywhere.
func TestHost_OnlyOwnNamesAndIPLiterals(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		for host, allowed := range map[string]bool{
			"127.0.0.1:8000": true, "192.168.1.24:8000": true, "10.0.0.1": true, "[::1]:8000": true, "[fe80::1%25eth0]:8000": true,
			"localhost:8000": true, "LOCALHOST": true, "localhost.": true, "room.example:8000": true, "Room.Example": true,
			"evil.example": false, "evil.example:8000": false, "127.0.0.1.evil.example": false, "localhost.evil.example": false,
			"1.2.3.4.5": false, "localhost:0": false, "localhost:99999": false, "[localhost]": false, "localhost:8000:8000": false, "2130706433": false, "0x7f.1": false, "room.example.evil.com": false,
		} {
			for _, path := range []string{"/", "/room", "/session", "/export", "/trust", "/trust/about", "/ws/client", "/ws/server", "/nothing"} {
				req := request(t, "GET", path)
				req.Host = host
				answer, body := r.do(req)
				if got := answer.StatusCode != http.StatusForbidden; got != allowed {
					t.Errorf("Host %s, %s: status %d", host, path, answer.StatusCode)
				} else if !allowed {
					if code, _ := refused(t, body); code != "not_allowed" {
						t.Errorf("Host %s: %s", host, body)
					}
				}
			}
		}
	}, func(c *wsserver.Config) { c.Hosts = []string{"Room.example."} })
}

func TestOrigin_OnlyThePagesOwn(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		for origin, allowed := range map[string]bool{
			"": true, "http://127.0.0.1:8000": true, "https://127.0.0.1:8000": true,
			"http://evil.example": false, "http://127.0.0.1:9000": false, "http://127.0.0.1": false, "null": false,
			"HTTP://127.0.0.1:8000": true, "ws://127.0.0.1:8000": true, "wss://127.0.0.1:8000": true, "http://127.0.0.1:8000/": true,
			"http://127.0.0.1.:8000": true, "http://[::ffff:127.0.0.1]:8000": true, "http://127.0.0.1:08000": true,
			"wails://wails": false, "file://": false, "http://evil.example@127.0.0.1:8000": false, "http://127.0.0.1:8000/x": false,
			"http://127.0.0.1:8000 http://evil.example": false, "http://127.0.0.1:8000, http://127.0.0.1:8000": false, "127.0.0.1:8000": false,
			"//127.0.0.1:8000": false, "http:127.0.0.1:8000": false, "http://2130706433:8000": false, "http://127.0.0.1:8000?": false, "http://127.0.0.1:8000.evil.example": false, "%": false,
		} {
			header := http.Header{"Authorization": {"Bearer " + key}}
			if origin != "" {
				header.Set("Origin", origin)
			}
			for _, path := range []string{"/ws/client", "/ws/server"} {
				c, answer, err := wstest.TryDial(t, r.listen.Dial, path, header)
				if (err == nil) != allowed {
					t.Errorf("Origin %q at %s: error %v", origin, path, err)
				}
				if err != nil && answer.StatusCode != http.StatusForbidden {
					t.Errorf("Origin %q at %s: status %d", origin, path, answer.StatusCode)
				}
				if err == nil {
					c.Close()
				}
			}
			for _, path := range []string{"/session", "/export?format=csv", "/server"} {
				answer, _ := r.do(request(t, "GET", path, "Authorization", "Bearer "+key, "Origin", origin))
				if (answer.StatusCode != http.StatusForbidden) != allowed {
					t.Errorf("Origin %q at %s: status %d", origin, path, answer.StatusCode)
				}
			}
		}
	})
}

// Health checks come from machines that know the server by an address of their own, by the name of a container, or by none.
func TestHealthCheck_NeedsNoNameOfTheServer(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		for request, want := range map[string]string{
			"GET /healthz HTTP/1.0\r\n\r\n":                                         "200 OK",
			"HEAD /healthz HTTP/1.0\r\n\r\n":                                        "200 OK",
			"GET /healthz HTTP/1.0\r\nHost: belfry-7f:8000\r\n\r\n":                 "200 OK",
			"GET /healthz HTTP/1.1\r\nHost:\r\n\r\n":                                "200 OK",
			"GET /healthz HTTP/1.1\r\nHost: my_app.web_1\r\n\r\n":                   "200 OK",
			"GET http://lb.example/healthz HTTP/1.1\r\nHost: lb.example\r\n\r\n":    "200 OK",
			"GET /healthz HTTP/1.1\r\n\r\n":                                         "400 Bad Request: missing required Host header", // HTTP itself wants one
			"POST /healthz HTTP/1.0\r\n\r\n":                                        "403 Forbidden",
			"GET /healthz/ HTTP/1.0\r\n\r\n":                                        "403 Forbidden",
			"GET / HTTP/1.0\r\n\r\n":                                                "403 Forbidden",
			"GET /room HTTP/1.0\r\n\r\n":                                            "403 Forbidden",
			"GET /room HTTP/1.1\r\nHost:\r\n\r\n":                                   "403 Forbidden",
			"GET /healthz/../room HTTP/1.0\r\n\r\n":                                 "403 Forbidden",
			"GET http://evil.example/room HTTP/1.1\r\nHost: 127.0.0.1:8000\r\n\r\n": "403 Forbidden",
			"GET http://127.0.0.1/room HTTP/1.1\r\nHost: evil.example\r\n\r\n":      "200 OK", // RFC 9112, 3.2.2
			"GET /room HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n":                         "200 OK",
		} {
			if got, _ := raw(t, r, request); got.Status != want {
				t.Errorf("%q is answered by %s", request, got.Status)
			}
		}
	}, withPages)
}

// raw sends a request as it stands.
func raw(t *testing.T, r *room, text string) (answer *http.Response, body string) {
	t.Helper()
	nc, err := r.listen.Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = nc.Close() }()
	if _, err := nc.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	method, _, _ := strings.Cut(text, " ")
	answer, err = http.ReadResponse(bufio.NewReader(nc), &http.Request{Method: method})
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	b, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return answer, string(b)
}

func TestEveryAnswer_HasTheSecurityHeaders(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		other := request(t, "GET", "/")
		other.Host = "evil.example"
		for _, req := range []*http.Request{
			request(t, "GET", "/"), request(t, "GET", "/server"), request(t, "GET", "/healthz"), request(t, "GET", "/room"),
			request(t, "GET", "/nothing"), request(t, "POST", "/"), request(t, "POST", "/session"), request(t, "GET", "/ws/client"),
			request(t, "GET", "/ws/server"), request(t, "GET", "/assets/app.js"), other,
		} {
			answer, _ := r.do(req)
			h := answer.Header
			if h.Get("Content-Security-Policy") != wsserver.Security || h.Get("X-Content-Type-Options") != "nosniff" ||
				h.Get("X-Frame-Options") != "DENY" || h.Get("Referrer-Policy") != "no-referrer" ||
				h.Get("Cross-Origin-Resource-Policy") != "same-origin" || h.Get("Access-Control-Allow-Origin") != "" {
				t.Errorf("%s %s: %v", req.Method, req.URL.Path, h)
			}
		}
		for _, unsafe := range []string{"unsafe", "*", "http:"} {
			if strings.Contains(wsserver.Security, unsafe) {
				t.Errorf("the policy allows %s", unsafe)
			}
		}
	}, withPages)
}

func withPages(c *wsserver.Config) {
	c.Pages = fstest.MapFS{
		"client.html": {Data: []byte("<p>client</p>" + strings.Repeat(" ", 500))},
		"index.html":  {Data: []byte("<p>dashboard</p>")}, "trust.html": {Data: []byte("<p>trust</p>")},
		"assets/app.js": {Data: []byte(strings.Repeat("let a = 1;\n", 100))}, "favicon.svg": {Data: []byte("<svg/>")},
		".hidden": {Data: []byte("no")}, "assets/style.css": {Data: []byte("p{}")}, "icon.png": {Data: []byte("\x89PNG")},
		"manifest.webmanifest": {Data: []byte("{}")},
	}
}

func TestAddress_HasItsShareOfConnections(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		first := wstest.Dial(t, from(r, "10.0.0.1"), "/ws/client", nil)
		wstest.Dial(t, from(r, "10.0.0.1"), "/ws/client", nil)
		time.Sleep(time.Second)
		_, answer, err := wstest.TryDial(t, from(r, "10.0.0.1"), "/ws/client", nil)
		if err == nil || answer.StatusCode != http.StatusTooManyRequests || answer.Header.Get("Retry-After") == "" {
			t.Fatalf("a third: %v", err)
		}
		answer, body := do(t, from(r, "10.0.0.1"), request(t, "GET", "/ws/client")) // as the page asks
		if code, retry := refused(t, body); answer.StatusCode != http.StatusTooManyRequests || code != "too_many_connections" || retry < 1000 {
			t.Errorf("asked plainly: %d %s", answer.StatusCode, body)
		}
		wstest.Dial(t, from(r, "10.0.0.2"), "/ws/client", nil) // other addresses are not concerned
		first.Close()
		synctest.Wait()
		wstest.Dial(t, from(r, "10.0.0.1"), "/ws/client", nil)
	}, func(c *wsserver.Config) { c.MaxPerAddress = 2 })
}

func TestAddress_HasItsShareOfHandshakes(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		for range 5 {
			wstest.Dial(t, r.listen.Dial, "/ws/client", nil).Close()
		}
		synctest.Wait()
		_, answer, err := wstest.TryDial(t, r.listen.Dial, "/ws/client", nil)
		if err == nil || answer.StatusCode != http.StatusTooManyRequests {
			t.Fatalf("a sixth at once: %v", err)
		}
		if _, body := r.do(request(t, "GET", "/ws/client")); !strings.Contains(body, "rate_limited") {
			t.Errorf("asked plainly: %s", body)
		}
		time.Sleep(50 * time.Millisecond) // twenty a second
		wstest.Dial(t, r.listen.Dial, "/ws/client", nil)
	}, func(c *wsserver.Config) { c.MaxPerAddress = 5 })
}

// Asking why does not count as a handshake.
func TestPlainGet_AnswersAsAHandshakeWould(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		for range 20 {
			answer, body := r.do(request(t, "GET", "/ws/client"))
			if code, _ := refused(t, body); answer.StatusCode != http.StatusUpgradeRequired || code != "upgrade_required" {
				t.Fatalf("%d %s", answer.StatusCode, body)
			}
		}
		if answer, _ := r.do(request(t, "GET", "/ws/client", "Origin", "http://evil.example")); answer.StatusCode != http.StatusForbidden {
			t.Errorf("from another page: %d", answer.StatusCode)
		}
		r.client()
	}, func(c *wsserver.Config) { c.MaxPerAddress = 1 })
}

// A plain GET gets the answer of a handshake, also where that is a refusal.
func TestPlainGet_SaysWhyAHandshakeIsRefused(t *testing.T) {
	evil := http.Header{"Origin": {"http://evil.example"}}
	for name, row := range map[string]struct {
		status int
		code   string
		retry  bool
		header http.Header
		before func(r *room)
	}{
		"another page": {403, "not_allowed", false, evil, func(*room) {}},
		"blocked": {403, "not_allowed", false, nil, func(r *room) {
			r.ask("block", map[string]any{"address": "127.0.0.1"}, nil)
		}},
		"too many": {429, "too_many_connections", true, nil, func(r *room) { r.client(); r.client() }},
		"too fast": {429, "rate_limited", true, nil, func(r *room) {
			r.client().Close()
			r.client().Close()
			synctest.Wait()
		}},
		"full": {503, "full", true, nil, func(r *room) {
			r.ask("set_settings", map[string]any{"max_connections": 1}, nil)
			r.client()
		}},
	} {
		inRoom(t, func(t *testing.T, r *room) {
			row.before(r)
			_, answer, err := wstest.TryDial(t, r.listen.Dial, "/ws/client", row.header)
			if err == nil || answer.StatusCode != row.status {
				t.Fatalf("%s: a handshake is answered by %v", name, err)
			}
			q := request(t, "GET", "/ws/client")
			for k, v := range row.header {
				q.Header[k] = v
			}
			plain, body := r.do(q)
			code, retry := refused(t, body)
			if plain.StatusCode != row.status || code != row.code || (retry > 0) != row.retry {
				t.Errorf("%s: a plain GET is answered by %d %s", name, plain.StatusCode, body)
			}
			if (plain.Header.Get("Retry-After") != "") != row.retry {
				t.Errorf("%s: Retry-After %q", name, plain.Header.Get("Retry-After"))
			}
		}, func(c *wsserver.Config) { c.MaxPerAddress = 2 })
	}
}

// Connections that are kept open for nothing must not take every file descriptor; those that became sockets do not count.
func TestAddress_HasItsShareOfConnectionsForPages(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		r.client()
		var open []net.Conn
		for range wsserver.PageShare + 3 {
			nc, err := r.listen.Dial(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			open = append(open, nc)
		}
		synctest.Wait()
		for i, nc := range open {
			_, err := nc.Write([]byte("GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"))
			if (err == nil) != (i < wsserver.PageShare) {
				t.Errorf("connection %d: error %v", i+1, err)
			}
		}
		do(t, from(r, "10.0.0.2"), request(t, "GET", "/healthz")) // other addresses are not concerned
		for _, nc := range open {
			_ = nc.Close()
		}
		synctest.Wait()
		r.do(request(t, "GET", "/healthz"))
	}, func(c *wsserver.Config) { c.MaxPerAddress = 1 })
}

// Nor must those of many addresses together: the program keeps what it needs itself, and sockets go on.
func TestRoom_PagesTakeNotEveryFileDescriptor(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		const most = 10
		r.SetMaxConnections(most)
		c := r.client()
		served := 0
		for i := range most + 2*wsserver.PagesSpare {
			nc, err := from(r, netip.AddrFrom4([4]byte{10, 2, 0, byte(i)}).String())(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = nc.Close() }()
			synctest.Wait()
			if _, err := nc.Write([]byte("GET /healthz HTTP/1.1\r\n")); err == nil { // and never ends it
				served++
			}
		}
		if want := most + wsserver.PagesSpare - 1; served != want {
			t.Errorf("%d connections were taken, want %d", served, want)
		}
		c.Notify("1", "", "still here")
		time.Sleep(10 * time.Second)
		r.client() // the half-open ones are gone
		if n := r.Addresses(); n != 1 {
			t.Errorf("%d addresses are remembered, for those that did nothing", n)
		}
	})
}

func TestRoom_FullIs503(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		r.SetMaxConnections(2)
		c := r.client()
		r.client()
		_, answer, err := wstest.TryDial(t, r.listen.Dial, "/ws/client", nil)
		if err == nil || answer.StatusCode != http.StatusServiceUnavailable {
			t.Fatalf("a third: %v", err)
		}
		_, body := r.do(request(t, "GET", "/ws/client"))
		if code, retry := refused(t, body); code != "full" || retry < 1000 {
			t.Errorf("asked plainly: %s", body)
		}
		r.dashboard() // the operator is still admitted
		c.Close()
		synctest.Wait()
		r.client()
	})
}

func TestForwardedFor_IsBelievedFromTrustedProxiesAlone(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		for _, row := range []struct{ peer, forwarded, want string }{
			{"192.168.1.7", "1.1.1.1", "192.168.1.7"},
			{"10.0.0.1", "1.1.1.1", "1.1.1.1"},
			{"10.0.0.1", "6.6.6.6, 1.1.1.1", "1.1.1.1"}, // the client's own claim comes first
			{"10.0.0.1", "1.1.1.1, 10.0.0.2", "1.1.1.1"},
			{"10.0.0.1", "", "10.0.0.1"},
			{"10.0.0.1", "nonsense", "10.0.0.1"},
			{"10.0.0.1", "1.1.1.1, nonsense", "10.0.0.1"},
			{"10.0.0.1", "::ffff:1.1.1.1", "1.1.1.1"},
			{"10.0.0.1", "2001:db8::1", "2001:db8::1"},
		} {
			c := wstest.Dial(t, from(r, row.peer), "/ws/client", http.Header{"X-Forwarded-For": {row.forwarded}})
			c.Expect("counts")
			if got := r.Clients(operator.ClientsQuery{}).Clients[0].Address; got != row.want {
				t.Errorf("peer %s, forwarded %q: %s, want %s", row.peer, row.forwarded, got, row.want)
			}
			c.Close()
			synctest.Wait()
		}
	}, func(c *wsserver.Config) { c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")} })
}

func TestLimiter_ForgetsIdleAddresses(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		for i := range 1500 {
			ip := netip.AddrFrom4([4]byte{10, 1, byte(i >> 8), byte(i)}).String()
			answer, _ := do(t, from(r, ip), request(t, "GET", "/ws/client"))
			if answer.StatusCode != 426 {
				t.Fatalf("status %d", answer.StatusCode)
			}
			time.Sleep(time.Second)
		}
		if n := r.Addresses(); n > 1024 {
			t.Errorf("%d addresses are remembered", n)
		}
	}, func(c *wsserver.Config) { c.MaxPerAddress = 2 })
}
