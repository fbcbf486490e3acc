package ntfy

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"belfry/wsserver/wire"
)

// aliases are all names of the parameters of publishing, from ntfy's documentation.
var aliases = map[string][]string{
	"message":  {"x-message", "message", "m"},
	"title":    {"x-title", "title", "t"},
	"priority": {"x-priority", "priority", "prio", "p"},
	"tags":     {"x-tags", "tags", "tag", "ta"},
	"click":    {"x-click", "click"},
}

func values(name, value string) (http.Header, url.Values) {
	header := http.Header{}
	header.Set(name, value)
	return header, url.Values{name: {value}}
}

func TestParsePublish_EveryNameOfAParameter(t *testing.T) {
	for field, names := range aliases {
		value, want := "high", Publish{Message: "body"}
		switch field {
		case "message":
			want.Message = "high"
		case "title":
			want.Title = "high"
		case "priority":
			want.Priority = 4
		case "tags":
			want.Tags = []string{"high"}
		case "click":
			value, want.Click = "http://a.lan/", "http://a.lan/"
		}
		body := "body"
		if field == "message" {
			body = ""
		}
		for _, name := range names {
			header, query := values(name, value)
			if got, err := ParsePublish(header, nil, []byte(body)); err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("the header %s: %+v, error %v", name, got, err)
			}
			if got, err := ParsePublish(http.Header{}, query, []byte(body)); err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("?%s=: %+v, error %v", name, got, err)
			}
			if got, err := ParsePublish(http.Header{}, url.Values{strings.ToUpper(name): {value}}, nil); err != nil || !reflect.DeepEqual(got, Publish{Message: emptyMessage}) {
				t.Errorf("?%s= in capitals: %+v, error %v", name, got, err)
			}
		}
	}
}

func word2047(text string) string {
	return "=?UTF-8?B?" + base64.StdEncoding.EncodeToString([]byte(text)) + "?="
}

// The rows are ntfy's documentation of publishing; what this server does otherwise is docs/ntfy.md.
func TestParsePublish_AsDocumented(t *testing.T) {
	for _, row := range []struct {
		header [2]string
		query  string
		body   string
		want   Publish
		code   int
	}{
		{body: " Backup done\n", want: Publish{Message: "Backup done"}},
		{want: Publish{Message: "triggered"}},
		{header: [2]string{"Message", `two\nlines`}, want: Publish{Message: "two\nlines"}},
		{header: [2]string{"Message", "header"}, body: "body", want: Publish{Message: "body"}},
		{header: [2]string{"Title", "header"}, query: "title=query", body: "x", want: Publish{Title: "header", Message: "x"}},
		{header: [2]string{"Title", word2047("Grüße 🔔")}, body: "x", want: Publish{Title: "Grüße 🔔", Message: "x"}},
		{header: [2]string{"Title", "Grüße"}, body: "x", want: Publish{Title: "Grüße", Message: "x"}},
		{header: [2]string{"Title", "=?x-none?B?eA==?="}, body: "x", want: Publish{Title: "=?x-none?B?eA==?=", Message: "x"}},
		{header: [2]string{"Title", word2047("a\r\nX-Priority: 5")}, body: "x", code: 40000},
		{header: [2]string{"Title", word2047("a\nb")}, body: "x", code: 40000},
		{header: [2]string{"Title", word2047("a\x00b")}, body: "x", code: 40000},
		{header: [2]string{"Title", "\xff"}, body: "x", code: 40011},
		{query: "title=a%0Ab%0D%0Ac", body: "x", want: Publish{Title: "a b c", Message: "x"}},
		{query: "title=a%00", body: "x", code: 40000},
		{query: "title=%FF", body: "x", code: 40011},
		{header: [2]string{"Priority", "u=1"}, body: "x", want: Publish{Message: "x"}},
		{header: [2]string{"Priority", "u=4, i"}, query: "p=5", body: "x", want: Publish{Message: "x", Priority: 5}},
		{header: [2]string{"Priority", "URGENT"}, body: "x", want: Publish{Message: "x", Priority: 5}},
		{query: "priority=min", body: "x", want: Publish{Message: "x", Priority: 1}},
		{query: "priority=default", body: "x", want: Publish{Message: "x", Priority: 3}},
		{query: "priority=6", body: "x", code: 40007},
		{query: "priority=0", body: "x", code: 40007},
		{query: "priority=loud", body: "x", code: 40007},
		{header: [2]string{"Tags", " warning, mailsrv13 ,,daily"}, body: "x", want: Publish{Message: "x", Tags: []string{"warning", "mailsrv13", "daily"}}},
		{header: [2]string{"Click", "mailto:a@b"}, body: "x", want: Publish{Message: "x"}},
		{header: [2]string{"Markdown", "yes"}, body: "**x**", want: Publish{Message: "**x**"}},
		{header: [2]string{"Content-Type", "application/json"}, body: `{"topic":"x"}`, want: Publish{Message: `{"topic":"x"}`}},
		{header: [2]string{"Cache", "no"}, query: "firebase=no", body: "x", want: Publish{Message: "x"}},
		{body: "\xff", code: 40011},
		{body: strings.Repeat("x", wire.MaxMessage), want: Publish{Message: strings.Repeat("x", wire.MaxMessage)}},
		{body: strings.Repeat("x", wire.MaxMessage+1), code: 41301},
		{query: "delay=30min", body: "x", code: 40004},
		{header: [2]string{"At", "tomorrow"}, body: "x", code: 40004},
		{header: [2]string{"Actions", "view, Open, https://a"}, body: "x", code: 40018},
		{header: [2]string{"Attach", "https://a/b.jpg"}, body: "x", code: 40014},
		{header: [2]string{"Filename", "a.txt"}, body: "x", code: 40014},
		{header: [2]string{"Icon", "https://a/b.png"}, body: "x", code: 40021},
		{header: [2]string{"Email", "a@b"}, body: "x", code: 40001},
		{header: [2]string{"Call", "yes"}, body: "x", code: 40032},
		{header: [2]string{"Template", "github"}, body: "x", code: 40041},
		{header: [2]string{"X-Sequence-ID", "a"}, body: "x", code: 40049},
		{query: "up=1", body: "x", code: 40000},
		{header: [2]string{"X-Poll-ID", "a"}, body: "x", code: 40000},
	} {
		header := http.Header{}
		if row.header[0] != "" {
			header.Set(row.header[0], row.header[1])
		}
		query, err := url.ParseQuery(row.query)
		if err != nil {
			t.Fatal(err)
		}
		got, err := ParsePublish(header, query, []byte(row.body))
		checkRow(t, fmt.Sprintf("%q ?%s %.20q", row.header, row.query, row.body), got, err, row.want, row.code)
	}
}

// checkRow compares a result with what is expected of it: a value, or an error of that code.
func checkRow(t *testing.T, name string, got any, err error, want any, code int) {
	t.Helper()
	if code == 0 {
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, want %+v, error %v", name, got, want, err)
		}
		return
	}
	var e *Error
	if !errors.As(err, &e) || e.Code != code || e.Status != code/100 || e.Message == "" {
		t.Errorf("%s: error %+v, want %d", name, err, code)
	}
}

func TestParseJSON_AsDocumented(t *testing.T) {
	for _, row := range []struct {
		body string
		want Publish
		code int
	}{
		{`{"topic":"t","message":"m","title":"T","tags":["a","b"],"priority":4,"click":"https://a/"}`, Publish{"t", "T", "m", 4, []string{"a", "b"}, "https://a/"}, 0},
		{`{"Topic":"t","MESSAGE":"m","cache":"no","firebase":"no","markdown":true,"other":{"a":1}}`, Publish{Topic: "t", Message: "m"}, 0},
		{`{"topic":"t"}`, Publish{Topic: "t", Message: "triggered"}, 0},
		{`{"topic":"t","title":"a\nb","message":" a\nb ","priority":null,"tags":null}`, Publish{Topic: "t", Title: "a b", Message: "a\nb"}, 0},
		{`{"topic":"t","delay":"","actions":[],"attach":null}`, Publish{Topic: "t", Message: "triggered"}, 0},
		{`{"topic":"t","click":"javascript:x"}`, Publish{Topic: "t", Message: "triggered"}, 0},
		{`{"topic":"t","delay":"30min"}`, Publish{}, 40004},
		{`{"topic":"t","actions":[{"action":"view"}]}`, Publish{}, 40018},
		{`{"topic":"t","attach":"https://a/b.jpg","filename":"b.jpg"}`, Publish{}, 40014},
		{`{"topic":"t","icon":"https://a/b.png"}`, Publish{}, 40021},
		{`{"topic":"t","email":"a@b"}`, Publish{}, 40001},
		{`{"topic":"t","call":"yes"}`, Publish{}, 40032},
		{`{"topic":"t","sequence_id":"x"}`, Publish{}, 40049},
		{`{"topic":"t","priority":6}`, Publish{}, 40007},
		{`{"topic":"t","priority":-1}`, Publish{}, 40007},
		{`{"topic":"t","priority":"high"}`, Publish{}, 40024},
		{`{"topic":"t","title":"\u0000"}`, Publish{}, 40000},
		{`{"topic":"t","tags":"a"}`, Publish{}, 40024},
		{`{"message":"m"}`, Publish{}, 40009},
		{`{"topic":"t"`, Publish{}, 40024},
		{`["t"]`, Publish{}, 40024},
		{``, Publish{}, 40024},
		{"{\"topic\":\"\xff\"}", Publish{}, 40011},
		{`{"topic":"t","message":"` + strings.Repeat("x", wire.MaxMessage+1) + `"}`, Publish{}, 41301},
		{`{"topic":"t","message":"` + strings.Repeat("x", maxJSON) + `"}`, Publish{}, 41303},
		{`{"topic":"t","a":` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + `}`, Publish{}, 40024},
	} {
		got, err := ParseJSON(http.Header{}, nil, []byte(row.body))
		checkRow(t, fmt.Sprintf("%.60s", row.body), got, err, row.want, row.code)
	}
	header := http.Header{"X-Title": {"header"}, "X-Tags": {"c"}, "X-Priority": {"5"}}
	got, err := ParseJSON(header, nil, []byte(`{"topic":"t","message":"m","tags":["a"]}`))
	checkRow(t, "with headers", got, err, Publish{"t", "header", "m", 5, []string{"a"}, ""}, 0)
}

func TestParseSubscription_AsDocumented(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	for query, want := range map[string]any{
		"":                         Subscription{},
		"since=none":               Subscription{},
		"poll=1":                   Subscription{Poll: true, Since: Since{From: FromAll}},
		"po=yes&si=none":           Subscription{Poll: true},
		"poll=no&since=all":        Subscription{Since: Since{From: FromAll}},
		"since=latest":             Subscription{Since: Since{From: FromLatest}},
		"since=000000001043":       Subscription{Since: Since{From: FromID, Seq: 1043}},
		"since=nFS3knfcQ1xe":       Subscription{Since: Since{From: FromAll}},
		"since=1699999000":         Subscription{Since: Since{From: FromTime, Time: time.Unix(1_699_999_000, 0)}},
		"since=1h30m":              Subscription{Since: Since{From: FromTime, Time: now.Add(-90 * time.Minute)}},
		"since=2d":                 40008,
		"since=-1":                 40008,
		"since=-10m":               40008,
		"since=yesterday":          40008,
		"since=999999999999999":    40008,
		"scheduled=1":              Subscription{},
		"id=a&message=b&title=c":   Subscription{filter: filter{id: "a", message: "b", title: "c"}},
		"priority=high,urgent,1":   Subscription{filter: filter{priorities: []int{4, 5, 1}}},
		"p=7":                      40007,
		"tags=zfs-error,+error+,,": Subscription{filter: filter{tags: []string{"zfs-error", "error"}}},
	} {
		q, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		got, err := ParseSubscription(http.Header{}, q, now)
		code, _ := want.(int)
		checkRow(t, query, got, err, want, code)
		for name := range q {
			header, _ := values(name, q.Get(name))
			if len(q) == 1 {
				got, err := ParseSubscription(header, nil, now)
				checkRow(t, "header "+query, got, err, want, code)
			}
		}
	}
}

func TestParseTopics(t *testing.T) {
	for list, want := range map[string]any{
		"general": []string{"general"}, "a,b,everyone": []string{"a", "b", "everyone"}, "küche": []string{"küche"},
		"": 40009, "a,,b": 40009, "a,": 40009, "a,a": 40009, strings.Repeat("x", 65): 40009,
		strings.Repeat("a", 40) + strings.Repeat(",b", 32): 40009,
	} {
		got, err := ParseTopics(list)
		code, _ := want.(int)
		checkRow(t, list, got, err, want, code)
	}
}

// Whatever is accepted can be sent as it is, and in a stream it is one event.
func FuzzPublish(f *testing.F) {
	f.Add("Title", "=?UTF-8?B?YQ==?=", "priority=4&tags=a,b", []byte("text"))
	f.Add("X-Tags", "a,b", "click=http%3A%2F%2Fa", []byte(`{"topic":"t","message":"m","priority":5,"tags":["x"]}`))
	f.Fuzz(func(t *testing.T, name, value, query string, body []byte) {
		header := http.Header{}
		header.Set(name, value)
		q, _ := url.ParseQuery(query)
		for _, parse := range []func(http.Header, url.Values, []byte) (Publish, error){ParsePublish, ParseJSON} {
			m, err := parse(header, q, body)
			if err != nil {
				var e *Error
				if !errors.As(err, &e) || e.Status < 400 || e.Status > 413 {
					t.Fatalf("refused with %#v", err)
				}
				continue
			}
			all := m.Title + m.Message + m.Click + strings.Join(m.Tags, "")
			if m.Message == "" || len(m.Message) > wire.MaxMessage || m.Priority < 0 || m.Priority > 5 || !utf8.ValidString(all) || strings.ContainsAny(m.Title, "\r\n\x00") {
				t.Fatalf("%#v", m)
			}
			event := NewMessage(wire.Message{Seq: 1, Title: m.Title, Message: m.Message, Tags: m.Tags, Click: m.Click}, "t")
			if n := strings.Count(string(format(formatRaw, &event)), "\n"); n != 1 {
				t.Fatalf("%d lines of raw text", n)
			}
			for line := range strings.FieldsFuncSeq(string(format(formatSSE, &event)), func(r rune) bool { return r == '\r' || r == '\n' }) {
				if !strings.HasPrefix(line, "data: {") {
					t.Fatalf("the line %q in a stream of events", line)
				}
			}
		}
		if s, err := ParseSubscription(header, q, time.Unix(0, 0)); err == nil && s.Since.Seq > wire.MaxNumber {
			t.Fatalf("%+v", s)
		}
	})
}
