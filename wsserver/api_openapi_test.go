package wsserver_test

import (
	"bytes"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"belfry/wsserver/operator"
	"belfry/wsserver/wire"
)

// described is the API's own description, against which answers are checked.
type described struct {
	t        testing.TB
	doc      map[string]any
	compiler *jsonschema.Compiler
	seen     map[string]bool // "GET /api/v1/now 200"
}

// description reads openapi.json. Unlike a client, the test takes a field that is not described for a fault.
func (p *program) description() *described {
	p.t.Helper()
	_, text := p.ask("GET", "/openapi.json", "")
	parsed, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		p.t.Fatal(err)
	}
	d := &described{p.t, parsed.(map[string]any), jsonschema.NewCompiler(), map[string]bool{}}
	for name, schema := range d.at("components", "schemas") {
		fields, _ := schema.(map[string]any)["properties"].(map[string]any)
		for field, property := range fields {
			if property.(map[string]any)["description"] == nil {
				p.t.Errorf("%s.%s is not described", name, field)
			}
		}
		schema.(map[string]any)["additionalProperties"] = false
	}
	if err := d.compiler.AddResource("mem:///openapi.json", parsed); err != nil {
		p.t.Fatal(err)
	}
	return d
}

// at is an object in the description.
func (d *described) at(keys ...string) map[string]any {
	here := d.doc
	for _, key := range keys {
		here, _ = here[key].(map[string]any)
	}
	return here
}

// check checks an answer to an operation, named by its method and its path below /api/v1.
func (d *described) check(method, path string, answer *http.Response, text string) {
	d.t.Helper()
	status := strconv.Itoa(answer.StatusCode)
	d.seen[method+" "+path+" "+status] = true
	response := d.at("paths", "/api/v1"+path, strings.ToLower(method), "responses", status)
	if response == nil {
		d.t.Errorf("%s %s: %s is not described: %s", method, path, status, text)
		return
	}
	if response["content"] == nil {
		if text != "" {
			d.t.Errorf("%s %s: %s has the body %s", method, path, status, text)
		}
		return
	}
	escaped := strings.ReplaceAll("/api/v1"+path, "/", "~1")
	schema, err := d.compiler.Compile("mem:///openapi.json#/paths/" + escaped + "/" + strings.ToLower(method) + "/responses/" + status + "/content/application~1json/schema")
	if err != nil {
		d.t.Fatal(err)
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader([]byte(text)))
	if err == nil {
		err = schema.Validate(value)
	}
	if err != nil {
		d.t.Errorf("%s %s: %s\n%v", method, path, text, err)
	}
}

func TestAPI_AnswersAsItIsDescribed(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		p, poor := r.newProgram(everything("grafana")), r.newProgram(operator.NewToken{Name: "poor", Publish: []string{"everyone"}})
		d := p.description()
		if v := d.doc["openapi"]; v != "3.1.0" {
			t.Errorf("openapi is %v", v)
		}
		ask := func(by *program, method, path, of, body string, header ...string) {
			t.Helper()
			answer, text := by.ask(method, path, body, header...)
			d.check(method, of, answer, text)
		}
		ask(p, "GET", "/now", "/now", "")
		ask(p, "GET", "/messages", "/messages", "")
		r.person("ana", wire.GeneralTopic).Notify("1", wire.GeneralTopic, "hello")
		r.person("ben", wire.GeneralTopic).Cut()
		r.client().Subscribe()
		waitIdle()
		ask(p, "POST", "/messages", "/messages", `{"message":"x","title":"t","priority":5,"ack":"Yes","id":"a","tags":["x"],"click":"https://example.org/"}`)
		ask(p, "POST", "/messages", "/messages", `{"message":"in private","user_id":"ana"}`)
		for _, body := range []string{`{"message":"y","id":"a"}`, `{}`, `{"message":"x","topic":"nowhere"}`, `{"message":"` + strings.Repeat("x", wire.MaxMessage+1) + `"}`} {
			ask(p, "POST", "/messages", "/messages", body)
		}
		ask(p, "GET", "/messages?limit=2", "/messages", "")
		ask(p, "GET", "/messages?limit=x", "/messages", "")
		ask(p, "GET", "/messages?topic=nowhere", "/messages", "")
		for _, path := range []string{"", "/receipts"} {
			for _, seq := range []string{"2", "99", "x"} {
				ask(p, "GET", "/messages/"+seq+path, "/messages/{seq}"+path, "")
			}
		}
		ask(p, "GET", "/messages/2/receipts?detail=1", "/messages/{seq}/receipts", "")
		ask(p, "GET", "/messages/1/receipts", "/messages/{seq}/receipts", "")
		ask(p, "GET", "/topics", "/topics", "")
		ask(p, "GET", "/people", "/people", "")
		ask(poor, "GET", "/people", "/people", "")
		ask(p, "GET", "/now", "/now", "")
		answer, _ := p.ask("GET", "/now", "")
		ask(p, "GET", "/now", "/now", "", "If-None-Match", answer.Header.Get("ETag"))
		ask(p, "GET", "/openapi.json", "/openapi.json", "")
		ask(p, "GET", "/stream?after=x", "/stream", "")
		ask(p, "GET", "/stream?topic=nowhere", "/stream", "")
		ask(poor, "GET", "/stream", "/stream", "")
		for _, seq := range []string{"1", "2", "2", "x"} {
			ask(p, "DELETE", "/messages/"+seq, "/messages/{seq}", "")
		}
		for range 60 {
			ask(poor, "POST", "/messages", "/messages", `{"message":"x"}`)
		}
		ask(poor, "POST", "/messages", "/messages", `{"message":"x"}`)
		if err := r.RemoveToken(t.Context(), poor.Token.ID); err != nil {
			t.Fatal(err)
		}
		ask(poor, "GET", "/now", "/now", "")
		d.wantEach()
	})
}

// wantEach fails for each operation whose success was not checked, and for each status that the operations share.
func (d *described) wantEach() {
	d.t.Helper()
	statuses := map[string]bool{}
	for path := range d.at("paths") {
		for method := range d.at("paths", path) {
			name, done := strings.ToUpper(method)+" "+strings.TrimPrefix(path, "/api/v1"), false
			for status := range d.at("paths", path, method, "responses") {
				statuses[status] = statuses[status] || d.seen[name+" "+status]
				done = done || d.seen[name+" "+status] && status < "300"
			}
			if !done && name != "GET /stream" { // that has a test of its own
				d.t.Errorf("no answer to %s was checked", name)
			}
		}
	}
	for status, checked := range statuses {
		if !checked && status != "503" { // that is of a server that stops
			d.t.Errorf("no answer with %s was checked", status)
		}
	}
}
