package wsserver_test

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"belfry/wsserver"
	"belfry/wsserver/wstest"
)

// logTo makes a server log to l.
func logTo(l *logText) func(*wsserver.Config) {
	return func(c *wsserver.Config) { c.Logger = slog.New(slog.NewTextHandler(l, nil)) }
}

const changesHost = "A proxy in front of Belfry changes the Host header. Set the proxy to pass on Host (nginx: proxy_set_header Host $http_host;)."

// withOrigin is a path as a page asks for it.
func withOrigin(path, origin string) string { return path + "?origin=" + url.QueryEscape(origin) }

func TestProxyThatChangesHost_IsNamedToThePageAndInTheLog(t *testing.T) {
	log := &logText{}
	inRoom(t, func(t *testing.T, r *room) {
		const origin = "https://chat.example.org"
		for _, at := range []string{"/ws/client", "/ws/server", "/session", "/export"} {
			for _, header := range [][]string{{}, {"Origin", origin}} {
				answer, body := r.do(request(t, "GET", withOrigin(at, origin), append(header, "Authorization", "Bearer "+key)...))
				var said struct {
					Code, Message string
					RetryMS       int64 `json:"retry_ms"`
				}
				err := json.Unmarshal([]byte(body), &said)
				refused := answer.StatusCode == http.StatusForbidden && said.Code == "not_allowed" && said.RetryMS > 0
				if err != nil || !refused || said.Message != changesHost {
					t.Errorf("%s, header %v: %d %s", at, header, answer.StatusCode, body)
				}
			}
		}
		if n := log.count("proxy_set_header Host $http_host"); n != 1 {
			t.Errorf("the log names the cure %d times", n)
		}
	}, logTo(log))
}

func TestOwnOriginInTheAddress_NeverAllowsMore(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		const own = "http://127.0.0.1:8000"
		for _, c := range []struct {
			told, header string
			status       int
		}{
			{own, "", 426},
			{own, own, 426},
			{"", own, 426},
			{"https://127.0.0.1:8000", "", 426},
			{own, "http://evil.example", 403},
			{"http://evil.example", own, 426},
			{"null", "", 403},
			{"%", "", 403},
			{"wails://wails", "", 403},
			{own + ".evil.example", "", 403},
			{"http://evil.example", "http://other.example", 403},
		} {
			answer, body := r.do(request(t, "GET", withOrigin("/ws/client", c.told), "Origin", c.header))
			if answer.StatusCode != c.status {
				t.Errorf("told %q, Origin %q: status %d", c.told, c.header, answer.StatusCode)
			}
			if c.told == "http://evil.example" && c.header != "" && c.status == 403 && strings.Contains(body, "proxy") {
				t.Errorf("a foreign page is told of a proxy: %s", body)
			}
			conn, _, err := wstest.TryDial(t, r.listen.Dial, withOrigin("/ws/client", c.told), http.Header{"Origin": {c.header}})
			if c.header != "" && (err == nil) != (c.status == 426) {
				t.Errorf("told %q, Origin %q: handshake %v", c.told, c.header, err)
			}
			if err == nil {
				conn.Close()
			}
		}
	})
}

// A proxy that changes Host and takes Origin away, or sets it, passes handshakes: then nothing else may fail either.
func TestOwnOriginInTheAddress_RefusesNoSignIn(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		const public = "https://chat.example.org"
		for _, header := range []string{"", "http://127.0.0.1:8000"} {
			answer, body := r.do(request(t, "POST", withOrigin("/session", public), "Authorization", "Bearer "+key, "Origin", header))
			if answer.StatusCode != http.StatusNoContent {
				t.Errorf("Origin %q: %d %s", header, answer.StatusCode, body)
			}
		}
		answer, body := r.do(request(t, "POST", withOrigin("/session", public), "Authorization", "Bearer "+key, "Origin", public))
		if answer.StatusCode != http.StatusForbidden || !strings.Contains(body, "changes the Host header") {
			t.Errorf("%d %s", answer.StatusCode, body)
		}
	})
}

func TestPageOfAnotherOrigin_IsLoggedOnceWithTheCure(t *testing.T) {
	log := &logText{}
	inRoom(t, func(t *testing.T, r *room) {
		for range 3 {
			if _, _, err := wstest.TryDial(t, r.listen.Dial, "/ws/client", http.Header{"Origin": {"http://chat.example.org"}}); err == nil {
				t.Error("a foreign page was let in")
			}
		}
		if n := log.count("$http_host"); n != 1 {
			t.Errorf("the cure is logged %d times", n)
		}
	}, logTo(log))
}

func TestHandshakeWithoutUpgrade_NamesWhatIsInBetween(t *testing.T) {
	log := &logText{}
	inRoom(t, func(t *testing.T, r *room) {
		for _, at := range []string{"/ws/client", "/ws/server"} {
			answer, body := r.do(request(t, "GET", at, "Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==", "Authorization", "Bearer "+key))
			if answer.StatusCode != http.StatusUpgradeRequired || !strings.Contains(body, "does not pass on WebSockets") {
				t.Errorf("%s: %d %s", at, answer.StatusCode, body)
			}
		}
		if n := log.count("proxy_http_version 1.1"); n != 1 {
			t.Errorf("the cure is logged %d times", n)
		}
	}, logTo(log))
}

func TestProxyThatIsNotTrusted_IsNamedWhenItsAddressIsCrowded(t *testing.T) {
	for _, c := range []struct {
		name, forwarded, trusted, want string
	}{
		{"not trusted", "10.1.2.3", "", "start Belfry with -trusted-proxy 192.168.1.2"},
		{"trusted, and silent", "", "192.168.1.2/32", "option forwardfor"},
	} {
		t.Run(c.name, func(t *testing.T) {
			log := &logText{}
			inRoom(t, func(t *testing.T, r *room) {
				header := http.Header{}
				if c.forwarded != "" {
					header.Set("X-Forwarded-For", c.forwarded)
				}
				for i := range 4 {
					if n := log.count(c.want); (n > 0) != (i >= 2) {
						t.Errorf("after %d connections the cure is logged %d times", i, n)
					}
					if _, _, err := wstest.TryDial(t, from(r, "192.168.1.2"), "/ws/client", header); err != nil {
						t.Fatal(err)
					}
				}
				_, answer, err := wstest.TryDial(t, from(r, "192.168.1.2"), "/ws/client", header)
				if err == nil || answer.StatusCode != http.StatusTooManyRequests {
					t.Fatalf("the fifth connection: %v", err)
				}
				if n := log.count(c.want); n != 1 {
					t.Errorf("the cure is logged %d times", n)
				}
			}, logTo(log), func(config *wsserver.Config) {
				config.MaxPerAddress = 4
				if c.trusted != "" {
					config.TrustedProxies = []netip.Prefix{netip.MustParsePrefix(c.trusted)}
				}
			})
		})
	}
}

// Behind a proxy the port of the encrypted address would be one of the proxy's machine.
func TestRoom_OffersNoSecurePortThroughAProxy(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		for _, header := range []string{"", "X-Forwarded-For", "Forwarded", "Via", "X-Real-IP", "X-Forwarded-Proto"} {
			req := request(t, "GET", "/room")
			if header != "" {
				req.Header.Set(header, "1")
			}
			if _, body := r.do(req); !strings.HasPrefix(body, `{"name":"","access":"open"`) || strings.Contains(body, "port") {
				t.Errorf("%q: %s", header, body)
			}
		}
	})
}

func TestSessionCookie_StaysInTheFolderOfItsServer(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		for origin, secure := range map[string]bool{"": false, "http://127.0.0.1:8000": false, "https://127.0.0.1:8000": true} {
			answer, _ := r.do(request(t, "POST", "/session", "Authorization", "Bearer "+key, "Origin", origin))
			c := answer.Cookies()[0]
			if c.Path != "" || c.Secure != secure || !c.HttpOnly || c.SameSite != http.SameSiteStrictMode {
				t.Errorf("Origin %q: %v", origin, c)
			}
		}
	})
}

// A program sends no Origin: what a trusted proxy says of the encryption counts then, and nobody else's word.
func TestSessionCookie_IsSecureBehindATrustedProxyThatEncrypts(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		for ip, secure := range map[string]bool{"10.0.0.7": true, "192.168.1.9": false} {
			req := request(t, "POST", "/session", "Authorization", "Bearer "+key, "X-Forwarded-Proto", "https", "X-Forwarded-For", "192.168.1.20")
			answer, _ := do(t, from(r, ip), req)
			if c := answer.Cookies(); len(c) != 1 || c[0].Secure != secure {
				t.Errorf("through %s: %d %v", ip, answer.StatusCode, c)
			}
		}
	}, func(c *wsserver.Config) { c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")} })
}

func TestMissingPage_NamesAProxyThatPassesItsPrefixOn(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		long := "/" + strings.Repeat("x/", 2000)
		for path, prefixed := range map[string]bool{
			"/belfry/": true, "/belfry/server": true, "/a/b/ws/client": true, "/belfry/room": true,
			"/nothing": false, "/server/x": false, "/assets/none.js": false, "/trust/none": false, long + "y": false,
		} {
			answer, body := r.do(request(t, "GET", path))
			if answer.StatusCode != http.StatusNotFound || strings.Contains(body, "proxy") != prefixed {
				t.Errorf("%.40s: %d %s", path, answer.StatusCode, body)
			}
		}
	}, withPages)
}
