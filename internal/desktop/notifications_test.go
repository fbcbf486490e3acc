package desktop

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"belfry/wsserver/wire"
)

func from(name, text string) wire.Message {
	return wire.Message{From: wire.Sender{UserID: "u1", Name: name}, Message: text}
}

func TestNotices_OneMessage(t *testing.T) {
	var n Notices
	n.Add([]wire.Message{from("Ana", "The door is locked")})
	title, text := n.Take(time.Now())
	if title != "Message from Ana" || text != "The door is locked" {
		t.Errorf("notice is %q, %q", title, text)
	}
}

func TestNotices_SeveralBecomeOne(t *testing.T) {
	var n Notices
	n.Add([]wire.Message{from("Ana", "one"), from("Ben", "two")})
	n.Add([]wire.Message{from("Cleo", "three")})
	title, text := n.Take(time.Now())
	if title != "3 new messages" || text != "Cleo: three" {
		t.Errorf("notice is %q, %q", title, text)
	}
	if _, some := n.Due(time.Now()); some {
		t.Error("told twice")
	}
}

func TestNotices_OperatorsOwnAreNone(t *testing.T) {
	var n Notices
	n.Add([]wire.Message{{From: wire.Sender{Operator: true}, Message: "Lunch at 12"}})
	if _, some := n.Due(time.Now()); some {
		t.Error("the operator is told of what the operator wrote")
	}
}

func TestNotices_AtMostOneInAPeriod(t *testing.T) {
	var n Notices
	start := time.Now()
	n.Add([]wire.Message{from("Ana", "one")})
	if wait, some := n.Due(start); !some || wait != 0 {
		t.Errorf("the first waits %v, some %v; want at once", wait, some)
	}
	n.Take(start)
	n.Add([]wire.Message{from("Ana", "two")})
	if wait, _ := n.Due(start.Add(2 * time.Second)); wait != noticePeriod-2*time.Second {
		t.Errorf("the second waits %v, want the rest of %v", wait, noticePeriod)
	}
	n.Forget()
	if _, some := n.Due(start.Add(time.Minute)); some {
		t.Error("what the operator has seen is told")
	}
}

func TestNotices_WithoutAName(t *testing.T) {
	for id, want := range map[string]string{"guest-7f": "Message from a guest", "abc123": "Message from no name (abc123)"} {
		var n Notices
		n.Add([]wire.Message{{From: wire.Sender{UserID: id}, Message: "hello"}})
		if title, _ := n.Take(time.Now()); title != want {
			t.Errorf("title is %q, want %q", title, want)
		}
	}
}

// The text of a stranger goes through programs that would execute or lay out parts of it.
func TestNotices_NothingButText(t *testing.T) {
	var n Notices
	n.Add([]wire.Message{from("$(calc)", "--help\n\"@\n$(calc) `whoami` <img src='x'> a & b ]]> \x00\x1b[31m \u202e\xff end")})
	title, text := n.Take(time.Now())
	for _, s := range []string{title, text} {
		if strings.ContainsAny(s, "$`<>&\n\r\x00\x1b\u202e") || strings.HasPrefix(s, "-") || !utf8.ValidString(s) {
			t.Errorf("a notice may say %q", s)
		}
	}
	if !strings.HasSuffix(text, "end") {
		t.Errorf("the text breaks off: %q", text)
	}
}

func TestNotices_LongTextIsCut(t *testing.T) {
	if n := utf8.RuneCountInString(plain(strings.Repeat("ä ", 60_000))); n != noticeText {
		t.Errorf("the notice has %d characters, want %d", n, noticeText)
	}
}
