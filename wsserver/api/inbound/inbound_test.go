package inbound

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"belfry/wsserver/wire"
)

func read(t testing.TB, file string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", file))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// wants are the bodies of testdata as messages.
var wants = []struct {
	from, file, event string
	want              Message
}{
	{"alertmanager", "alertmanager-firing.json", "", Message{
		Title: "DiskAlmostFull: firing (2)",
		Text: "The disk of files.lan is almost full: 3 % of /srv are free.\nAt this pace it is full in 4 hours.\n" +
			"DiskAlmostFull (mail.lan:9100)\nResolved: The disk of old.lan is almost full\n… and 2 more.",
		Priority: 5, Tags: []string{"firing", "critical"}, Click: "http://alerts.lan:9093",
	}},
	{"alertmanager", "alertmanager-resolved.json", "", Message{
		Title: "HostDown: resolved", Text: "Resolved: door.lan does not answer", Priority: 2, Tags: []string{"resolved"}, Click: "http://alerts.lan:9093",
	}},
	{"grafana", "grafana-firing.json", "", Message{
		Title: "[FIRING:1] Cold store too warm Kitchen (critical)", Text: "**Firing**\n\nValue: B=8.4, C=1\nLabels:\n - alertname = Cold store too warm",
		Priority: 5, Tags: []string{"firing", "critical"}, Click: "http://grafana.lan:3000/d/kitchen?viewPanel=4",
	}},
	{"grafana", "grafana-resolved.json", "", Message{
		Title: "[RESOLVED] Cold store too warm (critical)", Text: "Resolved: The cold store", Priority: 2, Tags: []string{"resolved"},
		Click: "http://grafana.lan:3000/alerting/grafana/cs1/view",
	}},
	{"grafana", "grafana-before-9.json", "", Message{
		Title: "[Alerting] People in the hall", Text: "More people than chairs", Priority: 4, Tags: []string{"alerting"},
		Click: "http://grafana.lan:3000/d/hall?fullscreen&edit&tab=alert&panelId=2",
	}},
	{"uptime-kuma", "uptime-kuma-down.json", "", Message{
		Title: "Ticket office: down", Text: "connect ECONNREFUSED 192.168.1.20:443", Priority: 4, Tags: []string{"down"}, Click: "https://tickets.lan/",
	}},
	{"uptime-kuma", "uptime-kuma-up.json", "", Message{Title: "Printer: up", Text: "[Printer] [✅ Up]", Priority: 2, Tags: []string{"up"}}},
	{"uptime-kuma", "uptime-kuma-test.json", "", Message{Title: "Uptime Kuma", Text: "Room Testing", Priority: 3}},
	{"github", "github-push.json", "push", Message{
		Title: "example/hall: push to main", Text: "ana: push to main\nstage: warm the lamps\ndoors: <b>open</b> at seven", Priority: 3, Tags: []string{"push"},
		Click: "https://github.com/example/hall/compare/6113728f27ae...000000000a1b",
	}},
	{"github", "github-issue.json", "issues", Message{
		Title: "example/hall: issue #12 The curtain sticks opened", Text: "ben: It stops **half way**.\n![](https://example.org/x.png)", Priority: 3,
		Tags: []string{"issues"}, Click: "https://github.com/example/hall/issues/12",
	}},
	{"github", "github-merged.json", "pull_request", Message{
		Title: "example/hall: pull request #13 Oil the rail merged", Text: "ana: pull request #13 Oil the rail merged", Priority: 2,
		Tags: []string{"pull_request"}, Click: "https://github.com/example/hall/pull/13",
	}},
	{"github", "github-failed.json", "workflow_run", Message{
		Title: "example/hall: workflow build failure", Text: "ana: workflow build failure\nBranch main", Priority: 4, Tags: []string{"workflow_run"},
		Click: "https://github.com/example/hall/actions/runs/30433642",
	}},
	{"github", "github-ping.json", "ping", Message{
		Title: "example/hall: the webhook works", Text: "Keep it logically awesome.", Priority: 2, Tags: []string{"ping"}, Click: "https://github.com/example/hall",
	}},
	{"json", "json-message.json", "", Message{Title: "Lunch", Text: "Soup is ready", Priority: 4, Chosen: true}},
}

func TestRead_ABodyBecomesAMessage(t *testing.T) {
	for _, row := range wants {
		header := http.Header{"Content-Type": {"application/json"}}
		if row.event != "" {
			header.Set("X-GitHub-Event", row.event)
		}
		got, err := Read(row.from, header, read(t, row.file))
		if err != nil || !reflect.DeepEqual(got, row.want) {
			t.Errorf("%s is read as\n%#v, want\n%#v, error %v", row.file, got, row.want, err)
		}
	}
}

// Whatever lost the header on its way, the event is told by what the body has.
func TestRead_GitHubWithoutItsHeaders(t *testing.T) {
	for _, row := range wants {
		if row.from != "github" {
			continue
		}
		form := url.Values{"payload": {string(read(t, row.file))}}.Encode()
		got, err := Read("github", http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}, []byte(form))
		if err != nil || !reflect.DeepEqual(got, row.want) {
			t.Errorf("%s is read as\n%#v, want\n%#v, error %v", row.file, got, row.want, err)
		}
	}
}

// A program's body is no other program's.
func TestRead_RefusesTheBodiesOfOthers(t *testing.T) {
	bodies := map[string][]string{}
	for _, row := range wants {
		bodies[row.from] = append(bodies[row.from], string(read(t, row.file)))
	}
	others := []string{``, `{}`, `[]`, `null`, `"x"`, `5`, `{"a":`, `{"message":5}`, `{"title":"x"}`, "{\"message\":\"\xff\"}", `{"alerts":{}}`, `{"sender":{"login":"x"}}`}
	for _, from := range Names() {
		if len(bodies[from]) == 0 {
			t.Errorf("there is no body of %s", from)
		}
		refused := others
		for other, theirs := range bodies {
			// An older body of Grafana's has a title and a message, as a plain object does.
			if other != from && from != "json" {
				refused = append(refused, theirs...)
			}
		}
		for _, body := range refused {
			if m, err := Read(from, http.Header{}, []byte(body)); !errors.Is(err, wire.ErrBadFrame) {
				t.Errorf("from=%s takes %.80s as %#v, error %v", from, body, m, err)
			}
		}
	}
	if _, err := Read("slack", http.Header{}, []byte(`{}`)); !errors.Is(err, wire.ErrBadFrame) {
		t.Errorf("an unknown program: %v", err)
	}
}

func TestRead_Bounds(t *testing.T) {
	deep := func(n int) []byte {
		return []byte(`{"message":"x","a":` + strings.Repeat("[", n-1) + strings.Repeat("]", n-1) + `}`)
	}
	if _, err := Read("json", http.Header{}, deep(wire.MaxDepth)); err != nil {
		t.Errorf("%d deep: %v", wire.MaxDepth, err)
	}
	if _, err := Read("json", http.Header{}, deep(wire.MaxDepth+1)); !errors.Is(err, wire.ErrBadFrame) {
		t.Errorf("%d deep: %v", wire.MaxDepth+1, err)
	}
	if _, err := Read("json", http.Header{}, []byte(`{"message":"\"[[{{","a":"`+strings.Repeat("[", 99)+`"}`)); err != nil {
		t.Errorf("brackets in a text: %v", err)
	}
	long := []byte(`{"message":"` + strings.Repeat("x", MaxBody) + `"}`)
	if _, err := Read("json", http.Header{}, long); !errors.Is(err, wire.ErrTooLarge) {
		t.Errorf("a long body: %v", err)
	}
	m, err := Read("json", http.Header{}, long[len(long)-wire.MaxMessage-100:])
	if err == nil {
		t.Errorf("half a body is read as %.40q", m.Text)
	}
	m, err = Read("json", http.Header{}, []byte(`{"message":"`+strings.Repeat("ä", wire.MaxMessage)+`","title":"`+strings.Repeat("t", 999)+`"}`))
	if err != nil || len(m.Text) > wire.MaxMessage || len(m.Title) > wire.MaxTitle || !strings.HasSuffix(m.Text, "…") {
		t.Errorf("a long text: %d and %d bytes, error %v", len(m.Text), len(m.Title), err)
	}
}

// Nothing that changes how a text is shown gets through, nor a link to anything but a page.
func TestRead_IsPlainText(t *testing.T) {
	m, err := Read("json", http.Header{}, []byte(`{"title":"a\nb\u202e\u0007","message":"<script>x</script>\u0000\u001b[31m\u2066\r\n\u0085[y](z)\tend"}`))
	if want := (Message{Title: "a b", Text: "<script>x</script>[31m\n[y](z)\tend", Priority: 3}); err != nil || !reflect.DeepEqual(m, want) {
		t.Errorf("%#v, want %#v, error %v", m, want, err)
	}
	for link, want := range map[string]bool{
		"http://a/": true, "https://a.lan:8443/b?c#d": true, "javascript:alert(1)": false, "//a/": false, "http://": false, "https://:80/": false,
		"ftp://a/": false, "http://user:word@a/": false, "http://a/\n": true, "data:text/html,x": false, "http://" + strings.Repeat("a", maxLink): false, "": false, "http://a/ b": false, "http://a/\u202e": false,
	} {
		if got := Link(link); (got != "") != want || got != "" && got != strings.TrimSpace(link) {
			t.Errorf("link %q becomes %q", link, got)
		}
	}
}

func TestRead_Priorities(t *testing.T) {
	for word, want := range map[string]int{`1`: 1, `5`: 5, `"4"`: 4, `"MAX"`: 5, `"urgent"`: 5, `"low"`: 2, `null`: 3, `""`: 3} {
		if m, err := Read("json", http.Header{}, []byte(`{"message":"x","priority":`+word+`}`)); err != nil || m.Priority != want {
			t.Errorf("priority %s is %d, error %v", word, m.Priority, err)
		}
	}
	for _, word := range []string{`0`, `6`, `-1`, `1.5`, `"x"`, `true`, `[5]`, `{}`} {
		if m, err := Read("json", http.Header{}, []byte(`{"message":"x","priority":`+word+`}`)); !errors.Is(err, wire.ErrBadFrame) {
			t.Errorf("priority %s is %d, error %v", word, m.Priority, err)
		}
	}
	for severity, want := range map[string]int{"critical": 5, "Page": 5, "error": 4, "warning": 3, "": 3, "own": 3, "info": 2} {
		body := `{"version":"4","status":"firing","alerts":[{"status":"firing","labels":{"alertname":"a","severity":"` + severity + `"}},` +
			`{"status":"firing","labels":{"severity":"info"}}]}`
		if m, err := Read("alertmanager", http.Header{}, []byte(body)); err != nil || m.Priority != want || m.Chosen {
			t.Errorf("severity %q is %d, error %v", severity, m.Priority, err)
		}
	}
}

func TestCheckSignature_IsMadeWithTheSecret(t *testing.T) {
	body := read(t, "github-push.json")
	mac := hmac.New(sha256.New, []byte("tk_secret"))
	mac.Write(body)
	right := "sha256=" + hex.EncodeToString(mac.Sum(nil))
	for given, want := range map[string]bool{
		right: true, strings.Replace(right, "sha256", "sha1", 1): false, strings.TrimPrefix(right, "sha256="): false, right[:len(right)-2]: false,
		"": false, "sha256=": false, "sha256=zz": false,
	} {
		header := http.Header{Signature: {given}}
		if err := CheckSignature(header, body, "tk_secret"); (err == nil) != want || err != nil && !errors.Is(err, wire.ErrNotAllowed) {
			t.Errorf("signature %q: %v", given, err)
		}
	}
	if err := CheckSignature(http.Header{}, body, "tk_secret"); err != nil {
		t.Errorf("without one: %v", err)
	}
	if err := CheckSignature(http.Header{Signature: {right}}, append(body, ' '), "tk_secret"); err == nil {
		t.Error("a changed body passes")
	}
	if err := CheckSignature(http.Header{Signature: {right, right}}, body, "tk_secret"); err == nil {
		t.Error("two signatures pass")
	}
}

// Whatever comes in, what comes out can be sent as it is.
func FuzzInbound(f *testing.F) {
	for _, row := range wants {
		f.Add(row.from, row.event, string(read(f, row.file)))
	}
	f.Fuzz(func(t *testing.T, from, event, body string) {
		m, err := Read(from, http.Header{"X-Github-Event": {event}}, []byte(body))
		if err != nil {
			if e := wire.AsError(err); e.Code != "bad_frame" && e.Code != "too_large" || len(e.Message) > 300 {
				t.Fatalf("refused with %+v", e)
			}
			return
		}
		odd := func(r rune) bool {
			return unicode.IsControl(r) && r != '\n' && r != '\t' || unicode.Is(unicode.Bidi_Control, r)
		}
		switch all := m.Title + m.Text + strings.Join(m.Tags, ""); {
		case wire.IsBlank(m.Text), m.Title != "" && wire.IsBlank(m.Title), strings.ContainsAny(m.Title, "\n\t"):
			t.Fatalf("title %q, text %q", m.Title, m.Text)
		case len(m.Text) > wire.MaxMessage, len(m.Title) > wire.MaxTitle, len(m.Tags) > maxTags, m.Priority < 1, m.Priority > 5:
			t.Fatalf("%#v is too large", m)
		case !utf8.ValidString(all), strings.ContainsFunc(all, odd), Link(m.Click) != m.Click:
			t.Fatalf("%#v has what it may not", m)
		}
	})
}
