package gotify

import (
	"bytes"
	"encoding/json"
	"errors"
	"mime/multipart"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"belfry/wsserver/wire"
)

// parts is a multipart body.
func parts(t testing.TB, write func(w *multipart.Writer) error) (contentType string, body []byte) {
	t.Helper()
	var buf bytes.Buffer
	w := multipart.NewWriter(&buf)
	if err := write(w); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return w.FormDataContentType(), buf.Bytes()
}

// fields is a multipart body as curl -F sends it.
func fields(t testing.TB, names ...string) (contentType string, body []byte) {
	return parts(t, func(w *multipart.Writer) error {
		for i := 0; i < len(names); i += 2 {
			if err := w.WriteField(names[i], names[i+1]); err != nil {
				return err
			}
		}
		return nil
	})
}

const (
	kindJSON = "application/json"
	kindForm = "application/x-www-form-urlencoded"
)

func TestParseSend_JSONFormAndMultipart(t *testing.T) {
	five := 5
	multi, body := fields(t, "message", "m", "title", "T", "priority", "5")
	for _, row := range []struct {
		kind, query, body string
		want              Send
	}{
		{kindJSON, "", `{"message":"m","title":"T","priority":5}`, Send{Message: "m", Title: "T", Priority: &five}},
		{kindJSON + "; charset=utf-8", "title=q", `{"message":"m","priority":null,"extras":null,"other":[1]}`, Send{Message: "m"}},
		{kindForm, "", "message=m&title=T&priority=5", Send{Message: "m", Title: "T", Priority: &five}},
		{kindForm, "title=q&priority=5", "message=m", Send{Message: "m", Title: "q", Priority: &five}},
		{kindForm, "", `{"message":"m"}`, Send{Message: "m"}},
		{"", "message=m&title=a%0Ab", "", Send{Message: "m", Title: "a b"}},
		{multi, "", string(body), Send{Message: "m", Title: "T", Priority: &five}},
		{kindJSON, "", `{"message":"m","extras":{"client::notification":{"click":{"url":"https://a/"}},"x::y":1}}`, Send{
			Message: "m", Click: "https://a/", Extras: json.RawMessage(`{"client::notification":{"click":{"url":"https://a/"}},"x::y":1}`),
		}},
		{kindJSON, "", `{"message":"m","extras":{"client::notification":{"click":{"url":"javascript:x"}}}}`, Send{
			Message: "m", Extras: json.RawMessage(`{"client::notification":{"click":{"url":"javascript:x"}}}`),
		}},
		{kindJSON, "", `{"message":"m","extras":{"client::notification":7}}`, Send{Message: "m", Extras: json.RawMessage(`{"client::notification":7}`)}},
	} {
		query, err := url.ParseQuery(row.query)
		if err != nil {
			t.Fatal(err)
		}
		got, err := ParseSend(row.kind, query, []byte(row.body))
		if err != nil || !reflect.DeepEqual(got, row.want) {
			t.Errorf("%s %q %.60q: %+v, want %+v, error %v", row.kind, row.query, row.body, got, row.want, err)
		}
	}
}

func TestParseSend_Refuses(t *testing.T) {
	file, withFile := parts(t, func(w *multipart.Writer) error {
		if err := w.WriteField("message", "m"); err != nil {
			return err
		}
		_, err := w.CreateFormFile("file", "a.txt")
		return err
	})
	many, manyParts := fields(t, strings.Split(strings.Repeat("a,b,", maxParts)+"message,m", ",")...)
	for _, row := range []struct{ kind, body, code string }{
		{kindJSON, ``, "bad_frame"},
		{kindJSON, `[]`, "bad_frame"},
		{kindJSON, `{"message":5}`, "bad_frame"},
		{kindJSON, `{"message":"m","priority":"high"}`, "bad_frame"},
		{kindJSON, `{"message":"m","extras":[]}`, "bad_frame"},
		{kindJSON, `{"title":"T"}`, "bad_frame"},
		{kindJSON, `{"message":" "}`, "bad_frame"},
		{kindJSON, `{"message":"m","title":"\u0000"}`, "bad_frame"},
		{kindJSON, "{\"message\":\"\xff\"}", "bad_frame"},
		{kindJSON, `{"message":"m","extras":` + strings.Repeat(`{"a":`, 40) + "1" + strings.Repeat("}", 41), "bad_frame"},
		{kindJSON, `{"message":"` + strings.Repeat("x", wire.MaxMessage+1) + `"}`, "too_large"},
		{kindJSON, strings.Repeat(" ", maxBody+1), "too_large"},
		{kindForm, "message=m&priority=high", "bad_frame"},
		{kindForm, "message=%zz", "bad_frame"},
		{kindForm, "message=%ff", "bad_frame"},
		{kindForm, "", "bad_frame"},
		{"multipart/form-data", "x", "bad_frame"},
		{"multipart/form-data; boundary=x", "", "bad_frame"},
		{file, string(withFile), "bad_frame"},
		{file, string(withFile[:len(withFile)-9]), "bad_frame"},
		{many, string(manyParts), "bad_frame"},
	} {
		got, err := ParseSend(row.kind, nil, []byte(row.body))
		if e := wire.AsError(err); err == nil || e.Code != row.code {
			t.Errorf("%s %.60q: %+v, error %v", row.kind, row.body, got, err)
		}
	}
}

// Each of Gotify's priorities becomes one of ours, and each of ours one of Gotify's that is understood alike.
func TestPriorities(t *testing.T) {
	for from, want := range map[int]int{-3: 1, 0: 1, 1: 2, 3: 2, 4: 3, 7: 3, 8: 4, 9: 4, 10: 5, 99: 5} {
		if got := priorityIn(from); got != want {
			t.Errorf("%d is %d, want %d", from, got, want)
		}
	}
	for ours, want := range map[int]int{0: 5, 1: 0, 2: 2, 3: 5, 4: 8, 5: 10} {
		if got := priorityOut[ours]; got != want || ours > 0 && priorityIn(got) != ours {
			t.Errorf("%d is told as %d, want %d", ours, got, want)
		}
	}
}

func TestNewMessage_AsGotifyWritesIt(t *testing.T) {
	for _, row := range []struct {
		message wire.Message
		want    string
	}{
		{
			wire.Message{Seq: 25, Time: "2026-03-02T09:14:07.151Z", Message: "m", Title: "T", Priority: 4, Click: "https://a/", From: wire.Sender{Name: "cook"}},
			`{"id":25,"appid":1,"message":"m","title":"T","priority":8,"extras":{"client::notification":{"click":{"url":"https://a/"}}},"date":"2026-03-02T09:14:07.151Z"}`,
		},
		{
			wire.Message{Seq: 26, Time: "2026-03-02T09:14:07.151Z", Message: "m", From: wire.Sender{Name: "cook"}},
			`{"id":26,"appid":1,"message":"m","title":"cook","priority":5,"date":"2026-03-02T09:14:07.151Z"}`,
		},
	} {
		got, err := json.Marshal(NewMessage(row.message))
		if err != nil || string(got) != row.want {
			t.Errorf("%s\nwant %s, error %v", got, row.want, err)
		}
	}
}

func TestAsError_HasGotifysShape(t *testing.T) {
	for _, row := range []struct {
		err  error
		want Error
	}{
		{wire.ErrBadFrame.WithMessage("Field 'message' is required"), Error{Error: "Bad Request", Code: 400, Description: "Field 'message' is required"}},
		{wire.ErrNotAllowed.WithMessage("x"), Error{Error: "Forbidden", Code: 403, Description: "x"}},
		{errors.New("secret"), Error{Error: "Internal Server Error", Code: 500, Description: wire.ErrInternal.Message}},
	} {
		if got := AsError(row.err); got != row.want {
			t.Errorf("%v is %+v, want %+v", row.err, got, row.want)
		}
	}
}

// Whatever is accepted can be sent as it is.
func FuzzSend(f *testing.F) {
	kind, body := fields(f, "message", "m", "priority", "5")
	f.Add(kind, "", body)
	f.Add(kindJSON, "", []byte(`{"message":"m","extras":{"client::notification":{"click":{"url":"https://a/"}}}}`))
	f.Add(kindForm, "title=T", []byte("message=m"))
	f.Fuzz(func(t *testing.T, kind, query string, body []byte) {
		q, _ := url.ParseQuery(query)
		s, err := ParseSend(kind, q, body)
		if err != nil {
			if e := wire.AsError(err); e.Code != "bad_frame" && e.Code != "too_large" || len(e.Message) > 300 {
				t.Fatalf("refused with %+v", e)
			}
			return
		}
		if wire.IsBlank(s.Message) || len(s.Message) > wire.MaxMessage || !utf8.ValidString(s.Message+s.Title) || strings.ContainsAny(s.Title, "\r\n\x00") {
			t.Fatalf("%+v", s)
		}
		if _, err := json.Marshal(Message{Message: s.Message, Title: s.Title, Extras: s.Extras}); err != nil {
			t.Fatal(err)
		}
	})
}
