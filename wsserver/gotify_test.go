package wsserver_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"belfry/wsserver"
	"belfry/wsserver/operator"
	"belfry/wsserver/transport"
	"belfry/wsserver/wstest"
)

// gotifyAnswer has the fields of Gotify's answers.
type gotifyAnswer struct {
	ID, AppID, Priority, ErrorCode    int
	Message, Title, Date, Token, Name string
	Error, ErrorDescription           string
	Health, Database, Version         string
	Extras                            json.RawMessage
	Messages                          []gotifyAnswer
	Paging                            struct {
		Next               string
		Size, Since, Limit int
	}
}

func gotifyAnswerOf(t testing.TB, text string) (a gotifyAnswer) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &a); err != nil {
		t.Errorf("%q is no answer: %v", text, err)
	}
	return a
}

// gotify makes one request as Gotify's clients do.
func (r *room) gotify(header, method, path, kind, body string) (status int, a gotifyAnswer) {
	r.t.Helper()
	req := request(r.t, method, path)
	if name, value, ok := strings.Cut(header, ": "); ok {
		req.Header.Set(name, value)
	}
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	req.Body, req.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
	res, text := r.do(req)
	return res.StatusCode, gotifyAnswerOf(r.t, text)
}

func TestGotify_EveryWayToSend(t *testing.T) {
	const kindJSON, kindForm = "application/json", "application/x-www-form-urlencoded"
	inRoom(t, func(t *testing.T, r *room) {
		r.topic("kitchen", "open")
		token := r.secret(operator.NewToken{Name: "cook", Publish: []string{"people", "kitchen", "everyone"}})
		linked := r.secret(operator.NewToken{Name: "link", Publish: []string{"kitchen"}, InURL: true})
		c := r.person("ana", "kitchen")
		c.Drain()
		multi := "multipart/form-data; boundary=x"
		part := func(name, value string) string {
			return "--x\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n"
		}
		for _, row := range []struct {
			header, path, kind, body string
			priority, ours           int
			title                    string
		}{
			{"X-Gotify-Key: " + token, "/message", kindJSON, `{"message":"m","title":"T","priority":0}`, 0, 1, "T"},
			{"Authorization: Bearer " + token, "/message", kindForm, "message=m&priority=2", 2, 2, ""},
			{"X-Gotify-Key: " + linked, "/message", multi, part("message", "m") + part("priority", "7") + "--x--\r\n", 7, 3, ""},
			{"", "/message?token=" + linked, kindJSON, `{"message":"m","priority":8}`, 8, 4, ""},
			{"X-Gotify-Key: " + token, "/message", kindJSON, `{"message":"m","priority":10}`, 10, 4, ""},
			{"X-Gotify-Key: " + token, "/message", kindJSON, `{"message":"m"}`, 5, 3, ""},
		} {
			status, a := r.gotify(row.header, "POST", row.path, row.kind, row.body)
			name := "cook"
			if strings.Contains(row.header+row.path, linked) {
				name = "link"
			}
			title := row.title
			if title == "" {
				title = name
			}
			got := c.Expect("message")
			if status != 200 || a.ID != int(got.Seq) || a.AppID == 0 || a.Message != "m" || a.Priority != row.priority || a.Title != title || a.Date == "" {
				t.Errorf("%.60s: %d %+v", row.body, status, a)
			}
			if got.Message != "m" || got.Topic != "kitchen" || got.Title != row.title || got.Priority != row.ours || got.From.Name != name {
				t.Errorf("%.60s reaches people as %s", row.body, got.Text)
			}
		}
		_, a := r.gotify("X-Gotify-Key: "+token, "POST", "/message", kindJSON, `{"message":"m","extras":{"client::notification":{"click":{"url":"https://a/"}},"x::y":1}}`)
		if got := c.Expect("message"); !strings.Contains(got.Text, `"click":"https://a/"`) || !strings.Contains(string(a.Extras), "x::y") {
			t.Errorf("with extras: %s, answered %s", got.Text, a.Extras)
		}
	})
}

func TestGotify_Refusals(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		token := "X-Gotify-Key: " + r.secret(operator.NewToken{Name: "cook", Publish: []string{"general"}})
		reader := "X-Gotify-Key: " + r.secret(operator.NewToken{Name: "reader", Read: []string{"general"}, Publish: []string{"people"}})
		for _, row := range []struct {
			header, method, path, body string
			status                     int
		}{
			{"", "POST", "/message", `{"message":"m"}`, 401},
			{"X-Gotify-Key: A1234567890abcd", "POST", "/message", `{"message":"m"}`, 401},
			{"X-Gotify-Key: " + key, "POST", "/message", `{"message":"m"}`, 401},
			{"Authorization: Bearer " + key, "POST", "/message", `{"message":"m"}`, 401},
			{"Cookie: gotify-client-token=" + strings.TrimPrefix(token, "X-Gotify-Key: "), "POST", "/message", `{"message":"m"}`, 401},
			{"", "POST", "/message?token=" + strings.TrimPrefix(token, "X-Gotify-Key: "), `{"message":"m"}`, 401},
			{reader, "POST", "/message", `{"message":"m"}`, 403},
			{token, "POST", "/message", `{"title":"m"}`, 400},
			{token, "POST", "/message", `{"message":"` + strings.Repeat("x", 64<<10+1) + `"}`, 413},
			{token, "POST", "/message", strings.Repeat(" ", 256<<10+1), 413},
			{token, "GET", "/message", "", 403},
			{reader, "GET", "/message?limit=0", "", 400},
			{reader, "GET", "/message?limit=201", "", 400},
			{reader, "GET", "/message?since=-1", "", 400},
			{reader, "GET", "/stream", "", 400},
			{token, "GET", "/stream", "", 400},
			{"", "GET", "/stream", "", 401},
			{"", "GET", "/application", "", 401},
			{"", "GET", "/client", "", 401},
			{"", "GET", "/current/user", "", 401},
		} {
			status, a := r.gotify(row.header, row.method, row.path, "application/json", row.body)
			if status != row.status || a.ErrorCode != status || a.Error != http.StatusText(status) || a.ErrorDescription == "" {
				t.Errorf("%.30s %s %s %.20s: %d %+v, want %d", row.header, row.method, row.path, row.body, status, a, row.status)
			}
		}
		if got := r.State().Seq; got != 0 {
			t.Errorf("%d messages were sent", got)
		}
	})
}

// Pages go backwards, and hold what the token may read alone.
func TestGotify_PagesBackwards(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		r.topic("kitchen", "open")
		header := "X-Gotify-Key: " + r.secret(operator.NewToken{Name: "reader", Read: []string{"kitchen"}})
		for i := range 5 {
			r.broadcast(operator.Broadcast{Message: fmt.Sprint("k", i), Topic: "kitchen"})
			r.say("everyone")
		}
		var got []string
		next := "/message?limit=2"
		for pages := 0; next != "" && pages < 9; pages++ {
			status, a := r.gotify(header, "GET", next, "", "")
			if status != 200 || a.Paging.Size != len(a.Messages) || a.Paging.Limit != 2 || (a.Paging.Next == "") != (a.Paging.Since == 0) {
				t.Fatalf("%s: %d %+v", next, status, a)
			}
			for _, m := range a.Messages {
				got = append(got, m.Message)
			}
			next = a.Paging.Next
		}
		if want := "[k4 k3 k2 k1 k0]"; fmt.Sprint(got) != want {
			t.Errorf("read %v, want %s", got, want)
		}
	})
}

func TestGotify_WhatItsAppAsks(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		token := r.secret(operator.NewToken{Name: "phone", Read: []string{"general"}})
		basic := "Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte("anybody:"+token))
		if status, a := r.gotify(basic, "POST", "/client", "application/json", `{"name":"Android"}`); status != 200 || a.Token != token || a.ID == 0 {
			t.Errorf("client: %d %+v", status, a)
		}
		if status, a := r.gotify("X-Gotify-Key: "+token, "GET", "/current/user", "", ""); status != 200 || a.Name != "phone" || a.ID == 0 {
			t.Errorf("user: %d %+v", status, a)
		}
		if status, a := r.gotify("", "GET", "/health", "", ""); status != 200 || a.Health != "green" || a.Database != "green" {
			t.Errorf("health: %d %+v", status, a)
		}
		if status, a := r.gotify("", "GET", "/version", "", ""); status != 200 || a.Version != "1.2.3" {
			t.Errorf("version: %d %+v", status, a)
		}
		for path, want := range map[string]string{
			"/application": `[{"id":1,"name":"Belfry","description":"","internal":true,"image":"","defaultPriority":5}]`,
			"/client":      `[{"id":1,"name":"phone"}]`,
		} {
			if status, answer := r.program(token, "GET", path, ""); status != 200 || strings.TrimSpace(answer) != want {
				t.Errorf("%s: %d %s, want %s", path, status, answer, want)
			}
		}
	}, func(c *wsserver.Config) { c.Version = "1.2.3" })
}

// socket opens the WebSocket of a door.
func (r *room) socket(token, path string) *wstest.Client {
	r.t.Helper()
	return wstest.Dial(r.t, r.listen.Dial, path, http.Header{"Authorization": {"Bearer " + token}})
}

// framesOf are the frames that a socket has been sent.
func framesOf(c *wstest.Client) (texts []string) {
	synctest.Wait()
	for _, f := range c.Drain() {
		texts = append(texts, f.Text)
	}
	return texts
}

func TestGotify_StreamRepeatsWhatWasSent(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		token := r.secret(operator.NewToken{Name: "cook", Publish: []string{"general"}, Read: []string{"general"}})
		c := r.socket(token, "/stream")
		r.gotify("X-Gotify-Key: "+token, "POST", "/message", "application/json", `{"message":"m","priority":7}`)
		r.broadcast(operator.Broadcast{Message: "of the operator", Topic: "general", Priority: 4})
		r.say("not for this token")
		got := framesOf(c)
		if len(got) != 2 {
			t.Fatalf("%d frames: %q", len(got), got)
		}
		if a := gotifyAnswerOf(t, got[0]); a.Message != "m" || a.Priority != 7 || a.Title != "cook" || a.ID == 0 {
			t.Errorf("%+v", a)
		}
		if a := gotifyAnswerOf(t, got[1]); a.Message != "of the operator" || a.Priority != 8 {
			t.Errorf("%+v", a)
		}
	})
}

// A WebSocket of a door is pinged, ends when its peer answers none, and lets its peer say nothing.
func TestDoors_Sockets(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		token := r.speaker()
		c := r.socket(token, "/general,everyone/ws?since=all")
		first := framesOf(c)
		r.say("hello")
		got := framesOf(c)
		if len(first) != 1 || ntfyEventOf(t, first[0]).Event != "open" || len(got) != 1 || ntfyEventOf(t, got[0]).Message != "hello" || strings.HasSuffix(got[0], "\n") {
			t.Errorf("first %q, then %q", first, got)
		}
		if s := r.State(); s.Clients != 0 {
			t.Errorf("a program counts as %d clients", s.Clients)
		}
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if c.Closed() || c.Pings() < 2 || len(framesOf(c)) > 0 {
			t.Errorf("closed %v after %d pings", c.Closed(), c.Pings())
		}
		c.SendText(strings.Repeat("x", transport.MaxListenerFrame))
		synctest.Wait()
		if c.Closed() {
			t.Error("a short frame ends it")
		}
		c.SendText(strings.Repeat("x", transport.MaxListenerFrame+1))
		wantClose(t, c, 1009, "")
		c = r.socket(token, "/general/ws")
		if err := r.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		wantClose(t, c, 1001, "")
	})
}
