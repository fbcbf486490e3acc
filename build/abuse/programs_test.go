package abuse

import (
	"encoding/base64"
	"fmt"
	"strings"
	"time"
)

// doors are the routes for programs that need a token, of the API, of ntfy's and of Gotify's clients, and of Prometheus.
var doors = []string{
	"POST /api/v1/messages", "GET /api/v1/messages", "GET /api/v1/messages/1", "DELETE /api/v1/messages/1", "GET /api/v1/messages/1/receipts?detail=1",
	"GET /api/v1/stream?after=0", "GET /api/v1/topics", "GET /api/v1/people", "GET /api/v1/now", "GET /api/v1/openapi.json", "GET /api/v1/nothing",
	"POST /general", "PUT /general", "POST /", "PUT /", "GET /general/publish?message=x", "GET /general/send?message=x", "GET /general/trigger",
	"GET /general/json?since=all", "GET /general/sse", "GET /general/raw", "GET /general/ws", "GET /general/auth", "POST /general?from=github",
	"POST /message", "GET /message", "GET /stream", "GET /application", "GET /client", "POST /client", "GET /current/user", "GET /metrics",
}

// accessToken makes one with these rights, and returns it.
func (a *arena) accessToken(name string, rights map[string]any) string {
	args := map[string]any{"name": fmt.Sprintf("%s %d", name, a.time)}
	for right, value := range rights {
		args[right] = value
	}
	var created struct{ Secret string }
	if refused := a.dashboard(a.t).Ask("create_token", args, &created); refused != nil {
		a.t.Fatal(refused.Text)
	}
	return created.Secret
}

// doorless asks at every door without a token that counts there, and from pages of other sites with one that does.
func doorless(a *arena) {
	poor, rich := a.accessToken("poor", nil), a.accessToken("rich", map[string]any{"publish": []string{"general", "everyone"}, "read": []string{"all"}, "people": true, "metrics": true})
	basic := base64.StdEncoding.EncodeToString([]byte("x:" + operatorKey))
	for i, door := range doors {
		method, path, _ := strings.Cut(door, " ")
		from, sign := address(18, i), "?"
		if strings.Contains(path, "?") {
			sign = "&"
		}
		for what, headers := range map[string][]string{
			"no token":          {},
			"a wrong one":       {"Authorization: Bearer tk_" + strings.Repeat("a", 29)},
			"the key as Basic":  {"Authorization: Basic " + basic},
			"the key, Gotify's": {"X-Gotify-Key: " + operatorKey},
			"a cookie":          {"Cookie: token=" + rich},
		} {
			answer, body := a.get(a.t, from, method, path, headers...)
			a.wants(what+": "+door, status(answer), 401, 429)
			if answer != nil && strings.Contains(answer.Header.Get("WWW-Authenticate"), "Basic") {
				a.t.Errorf("%s: %s asks for a password", what, door)
			}
			if strings.Contains(body, "honest ") || strings.Contains(body, "belfry_") {
				a.t.Errorf("%s: %s tells %s", what, door, body)
			}
		}
		for _, query := range []string{"token=" + operatorKey, "token=" + rich, "auth=" + base64.RawURLEncoding.EncodeToString([]byte("Bearer "+rich))} {
			answer, _ := a.get(a.t, from, method, path+sign+query)
			a.wants("in the URL: "+door, status(answer), 401, 429)
		}
		for _, header := range []string{"Origin: http://evil.example", "Origin: null", "Sec-Fetch-Site: cross-site", "Host: evil.example"} {
			answer, _ := a.get(a.t, from, method, path, "Authorization: Bearer "+rich, header)
			a.wants(header+": "+door, status(answer), 403)
		}
		if answer, body := a.get(a.t, from, method, path, "Authorization: Bearer "+poor); status(answer) >= 500 || strings.Contains(body, "honest ") {
			a.t.Errorf("%s without rights: %d %s", door, status(answer), body)
		}
	}
}

// hostileBodies sends what no program sends, with a token that may.
func hostileBodies(a *arena) {
	bearer := "Authorization: Bearer " + a.accessToken("hostile", map[string]any{"publish": []string{"general"}, "rate": 0})
	head := func(path string, headers ...string) string {
		return "POST " + path + " HTTP/1.1\r\nHost: " + a.addr + "\r\nConnection: close\r\n" + strings.Join(append(headers, bearer), "\r\n") + "\r\n"
	}
	for _, path := range []string{"/api/v1/messages", "/general", "/", "/message", "/general?from=alertmanager", "/general?from=json"} {
		for what, body := range map[string]string{
			"nothing": "", "deep": strings.Repeat(`{"message":`, 20_000), "deep lists": strings.Repeat("[", 100_000), "cut off": `{"topic":"general","message":"x`,
			"other bytes": "\xff\xfe\x00\x01", "a huge number": `{"topic":"general","message":"x","priority":1` + strings.Repeat("0", 10_000) + "}",
			"types": `{"topic":["general"],"message":{"a":1},"tags":{"x":[]},"title":7}`, "many names": "{" + strings.Repeat(`"x":1,`, 30_000) + `"message":"x","topic":"general"}`,
		} {
			answer, _ := a.say(a.t, "127.19.0.1", head(path, fmt.Sprintf("Content-Length: %d", len(body)))+"\r\n"+body)
			if code := status(answer); code == 0 || code >= 500 {
				a.t.Errorf("%s, %s: %d", path, what, code)
			}
		}
		answer, _ := a.say(a.t, "127.19.0.2", head(path, "Content-Length: 1000000000")+"\r\n"+strings.Repeat("x", 1<<20))
		a.wants(path+", a gigabyte", status(answer), 400, 413, 0)
		answer, _ = a.say(a.t, "127.19.0.2", head(path, "Transfer-Encoding: chunked")+"\r\n"+strings.Repeat("8000\r\n"+strings.Repeat("x", 0x8000)+"\r\n", 40))
		a.wants(path+", chunks without end", status(answer), 400, 413, 0)
		for _, header := range []string{"X-Title: a\rb", "X-Title: =?utf-8?q?a=0D=0AX-Priority:_5?=", "X-Title: " + strings.Repeat("a", 15<<10), "X-Click: javascript:alert(1)", "X-Tags: " + strings.Repeat("a,", 5_000)} {
			answer, body := a.say(a.t, "127.19.0.3", head(path, "Content-Length: 1", header)+"\r\nx")
			if code := status(answer); code >= 500 || strings.Contains(body, "javascript:") {
				a.t.Errorf("%s, %.40q: %d %s", path, header, code, body)
			}
		}
	}
	nc := a.raw(a.all, "127.19.0.4")
	go dribble(nc, head("/api/v1/messages", "Content-Length: 100000")+"\r\n", "x")
	a.later(func() {
		if a.long && !ends(nc, 30*time.Second) {
			a.t.Error("a body that dribbles is waited for")
		}
		_ = nc.Close()
	})
}

// deafStreams opens streams and reads none of them.
func deafStreams(a *arena) {
	bearer := "Authorization: Bearer " + a.accessToken("deaf", map[string]any{"read": []string{"all"}})
	for i := range a.scale(60, 1_000) {
		path := []string{"/api/v1/stream?after=0", "/general/json?since=all", "/general/sse?since=all", "/general/raw?since=all"}[i%4]
		nc := a.raw(a.all, address(20, i/50))
		_, _ = nc.Write([]byte("GET " + path + " HTTP/1.1\r\nHost: " + a.addr + "\r\n" + bearer + "\r\n\r\n"))
		a.later(func() { _ = nc.Close() })
	}
}
