package wstest

import (
	"context"
	"testing"

	"belfry/wsserver/msglog"
	"belfry/wsserver/wire"
)

// fromOperator is a private message of the operator's that quotes another, 0: none.
func fromOperator(to, text string, of uint64) *msglog.Entry {
	return &msglog.Entry{Audience: msglog.AudiencePrivate, UserID: to, From: operator, Text: text, ReplyTo: of}
}

func fromPerson(userID, text string) *msglog.Entry {
	return &msglog.Entry{Audience: msglog.AudiencePrivate, UserID: userID, From: wire.Sender{UserID: userID, Name: userID}, Text: text}
}

// conv is what is expected of a conversation: its newest message, and the first and the last one that wait.
type conv [3]uint64

func convOf(c msglog.Conversation) conv { return conv{c.Last, c.Waiting, c.Newest} }

func wantConversations(t *testing.T, l msglog.Log, settled map[string]uint64, want map[string]conv) {
	t.Helper()
	got := map[string]conv{}
	err := l.Conversations(context.Background(), func(userID string) uint64 { return settled[userID] }, func(userID string, c msglog.Conversation) {
		got[userID] = convOf(c)
		if c.Since.IsZero() != (c.Waiting == 0) {
			t.Errorf("%s waits for %d since %v", userID, c.Waiting, c.Since)
		}
	})
	if err != nil || len(got) != len(want) {
		t.Errorf("got %v, error %v, want %v", got, err, want)
	}
	for userID, w := range want {
		if got[userID] != w {
			t.Errorf("%s: last, and those that wait %v, want %v", userID, got[userID], w)
		}
		if c, err := l.Conversation(context.Background(), userID, settled[userID]); err != nil || convOf(c) != w {
			t.Errorf("%s alone: %+v, error %v", userID, c, err)
		}
	}
	if c, err := l.Conversation(context.Background(), "nobody", 0); err != nil || c != (msglog.Conversation{}) {
		t.Errorf("nobody's: %+v, error %v", c, err)
	}
}

func logConversations(t *testing.T, l msglog.Log) {
	mixed(t, l) // of everyone, topics and perhaps people
	want := map[string]conv{}
	never := func(string) uint64 { return 0 }
	if err := l.Conversations(context.Background(), never, func(userID string, c msglog.Conversation) { want[userID] = convOf(c) }); err != nil {
		t.Fatal(err)
	}
	first := l.Last() + 1
	add(t, l,
		fromPerson("zoe", "one"), fromPerson("zoe", "two"), fromOperator("yan", "hello", 0),
		&msglog.Entry{Audience: msglog.AudienceEveryone, From: operator, Text: "all"},
		fromOperator("zoe", "all", first+3), fromPerson("yan", "thanks"), fromOperator("yan", "welcome", first+5),
	)
	want["zoe"], want["yan"] = conv{first + 4, first, first + 1}, conv{first + 6}
	wantConversations(t, l, nil, want)
	program := fromProgram("k3", "", "to one")
	program.Audience, program.UserID = msglog.AudiencePrivate, "zoe"
	add(t, l, program) // answers nobody, and waits for no answer
	want["zoe"] = conv{first + 7, first, first + 1}
	wantConversations(t, l, nil, want)
	add(t, l, withdrawal(first+7))
	want["zoe"] = conv{first + 4, first, first + 1}
	wantConversations(t, l, nil, want)
	add(t, l, withdrawal(first), withdrawal(first+6))
	want["zoe"], want["yan"] = conv{first + 4, first + 1, first + 1}, conv{first + 5, first + 5, first + 5}
	wantConversations(t, l, nil, want)
}

// What quotes a private message of the operator's adds something to it, unless it asks anew for the same acknowledgement.
func logAddedAnswers(t *testing.T, l msglog.Log) {
	asking := func(to string, of uint64) *msglog.Entry {
		e := fromOperator(to, "come", of)
		e.Ack = "Coming"
		return e
	}
	first := l.Last() + 1
	add(t, l,
		fromOperator("zoe", "wait", 0), asking("yan", 0), fromPerson("zoe", "how long?"), fromPerson("yan", "why?"),
		fromOperator("zoe", "an hour", first), asking("yan", first+1),
	)
	want := map[string]conv{"zoe": {first + 4}, "yan": {first + 5, first + 3, first + 3}}
	wantConversations(t, l, nil, want)
	add(t, l, fromOperator("yan", "the van is here", first+1))
	want["yan"] = conv{first + 6}
	wantConversations(t, l, nil, want)
}

// What is settled needs no answer; what comes after it does.
func logSettled(t *testing.T, l msglog.Log) {
	first := l.Last() + 1
	add(t, l, fromPerson("zoe", "one"), fromPerson("zoe", "two"), fromPerson("zoe", "three"))
	for settled, want := range map[uint64]conv{
		0:         {first + 2, first, first + 2},
		first:     {first + 2, first + 1, first + 2},
		first + 1: {first + 2, first + 2, first + 2},
		first + 2: {first + 2},
	} {
		wantConversations(t, l, map[string]uint64{"zoe": settled}, map[string]conv{"zoe": want})
	}
}
