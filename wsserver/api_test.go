package wsserver_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"belfry/wsserver/operator"
	"belfry/wsserver/wire"
)

// program is one that comes in with an access token.
type program struct {
	*room
	operator.CreatedToken
}

func (r *room) newProgram(q operator.NewToken) *program {
	r.t.Helper()
	return &program{r, r.createToken(q)}
}

// everything is a token with all rights.
func everything(name string) operator.NewToken {
	return operator.NewToken{
		Name: name, Publish: []string{"everyone", "people", wire.GeneralTopic}, Read: []string{"all"},
		Urgent: true, Ask: true, Receipts: true, People: true, Metrics: true,
	}
}

// ask makes a request of /api/v1 with the program's token, and further headers.
func (p *program) ask(method, path, body string, header ...string) (*http.Response, string) {
	p.t.Helper()
	return p.do(p.request(method, path, body, header...))
}

func (p *program) request(method, path, body string, header ...string) *http.Request {
	p.t.Helper()
	req := request(p.t, method, "/api/v1"+path, append([]string{"Authorization", "Bearer " + p.Secret}, header...)...)
	req.Body, req.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
	return req
}

// wants makes a request, checks its status and reads the answer into v, nil to leave it.
func (p *program) wants(status int, method, path, body string, v any) {
	p.t.Helper()
	answer, text := p.ask(method, path, body)
	if answer.StatusCode != status {
		p.t.Fatalf("%s %s %s: %d %s, want %d", method, path, body, answer.StatusCode, text, status)
	}
	if v != nil {
		if err := json.Unmarshal([]byte(text), v); err != nil {
			p.t.Fatalf("%s %s: %v in %s", method, path, err, text)
		}
	}
}

// sse is one server-sent event.
type sse struct{ name, id, data string }

// stream is an open stream of events.
type stream struct {
	t      testing.TB
	events *bufio.Reader
	answer *http.Response
	end    context.CancelFunc
}

// stream opens a stream. The test ends it.
func (p *program) stream(query string, header ...string) *stream {
	p.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	transport := &http.Transport{
		DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return p.listen.Dial(ctx) },
	}
	answer, err := transport.RoundTrip(p.request("GET", "/stream"+query, "", header...).WithContext(ctx))
	if err != nil {
		cancel()
		p.t.Fatal(err)
	}
	s := &stream{p.t, bufio.NewReader(answer.Body), answer, func() { cancel(); _ = answer.Body.Close() }}
	p.t.Cleanup(s.end)
	if answer.StatusCode != http.StatusOK || answer.Header.Get("Content-Type") != "text/event-stream" {
		p.t.Fatalf("stream%s: %s", query, answer.Status)
	}
	return s
}

// next reads an event; comments are passed over. ok is false at the end of the stream.
func (s *stream) next() (e sse, ok bool) {
	for {
		line, err := s.events.ReadString('\n')
		if err != nil {
			return e, false
		}
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		switch name {
		case "event":
			e.name = value
		case "id":
			e.id = value
		case "data":
			e.data = value
		case "":
			if e.name != "" {
				return e, true
			}
		default:
			s.t.Errorf("the stream has the line %q", line)
		}
	}
}

// expect reads events, and fails unless they are these: "message 3 text", "withdrawn 4", "recovered".
func (s *stream) expect(want ...string) (last sse) {
	s.t.Helper()
	for _, w := range want {
		e, ok := s.next()
		got := strings.TrimSpace(e.name + " " + e.id)
		if e.name == "message" {
			var m wire.Message
			if err := json.Unmarshal([]byte(e.data), &m); err != nil {
				s.t.Errorf("%q: %v", e.data, err)
			}
			got += " " + m.Message
		}
		if !ok || got != w {
			s.t.Fatalf("event %q (%s), want %q", got, e.data, w)
		}
		last = e
	}
	return last
}

// ends fails unless the stream ends.
func (s *stream) ends() {
	s.t.Helper()
	if e, ok := s.next(); ok {
		s.t.Errorf("goes on with %+v", e)
	}
}

func TestAPI_SendReadWithdraw(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		p, ana := r.newProgram(everything("grafana")), r.person("ana", wire.GeneralTopic)
		var sent, again struct {
			Seq      uint64
			ID, Time string
		}
		body := `{"message":"Disk full","title":"db1","priority":5,"ack":"Seen","id":"a1","tags":["disk","prod"],"click":"https://grafana.example/d/1","not_known":[{}]}`
		p.wants(200, "POST", "/messages", body, &sent)
		p.wants(200, "POST", "/messages", body, &again)
		if sent != again || sent.ID != "a1" || sent.Seq == 0 || sent.Time == "" {
			t.Errorf("sent as %+v, then as %+v", sent, again)
		}
		if m := ana.Expect("message"); m.Message != "Disk full" || !strings.Contains(m.Text, `"from":{"program":true,"name":"grafana"}`) {
			t.Errorf("ana is shown %s", m.Text)
		}
		p.wants(409, "POST", "/messages", `{"message":"Other text","id":"a1"}`, nil)
		var m wire.Message
		p.wants(200, "GET", "/messages/"+itoa(sent.Seq), "", &m)
		if m.Title != "db1" || m.Priority != 5 || m.Ack != "Seen" || len(m.Tags) != 2 || m.Click == "" || !m.From.Program {
			t.Errorf("reads %+v", m)
		}
		var receipts struct {
			Seq       uint64
			Sent, Who any
		}
		p.wants(200, "GET", "/messages/"+itoa(sent.Seq)+"/receipts", "", &receipts)
		if receipts.Sent != 1.0 || receipts.Who != nil {
			t.Errorf("receipts %+v", receipts)
		}
		p.wants(200, "GET", "/messages/"+itoa(sent.Seq)+"/receipts?detail=1", "", &receipts)
		if who, ok := receipts.Who.([]any); !ok || len(who) != 1 {
			t.Errorf("with detail %+v", receipts)
		}
		p.wants(204, "DELETE", "/messages/"+itoa(sent.Seq), "", nil)
		for _, path := range []string{"", "/receipts"} {
			p.wants(404, "GET", "/messages/"+itoa(sent.Seq)+path, "", nil)
		}
		p.wants(404, "DELETE", "/messages/"+itoa(sent.Seq), "", nil)
		ana.Expect("withdrawn")
	})
}

func TestAPI_PagesOfMessages(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		p := r.newProgram(everything("reader"))
		for i := range 5 {
			r.say("everyone " + itoa(uint64(i)))
		}
		r.broadcast(operator.Broadcast{Message: "general", Topic: wire.GeneralTopic})
		for query, want := range map[string]string{
			"?limit=2": "5 6 more", "?before=3": "1 2", "?after=0&limit=2": "1 2 more", "?after=4": "5 6", "?after=6": "",
			"?topic=general": "6", "?topic=everyone&limit=1": "5 more", "?topic=general,everyone&after=4": "5 6", "?after=1&before=4": "2 3", "?limit=100000&after=5": "6",
		} {
			var page struct {
				Messages []wire.Message
				More     bool
			}
			p.wants(200, "GET", "/messages"+query, "", &page)
			got := ""
			for _, m := range page.Messages {
				got += itoa(m.Seq) + " "
			}
			if page.More {
				got += "more"
			}
			if strings.TrimSpace(got) != want {
				t.Errorf("%s: %q, want %q", query, got, want)
			}
		}
	})
}

func TestAPI_StreamIsLiveAndResumes(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		p := r.newProgram(everything("listener"))
		r.say("before")
		live := p.stream("")
		r.say("one\nevent: forged\rid: 9\r\n\ntwo")
		live.expect("message 2 one\nevent: forged\rid: 9\r\n\ntwo")
		if _, err := r.Withdraw(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
		live.expect("withdrawn 3")
		time.Sleep(time.Minute) // its requests' deadlines are over by then
		r.say("later")
		live.expect("message 4 later")

		back := p.stream("?after=0", "Last-Event-ID", "2")
		last := back.expect("withdrawn 3", "message 4 later", "recovered")
		var f wire.RecoveredFrame
		if err := json.Unmarshal([]byte(last.data), &f); err != nil || !f.Complete || f.Gone || f.From != 3 || f.To != 4 {
			t.Errorf("recovered %s, %v", last.data, err)
		}
		r.say("live again")
		back.expect("message 5 live again")

		beyond := p.stream("?after=99")
		last = beyond.expect("message 2 one\nevent: forged\rid: 9\r\n\ntwo", "withdrawn 3", "message 4 later", "message 5 live again", "recovered")
		if !strings.Contains(last.data, `"complete":false,"gone":true`) {
			t.Errorf("beyond the log: %s", last.data)
		}
		if s := r.State(); s.Clients != 0 || s.Subscribers != 0 {
			t.Errorf("listeners count as %d clients and %d subscribers", s.Clients, s.Subscribers)
		}
	})
}

func TestAPI_StreamEndsWithItsTokenAndTheServer(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		p, other := r.newProgram(everything("one")), r.newProgram(everything("other"))
		ended, open := p.stream("?topic=general"), other.stream("?topic=general")
		if err := r.RemoveToken(t.Context(), p.Token.ID); err != nil {
			t.Fatal(err)
		}
		ended.ends()
		p.wants(401, "GET", "/topics", "", nil)
		begun := time.Now()
		if err := r.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		open.ends()
		if took := time.Since(begun); took > time.Second {
			t.Errorf("the stop waits %v for a stream", took)
		}
	})
}

func TestAPI_NowHasAnETag(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		p, ana := r.newProgram(operator.NewToken{Name: "sign"}), r.person("ana", wire.GeneralTopic)
		first, _ := p.ask("GET", "/now", "")
		if same, body := p.ask("GET", "/now", "", "If-None-Match", `"x", W/`+first.Header.Get("ETag")); same.StatusCode != 304 || body != "" {
			t.Errorf("unchanged: %d %q", same.StatusCode, body)
		}
		seq := r.broadcast(operator.Broadcast{Message: "Fire drill", Ack: "Safe"}).Seq
		ana.Expect("message")
		ana.Send(map[string]any{"action": "ack", "seq": seq})
		ana.Expect("acked")
		changed, body := p.ask("GET", "/now", "", "If-None-Match", first.Header.Get("ETag"))
		if changed.StatusCode != 200 || !strings.Contains(body, `"clients":1,"subscribers":1`) || !strings.Contains(body, `"sent":1,"received":1,"read":1,"acked":1`) {
			t.Errorf("changed: %d %s", changed.StatusCode, body)
		}
	})
}

func TestAPI_TopicsAndPeople(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		p := r.newProgram(everything("crew"))
		r.topic("kitchen", "open")
		var topics struct{ Topics []wire.Topic }
		p.wants(200, "GET", "/topics", "", &topics)
		if len(topics.Topics) != 2 {
			t.Errorf("topics %+v", topics)
		}
		r.person("ana", "kitchen")
		r.person("ana", wire.GeneralTopic)
		r.person("ben", wire.GeneralTopic).Cut()
		waitIdle()
		var people struct {
			People []struct {
				UserID string `json:"user_id"`
				Here   bool
				Topics []string
			}
		}
		p.wants(200, "GET", "/people", "", &people)
		if l := people.People; len(l) != 2 || l[0].UserID != "ana" || !l[0].Here || len(l[0].Topics) != 2 || l[1].UserID != "ben" || l[1].Here {
			t.Errorf("people %+v", l)
		}
	})
}
