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

func wantConversations(t *testing.T, l msglog.Log, want map[string][2]uint64) {
	t.Helper()
	got := map[string][2]uint64{}
	err := l.Conversations(context.Background(), func(userID string, c msglog.Conversation) {
		got[userID] = [2]uint64{c.Last, c.Waiting}
		if c.Since.IsZero() != (c.Waiting == 0) {
			t.Errorf("%s waits for %d since %v", userID, c.Waiting, c.Since)
		}
	})
	if err != nil || len(got) != len(want) {
		t.Errorf("got %v, error %v, want %v", got, err, want)
	}
	for userID, w := range want {
		if got[userID] != w {
			t.Errorf("%s: last and waiting %v, want %v", userID, got[userID], w)
		}
		if c, err := l.Conversation(context.Background(), userID); err != nil || [2]uint64{c.Last, c.Waiting} != w {
			t.Errorf("%s alone: %+v, error %v", userID, c, err)
		}
	}
	if c, err := l.Conversation(context.Background(), "nobody"); err != nil || c != (msglog.Conversation{}) {
		t.Errorf("nobody's: %+v, error %v", c, err)
	}
}

func logConversations(t *testing.T, l msglog.Log) {
	mixed(t, l) // of everyone, topics and perhaps people
	before := map[string][2]uint64{}
	if err := l.Conversations(context.Background(), func(userID string, c msglog.Conversation) { before[userID] = [2]uint64{c.Last, c.Waiting} }); err != nil {
		t.Fatal(err)
	}
	first := l.Last() + 1
	add(t, l,
		fromPerson("zoe", "one"), fromPerson("zoe", "two"), fromOperator("yan", "hello", 0),
		&msglog.Entry{Audience: msglog.AudienceEveryone, From: operator, Text: "all"},
		fromOperator("zoe", "all", first+3), fromPerson("yan", "thanks"), fromOperator("yan", "welcome", first+5),
	)
	want := map[string][2]uint64{"zoe": {first + 4, first}, "yan": {first + 6, 0}}
	for userID, w := range before {
		want[userID] = w
	}
	wantConversations(t, l, want)
	program := fromProgram("k3", "", "to one")
	program.Audience, program.UserID = msglog.AudiencePrivate, "zoe"
	add(t, l, program) // answers nobody, and waits for no answer
	want["zoe"] = [2]uint64{first + 7, first}
	wantConversations(t, l, want)
	add(t, l, withdrawal(first+7))
	want["zoe"] = [2]uint64{first + 4, first}
	wantConversations(t, l, want)
	add(t, l, withdrawal(first), withdrawal(first+6))
	want["zoe"], want["yan"] = [2]uint64{first + 4, first + 1}, [2]uint64{first + 5, first + 5}
	wantConversations(t, l, want)
}
