package v1

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"belfry/wsserver/msglog"
	"belfry/wsserver/wire"
)

// Whatever a body is, it is a message or bad_frame, and what it says is kept.
func FuzzDecode(f *testing.F) {
	for _, body := range []string{
		`{"message":"Dinner at seven","title":"Kitchen","priority":4,"ack":"Coming","id":"a","tags":["food"],"click":"https://example.org/"}`,
		`{"message":"x","topic":"ops"}`, `{"message":"x","user_id":"ana","topic":null}`, `{"MESSAGE":"x"}`, `{"message":"\ud800"}`, `{"message":"a","message":"b"}`,
		`[]`, `{"a":[[[[{"b":"]\"["}]]]]}`, `{"message":1}`, "{\"message\":\"\xff\"}", strings.Repeat("[", 10_000), `{"x":` + strings.Repeat(`{"x":`, 40),
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		s, err := decode(body)
		if err != nil {
			if !errors.Is(err, wire.ErrBadFrame) || err.Error() == "" {
				t.Errorf("error %v", err)
			}
			return
		}
		if d := wire.Depth(body); d > wire.MaxDepth {
			t.Errorf("%d deep", d)
		}
		again, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		same, err := decode(again)
		if err != nil || same.Message != s.Message || (same.Topic == nil) != (s.Topic == nil) || len(same.Tags) != len(s.Tags) {
			t.Errorf("%s becomes %s, error %v", body, again, err)
		}
		if b, err := s.broadcast(); err == nil {
			named := s.Topic != nil || s.UserID != nil
			if named && b.Topic == "" && b.UserID == "" {
				t.Errorf("%s goes to everyone", body)
			}
		}
	})
}

// No text can end its event and begin another one.
func TestEvent_IsItsOwnAlone(t *testing.T) {
	for _, text := range []string{"a\nb", "a\rb", "a\r\nb", "a\n\nevent: message\nid: 9\ndata: {}\n\n", "\u2028\u2029\x0b\x0c\x85\u0085", "<script>"} {
		e := &msglog.Entry{Seq: 7, Audience: msglog.AudienceEveryone, Text: text, Title: text, ID: text, Tags: []string{text}, From: wire.Sender{Name: text}}
		event := string(eventOf(e))
		lines := strings.FieldsFunc(event, func(r rune) bool { return r == '\n' || r == '\r' })
		if len(lines) != 3 || lines[0] != "event: message" || lines[1] != "id: 7" || !strings.HasPrefix(lines[2], "data: {") || !strings.HasSuffix(event, "}\n\n") {
			t.Errorf("%q is the event %q", text, event)
		}
		var m wire.Message
		if err := json.Unmarshal([]byte(strings.TrimPrefix(lines[2], "data: ")), &m); err != nil || m.Message != strings.ToValidUTF8(text, "\ufffd") {
			t.Errorf("%q is read as %q, error %v", text, m.Message, err)
		}
	}
}

func TestKnown_ComparesETags(t *testing.T) {
	for list, want := range map[string]bool{`"a"`: true, `W/"a"`: true, `"b", "a"`: true, `*`: true, `"b"`: false, `a`: false, ``: false} {
		if known([]string{list}, `"a"`) != want {
			t.Errorf("%s: %v", list, !want)
		}
	}
}
