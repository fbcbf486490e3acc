package wsserver_test

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"belfry/wsserver/operator"
)

// secret makes a token with a rate without a limit, and returns its secret.
func (r *room) secret(q operator.NewToken) string {
	r.t.Helper()
	if q.Rate == nil {
		q.Rate = new(float64)
	}
	return r.createToken(q).Secret
}

// speaker makes a topic kitchen, and a token that may send and read there, in general, and to everyone.
func (r *room) speaker() string {
	r.t.Helper()
	r.topic("kitchen", "open")
	return r.secret(operator.NewToken{Name: "sensor", Publish: []string{"everyone", "general", "kitchen"}, Read: []string{"everyone", "general", "kitchen"}})
}

// program makes one request as a program does, and returns its status and body.
func (r *room) program(token, method, path, body string, header ...string) (status int, answer string) {
	r.t.Helper()
	req := request(r.t, method, path, header...)
	if body != "" {
		req.Body, req.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, answer := r.do(req)
	if res.Header.Get("Access-Control-Allow-Origin") != "" || strings.Contains(strings.ToLower(res.Header.Get("WWW-Authenticate")), "basic") {
		r.t.Errorf("%s %s: the header is %v", method, path, res.Header)
	}
	return res.StatusCode, answer
}

// ntfyEvent has the fields of ntfy's events.
type ntfyEvent struct {
	ID, Event, Topic, Title, Message, Click string
	Sequence                                string `json:"sequence_id"`
	Time                                    int64
	Priority                                int
	Tags                                    []string
	Code, HTTP                              int
	Error, Link                             string
}

func ntfyEventOf(t testing.TB, line string) (e ntfyEvent) {
	t.Helper()
	if err := json.Unmarshal([]byte(line), &e); err != nil {
		t.Errorf("%q is no event: %v", line, err)
	}
	return e
}

// listening is a program that follows a stream.
type listening struct {
	t     testing.TB
	end   func()
	mu    sync.Mutex
	lines []string
	ended bool
}

// follow opens a stream and keeps its lines.
func (r *room) follow(token, path string, header ...string) *listening {
	r.t.Helper()
	nc, err := r.listen.Dial(context.Background())
	if err != nil {
		r.t.Fatal(err)
	}
	l := &listening{t: r.t, end: func() { _ = nc.Close() }}
	r.t.Cleanup(l.end)
	req := request(r.t, "GET", path, header...)
	req.Header.Set("Authorization", "Bearer "+token)
	if err := req.Write(nc); err != nil {
		r.t.Fatal(err)
	}
	in := bufio.NewReader(nc)
	res, err := http.ReadResponse(in, req)
	if err != nil || res.StatusCode != http.StatusOK {
		r.t.Fatalf("GET %s: %v, error %v", path, res, err)
	}
	go func() {
		scan := bufio.NewScanner(res.Body)
		scan.Buffer(nil, 1<<20)
		for scan.Scan() {
			l.mu.Lock()
			l.lines = append(l.lines, scan.Text())
			l.mu.Unlock()
		}
		l.mu.Lock()
		l.ended = true
		l.mu.Unlock()
	}()
	return l
}

// take returns the lines that have come since it was last called.
func (l *listening) take() (lines []string) {
	synctest.Wait()
	l.mu.Lock()
	defer l.mu.Unlock()
	lines, l.lines = l.lines, nil
	return lines
}

// texts are the messages among the lines that have come, and withdrawals as -ID.
func (l *listening) texts() (texts []string) {
	l.t.Helper()
	for _, line := range l.take() {
		switch e := ntfyEventOf(l.t, line); e.Event {
		case "message":
			texts = append(texts, e.Message)
		case "message_delete":
			texts = append(texts, "-"+e.Sequence)
		}
	}
	return texts
}

func (l *listening) hasEnded() bool {
	synctest.Wait()
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.ended
}

func wantTexts(t *testing.T, l *listening, want ...string) {
	t.Helper()
	if got := l.texts(); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("messages %q, want %q", got, want)
	}
}

func TestNtfy_EveryWayToPublish(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		token := r.speaker()
		c := r.person("ana", "kitchen")
		c.Drain()
		for _, row := range []struct{ method, path, body, header, want string }{
			{"POST", "/kitchen", "a", "", "a"},
			{"PUT", "/kitchen", "b", "", "b"},
			{"POST", "/everyone", "c", "", "c"},
			{"GET", "/kitchen/publish?message=d", "", "", "d"},
			{"GET", "/kitchen/send?m=e", "", "", "e"},
			{"GET", "/kitchen/trigger", "", "", "triggered"},
			{"POST", "/", `{"topic":"kitchen","message":"g"}`, "", "g"},
			{"PUT", "/", `{"topic":"everyone","message":"h"}`, "", "h"},
			{"POST", "/%6bitchen", "i", "", "i"},
			{"POST", "/kitchen?from=json", `{"message":"j"}`, "", "j"},
		} {
			status, answer := r.program(token, row.method, row.path, row.body, "Title", "T")
			e := ntfyEventOf(t, answer)
			if status != 200 || e.Event != "message" || e.Message != row.want || len(e.ID) != 12 || e.Time == 0 || e.Topic != "kitchen" && e.Topic != "everyone" {
				t.Errorf("%s %s: %d %s", row.method, row.path, status, answer)
			}
			if got := c.Expect("message"); got.Message != row.want || (got.Audience == "everyone") != (e.Topic == "everyone") {
				t.Errorf("%s %s reaches people as %q for %s", row.method, row.path, got.Message, got.Audience)
			}
		}
		status, answer := r.program(token, "POST", "/kitchen", "x", "X-Priority", "4", "X-Tags", "a,b", "X-Click", "https://a.lan/", "X-Title", "T")
		if e := ntfyEventOf(t, answer); status != 200 || e.Priority != 4 || fmt.Sprint(e.Tags) != "[a b]" || e.Click != "https://a.lan/" || e.Title != "T" {
			t.Errorf("answered %s", answer)
		}
	})
}

func TestNtfy_Refusals(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		r.topic("secret", "open")
		token := r.speaker()
		for _, row := range []struct {
			token, method, path, body, header string
			code                              int
		}{
			{"", "POST", "/kitchen", "x", "", 40101},
			{"", "POST", "/nowhere", "x", "", 40101},
			{"tk_" + strings.Repeat("a", 29), "POST", "/kitchen", "x", "", 40101},
			{key, "POST", "/kitchen", "x", "", 40101},
			{token, "POST", "/nowhere", "x", "", 40401},
			{token, "POST", "/secret", "x", "", 40301},
			{token, "POST", "/kitchen", "x", "Priority: 5", 40301},
			{token, "POST", "/kitchen", "x", "Priority: 6", 40007},
			{token, "POST", "/kitchen", "x", "Delay: 10m", 40004},
			{token, "POST", "/kitchen", "x", "Origin: http://evil.example", 40301},
			{token, "POST", "/kitchen", "x", "Sec-Fetch-Site: cross-site", 40301},
			{token, "GET", "/kitchen/publish?message=x", "", "Sec-Purpose: prefetch", 40301},
			{token, "GET", "/kitchen/publish?message=x", "", "X-Moz: prefetch", 40301},
			{token, "POST", "/kitchen", strings.Repeat("x", 64<<10+1), "", 41301},
			{token, "POST", "/kitchen", "\xff", "", 40011},
			{token, "POST", "/", `{"topic":"nowhere"}`, "", 40401},
			{token, "POST", "/", `{"topic":`, "", 40024},
			{token, "POST", "/kitchen?from=slack", `{}`, "", 40000},
			{token, "POST", "/kitchen?from=github", `{}`, "", 40000},
			{token, "POST", "/kitchen?from=github", `{}`, "X-Hub-Signature-256: sha256=00", 40301},
			{"", "GET", "/kitchen/json?poll=1", "", "", 40101},
			{token, "GET", "/nowhere/json", "", "", 40401},
			{token, "GET", "/kitchen,nowhere/json", "", "", 40401},
			{token, "GET", "/secret/json", "", "", 40301},
			{token, "GET", "/kitchen/json?since=yesterday", "", "", 40008},
			{token, "GET", "/kitchen/ws", "", "", 40016},
			{token, "GET", "/secret/auth", "", "", 40301},
			{"", "GET", "/kitchen/auth", "", "", 40101},
		} {
			name, value, _ := strings.Cut(row.header, ": ")
			header := []string{name, value}
			if name == "" {
				header = nil
			}
			status, answer := r.program(row.token, row.method, row.path, row.body, header...)
			if e := ntfyEventOf(t, answer); status != row.code/100 || e.Code != row.code || e.HTTP != status || e.Error == "" {
				t.Errorf("%s %.40s %s: %d %.200s, want %d", row.method, row.path, row.header, status, answer, row.code)
			}
		}
		if got := r.State().Seq; got != 0 {
			t.Errorf("%d messages were sent", got)
		}
	})
}

// A token in a URL counts only where its switch is on.
func TestNtfy_TokensInOtherPlaces(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		header := r.speaker()
		url := r.secret(operator.NewToken{Name: "link", Publish: []string{"general"}, InURL: true})
		auth := func(value string) string { return base64.RawURLEncoding.EncodeToString([]byte(value)) }
		basic := func(token string) string { return "Basic " + base64.StdEncoding.EncodeToString([]byte("any:"+token)) }
		for _, row := range []struct {
			path, header string
			status       int
		}{
			{"/general", basic(header), 200},
			{"/general", "bearer " + header, 200},
			{"/general?auth=" + auth("Bearer "+url), "", 200},
			{"/general?auth=" + auth(basic(url)), "", 200},
			{"/general?authorization=" + auth("Bearer "+url), "", 200},
			{"/general?auth=" + auth("Bearer "+header), "", 401},
			{"/general?token=" + header, "", 401},
			{"/general?auth=" + auth("Bearer "+key), "", 401},
		} {
			req := request(t, "POST", row.path)
			if row.header != "" {
				req.Header.Set("Authorization", row.header)
			}
			if res, answer := r.do(req); res.StatusCode != row.status {
				t.Errorf("%.30s %.10s: %d %s, want %d", row.path, row.header, res.StatusCode, answer, row.status)
			}
		}
	})
}

func TestNtfy_HealthAndAuth(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		token := r.speaker()
		if status, answer := r.program("", "GET", "/v1/health", ""); status != 200 || answer != "{\"healthy\":true}\n" {
			t.Errorf("health: %d %s", status, answer)
		}
		if status, answer := r.program(token, "GET", "/general,everyone/auth", ""); status != 200 || answer != "{\"success\":true}\n" {
			t.Errorf("auth: %d %s", status, answer)
		}
	})
}

func TestNtfy_StreamsInEachFormat(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		token := r.speaker()
		for _, path := range []string{"/general/json", "/general/sse", "/general/raw"} {
			l := r.follow(token, path)
			first := l.take()
			time.Sleep(45 * time.Second)
			alive := l.take()
			r.broadcast(operator.Broadcast{Message: "two\nlines\rdata: x", Topic: "general"})
			r.say("not for this topic")
			got := l.take()
			all := strings.Join(append(append(first, alive...), got...), "\n")
			var want string
			switch path {
			case "/general/raw":
				want = "\n\ntwo lines data: x"
			case "/general/sse":
				if len(first) != 3 || first[0] != "event: open" || len(alive) != 3 || alive[0] != "event: keepalive" || len(got) != 2 || !strings.HasPrefix(got[0], "data: {") || got[1] != "" {
					t.Errorf("%s: %q", path, all)
				}
				continue
			default:
				if len(first) != 1 || ntfyEventOf(t, first[0]).Event != "open" || len(alive) != 1 || ntfyEventOf(t, alive[0]).Event != "keepalive" ||
					len(got) != 1 || ntfyEventOf(t, got[0]).Message != "two\nlines\rdata: x" {
					t.Errorf("%s: %q", path, all)
				}
				continue
			}
			if all != want {
				t.Errorf("%s: %q, want %q", path, all, want)
			}
		}
	})
}

func TestNtfy_SinceAndPoll(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		token := r.speaker()
		var ids []string
		start := time.Now().Unix()
		for i, topic := range []string{"general", "kitchen", "", "general", "kitchen"} {
			receipt := r.broadcast(operator.Broadcast{Message: fmt.Sprint(i), Topic: topic, Priority: i%5 + 1})
			ids = append(ids, fmt.Sprintf("%012d", receipt.Seq))
			time.Sleep(10 * time.Second)
		}
		for path, want := range map[string]string{
			"/general/json?poll=1":                                                     "0 3",
			"/kitchen,general/json?poll=1":                                             "0 1 3 4",
			"/everyone/json?poll=1":                                                    "2",
			"/kitchen,general/json?poll=1&since=" + ids[1]:                             "3 4",
			"/kitchen,general/json?poll=1&since=" + ids[4]:                             "",
			"/kitchen,general/json?poll=1&since=000000009999":                          "0 1 3 4",
			"/kitchen,general/json?poll=1&since=nFS3knfcQ1xe":                          "0 1 3 4",
			"/kitchen,general/json?poll=1&since=latest":                                "3 4",
			"/kitchen,general/json?poll=1&since=none":                                  "",
			"/kitchen,general/json?poll=1&since=25s":                                   "3 4",
			"/kitchen,general/json?poll=1&since=1h":                                    "0 1 3 4",
			fmt.Sprintf("/kitchen,general/json?poll=1&since=%d", start):                "0 1 3 4",
			fmt.Sprintf("/kitchen,general/json?poll=1&since=%d", start+10):             "1 3 4",
			fmt.Sprintf("/kitchen,general/json?poll=1&since=%d", start+11):             "3 4",
			fmt.Sprintf("/kitchen,general/json?poll=1&since=%d", time.Now().Unix()+99): "",
			"/kitchen,general/json?poll=1&priority=4,5":                                "3 4",
			"/kitchen,general/json?poll=1&message=1":                                   "1",
		} {
			status, answer := r.program(token, "GET", path, "")
			var got []string
			for line := range strings.Lines(answer) {
				got = append(got, ntfyEventOf(t, line).Message)
			}
			if status != 200 || strings.Join(got, " ") != want {
				t.Errorf("%s: %d %q, want %q", path, status, got, want)
			}
		}
		// A stream begins with what was missed, and goes on with what comes; one that was taken back is taken back there.
		l := r.follow(token, "/general/json?since="+ids[0])
		r.broadcast(operator.Broadcast{Message: "live", Topic: "general"})
		if _, err := r.Withdraw(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
		wantTexts(t, l, "3", "live", "-"+ids[0])
	})
}

// Private talk is in no topic, whatever a token may read.
func TestNtfy_PrivateTalkIsInNoTopic(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		token := r.secret(operator.NewToken{Name: "reader", Read: []string{"all"}})
		r.person("ana", "general")
		l := r.follow(token, "/everyone,general/json")
		r.broadcast(operator.Broadcast{Message: "private", UserID: "ana"})
		r.say("public")
		wantTexts(t, l, "public")
	})
}

// A stream is in no count of people, and ends with its token and with the server.
func TestNtfy_StreamsEnd(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		created, err := r.CreateToken(t.Context(), operator.NewToken{Name: "reader", Read: []string{"general"}})
		if err != nil {
			t.Fatal(err)
		}
		l := r.follow(created.Secret, "/general/json")
		if s := r.State(); s.Clients != 0 || s.Subscribers != 0 {
			t.Errorf("a program counts as %d clients, %d subscribers", s.Clients, s.Subscribers)
		}
		if l.hasEnded() {
			t.Error("it ended at once")
		}
		if err := r.RemoveToken(t.Context(), created.Token.ID); err != nil {
			t.Fatal(err)
		}
		if !l.hasEnded() {
			t.Error("the stream of a removed token goes on")
		}
		if status, _ := r.program(created.Secret, "GET", "/general/json", ""); status != 401 {
			t.Errorf("a removed token: %d", status)
		}
		l = r.follow(r.speaker(), "/general/json")
		start := time.Now()
		if err := r.Close(t.Context()); err != nil || time.Since(start) > time.Second {
			t.Errorf("close: %v after %v", err, time.Since(start))
		}
		if !l.hasEnded() {
			t.Error("the stream of a stopped server goes on")
		}
	})
}
