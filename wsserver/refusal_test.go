package wsserver_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"testing"
	"testing/synctest"

	"belfry/wsserver"
	"belfry/wsserver/operator"
	"belfry/wsserver/wstest"
)

// handshakeWith is a handshake with other headers in place of the usual ones.
func handshakeWith(lines ...string) string {
	return "GET /ws/client HTTP/1.1\r\nHost: 127.0.0.1:8000\r\n" + strings.Join(lines, "\r\n") + "\r\n\r\n"
}

// What old and small clients send is a handshake, however they write it.
func TestHandshake_HowProgramsWriteIt(t *testing.T) {
	const websocketKey = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
	inRoom(t, func(t *testing.T, r *room) {
		for name, row := range map[string]struct {
			lines  []string
			status int
		}{
			"Firefox":                     {[]string{"Connection: keep-alive, Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", websocketKey}, 101},
			"in capitals":                 {[]string{"CONNECTION: UPGRADE", "UPGRADE: WebSocket", "SEC-WEBSOCKET-VERSION: 13", websocketKey}, 101},
			"in several lines":            {[]string{"Connection: keep-alive", "Connection: upgrade", "Upgrade: h2c, websocket", "Sec-WebSocket-Version: 13", websocketKey}, 101},
			"a protocol is offered":       {[]string{"Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Protocol: arduino", websocketKey}, 101},
			"compression is offered":      {[]string{"Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits", websocketKey}, 101},
			"its origin as a socket's":    {[]string{"Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Origin: ws://127.0.0.1:8000", websocketKey}, 101},
			"an origin of nothing":        {[]string{"Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Origin:", websocketKey}, 101},
			"an old version":              {[]string{"Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 8", websocketKey}, 400},
			"no version":                  {[]string{"Connection: Upgrade", "Upgrade: websocket", websocketKey}, 400},
			"a short key":                 {[]string{"Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: eA=="}, 400},
			"a file's origin":             {[]string{"Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Origin: file://", websocketKey}, 403},
			"two origins":                 {[]string{"Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Origin: http://127.0.0.1:8000", "Origin: http://evil.example", websocketKey}, 403},
			"no upgrade":                  {[]string{"Connection: close"}, 426},
			"the header of a proxy alone": {[]string{"Connection: close", "Upgrade: websocket", "Sec-WebSocket-Version: 13", websocketKey}, 426},
		} {
			answer, body := raw(t, r, handshakeWith(row.lines...))
			if answer.StatusCode != row.status {
				t.Errorf("%s: %s", name, answer.Status)
			}
			if row.status == http.StatusSwitchingProtocols {
				if got := answer.Header.Get("Sec-WebSocket-Protocol") + answer.Header.Get("Sec-WebSocket-Extensions"); got != "" {
					t.Errorf("%s: agreed on %q", name, got)
				}
				continue
			}
			if code, _ := refused(t, body); row.status == http.StatusBadRequest && code != "bad_frame" {
				t.Errorf("%s: %s", name, body)
			}
			if strings.Contains(name, "version") && answer.Header.Get("Sec-WebSocket-Version") != "13" {
				t.Errorf("%s: which one is spoken is not said", name)
			}
		}
	})
}

// Whoever sends before the handshake is answered is told so.
func TestHandshake_AFrameTooEarlyIsRefusedInWords(t *testing.T) {
	frame := "\x81\x80\x00\x00\x00\x00"
	inRoom(t, func(t *testing.T, r *room) {
		for _, path := range []string{"/ws/client", "/ws/server"} {
			text := strings.Replace(handshake, "/ws/client", path, 1)
			text = strings.Replace(text, "Connection", "Authorization: Bearer "+key+"\r\nConnection", 1)
			answer, body := raw(t, r, text+frame)
			code, _ := refused(t, body)
			if answer.StatusCode != http.StatusBadRequest || code != "bad_frame" || !strings.Contains(body, "Wait for the answer") ||
				answer.Header.Get("Content-Security-Policy") != wsserver.Security || !answer.Close {
				t.Errorf("%s: %s %s %v", path, answer.Status, body, answer.Header)
			}
		}
		synctest.Wait()
		if n := len(r.Clients(operator.ClientsQuery{}).Clients); n != 0 {
			t.Errorf("%d are connected", n)
		}
	})
}

// A program with an origin of its own is told which one to send.
func TestOrigin_ARefusalSaysWhatToSend(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		for _, path := range []string{"/ws/client", "/ws/server", "/session", "/export", "/server"} {
			answer, body := r.do(request(t, "GET", path, "Origin", "file://", "Authorization", "Bearer "+key))
			want := "Pages from other servers cannot connect here. A program must send no Origin, or this server's (http://127.0.0.1:8000)."
			if answer.StatusCode != http.StatusForbidden || !strings.Contains(body, want) {
				t.Errorf("%s: %s %s", path, answer.Status, body)
			}
		}
	})
}

// People read a page where programs read JSON. It names an address that works, and never the name that was asked for.
func TestRefusal_IsAPageForPeople(t *testing.T) {
	const browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
	inRoom(t, func(t *testing.T, r *room) {
		ask := func(method, path, accept string, more ...string) (*http.Response, string) {
			req := request(t, method, path, append(more, "Accept", accept)...)
			req.Host = "belfry.fritz.box:8000"
			return r.do(req)
		}
		answer, body := ask("GET", "/", browser)
		if answer.StatusCode != http.StatusForbidden || answer.Header.Get("Content-Type") != "text/html; charset=utf-8" || answer.Header.Get("Cache-Control") != "no-store" ||
			!strings.Contains(body, `<a href="http://127.0.0.1:8000/">`) || !strings.Contains(body, "-host") || !strings.Contains(body, "viewport") || !strings.Contains(body, "light dark") {
			t.Errorf("%s %v %s", answer.Status, answer.Header, body)
		}
		for _, never := range []string{"fritz.box", "<script", "<style", "style=", "onclick", "http-equiv"} {
			if strings.Contains(body, never) {
				t.Errorf("the page holds %s: %s", never, body)
			}
		}
		if answer, body := ask("HEAD", "/", browser); answer.StatusCode != http.StatusForbidden || body != "" {
			t.Errorf("HEAD: %s %q", answer.Status, body)
		}
		for _, row := range [][3]string{{"POST", "/session", browser}, {"GET", "/", "*/*"}, {"GET", "/", "application/json"}, {"GET", "/", "text/html;q=0"}, {"GET", "/", ""}} {
			if answer, body := ask(row[0], row[1], row[2]); answer.Header.Get("Content-Type") != "application/json" {
				t.Errorf("%v: %s %s", row, answer.Status, body)
			}
		}
		for _, by := range []string{"X-Forwarded-For", "Forwarded", "Via", "X-Real-IP"} {
			if _, body := ask("GET", "/", browser, by, "x"); strings.Contains(body, "href") || !strings.Contains(body, "<p>") {
				t.Errorf("behind a proxy (%s): %s", by, body)
			}
		}
		r.ask("block", map[string]any{"address": "127.0.0.1"}, nil)
		answer, body = r.do(request(t, "GET", "/ws/client", "Accept", browser))
		if answer.StatusCode != http.StatusForbidden || !strings.Contains(body, "<p>The operator blocked you.</p>") {
			t.Errorf("blocked: %s %s", answer.Status, body)
		}
	})
}

// A trusted proxy whose clients cannot be told apart is named in the log, once.
func TestForwardedFor_WhatCannotBeReadIsLoggedOnce(t *testing.T) {
	said := new(logText)
	inRoom(t, func(t *testing.T, r *room) {
		for i, row := range []struct{ header, value, want string }{
			{"X-Forwarded-For", "1.1.1.1:4711", "1.1.1.1"},
			{"X-Forwarded-For", `6.6.6.6, "[2001:db8::1]:4711"`, "2001:db8::1"},
			{"Forwarded", `for=6.6.6.6, for="[2001:db8::2]:4711";proto=https`, "2001:db8::2"},
			{"Forwarded", `for="6.6.6.6, for=1.1.1.1`, "1.1.1.1"},
			{"X-Forwarded-For", "1.1.1.1, unknown", "10.0.0.1"},
			{"X-Forwarded-For", "_hidden", "10.0.0.1"},
			{"Forwarded", "for=_hidden", "10.0.0.1"},
			{"X-Real-IP", "1.1.1.1", "10.0.0.1"},
			{"X-Other", "1.1.1.1", "10.0.0.1"},
		} {
			c := wstest.Dial(t, from(r, "10.0.0.1"), "/ws/client", http.Header{http.CanonicalHeaderKey(row.header): {row.value}})
			c.Expect("counts")
			if got := r.Clients(operator.ClientsQuery{}).Clients[0].Address; got != row.want {
				t.Errorf("%s %q: %s, want %s", row.header, row.value, got, row.want)
			}
			unreadable, missing := 0, 0
			if i >= 4 {
				unreadable = 1
			}
			if i >= 7 {
				missing = 1
			}
			if said.count("cannot be read") != unreadable || said.count("does not name its clients") != missing || said.count("proxy=10.0.0.1") != unreadable+missing {
				t.Errorf("%s %q: %s", row.header, row.value, &said.b)
			}
			c.Close()
			synctest.Wait()
		}
	}, func(c *wsserver.Config) {
		c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/24")}
		c.Logger = slog.New(slog.NewTextHandler(said, nil))
	})
}

// Everybody is a trusted proxy: that is said when it starts.
func TestTrustedProxy_ANetworkThatIsTooWideIsLogged(t *testing.T) {
	for network, want := range map[string]int{"0.0.0.0/0": 1, "::/0": 1, "10.0.0.0/8": 0} {
		said := new(logText)
		inRoom(t, func(*testing.T, *room) {}, func(c *wsserver.Config) {
			c.TrustedProxies, c.Logger = []netip.Prefix{netip.MustParsePrefix(network)}, slog.New(slog.NewTextHandler(said, nil))
		})
		if n := said.count("can claim any address"); n != want {
			t.Errorf("%s: told %d times", network, n)
		}
	}
}

// What a client cannot unpack, or does not want, it is not sent.
func TestPages_ObeyAcceptEncoding(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		for _, row := range []struct {
			accept string
			big    string // how a file comes for which compression pays: "gzip", "" as it is, "406" not at all
			small  string
		}{
			{"gzip", "gzip", ""},
			{"GZIP", "gzip", ""},
			{"br;q=1.0, gzip;q=0.8, *;q=0.1", "gzip", ""},
			{" deflate ,gzip ; q = 0.5", "gzip", ""},
			{"*", "gzip", ""},
			{"gzip;q=1, identity;q=0.5", "gzip", ""},
			{"gzip;q=0.001", "gzip", ""},
			{"", "", ""},
			{"br", "", ""},
			{"gzip;q=0", "", ""},
			{"gzip;q=0.000", "", ""},
			{"gzip ; Q=0", "", ""},
			{"gzip;q=0, *", "", ""},
			{"*, gzip;q=0", "", ""},
			{"identity", "", ""},
			{"gzip;q=0.5, identity", "", ""},
			{"gzip;q=x", "", ""},
			{"gzip;q=-1", "", ""},
			{"gzip;q=2", "", ""},
			{"gzip;q=NaN", "", ""},
			{"notgzip", "", ""},
			{"x-gzip2", "", ""},
			{"*;q=0, identity", "", ""},
			{"gzip;q=0, gzip", "", ""},
			{"gzip, identity;q=0", "gzip", "gzip"},
			{"gzip, *;q=0", "gzip", "gzip"},
			{"identity;q=0, *", "gzip", "gzip"},
			{"identity;q=0", "406", "406"},
			{"*;q=0", "406", "406"},
			{"br, identity;q=0", "406", "406"},
			{"gzip;q=0, identity;q=0", "406", "406"},
		} {
			for path, want := range map[string]string{"/assets/app.js": row.big, "/": row.big, "/favicon.svg": row.small} {
				answer, _ := r.do(request(t, "GET", path, "Accept-Encoding", row.accept))
				got := answer.Header.Get("Content-Encoding")
				if answer.StatusCode != http.StatusOK {
					got = fmt.Sprint(answer.StatusCode)
				}
				if got != want || answer.Header.Get("Vary") != "Accept-Encoding" {
					t.Errorf("%s, Accept-Encoding %q: %q, want %q; %v", path, row.accept, got, want, answer.Header)
				}
			}
		}
		req := request(t, "GET", "/assets/app.js", "Accept-Encoding", "gzip", "Accept-Encoding", "gzip;q=0")
		if answer, _ := r.do(req); answer.Header.Get("Content-Encoding") != "" {
			t.Error("a second line is passed over")
		}
	}, withPages)
}

// Home routers add a domain of their own to the machine's name. One that somebody can own is not this machine's.
func TestHost_OwnNameOnHomeNetworks(t *testing.T) {
	name, err := os.Hostname()
	if err != nil {
		t.Skip("this machine has no name")
	}
	short, _, _ := strings.Cut(name, ".")
	inRoom(t, func(t *testing.T, r *room) {
		for suffix, allowed := range map[string]bool{
			"": true, ".local": true, ".LAN": true, ".home": true, ".home.arpa.": true, ".internal": true, ".localdomain": true,
			".fritz.box": false, ".box": false, ".home.example": false, ".corp": false, ".lan.evil.example": false, "x.lan": false, ".x.lan": false,
		} {
			req := request(t, "GET", "/room")
			req.Host = short + suffix + ":8000"
			if answer, _ := r.do(req); (answer.StatusCode == http.StatusOK) != allowed && !strings.EqualFold(name, short+suffix) {
				t.Errorf("Host %s: %s", req.Host, answer.Status)
			}
		}
	})
}
