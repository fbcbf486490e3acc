package sqlite_test

import (
	"database/sql"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"belfry/wsserver/msglog"
	"belfry/wsserver/sqlite"
	"belfry/wsserver/wire"
)

// Whatever the log asks about messages, SQLite finds along an index. A plan does not say how far one walks along it: that is
// TestLog_CostsTheSameHoweverMuchIsKept.
func TestLog_ScansNoMessages(t *testing.T) {
	dir := t.TempDir()
	fillFile(t, dir, 1000)
	l := open(t, dir)
	l.StopIndexing()
	texts, err := l.RecordStatements()
	if err != nil {
		t.Fatal(err)
	}
	askEverything(t, l)
	db, err := sql.Open("sqlite", filepath.Join(dir, sqlite.File))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	n := 0
	for _, text := range texts() {
		if !strings.Contains(text, "message") {
			continue
		}
		n++
		for _, step := range planOf(t, db, text) {
			if strings.Contains(step, "AUTOMATIC") || strings.HasPrefix(step, "SCAN message") && !mayScan(text) {
				t.Errorf("%s:\n%s", step, text)
			}
		}
	}
	if n < 40 {
		t.Errorf("%d statements about messages were recorded", n)
	}
}

// mayScan reports whether a statement wants an index as a whole, which has nothing but what it wants, or the first row of it.
func mayScan(text string) bool {
	return strings.Contains(text, "INDEXED BY message_announced") ||
		strings.Contains(text, "INDEXED BY message_kept") && strings.HasSuffix(text, "ORDER BY seq LIMIT 1")
}

// planOf returns the steps of a statement's plan.
func planOf(t *testing.T, db *sql.DB, text string) (steps []string) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+text, make([]any, strings.Count(text, "?"))...)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var id, parent, unused int
		var step string
		if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
			t.Fatal(err)
		}
		steps = append(steps, step)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return steps
}

// askEverything calls what there is of a log, in every shape.
func askEverything(t *testing.T, l *sqlite.Log) {
	t.Helper()
	ctx := t.Context()
	streams := []msglog.Stream{{Audience: msglog.AudienceEveryone}, {Audience: msglog.AudienceTopic, Name: "line-3"}, {Audience: msglog.AudiencePrivate, Name: "ana"}}
	var errs []error
	for _, q := range []msglog.Query{
		{},
		{Withdrawals: true},
		{Streams: streams[:1]},
		{Streams: streams},
		{Streams: streams, Topic: "line-3"},
		{UserID: "ana"},
		{UserID: "ana", Topic: "line-3"},
		{Topic: "line-3"},
	} {
		for _, q.Forward = range []bool{false, true} {
			for _, q.Limit = range []int{0, 10} {
				_, _, err := l.Page(ctx, q)
				_, err2 := l.Seqs(ctx, q)
				errs = append(errs, err, err2)
			}
		}
	}
	for _, q := range []msglog.SearchQuery{{}, {Text: "number"}, {Text: "number", Whole: true}, {From: time.UnixMilli(1700000000000 + 200_000), UserID: "ana"}} {
		q.Limit = 10
		_, err := l.Search(ctx, q)
		errs = append(errs, err)
	}
	_, err := l.Get(ctx, 5)
	errs = append(errs, err, l.Announced(ctx, func(msglog.Announcement) {}),
		l.Conversations(ctx, func(string) uint64 { return 0 }, func(string, msglog.Conversation) {}))
	again := note("another")
	again.ID = "x"
	appendTo(t, l, again)
	appendTo(t, l, again, &msglog.Entry{Audience: msglog.AudienceWithdrawn, From: wire.Sender{Operator: true}, Withdraws: 12})
	for _, age := range []msglog.Age{inAnHour(), {Now: time.UnixMilli(0), Before: time.UnixMilli(0)}} {
		for _, size := range []int64{1 << 40, 1} {
			_, err := l.Prune(ctx, age, size)
			errs = append(errs, err)
		}
	}
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}
