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

func TestNotifications_OneMessage(t *testing.T) {
	var n Notifications
	n.Add([]wire.Message{from("Ana", "The door is locked")})
	title, text := n.Take(time.Now())
	if title != "Ana wrote" || text != "The door is locked" {
		t.Errorf("the notification is %q, %q", title, text)
	}
}

func TestNotifications_SeveralBecomeOne(t *testing.T) {
	var n Notifications
	n.Add([]wire.Message{from("Ana", "one"), from("Ben", "two")})
	n.Add([]wire.Message{from("Cleo", "three")})
	title, text := n.Take(time.Now())
	if title != "3 new messages" || text != "Cleo: three" {
		t.Errorf("the notification is %q, %q", title, text)
	}
	if _, ok := n.Wait(time.Now()); ok {
		t.Error("told twice")
	}
}

func TestNotifications_OperatorsOwnAreNone(t *testing.T) {
	var n Notifications
	n.Add([]wire.Message{{From: wire.Sender{Operator: true}, Message: "Lunch at 12"}})
	if _, ok := n.Wait(time.Now()); ok {
		t.Error("the operator is told of what the operator wrote")
	}
}

// What a program tells one person calls nobody, and no program reads as a person.
func TestNotifications_AProgramWaitsForNothing(t *testing.T) {
	var n Notifications
	m := private("grafana", "Your shift begins at 14:00")
	m.From = wire.Sender{Program: true, Name: "grafana"}
	n.Add([]wire.Message{m})
	title, text := n.Take(time.Now())
	if title != "Program grafana wrote" || text != "Your shift begins at 14:00" {
		t.Errorf("the notification is %q, %q", title, text)
	}
}

func private(name, text string) wire.Message {
	m := from(name, text)
	m.Audience = "private"
	return m
}

// What waits for the operator comes before what was said in topics, however much of that there is.
func TestNotifications_WhoeverWaitsComesFirst(t *testing.T) {
	knock := func(n *Notifications, names ...string) {
		lobby := []wire.Sender{}
		for _, name := range names {
			lobby = append(lobby, wire.Sender{UserID: name, Name: name})
		}
		n.Lobby(lobby)
	}
	for _, c := range []struct {
		name, title, text string
		come              func(n *Notifications)
	}{
		{"a private message", "Ana wrote to you", "I need help", func(n *Notifications) {
			n.Add([]wire.Message{from("Ben", "one"), private("Ana", "I need help"), from("Cleo", "two")})
		}},
		{"one person twice", "Ana wrote to you", "Now", func(n *Notifications) {
			n.Add([]wire.Message{private("Ana", "I need help"), private("Ana", "Now")})
		}},
		{"a knock", "Tomasz is waiting to join", "Let them in, or refuse.", func(n *Notifications) {
			n.Add([]wire.Message{from("Ben", "one")})
			knock(n, "Tomasz")
		}},
		{"both", "2 people are waiting for you", "Ana: I need help", func(n *Notifications) {
			knock(n, "Tomasz")
			n.Add([]wire.Message{private("Ana", "I need help")})
		}},
		{"several knocks", "2 people are waiting for you", "Tomasz, Ines", func(n *Notifications) { knock(n, "Tomasz", "Ines") }},
	} {
		var n Notifications
		c.come(&n)
		if _, ok := n.Wait(time.Now()); !ok {
			t.Errorf("%s: nothing is told", c.name)
		}
		if title, text := n.Take(time.Now()); title != c.title || text != c.text {
			t.Errorf("%s: the notification is %q, %q", c.name, title, text)
		}
	}
}

func TestNotifications_WhoWaitsIsToldOnce(t *testing.T) {
	var n Notifications
	tomasz, ines := wire.Sender{UserID: "t", Name: "Tomasz"}, wire.Sender{UserID: "i", Name: "Ines"}
	told := func() bool { _, ok := n.Wait(time.Now()); return ok }
	n.Lobby([]wire.Sender{tomasz})
	n.Lobby([]wire.Sender{tomasz})
	if !told() {
		t.Error("a second look at the lobby drops the knock")
	}
	n.Take(time.Now())
	if n.Lobby([]wire.Sender{tomasz}); told() {
		t.Error("told twice")
	}
	if n.Lobby([]wire.Sender{tomasz, ines}); !told() {
		t.Error("the next one is not told")
	}
	if n.Lobby(nil); told() {
		t.Error("told of somebody who has gone")
	}
	if n.Lobby([]wire.Sender{tomasz}); !told() {
		t.Error("whoever knocks again is not told")
	}
}

func TestNotifications_AtMostOneInAPeriod(t *testing.T) {
	var n Notifications
	start := time.Now()
	n.Add([]wire.Message{from("Ana", "one")})
	if wait, ok := n.Wait(start); !ok || wait != 0 {
		t.Errorf("the first waits %v, ok %v; want at once", wait, ok)
	}
	n.Take(start)
	n.Add([]wire.Message{from("Ana", "two")})
	if wait, _ := n.Wait(start.Add(2 * time.Second)); wait != notificationInterval-2*time.Second {
		t.Errorf("the second waits %v, want the rest of %v", wait, notificationInterval)
	}
	n.Clear()
	if _, ok := n.Wait(start.Add(time.Minute)); ok {
		t.Error("what the operator has seen is told")
	}
}

func TestNotifications_WithoutAName(t *testing.T) {
	for id, want := range map[string]string{"guest-7f": "A guest wrote", "abc123": "No name (abc123) wrote"} {
		var n Notifications
		n.Add([]wire.Message{{From: wire.Sender{UserID: id}, Message: "hello"}})
		if title, _ := n.Take(time.Now()); title != want {
			t.Errorf("title is %q, want %q", title, want)
		}
	}
}

// A stranger's text goes through programs that would execute or lay out parts of it.
func TestNotifications_NothingButText(t *testing.T) {
	var n Notifications
	n.Add([]wire.Message{from("$(calc)", "--help\n\"@\n$(calc) `whoami` <img src='x'> a & b ]]> \x00\x1b[31m \u202e\xff end")})
	title, text := n.Take(time.Now())
	for _, s := range []string{title, text} {
		if strings.ContainsAny(s, "$`<>&\n\r\x00\x1b\u202e") || strings.HasPrefix(s, "-") || !utf8.ValidString(s) {
			t.Errorf("a notification may say %q", s)
		}
	}
	if !strings.HasSuffix(text, "end") {
		t.Errorf("the text breaks off: %q", text)
	}
}

func TestNotifications_LongTextIsCut(t *testing.T) {
	if n := utf8.RuneCountInString(plainText(strings.Repeat("ä ", 60_000))); n != maxNotificationChars {
		t.Errorf("the notification has %d characters, want %d", n, maxNotificationChars)
	}
}
