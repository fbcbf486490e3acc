package sqlite_test

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"belfry/wsserver/msglog"
	"belfry/wsserver/sqlite"
	"belfry/wsserver/wire"
)

// blockSize is how many seqs a block has.
const blockSize = 1 << 14

// wantSame fails unless what a log answers from its blocks is what its messages say.
func wantSame(t *testing.T, l *sqlite.Log, when string) {
	t.Helper()
	entries, _, err := l.Page(t.Context(), msglog.Query{Forward: true})
	if err != nil {
		t.Fatal(err)
	}
	var want, got []msglog.Announcement
	for _, e := range entries {
		if e.Announces() {
			want = append(want, msglog.Announcement{Seq: e.Seq, Stream: e.Stream(), Ack: e.Ack, ReplyTo: e.ReplyTo, Priority: e.Priority})
		}
	}
	if err := l.Announced(t.Context(), func(a msglog.Announcement) { got = append(got, a) }); err != nil {
		t.Fatal(err)
	}
	if l.Len() != len(entries) || !slices.Equal(got, want) {
		t.Fatalf("%s: %d of %d messages, %d of %d announcements", when, l.Len(), len(entries), len(got), len(want))
	}
}

// anyEntry is a message of anybody's to anybody.
func anyEntry(i int) *msglog.Entry {
	e := &msglog.Entry{Audience: msglog.AudienceEveryone, Text: fmt.Sprint(i), From: wire.Sender{UserID: "ana", Name: "Ana"}}
	switch rand.IntN(8) {
	case 0, 1:
		e.From, e.Ack, e.Priority = wire.Sender{Operator: true}, []string{"", "Understood"}[rand.IntN(2)], 1+rand.IntN(5)
	case 2:
		e.From, e.Audience, e.Topic = wire.Sender{Operator: true}, msglog.AudienceTopic, "kitchen"
	case 3:
		e.From, e.Program, e.Audience, e.UserID, e.ReplyTo = wire.Sender{Program: true}, "tk1", msglog.AudiencePrivate, "ana", uint64(rand.IntN(i+1))
	}
	return e
}

// A start answers from blocks what the messages would say, whatever was withdrawn, pruned, lost or done by hand before it.
func TestBlocks_SayWhatTheMessagesSay(t *testing.T) {
	dir := t.TempDir()
	l, again := openAgain(t, dir)
	began := time.Now()
	for i := range 2 * blockSize / 4096 {
		var group []*msglog.Entry
		for j := range 4096 {
			group = append(group, anyEntry(4096*i+j))
		}
		appendTo(t, l, group...)
	}
	appendTo(t, l, anyEntry(1))
	for made, err := l.Blocks(t.Context()); len(made) < 2; made, err = l.Blocks(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Millisecond) // they are made on their own time
	}
	l = again()
	wantSame(t, l, "complete")

	appendTo(t, l, &msglog.Entry{Audience: msglog.AudienceWithdrawn, From: wire.Sender{Operator: true}, Withdraws: blockSize + 5})
	l = again()
	wantSame(t, l, "after a withdrawal")
	wantBlocks(t, l, 0, 1)
	l = again()
	wantSame(t, l, "and made anew")

	for range 3 {
		if _, err := l.Prune(t.Context(), msglog.Age{Now: began.Add(time.Hour), Before: began.Add(30 * time.Minute)}, 0); err != nil {
			t.Fatal(err)
		}
	}
	wantBlocks(t, l, 1) // the next step would remove the first again
	l = again()
	wantSame(t, l, "while retention is at it")

	for _, change := range []string{
		"UPDATE block SET announced = x'ffff' WHERE number = 1",
		fmt.Sprint("UPDATE message SET withdrawn = 1 WHERE seq = ", blockSize+3),
		fmt.Sprint("DELETE FROM message WHERE seq % 3 = 0 AND seq < ", 2*blockSize),
		fmt.Sprint("DELETE FROM meta WHERE key = 'last'; DELETE FROM message WHERE seq > ", blockSize+77, "; INSERT INTO block VALUES (1, 99, x'')"),
	} {
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		execute(t, filepath.Join(dir, sqlite.File), change)
		l = again()
		wantSame(t, l, change)
	}
}

// openAgain opens a log, and returns what closes it and opens it again.
func openAgain(t *testing.T, dir string) (l *sqlite.Log, again func() *sqlite.Log) {
	l = open(t, dir)
	return l, func() *sqlite.Log {
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		l = open(t, dir)
		return l
	}
}

func wantBlocks(t *testing.T, l *sqlite.Log, want ...int64) {
	t.Helper()
	if got, err := l.MakeBlocks(t.Context()); err != nil || !slices.Equal(got, want) {
		t.Fatalf("blocks %v, not %v: %v", got, want, err)
	}
}

// A start reads no message of a block that has a row: it does not notice that they are gone.
func TestOpen_ReadsNoMessageOfABlock(t *testing.T) {
	dir := t.TempDir()
	fillFile(t, dir, blockSize+10)
	l, again := openAgain(t, dir)
	wantBlocks(t, l, 0, 1) // withdrawals follow
	announced := func() (n int) {
		if err := l.Announced(t.Context(), func(msglog.Announcement) { n++ }); err != nil {
			t.Fatal(err)
		}
		return n
	}
	messages, operators := l.Len(), announced()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	execute(t, filepath.Join(dir, sqlite.File), fmt.Sprint("DROP TRIGGER message_removed; DELETE FROM message WHERE seq < ", blockSize))
	l = again()
	if n, a := l.Len(), announced(); n != messages || a != operators || a == 0 {
		t.Errorf("%d messages, %d announcements; they were %d and %d", n, a, messages, operators)
	}
}
