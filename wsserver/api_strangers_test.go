package wsserver_test

import (
	"context"
	"encoding/base64"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"belfry/wsserver"
	"belfry/wsserver/operator"
)

// eachRoute calls do for every operation that the API describes, with a seq where a path needs one.
func (p *program) eachRoute(do func(method, path string)) {
	p.t.Helper()
	for path, methods := range p.description().at("paths") {
		for method := range methods.(map[string]any) {
			do(strings.ToUpper(method), strings.ReplaceAll(strings.TrimPrefix(path, "/api/v1"), "{seq}", "1"))
		}
	}
	do("OPTIONS", "/messages")
	do("GET", "/nothing")
}

// with asks with other headers, and without the program's token.
func (p *program) with(method, path string, header ...string) (*http.Response, string) {
	p.t.Helper()
	req := p.request(method, path, `{"message":"x"}`)
	req.Header.Del("Authorization")
	for i := 0; i < len(header); i += 2 {
		if header[i] == "Host" {
			req.Host = header[i+1]
		}
		req.Header.Add(header[i], header[i+1])
	}
	return p.do(req)
}

// wantStranger checks that a request is refused, in the API's form and without telling a browser how to come in.
func (p *program) wantStranger(status int, code, what, method, path string, header ...string) {
	p.t.Helper()
	answer, text := p.with(method, path, header...)
	if answer.StatusCode != status || !strings.HasPrefix(text, `{"code":"`+code+`",`) {
		p.t.Errorf("%s: %s %s: %d %s", what, method, path, answer.StatusCode, text)
	}
	for name := range answer.Header {
		if strings.HasPrefix(name, "Access-Control-") || name == "Set-Cookie" {
			p.t.Errorf("%s: %s %s has the header %s", what, method, path, name)
		}
	}
	if how := answer.Header.Get("WWW-Authenticate"); strings.Contains(how, "Basic") {
		p.t.Errorf("%s: %s %s asks for %s", what, method, path, how)
	}
}

func TestAPI_StrangersGetNothing(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		p, ended := r.newProgram(everything("grafana")), r.newProgram(everything("ended"))
		r.say("secret")
		if err := r.RemoveToken(t.Context(), ended.Token.ID); err != nil {
			t.Fatal(err)
		}
		session, _ := r.do(request(t, "POST", "/session", "Authorization", "Bearer "+key))
		cookie := session.Header.Get("Set-Cookie")
		if cookie == "" {
			t.Fatal("no session")
		}
		bearer, basic := "Bearer "+p.Secret, base64.StdEncoding.EncodeToString([]byte("op:"+key))
		p.eachRoute(func(method, path string) {
			time.Sleep(time.Minute) // wrong tokens are slowed
			p.wantStranger(401, "unauthorized", "no token", method, path)
			p.wantStranger(401, "unauthorized", "a wrong token", method, path, "Authorization", "Bearer tk_"+strings.Repeat("a", 29))
			p.wantStranger(401, "unauthorized", "an ended token", method, path, "Authorization", "Bearer "+ended.Secret)
			p.wantStranger(401, "unauthorized", "the operator's session", method, path, "Cookie", strings.Split(cookie, ";")[0])
			p.wantStranger(401, "unauthorized", "the key as Basic", method, path, "Authorization", "Basic "+basic)
			p.wantStranger(401, "unauthorized", "the key as Gotify's", method, path, "X-Gotify-Key", key)
			for _, query := range []string{"?token=" + key, "?auth=" + base64.RawURLEncoding.EncodeToString([]byte("Bearer "+key)), "?token=" + p.Secret} {
				p.wantStranger(401, "unauthorized", "in the URL", method, path+query)
			}
			for _, origin := range []string{"http://evil.example", "null", "http://127.0.0.1:9000"} {
				p.wantStranger(403, "not_allowed", "a page of "+origin, method, path, "Authorization", bearer, "Origin", origin)
			}
			for _, site := range []string{"cross-site", "same-site"} {
				p.wantStranger(403, "not_allowed", site, method, path, "Authorization", bearer, "Sec-Fetch-Site", site)
			}
			p.wantStranger(403, "not_allowed", "a foreign name", method, path, "Authorization", bearer, "Host", "evil.example")
		})
		if n := r.State().Kept; n != 1 {
			t.Errorf("%d messages are kept, want the first alone", n)
		}
	})
}

// Guesses are slowed, whoever has the right token is not.
func TestAPI_WrongTokensAreSlowed(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		p, slowed := r.newProgram(everything("grafana")), false
		for range 100 {
			answer, text := p.with("GET", "/now", "Authorization", "Bearer tk_"+strings.Repeat("b", 29))
			slowed = slowed || answer.StatusCode == http.StatusTooManyRequests && strings.Contains(text, `"retry_ms":`)
		}
		if !slowed {
			t.Error("a hundred guesses at once are answered")
		}
		p.wants(http.StatusOK, "GET", "/now", "", nil)
	}, func(c *wsserver.Config) { c.MaxPerAddress = 256 })
}

// A token in a URL counts where it may, and is in no log, no audit list and no answer.
func TestAPI_TokensAreInNoLog(t *testing.T) {
	var log logged
	inRoom(t, func(t *testing.T, r *room) {
		q := everything("in a URL")
		q.InURL = true
		p := r.newProgram(q)
		auth := base64.RawURLEncoding.EncodeToString([]byte("Bearer " + p.Secret))
		for _, query := range []string{"?token=" + p.Secret, "?auth=" + auth} {
			for _, path := range []string{"/now", "/people", "/messages", "/messages/9", "/nothing"} {
				answer, text := p.with("GET", path+query)
				if answer.StatusCode == http.StatusUnauthorized || strings.Contains(text, p.Secret) {
					t.Errorf("%s: %d %s", path, answer.StatusCode, text)
				}
			}
			p.with("POST", "/messages"+query)
			p.with("POST", "/messages"+query, "Origin", "http://evil.example")
			p.with("GET", "/stream"+query+"&after=x")
			p.with("GET", "/now"+query, "Host", "evil.example")
		}
		if err := r.RemoveToken(t.Context(), p.Token.ID); err != nil {
			t.Fatal(err)
		}
		p.with("GET", "/now?token="+p.Secret)
		audit := r.Audit(operator.AuditQuery{})
		named := false
		for _, e := range audit.Entries {
			named = named || e.What == "broadcast" && e.Door == "program" && e.Token == "in a URL"
			for _, text := range []string{e.Detail, e.Target, e.Before, e.After, e.Name, e.Browser, e.Token} {
				if strings.Contains(text, p.Secret) || strings.Contains(text, auth) {
					t.Errorf("the audit list has the token: %+v", e)
				}
			}
		}
		if !named {
			t.Errorf("the audit list does not name the program: %+v", audit.Entries)
		}
		log.mu.Lock()
		defer log.mu.Unlock()
		if text := log.buf.String(); text == "" || strings.Contains(text, p.Secret) || strings.Contains(text, auth) || strings.Contains(text, p.Secret[3:]) {
			t.Errorf("the log has the token, or nothing: %s", text)
		}
	}, func(c *wsserver.Config) {
		c.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
}

// A program that sends a lot is a few entries in the audit list, and pushes nothing out of it.
func TestAPI_ManyMessagesAreFewAuditEntries(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		q := everything("chatty")
		q.Rate = new(0.0)
		p, other := r.newProgram(q), r.newProgram(everything("other"))
		for i := range 100 {
			p.sends(`{"message":"x` + itoa(uint64(i)) + `"}`)
		}
		other.sends(`{"message":"y"}`)
		entries, sent := 0, map[string]int{}
		for _, e := range r.Audit(operator.AuditQuery{}).Entries {
			if e.What == "broadcast" {
				entries++
				sent[e.Token] += max(1, e.Count)
			}
		}
		if entries > 5 || sent["chatty"] != 100 || sent["other"] != 1 {
			t.Errorf("%d entries: %v", entries, sent)
		}
	})
}

// A body may come slowly, but has to come: a stalled one is let go.
func TestAPI_BodiesHaveALeastRate(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		p := r.newProgram(everything("slow"))
		text := `{"message":"` + strings.Repeat("x", 60<<10) + `"}`
		post := func(chunk int, pause time.Duration) (status string, took time.Duration) {
			nc, err := r.listen.Dial(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			done := make(chan struct{})
			defer func() { _ = nc.Close(); <-done }()
			begun := time.Now()
			_, _ = io.WriteString(nc, "POST /api/v1/messages HTTP/1.1\r\nHost: 127.0.0.1:8000\r\nAuthorization: Bearer "+p.Secret+"\r\nContent-Length: "+itoa(uint64(len(text)))+"\r\n\r\n")
			go func() {
				defer close(done)
				for rest := text; rest != ""; rest = rest[min(chunk, len(rest)):] {
					if _, err := io.WriteString(nc, rest[:min(chunk, len(rest))]); err != nil {
						return
					}
					time.Sleep(pause)
				}
			}()
			var b [12]byte
			_, _ = io.ReadFull(nc, b[:])
			return string(b[9:]), time.Since(begun)
		}
		if status, took := post(2<<10, time.Second); status != "200" || took < 25*time.Second {
			t.Errorf("2 KiB a second: %s after %v", status, took)
		}
		if status, took := post(1, time.Second); status != "400" || took > 20*time.Second {
			t.Errorf("a byte a second: %s after %v", status, took)
		}
	})
}
