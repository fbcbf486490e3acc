package ntfy

import (
	"errors"
	"testing"
	"time"

	"belfry/wsserver/wire"
)

// The fields are ntfy's, in its order: some of its clients' scripts read them with a pattern.
func TestMessage_AsNtfyWritesIt(t *testing.T) {
	full := NewMessage(wire.Message{
		Seq: 1043, Time: "2026-03-02T09:14:07.151Z", Topic: "kitchen", Title: "Lunch <1>", Message: "Soup\r\nis\rready\u2028now", Priority: 4,
		Tags: []string{"a", "b"}, Click: "https://a/?b&c", From: wire.Sender{Name: "cook"},
	}, "kitchen")
	line := `{"id":"000000001043","time":1772442847,"event":"message","topic":"kitchen","title":"Lunch <1>",` +
		`"message":"Soup\r\nis\rready\u2028now","priority":4,"tags":["a","b"],"click":"https://a/?b&c"}`
	bare := NewMessage(wire.Message{Seq: 7, Time: "2026-03-02T09:14:07.151Z", Message: "x", Priority: 3}, "everyone")
	open := newEvent(eventOpen, []string{"a", "b"}, time.Unix(5, 0))
	open.ID = "ABCDEFGHIJKL"
	gone := newEvent(eventDelete, []string{"a"}, time.Unix(5, 0))
	gone.ID, gone.SequenceID = "000000001044", "000000001043"
	for _, row := range []struct {
		kind  string
		event Message
		want  string
	}{
		{formatJSON, full, line + "\n"},
		{formatSSE, full, "data: " + line + "\n\n"},
		{formatRaw, full, "Soup is ready now\n"},
		{formatJSON, bare, `{"id":"000000000007","time":1772442847,"event":"message","topic":"everyone","message":"x"}` + "\n"},
		{formatJSON, open, `{"id":"ABCDEFGHIJKL","time":5,"event":"open","topic":"a,b"}` + "\n"},
		{formatSSE, open, "event: open\ndata: " + `{"id":"ABCDEFGHIJKL","time":5,"event":"open","topic":"a,b"}` + "\n\n"},
		{formatRaw, open, "\n"},
		{formatJSON, gone, `{"id":"000000001044","sequence_id":"000000001043","time":5,"event":"message_delete","topic":"a"}` + "\n"},
		{formatRaw, gone, ""},
	} {
		if got := string(format(row.kind, &row.event)); got != row.want {
			t.Errorf("%s is\n%s, want\n%s", row.kind, got, row.want)
		}
	}
}

func TestMatches_FiltersMessagesAlone(t *testing.T) {
	m := Message{ID: "1", Event: eventMessage, Title: "t", Message: "m", Tags: []string{"a", "b"}}
	for _, row := range []struct {
		filter filter
		want   bool
	}{
		{filter{}, true},
		{filter{id: "1", title: "t", message: "m"}, true},
		{filter{id: "2"}, false},
		{filter{message: "n"}, false},
		{filter{title: "T"}, false},
		{filter{priorities: []int{5, 3}}, true}, // none is 3
		{filter{priorities: []int{5, 4}}, false},
		{filter{tags: []string{"b", "a"}}, true},
		{filter{tags: []string{"a", "c"}}, false},
	} {
		s := Subscription{filter: row.filter}
		if got := s.Matches(&m); got != row.want {
			t.Errorf("%+v: %v", row.filter, got)
		}
		open := newEvent(eventOpen, nil, time.Now())
		if !s.Matches(&open) {
			t.Errorf("%+v hides that the stream is open", row.filter)
		}
	}
}

func TestID_IsTheNumberInTwelveDigits(t *testing.T) {
	for id, want := range map[string]uint64{"000000001043": 1043, "1234567890123": 1234567890123} {
		if seq, ok := ParseID(id); !ok || seq != want || FormatID(seq) != id {
			t.Errorf("%s is %d, %v", id, seq, ok)
		}
	}
	for _, id := range []string{"", "1043", "0000000001043", "nFS3knfcQ1xe", "-00000001043", "+00000001043", "9223372036854775808"} {
		if seq, ok := ParseID(id); ok {
			t.Errorf("%q is %d", id, seq)
		}
	}
}

func TestAsError_HasNtfysCodes(t *testing.T) {
	for _, row := range []struct {
		err  error
		want Error
	}{
		{wire.ErrUnknownTopic, Error{Code: 40401, Status: 404, Message: "There is no such topic."}},
		{wire.ErrBadFrame.WithMessage("x"), Error{Code: 40000, Status: 400, Message: "x"}},
		{wire.ErrNotAllowed.WithMessage("x"), Error{Code: 40301, Status: 403, Message: "x", Link: links[codeForbidden]}},
		{&wire.Error{Code: "rate_limited", Message: "x", Retry: time.Second}, Error{Code: 42901, Status: 429, Message: "x", RetryMS: 1000}},
		{wire.ErrTooLarge, Error{Code: 41301, Status: 413, Message: "That is too long."}},
		{errors.New("secret"), Error{Code: 50001, Status: 500, Message: wire.ErrInternal.Message}},
	} {
		if got := AsError(row.err); *got != row.want {
			t.Errorf("%v is %+v, want %+v", row.err, *got, row.want)
		}
	}
}
