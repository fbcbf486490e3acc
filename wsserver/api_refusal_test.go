package wsserver_test

import (
	"net/http"
	"strings"
	"testing"

	"belfry/wsserver/operator"
	"belfry/wsserver/wire"
)

// wantCode makes a request, and checks the status and the code of its refusal, which has the wire's form.
func (p *program) wantCode(status int, code, method, path, body string, header ...string) {
	p.t.Helper()
	answer, text := p.ask(method, path, body, header...)
	if answer.StatusCode != status || !strings.HasPrefix(text, `{"code":"`+code+`","message":"`) {
		p.t.Errorf("%s %s %.80s: %d %s, want %d %s", method, path, body, answer.StatusCode, text, status, code)
	}
	if answer.Header.Get("Content-Type") != "application/json" || answer.Header.Get("Access-Control-Allow-Origin") != "" {
		p.t.Errorf("%s %s: headers %v", method, path, answer.Header)
	}
}

func TestAPI_RefusesBadInput(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		p := r.newProgram(everything("grafana"))
		r.topic("ops", "open")
		for _, body := range []string{
			"", " ", "null", "[]", `"text"`, "{", `{"message":"x"`, `{"message":"x"}}`, `{"message":"x"} {}`, "message=x", "\xff", `{"message":"` + "\xff" + `"}`,
			`{}`, `{"message":""}`, `{"message":" \n"}`, `{"message":1}`, `{"message":["x"]}`, `{"message":"x","priority":"high"}`, `{"message":"x","priority":0}`,
			`{"message":"x","priority":6}`, `{"message":"x","priority":-1}`, `{"message":"x","priority":1.5}`, `{"message":"x","priority":1e99}`,
			`{"message":"x","topic":""}`, `{"message":"x","user_id":""}`, `{"message":"x","topic":"general","user_id":"ana"}`, `{"message":"x","topic":7}`,
			`{"message":"x","tags":"a"}`, `{"message":"x","tags":["` + strings.Repeat("x", 33) + `"]}`, `{"message":"x","tags":[1]}`, `{"message":"x","tags":[""]}`,
			`{"message":"x","tags":["1","2","3","4","5","6","7","8","9"]}`, `{"message":"x","click":"javascript:alert(1)"}`, `{"message":"x","click":"ftp://a"}`,
			`{"message":"x","id":7}`, `{"message":"x","x":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `}`,
		} {
			p.wantCode(http.StatusBadRequest, "bad_frame", "POST", "/messages", body)
		}
		for _, path := range []string{
			"/messages?after=x", "/messages?before=-1", "/messages?limit=1.5", "/messages?limit=0", "/messages?after=9223372036854775808", "/messages?after=%zz",
			"/messages/x", "/messages/-1", "/messages/1.0", "/messages/18446744073709551616", "/messages/1/receipts?detail=perhaps",
			"/stream?after=x", "/stream?after=-1", "/stream?epoch=" + strings.Repeat("x", 65),
		} {
			p.wantCode(http.StatusBadRequest, "bad_frame", "GET", path, "")
		}
		p.wantCode(http.StatusBadRequest, "bad_frame", "GET", "/stream", "", "Last-Event-ID", "x")
		p.wantCode(http.StatusBadRequest, "bad_frame", "DELETE", "/messages/x", "")
		if n := r.State().Kept; n != 0 {
			t.Errorf("%d messages were sent", n)
		}
	})
}

func TestAPI_RefusesTheUnknownAndTheTooLarge(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		p := r.newProgram(everything("grafana"))
		p.wantCode(http.StatusNotFound, "unknown_user", "POST", "/messages", `{"message":"x","user_id":"nobody"}`)
		for _, topic := range []string{"nowhere", "General", "../general"} {
			p.wantCode(http.StatusNotFound, "unknown_topic", "POST", "/messages", `{"message":"x","topic":"`+topic+`"}`)
			p.wantCode(http.StatusNotFound, "unknown_topic", "GET", "/messages?topic="+topic, "")
			p.wantCode(http.StatusNotFound, "unknown_topic", "GET", "/stream?topic="+topic, "")
		}
		p.wantCode(http.StatusNotFound, "unknown_message", "GET", "/messages/1", "")
		for _, path := range []string{"", "/", "/nothing", "/messages/", "/messages/1/2", "/messages/1/receipts/", "/Messages"} {
			p.wantCode(http.StatusNotFound, "not_found", "GET", path, "")
		}
		p.wantCode(http.StatusRequestEntityTooLarge, "too_large", "POST", "/messages", `{"message":"`+strings.Repeat("x", wire.MaxMessage+1)+`"}`)
		p.wantCode(http.StatusRequestEntityTooLarge, "too_large", "POST", "/messages", `{"x":"`+strings.Repeat("x", wire.MaxFrame)+`","message":"y"}`)
		p.wantCode(http.StatusRequestEntityTooLarge, "too_large", "POST", "/messages", `{"message":"x","title":"`+strings.Repeat("x", 201)+`"}`)
		p.wantCode(http.StatusRequestEntityTooLarge, "too_large", "POST", "/messages", `{"message":"x","id":"`+strings.Repeat("x", 65)+`"}`)
		p.wants(http.StatusOK, "POST", "/messages", `{"message":"`+strings.Repeat(`\u0001`, wire.MaxMessage-1)+`x"}`, nil)
		for path, allowed := range map[string]string{"/messages": "GET, POST", "/messages/1": "DELETE, GET", "/stream": "GET", "/now": "GET"} {
			for _, method := range []string{"PUT", "PATCH", "OPTIONS", "TRACE"} {
				p.wantCode(http.StatusMethodNotAllowed, "bad_frame", method, path, "")
			}
			if answer, _ := p.ask("OPTIONS", path, ""); answer.Header.Get("Allow") != allowed {
				t.Errorf("%s: Allow %q", path, answer.Header.Get("Allow"))
			}
		}
	})
}

func TestAPI_TheRateCountsWhatIsSent(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		p := r.newProgram(everything("chatty"))
		for range 100 {
			p.wants(http.StatusOK, "GET", "/topics", "", nil)
		}
		for range 60 {
			p.wants(http.StatusOK, "POST", "/messages", `{"message":"x"}`, nil)
		}
		answer, text := p.ask("POST", "/messages", `{"message":"x"}`)
		if answer.StatusCode != http.StatusTooManyRequests || !strings.Contains(text, `"code":"rate_limited"`) || !strings.Contains(text, `"retry_ms":1000`) || answer.Header.Get("Retry-After") != "1" {
			t.Errorf("the 61st: %d %s, %v", answer.StatusCode, text, answer.Header)
		}
		free := r.newProgram(operator.NewToken{Name: "free", Publish: []string{"everyone"}, Rate: new(0.0)})
		for range 200 {
			free.wants(http.StatusOK, "POST", "/messages", `{"message":"x"}`, nil)
		}
	})
}
