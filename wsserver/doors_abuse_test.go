package wsserver_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"belfry/wsserver"
	"belfry/wsserver/operator"
)

// slowly sends a request whose body comes in parts, with a pause after each, and returns the status.
func (r *room) slowly(head string, parts int, part string, pause time.Duration) int {
	r.t.Helper()
	nc, err := r.listen.Dial(r.t.Context())
	if err != nil {
		r.t.Fatal(err)
	}
	defer nc.Close()
	if _, err := fmt.Fprintf(nc, "%sHost: 127.0.0.1\r\nContent-Length: %d\r\n\r\n", head, parts*len(part)); err != nil {
		r.t.Fatal(err)
	}
	answered := make(chan struct{})
	defer close(answered)
	go func() {
		for range parts {
			if _, err := io.WriteString(nc, part); err != nil {
				return
			}
			select {
			case <-time.After(pause):
			case <-answered:
			}
		}
	}()
	res, err := http.ReadResponse(bufio.NewReader(nc), nil)
	if err != nil {
		r.t.Errorf("no answer: %v", err)
		return 0
	}
	_ = res.Body.Close()
	return res.StatusCode
}

// A body may come over a slow line, and may not stall.
func TestDoors_SlowBodies(t *testing.T) {
	for _, path := range []string{"/general", "/", "/general?from=json", "/message"} {
		inRoom(t, func(t *testing.T, r *room) {
			head := "POST " + path + " HTTP/1.1\r\nAuthorization: Bearer " + r.speakerOf("general") + "\r\n"
			start := time.Now()
			if got := r.slowly(head, 2, "x", time.Hour); got != http.StatusBadRequest || time.Since(start) > 20*time.Second {
				t.Errorf("%s: a body that stalls is answered %d after %v", path, got, time.Since(start))
			}
			if path != "/general" {
				return
			}
			start = time.Now()
			if got := r.slowly(head, 20, strings.Repeat("x", 3000), 2*time.Second); got != http.StatusOK || time.Since(start) < 30*time.Second {
				t.Errorf("%s: a body over a slow line is answered %d after %v", path, got, time.Since(start))
			}
		})
	}
}

// speakerOf is a token that may send and read in one place.
func (r *room) speakerOf(place string) string {
	r.t.Helper()
	return r.secret(operator.NewToken{Name: "speaker", Publish: []string{place}, Read: []string{place}, InURL: true})
}

// logged is what a server has written to its log.
type logged struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logged) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(b)
}

// Wherever a token stands, and whatever comes of it, it is in no log, no answer, and in nothing that is kept.
func TestDoors_ATokenIsNowhereElse(t *testing.T) {
	var log logged
	inRoom(t, func(t *testing.T, r *room) {
		token := r.speakerOf("general")
		wrong := "tk_" + strings.Repeat("z", 29)
		for _, secret := range []string{token, wrong} {
			for _, path := range []string{"/general", "/nowhere", "/", "/message", "/general/json", "/general/ws", "/stream", "/general/publish", "/client/x", "/api/v1/messages", "/api/v1/none"} {
				for _, method := range []string{"GET", "POST", "PUT", "DELETE", "OPTIONS"} {
					if method == "GET" && path == "/general/json" && secret == token {
						continue // a stream
					}
					for _, header := range []string{"Authorization: Bearer ", "X-Gotify-Key: ", ""} {
						query := "?x=1"
						name, value, ok := strings.Cut(header, ": ")
						if !ok {
							query, value = "?token="+secret, ""
						}
						req := request(t, method, path+query)
						if ok {
							req.Header.Set(name, value+secret)
						}
						if res, answer := r.do(req); strings.Contains(answer, secret) || strings.Contains(fmt.Sprint(res.Header), secret) {
							t.Errorf("%s %s%s is answered %v %s", method, path, query, res.Header, answer)
						}
					}
				}
			}
			if audit := r.Audit(operator.AuditQuery{}); strings.Contains(fmt.Sprint(audit), secret) {
				t.Errorf("the audit list is %v", audit)
			}
			if log.mu.Lock(); strings.Contains(log.buf.String(), secret) {
				t.Errorf("the log is %s", log.buf.String())
			}
			log.mu.Unlock()
		}
	}, func(c *wsserver.Config) {
		c.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
}

// Beyond a token's rate each door says when to try again.
func TestDoors_TheRateOfAToken(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		rate := 1.0
		token := r.secret(operator.NewToken{Name: "speaker", Publish: []string{"general"}, Rate: &rate})
		for i := range 60 {
			if status, answer := r.program(token, "POST", "/general", "x"); status != 200 {
				t.Fatalf("message %d: %d %s", i, status, answer)
			}
		}
		if status, answer := r.program(token, "POST", "/general", "x"); status != 429 || ntfyEventOf(t, answer).Code != 42901 || !strings.Contains(answer, "retry_ms") {
			t.Errorf("ntfy: %d %s", status, answer)
		}
		if status, answer := r.program(token, "POST", "/message", "message=x"); status != 429 || !strings.Contains(answer, `"errorCode":429`) {
			t.Errorf("gotify: %d %s", status, answer)
		}
		time.Sleep(time.Second)
		if status, answer := r.program(token, "POST", "/general", "x"); status != 200 {
			t.Errorf("a second later: %d %s", status, answer)
		}
	})
}

// A foreign Host, Origin or site is refused at each door, also with a token that counts.
func TestDoors_OtherSites(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		token := r.speakerOf("general")
		for _, path := range []string{"POST /general", "POST /", "POST /message", "GET /message", "GET /general/publish", "GET /general/json", "GET /general/auth", "GET /stream", "GET /application", "GET /version", "GET /health", "GET /v1/health"} {
			method, at, _ := strings.Cut(path, " ")
			for _, header := range []string{"Host: evil.example", "Origin: http://evil.example", "Origin: null", "Sec-Fetch-Site: cross-site", "Sec-Fetch-Site: same-site"} {
				name, value, _ := strings.Cut(header, ": ")
				req := request(t, method, at+"?token="+token, name, value)
				if name == "Host" {
					req.Host = value
				}
				if res, answer := r.do(req); res.StatusCode != 403 {
					t.Errorf("%s with %s: %d %s", path, header, res.StatusCode, answer)
				}
			}
		}
		if got := r.State().Seq; got != 0 {
			t.Errorf("%d messages were sent", got)
		}
	})
}
