package wsserver_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"belfry/wsserver"
	"belfry/wsserver/msglog"
	"belfry/wsserver/operator"
	"belfry/wsserver/wire"
	"belfry/wsserver/wstest"
)

// watcher makes a token that may read metrics alone, and returns its secret.
func (r *room) watcher() string {
	r.t.Helper()
	return r.createToken(operator.NewToken{Name: "prometheus", Metrics: true}).Secret
}

// scrape reads /metrics as Prometheus does.
func (r *room) scrape(secret string) string {
	r.t.Helper()
	answer, body := r.do(request(r.t, "GET", "/metrics", "Authorization", "Bearer "+secret))
	if answer.StatusCode != http.StatusOK || !strings.HasPrefix(answer.Header.Get("Content-Type"), "text/plain; version=0.0.4") || answer.Header.Get("Cache-Control") != "no-store" {
		r.t.Fatalf("%s %v %s", answer.Status, answer.Header, body)
	}
	return body
}

var sample = regexp.MustCompile(`(?m)^([a-z_]+(?:\{[^}]*\})?) ([0-9.e+-]+)$`)

// samples are the values of /metrics by name and labels, those of Belfry alone.
func (r *room) samples(secret string) map[string]float64 {
	r.t.Helper()
	all := map[string]float64{}
	for _, m := range sample.FindAllStringSubmatch(r.scrape(secret), -1) {
		if v, err := strconv.ParseFloat(m[2], 64); err == nil && strings.HasPrefix(m[1], "belfry_") && !strings.Contains(m[1], "_bucket") {
			all[strings.TrimPrefix(m[1], "belfry_")] = v
		}
	}
	return all
}

func TestMetrics_ForATokenWithThatRightAlone(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		secret := r.watcher()
		everything := r.createToken(operator.NewToken{
			Name: "script", Publish: []string{"everyone", "people"}, Read: []string{"all"}, Urgent: true, Ask: true, Receipts: true, People: true,
		}).Secret
		r.scrape(secret)
		for name, row := range map[string]struct {
			status int
			header []string
		}{
			"no token, from this machine": {401, nil},
			"a wrong token":               {401, []string{"Authorization", "Bearer tk_00000000000000000000000000000"}},
			"the operator's key":          {401, []string{"Authorization", "Bearer " + key}},
			"every other right":           {403, []string{"Authorization", "Bearer " + everything}},
			"a page of another site":      {403, []string{"Authorization", "Bearer " + secret, "Origin", "http://evil.example"}},
			"a request of another site":   {403, []string{"Authorization", "Bearer " + secret, "Sec-Fetch-Site", "cross-site"}},
		} {
			answer, body := r.do(request(t, "GET", "/metrics", row.header...))
			if answer.StatusCode != row.status || strings.Contains(body, "belfry_") || strings.Contains(answer.Header.Get("WWW-Authenticate"), "Basic") {
				t.Errorf("%s: %s %v %s", name, answer.Status, answer.Header, body)
			}
		}
		if answer, body := r.do(request(t, "GET", "/metrics?auth="+secret)); answer.StatusCode != http.StatusUnauthorized {
			t.Errorf("in the URL: %s %s", answer.Status, body)
		}
		if err := r.RemoveToken(t.Context(), r.Tokens().Tokens[0].ID); err != nil {
			t.Fatal(err)
		}
		if answer, _ := r.do(request(t, "GET", "/metrics", "Authorization", "Bearer "+secret)); answer.StatusCode != http.StatusUnauthorized {
			t.Errorf("after its token was removed: %s", answer.Status)
		}
	})
}

// moves does something and wants each of these values to have risen by so much.
func (r *room) moves(secret, what string, do func(), by map[string]float64) {
	r.t.Helper()
	before := r.samples(secret)
	do()
	waitIdle()
	after := r.samples(secret)
	for name, n := range by {
		value, there := after[name]
		if got := value - before[name]; got != n || !there {
			r.t.Errorf("%s: %s moved by %v, want %v", what, name, got, n)
		}
	}
}

func TestMetrics_EachMovesWhenItShould(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		secret := r.watcher()
		var ana, ben *wstest.Client
		r.moves(secret, "people come", func() {
			ana, ben = r.person("ana", "general"), r.person("ben")
			r.client()
		}, map[string]float64{"clients": 3, "subscribers": 1, "people": 2, "connections": 3, "dashboards": 0})
		r.moves(secret, "a dashboard opens", func() { r.dashboard() }, map[string]float64{"dashboards": 1, "connections": 0, "clients": 0})
		r.moves(secret, "messages", func() {
			ana.Notify("1", "general", "x")
			ana.Notify("2", "", "x")
			r.say("x")
			r.broadcast(operator.Broadcast{Message: "x", Topic: "general"})
			r.broadcast(operator.Broadcast{Message: "x", UserID: "ben"})
			ctx := operator.WithCaller(t.Context(), operator.Caller{Token: "grafana", TokenName: "grafana"})
			if _, err := r.Broadcast(ctx, operator.Broadcast{Message: "x"}); err != nil {
				t.Error(err)
			}
		}, map[string]float64{
			`messages_total{audience="topic",sender="person"}`: 1, `messages_total{audience="private",sender="person"}`: 1,
			`messages_total{audience="everyone",sender="operator"}`: 1, `messages_total{audience="topic",sender="operator"}`: 1,
			`messages_total{audience="private",sender="operator"}`: 1, `messages_total{audience="everyone",sender="program"}`: 1,
			"deliveries_total": 8, "log_messages": 6, "withdrawals_total": 0, // to ana 2, ana, ana and ben 2, ana, ben, ana and ben
		})
		r.moves(secret, "the same again", func() { ana.Notify("1", "general", "x") }, map[string]float64{`messages_total{audience="topic",sender="person"}`: 0})
		r.moves(secret, "a withdrawal", func() {
			if _, err := r.Withdraw(t.Context(), 1); err != nil {
				t.Error(err)
			}
		}, map[string]float64{"withdrawals_total": 1, "log_messages": -1, "commit_duration_seconds_count": 2, "fan_out_duration_seconds_count": 2}) // the second is the audit list's
		r.moves(secret, "ben goes", ben.Close, map[string]float64{"clients": -1, "people": -1})
		r.moves(secret, "ben comes back", func() {
			missed, _ := r.client().Return("ben", tokenOf("ben"), r.State().Epoch, 2)
			if len(missed) == 0 {
				t.Error("missed nothing")
			}
		}, map[string]float64{`recoveries_total{result="complete"}`: 1, `recoveries_total{result="partial"}`: 0, "clients": 1})
		r.moves(secret, "ben comes back to another log", func() { r.client().Return("ben", tokenOf("ben"), "another", 2) },
			map[string]float64{`recoveries_total{result="complete"}`: 0, `recoveries_total{result="partial"}`: 1})
	})
}

func TestMetrics_RefusalsByReason(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		secret := r.watcher()
		ana := r.person("ana", "general")
		refuses := func(what, door, reason string, do func()) {
			r.moves(secret, what, do, map[string]float64{fmt.Sprintf("refusals_total{door=%q,reason=%q}", door, reason): 1})
		}
		refuses("an action", "frame", "unknown_action", func() { ana.Send(map[string]any{"action": "dance"}) })
		refuses("a topic", "frame", "unknown_topic", func() { ana.Send(map[string]any{"action": "notify", "id": "1", "topic": "ops", "message": "x"}) })
		ana.Drain()
		ana.Notify("2", "general", "x")
		refuses("an id", "frame", "id_conflict", func() { ana.Send(map[string]any{"action": "notify", "id": "2", "topic": "general", "message": "y"}) })
		refuses("an origin", "connection", "not_allowed", func() { r.do(request(t, "GET", "/ws/client", "Origin", "http://evil.example")) })
		refuses("a token", "program", "unauthorized", func() { r.do(request(t, "GET", "/metrics", "Authorization", "Bearer tk_1")) })
		nothing := r.createToken(operator.NewToken{Name: "nothing"}).Secret
		for path, reason := range map[string]string{
			"/metrics": "not_allowed", "/api/v1/messages": "not_allowed", "/api/v1/people": "not_allowed", "/api/v1/messages/1": "unknown_message",
			"/api/v1/messages/1/receipts": "not_allowed",
		} {
			refuses(path, "program", reason, func() { r.do(request(t, "GET", path, "Authorization", "Bearer "+nothing)) })
		}
		refuses("a key", "dashboard", "key_wrong", func() { r.do(request(t, "GET", "/session", "Authorization", "Bearer wrong")) })
		refuses("a name", "host", "not_allowed", func() {
			req := request(t, "GET", "/")
			req.Host = "evil.example"
			r.do(req)
		})
		r.ask("block", map[string]any{"address": "10.0.0.9"}, nil)
		refuses("a blocked network", "connection", "blocked", func() {
			_, answer, err := wstest.TryDial(t, from(r, "10.0.0.9"), "/ws/client", nil)
			if err == nil || answer == nil {
				t.Error("it was let in")
			}
		})
		one := 0
		for range 3 {
			if _, _, err := wstest.TryDial(t, from(r, "10.0.0.8"), "/ws/client", nil); err != nil {
				one++
			}
		}
		if got := r.samples(secret)[`refusals_total{door="connection",reason="too_many_connections"}`]; one != 1 || got != 1 {
			t.Errorf("%d were refused, counted %v", one, got)
		}
	}, func(c *wsserver.Config) { c.MaxPerAddress = 2 })
}

// A phone whose socket takes nothing is behind, and what waits for it is counted.
func TestMetrics_WhoIsBehind(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		secret := r.watcher()
		before := r.samples(secret)
		slow := wstest.DialMute(t, r.listen.Dial, "/ws/client")
		slow.SendText(`{"action":"subscribe"}`)
		synctest.Wait()
		const messages = 2 * wsserver.MaxQueued / (60 << 10)
		for range messages {
			r.say(strings.Repeat("x", 60<<10))
		}
		synctest.Wait()
		now := r.samples(secret)
		if now["clients_behind"] != 1 || now["catch_ups_total"] != 1 || now["clients_behind_most_messages"] < messages/2 || now["clients_behind_most_messages"] > messages {
			t.Errorf("behind: %v clients, %v messages, %v catch-ups", now["clients_behind"], now["clients_behind_most_messages"], now["catch_ups_total"])
		}
		if now["deliveries_total"] >= messages-now["clients_behind_most_messages"]+1 {
			t.Errorf("%v were sent live, of %v; the client lacks %v", now["deliveries_total"], messages, now["clients_behind_most_messages"])
		}
		if now["send_queue_bytes"] < 60<<10 || now["send_queue_limit_bytes"] < now["send_queue_bytes"] {
			t.Errorf("queued %v of %v", now["send_queue_bytes"], now["send_queue_limit_bytes"])
		}
		if grown := now["log_bytes"] - before["log_bytes"]; grown < messages*60<<10 {
			t.Errorf("the log grew by %v", grown)
		}
		time.Sleep(wsserver.WriteTimeout + time.Second)
		if now = r.samples(secret); now["clients_behind"] != 0 || now["clients"] != 0 || now["send_queue_bytes"] != 0 {
			t.Errorf("after its end: %v behind, %v clients, %v bytes", now["clients_behind"], now["clients"], now["send_queue_bytes"])
		}
	})
}

// No name, text, address or secret of anybody is told, whatever they call themselves.
func TestMetrics_NothingThatSomebodyWrote(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		secret := r.watcher()
		r.topic("hidden-topic", wire.TopicOpen)
		c := r.client()
		c.Hello("hidden-user", "Hidden Name", "hidden-topic")
		c.Notify("hidden-id", "hidden-topic", "hidden text")
		c.Send(map[string]any{"action": "hidden-action"})
		r.broadcast(operator.Broadcast{Message: "hidden text", Title: "hidden title", UserID: "hidden-user"})
		synctest.Wait()
		text := strings.ToLower(r.scrape(secret))
		for _, never := range []string{"hidden", key, secret, "prometheus", "10.0.0", "127.0.0.1", tokenOf("hidden-user")} {
			if strings.Contains(strings.ReplaceAll(text, "prometheus_", ""), never) {
				t.Errorf("it tells %q", never)
			}
		}
	})
}

// While the log cannot be written, or hangs, the room is not ready; who asks is told codes alone, under any name.
func TestReady_SaysWhatIsWrong(t *testing.T) {
	log := &fullLog{Log: msglog.NewMemory()}
	inRoom(t, func(t *testing.T, r *room) {
		secret := r.watcher()
		wantReady(t, r, http.StatusOK, `{"ready":true}`)
		synctest.Wait() // what making the token wrote is in the log
		log.full.Store(true)
		before := r.samples(secret)
		if _, err := r.Broadcast(t.Context(), operator.Broadcast{Message: "x"}); err == nil {
			t.Fatal("it was accepted")
		}
		synctest.Wait()
		wantReady(t, r, http.StatusServiceUnavailable, `{"ready":false,"why":["log_not_written","disk_full"]}`)
		now := r.samples(secret)
		if before["log_writable"] != 1 || now["log_writable"] != 0 || now["commit_failures_total"] <= before["commit_failures_total"] {
			t.Errorf("measured %v, then %v with %v failures", before["log_writable"], now["log_writable"], now["commit_failures_total"])
		}
		log.full.Store(false)
		time.Sleep(10 * time.Second)
		wantReady(t, r, http.StatusOK, `{"ready":true}`)
	}, withLog(log))
	withManualLog(t, func(t *testing.T, r *room, commit chan error) {
		go func() { _, _ = r.Broadcast(t.Context(), operator.Broadcast{Message: "x"}) }()
		time.Sleep(9 * time.Second)
		wantReady(t, r, http.StatusOK, `{"ready":true}`)
		time.Sleep(2 * time.Second)
		wantReady(t, r, http.StatusServiceUnavailable, `{"ready":false,"why":["log_stuck"]}`)
		close(commit)
		synctest.Wait()
		wantReady(t, r, http.StatusOK, `{"ready":true}`)
	})
}

func TestReady_NotOnceTheServerStops(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		r.stop()
		w := httptest.NewRecorder()
		r.Handler().ServeHTTP(w, request(t, "GET", "/readyz"))
		if w.Code != http.StatusServiceUnavailable || strings.TrimSpace(w.Body.String()) != `{"ready":false,"why":["closing"]}` {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	})
}

func wantReady(t *testing.T, r *room, status int, want string) {
	t.Helper()
	for _, host := range []string{"127.0.0.1:8000", "belfry", ""} {
		req := request(t, "GET", "/readyz")
		req.Host = host
		answer, body := r.do(req)
		if answer.StatusCode != status || strings.TrimSpace(body) != want || answer.Header.Get("Content-Type") != "application/json" ||
			!slices.Equal(answer.Header.Values("Cache-Control"), []string{"no-store"}) {
			t.Errorf("Host %q: %s %v %s, want %d %s", host, answer.Status, answer.Header, body, status, want)
		}
	}
}
