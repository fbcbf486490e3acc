package abuse

import (
	"net/http"
	"strings"
)

var routes = []string{"/", "/server", "/ws/client", "/ws/server", "/session", "/healthz", "/room", "/export", "/trust", "/index.html"}

var upgrade = []string{
	"Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
}

// foreigners sends requests with other Host or Origin headers.
func foreigners(a *arena) {
	for _, path := range routes {
		if path == "/healthz" {
			continue // says nothing, to whoever asks
		}
		for _, host := range []string{"evil.example", "evil.example:8000", "127.0.0.1.evil.example", "localhost.evil.example", "127.0.0.1@evil.example", "xn--lcalhost-54a", "2130706433", "0x7f.1"} {
			answer, body := a.get(a.t, "127.9.0.1", "GET", path, "Host: "+host)
			a.wants(path+" under "+host, status(answer), 403, 400)
			if strings.Contains(body, "<html") {
				a.t.Errorf("%s under %s is a page", path, host)
			}
		}
	}
	for _, origin := range []string{"http://evil.example", "null", "https://" + a.addr + ".evil.example", "http://127.0.0.1", "file://", "chrome-extension://abc", "http://" + a.addr + "@evil.example"} {
		for _, path := range []string{"/ws/client", "/ws/server", "/session"} {
			method, with := "GET", append([]string{"Connection: Upgrade", "Origin: " + origin, "Authorization: Bearer " + operatorKey}, upgrade...)
			if path == "/session" {
				method = "POST"
			}
			answer, _ := a.get(a.t, "127.9.0.2", method, path, with...)
			a.wants(path+" from "+origin, status(answer), 403)
		}
	}
	for _, path := range routes {
		answer, _ := a.get(a.t, "127.9.0.3", "GET", path, "Origin: http://evil.example")
		if answer != nil && answer.Header.Get("Access-Control-Allow-Origin") != "" {
			a.t.Errorf("%s is readable by others", path)
		}
	}
	a.wants("two hosts", raw(a, "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil.example\r\n\r\n"), 400)
	a.wants("no host", raw(a, "GET / HTTP/1.1\r\n\r\n"), 400)
	a.wants("another host in the line", raw(a, "GET http://evil.example/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"), 403)
}

// paths tries to read files outside the pages' folder.
func paths(a *arena) {
	for _, base := range []string{"/", "/server/", "/assets/", "/trust/", "/ws/client/", "/export/", "/session/"} {
		for _, to := range []string{
			"../../../etc/passwd", "..%2f..%2f..%2fetc%2fpasswd", "%2e%2e/%2e%2e/%2e%2e/etc/passwd", "..%5c..%5cetc%5cpasswd", `..\..\etc\passwd`,
			"%252e%252e%252fetc%252fpasswd", "....//....//etc/passwd", "/etc/passwd", "%00", "a%00.html", "..;/..;/etc/passwd", "%c0%ae%c0%ae/etc/passwd",
			".git/config", "..%2fgo.mod", "%2f%2e%2e%2fgo.mod", "log.db", "../log.db", "settings.json", "C:/Windows/win.ini", "~root", "?file=../../etc/passwd",
		} {
			answer, body := a.get(a.t, "127.9.1.1", "GET", base+to)
			if code := status(answer); code >= 500 {
				a.t.Errorf("%s%s: %d", base, to, code)
			}
			for _, secret := range []string{"root:", "[core]", "module belfry", "SQLite format", operatorKey} {
				if strings.Contains(body, secret) {
					a.t.Errorf("%s%s gives %q away", base, to, secret)
				}
			}
		}
	}
	for _, method := range []string{"PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "PROPFIND", "post", "\x00"} {
		for _, path := range routes {
			if path == "/session" && method == "DELETE" {
				continue // a sign-out
			}
			answer, _ := a.get(a.t, "127.9.1.2", method, path)
			if code := status(answer); code != 0 && (code < 400 || code >= 500 && code != http.StatusNotImplemented) {
				a.t.Errorf("%q %s: %d", method, path, code)
			}
		}
	}
}

// smuggling sends requests that two servers might parse differently: they are refused, or parsed in one way.
func smuggling(a *arena) {
	const post = "POST /session HTTP/1.1\r\nHost: 127.0.0.1\r\n"
	for what, c := range map[string]struct {
		request string
		want    []int
	}{
		"two lengths":               {post + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx", []int{400}},
		"a length with a sign":      {post + "Content-Length: +1\r\n\r\nx", []int{400}},
		"a negative length":         {post + "Content-Length: -1\r\n\r\nx", []int{400}},
		"a list of lengths":         {post + "Content-Length: 1, 2\r\n\r\nxx", []int{400}},
		"a blank before the colon":  {post + "Content-Length : 1\r\n\r\nx", []int{400}},
		"an unknown encoding":       {post + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", []int{400, 501}},
		"two encodings":             {post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n", []int{400, 501}},
		"an encoding in HTTP/1.0":   {"POST /session HTTP/1.0\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", []int{400, 401}},
		"length and encoding":       {post + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", []int{400, 401}},
		"a chunk that is no number": {post + "Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n", []int{400, 401, 413}},
		"HTTP/0.9":                  {"GET /\r\n", []int{400}},
		"HTTP/2 by itself":          {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", []int{400, 403, 404, 505}},
		"HTTP/3.7":                  {"GET / HTTP/3.7\r\nHost: 127.0.0.1\r\n\r\n", []int{505}},
		"an upgrade to h2c":         {"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n", []int{200}},
		"a NUL in a header":         {"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: a\x00b\r\n\r\n", []int{400}},
		"a header without a colon":  {"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nnothing\r\n\r\n", []int{400}},
		"a huge header":             {"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: " + strings.Repeat("x", 2<<20) + "\r\n\r\n", []int{431, 0}},
		"many headers":              {"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n" + strings.Repeat("X: y\r\n", 400_000) + "\r\n", []int{431, 0}},
		"an endless line":           {"GET /" + strings.Repeat("a", 2<<20) + " HTTP/1.1\r\n\r\n", []int{414, 431, 400, 0}},
		"a huge body":               {post + "Content-Length: 104857600\r\n\r\n" + strings.Repeat("x", 1<<20), []int{401, 413, 400}},
		"an expectation":            {post + "Expect: 200-maybe\r\nContent-Length: 1\r\n\r\nx", []int{417}},
	} {
		a.wants(what, raw(a, c.request), c.want...)
	}
	// After a handshake there are frames, never a request.
	answer, body := a.say(a.t, "127.9.2.2", "GET /ws/client HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\n"+
		strings.Join(upgrade, "\r\n")+"\r\n\r\nGET /server HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
	if answer != nil && strings.Contains(body, "<html") {
		a.t.Error("a request behind a handshake is answered")
	}
}

// raw is the status of the answer to a request.
func raw(a *arena, request string) int {
	a.t.Helper()
	answer, _ := a.say(a.t, "127.9.2.1", request)
	return status(answer)
}

func status(answer *http.Response) int {
	if answer == nil {
		return 0
	}
	return answer.StatusCode
}
