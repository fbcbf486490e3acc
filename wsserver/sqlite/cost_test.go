package sqlite_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	driver "modernc.org/sqlite"

	"belfry/wsserver/msglog"
	"belfry/wsserver/sqlite"
	"belfry/wsserver/wire"
)

// fillFile makes a log of n messages, and then some that were withdrawn: of 7 topics and 11 people, every tenth of the
// operator's, with the withdrawals at the end.
func fillFile(t *testing.T, dir string, n int) {
	t.Helper()
	l := open(t, dir)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	execute(t, filepath.Join(dir, sqlite.File), fmt.Sprintf(`
		INSERT INTO message WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %[1]d)
		SELECT i, 1700000000000 + i * 1000,
			CASE i %% 10 WHEN 0 THEN 'e' WHEN 1 THEN 'p:ana' ELSE 't:line-' || (i %% 7) END,
			CASE i %% 10 WHEN 0 THEN '' ELSE 'line-' || (i %% 7) END,
			CASE WHEN i %% 10 = 0 THEN 'operator' WHEN i %% 10 = 1 THEN 'ana' ELSE 'user' || (i %% 11) END, 'Somebody',
			'id' || i, 'message number ' || i, '', '', 3, 0, 0, CASE WHEN i > %[1]d / 2 AND i %% 4 < 3 THEN 1 ELSE 0 END, '', '', NULL
		FROM n;
		INSERT INTO message SELECT seq + %[1]d, time + %[1]d * 1000, 'w', '', 'operator', '', '', '', '', '', 0, 0, seq, 0, '', '', NULL
			FROM message WHERE withdrawn = 1`, n))
}

// pages counts the pages of the file that reading and writing look at during do.
func pages(t *testing.T, l *sqlite.Log, do func()) (n int) {
	t.Helper()
	count := func() (sum int) {
		for _, db := range l.Connections() {
			c, err := db.Conn(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			err = c.Raw(func(c any) error {
				hits, _, err := c.(driver.DBStatus).Status(driver.DBStatusCacheHit, false)
				misses, _, err2 := c.(driver.DBStatus).Status(driver.DBStatusCacheMiss, false)
				sum += hits + misses
				return errors.Join(err, err2)
			})
			if err := errors.Join(err, c.Close()); err != nil {
				t.Fatal(err)
			}
		}
		return sum
	}
	before := count()
	do()
	return count() - before
}

// Whatever is asked for each message, and by each request, costs about the same in a long log as in a short one.
func TestLog_CostsTheSameHoweverMuchIsKept(t *testing.T) {
	everything := []msglog.Stream{{Audience: msglog.AudienceEveryone}, {Audience: msglog.AudienceTopic, Name: "line-3"}, {Audience: msglog.AudiencePrivate, Name: "ana"}}
	// read reads a page; its After counts back from the end of the messages.
	read := func(q msglog.Query) func(*testing.T, *sqlite.Log, uint64) {
		return func(t *testing.T, l *sqlite.Log, n uint64) {
			q := q
			if q.After > 0 {
				q.After = n - q.After
			}
			page, _, err := l.Page(t.Context(), q)
			seqs, err2 := l.Seqs(t.Context(), q)
			if err := errors.Join(err, err2); err != nil || len(page) != q.Limit || len(seqs) != q.Limit {
				t.Fatalf("%+v: %d, %d, %v", q, len(page), len(seqs), err)
			}
		}
	}
	search := func(q msglog.SearchQuery) func(*testing.T, *sqlite.Log, uint64) {
		return func(t *testing.T, l *sqlite.Log, _ uint64) {
			q.Limit = 10
			if _, err := l.Search(t.Context(), q); err != nil {
				t.Fatal(err)
			}
		}
	}
	kinds := map[string]func(t *testing.T, l *sqlite.Log, n uint64){
		"Newest":             read(msglog.Query{Limit: 50}),
		"Oldest":             read(msglog.Query{Forward: true, Limit: 50}),
		"OfStreams":          read(msglog.Query{Streams: everything, Limit: 50}),
		"OfStreamsForward":   read(msglog.Query{Streams: everything, Forward: true, After: 990, Limit: 50}),
		"OfStreamsInTheEnd":  read(msglog.Query{Streams: everything, Forward: true, After: 300, Limit: 10}),
		"OfThePast":          read(msglog.Query{Streams: everything, Before: 300, Limit: 50}),
		"OfAPerson":          read(msglog.Query{UserID: "ana", Limit: 50}),
		"OfAnother":          read(msglog.Query{UserID: "user4", Limit: 5}),
		"OfATopic":           read(msglog.Query{Topic: "line-2", Limit: 50}),
		"WithWithdrawals":    read(msglog.Query{Withdrawals: true, Limit: 50}),
		"WithdrawalsForward": read(msglog.Query{Withdrawals: true, Forward: true, After: 300, Limit: 50}),
		"SearchOfNothing":    search(msglog.SearchQuery{}),
		"SearchOfATime":      search(msglog.SearchQuery{From: time.UnixMilli(1700000000000 + 200_000), Until: time.UnixMilli(1700000000000 + 300_000)}),
		"SearchOfNoTime":     search(msglog.SearchQuery{Until: time.UnixMilli(1600000000000)}),
		"SearchUntilLong":    search(msglog.SearchQuery{Until: time.UnixMilli(1700000000000 + 100_000)}),
		"Get": func(t *testing.T, l *sqlite.Log, _ uint64) {
			if e, err := l.Get(t.Context(), 100); err != nil || e == nil {
				t.Fatal(e, err)
			}
		},
		"Conversations": func(t *testing.T, l *sqlite.Log, _ uint64) {
			n := 0
			err := l.Conversations(t.Context(), func(string) uint64 { return 0 }, func(_ string, c msglog.Conversation) { n++ })
			if c, err2 := l.Conversation(t.Context(), "ana", 0); err != nil || err2 != nil || n != 1 || c.Waiting == 0 {
				t.Fatalf("%d, %+v: %v, %v", n, c, err, err2)
			}
		},
		"Append": func(t *testing.T, l *sqlite.Log, _ uint64) { appendTo(t, l, note("another")) },
		"AppendAgain": func(t *testing.T, l *sqlite.Log, n uint64) {
			again := n/2 - 9 // of Ana's, to the operator
			e := &msglog.Entry{
				Audience: msglog.AudiencePrivate, UserID: "ana", Topic: fmt.Sprint("line-", again%7), From: wire.Sender{UserID: "ana"},
				ID: fmt.Sprint("id", again), Text: fmt.Sprint("message number ", again),
			}
			if r := appendTo(t, l, e); !r[0].Duplicate || r[0].Seq != again {
				t.Fatalf("%+v", r)
			}
		},
		"Withdraw": func(t *testing.T, l *sqlite.Log, _ uint64) {
			appendTo(t, l, &msglog.Entry{Audience: msglog.AudienceWithdrawn, From: wire.Sender{Operator: true}, Withdraws: 12})
		},
		"Record": func(t *testing.T, l *sqlite.Log, _ uint64) {
			if _, err := l.Append(t.Context(), msglog.OfRecords(msglog.Record{Kind: "a", Key: "k", Value: []byte("v")})); err != nil {
				t.Fatal(err)
			}
		},
		"Prune": func(t *testing.T, l *sqlite.Log, _ uint64) {
			if _, err := l.Prune(t.Context(), msglog.Age{Now: time.UnixMilli(1700000000000 + 10_000_000), Before: time.UnixMilli(1700000000000 + 100_000)}, 1<<40); err != nil {
				t.Fatal(err)
			}
		},
	}
	few, many := t.TempDir(), t.TempDir()
	fillFile(t, few, 1000)
	fillFile(t, many, 200_000)
	short, long := open(t, few), open(t, many)
	for _, l := range []*sqlite.Log{short, long} {
		l.StopIndexing()
	}
	for name, do := range kinds {
		t.Run(name, func(t *testing.T) {
			do(t, short, 1000) // prepares what is prepared once
			do(t, long, 200_000)
			a, b := pages(t, short, func() { do(t, short, 1000) }), pages(t, long, func() { do(t, long, 200_000) })
			if b > 3*a+30 {
				t.Errorf("%d pages of 1,000 messages, %d of 200,000", a, b)
			}
		})
	}
}

// What stays at the beginning of the log is not walked over each time that retention looks: withdrawals, which stay for a year,
// and what a machine without a clock has written, which has no age.
func TestPrune_CostsTheSameWhateverStays(t *testing.T) {
	const start = 1700000000000
	now := msglog.Age{Now: time.UnixMilli(start + 10_000_000), Before: time.UnixMilli(start)}
	cost := map[int]int{}
	for what, row := range map[string]string{
		"withdrawals":         `'w', '', 'operator', '', '', '', '', '', 0, 0, i, 0, '', '', NULL FROM n`,
		"messages of no time": `'e', '', 'ana', '', '', 'x', '', '', 3, 0, 0, 0, '', '', NULL FROM n`,
	} {
		for _, many := range []int{1000, 50_000} {
			dir := t.TempDir()
			l := open(t, dir)
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
			written := fmt.Sprint(start)
			if what != "withdrawals" {
				written = "3600000" // 1970
			}
			execute(t, filepath.Join(dir, sqlite.File), fmt.Sprintf(`
				INSERT INTO message WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) SELECT i, %s, %s;
				INSERT INTO pruned VALUES ('e', %[1]d * (SELECT count(*) FROM message WHERE seq = 1 AND stream = 'w'));
				INSERT INTO message SELECT %[1]d + 1, %[4]d, 'e', '', 'ana', '', '', 'young', '', '', 3, 0, 0, 0, '', '', NULL`, many, written, row, start+5_000_000))
			l = open(t, dir)
			l.StopIndexing()
			before := l.Len()
			cost[many] = pages(t, l, func() {
				if more, err := l.Prune(t.Context(), now, 1<<40); more || err != nil || l.Len() != before {
					t.Fatalf("%s: more %v, %d of %d are left: %v", what, more, l.Len(), before, err)
				}
			})
		}
		if cost[50_000] > 2*cost[1000]+30 {
			t.Errorf("%s: %d pages where 1,000 stay, %d where 50,000 do", what, cost[1000], cost[50_000])
		}
	}
}

// While somebody may be waiting, a step is short.
func TestPrune_IsShorterWhileMessagesCome(t *testing.T) {
	dir := t.TempDir()
	fillFile(t, dir, 4000)
	l := open(t, dir)
	removed := func() int {
		before := l.Len()
		if more, err := l.Prune(t.Context(), inAnHour(), 1<<40); err != nil || !more {
			t.Fatal(more, err)
		}
		return before - l.Len()
	}
	quiet := removed()
	appendTo(t, l, note("live"))
	if busy := removed(); busy*4 > quiet || busy == 0 {
		t.Errorf("%d rows in a quiet room, %d in a busy one", quiet, busy)
	}
}
