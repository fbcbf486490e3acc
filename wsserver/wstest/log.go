package wstest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"belfry/wsserver/msglog"
	"belfry/wsserver/wire"
)

// TestLog holds a Log to its contract. Open returns a new and empty one, kept long enough for a few hundred messages.
func TestLog(t *testing.T, open func(t *testing.T) msglog.Log) {
	tests := map[string]func(*testing.T, msglog.Log){
		"Append/GivesRisingSeqs":         logRises,
		"Append/SameIDOnce":              logSameID,
		"Append/SameIDWithinOneGroup":    logSameGroup,
		"Append/OtherTextIsConflict":     logConflict,
		"Append/SendersHaveOwnIDs":       logSenders,
		"Append/KeepsEveryField":         logFields,
		"Append/FromManyAtOnce":          logConcurrent,
		"Page/NewestWithinLimit":         logNewest,
		"Page/BackwardsToTheStart":       logBackwards,
		"Page/ForwardToTheEnd":           logForward,
		"Page/BetweenTwo":                logBetween,
		"Page/BeyondBothEnds":            logBeyond,
		"Page/EndsAtBytes":               logBytes,
		"Page/OneTopic":                  logTopic,
		"Page/OnePerson":                 logPerson,
		"Page/OfNothing":                 logEmpty,
		"Page/WhileOthersAppend":         logReaders,
		"Epoch/StaysAndDiffersFromOther": func(t *testing.T, l msglog.Log) { logEpoch(t, l, open(t)) },
		"Close/EndsAppendAndPage":        logClose,
	}
	maps.Copy(tests, rest)
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			l := open(t)
			t.Cleanup(func() { _ = l.Close() }) // a second Close is the log's own matter
			test(t, l)
		})
	}
}

func entry(id, user, text string) *msglog.Entry {
	return &msglog.Entry{
		ID: id, Audience: msglog.AudienceTopic, Topic: "general", Text: text, From: wire.Sender{UserID: user, Name: user},
	}
}

func add(t *testing.T, l msglog.Log, entries ...*msglog.Entry) []msglog.Appended {
	t.Helper()
	results, err := l.Append(context.Background(), entries, nil)
	if err != nil || len(results) != len(entries) {
		t.Fatalf("append %d: %d results, error %v", len(entries), len(results), err)
	}
	return results
}

// fill appends n messages "1" to "n" of Ana's.
func fill(t *testing.T, l msglog.Log, n int) {
	t.Helper()
	for i := range n {
		add(t, l, entry("", "ana", fmt.Sprint(i+1)))
	}
}

func page(t *testing.T, l msglog.Log, q msglog.Query) (texts string, more bool) {
	t.Helper()
	entries, more, err := l.Page(context.Background(), q)
	if err != nil {
		t.Fatalf("page %+v: %v", q, err)
	}
	list := make([]string, len(entries))
	for i, e := range entries {
		list[i] = e.Text
		if i > 0 && e.Seq <= entries[i-1].Seq {
			t.Errorf("page %+v: seq %d after %d", q, e.Seq, entries[i-1].Seq)
		}
	}
	return strings.Join(list, " "), more
}

func wantPage(t *testing.T, l msglog.Log, q msglog.Query, want string, wantMore bool) {
	t.Helper()
	if got, more := page(t, l, q); got != want || more != wantMore {
		t.Errorf("page %+v: %q, more %v; want %q, %v", q, got, more, want, wantMore)
	}
}

func logRises(t *testing.T, l msglog.Log) {
	if l.Last() != 0 || l.Len() != 0 {
		t.Errorf("a new log: last %d, len %d", l.Last(), l.Len())
	}
	group := []*msglog.Entry{entry("", "ana", "a"), entry("", "ben", "b")}
	results := append(add(t, l, group...), add(t, l, entry("", "ana", "c"))...)
	for i, r := range results {
		if r.Seq != uint64(i+1) || r.Err != nil || r.Duplicate || r.Time.IsZero() {
			t.Errorf("result %d: %+v", i, r)
		}
	}
	if group[1].Seq != 2 || !group[1].Time.Equal(results[1].Time) {
		t.Errorf("the entry itself has seq %d, time %v", group[1].Seq, group[1].Time)
	}
	if l.Last() != 3 || l.Len() != 3 {
		t.Errorf("last %d, len %d; want 3, 3", l.Last(), l.Len())
	}
	wantPage(t, l, msglog.Query{}, "a b c", false)
}

func logSameID(t *testing.T, l msglog.Log) {
	first := add(t, l, entry("1", "ana", "hello"))[0]
	add(t, l, entry("", "ana", "between"))
	again := add(t, l, entry("1", "ana", "hello"))[0]
	if !again.Duplicate || again.Seq != first.Seq || !again.Time.Equal(first.Time) || again.Err != nil {
		t.Errorf("again: %+v, want the first's %+v", again, first)
	}
	wantPage(t, l, msglog.Query{}, "hello between", false)
	if l.Last() != 2 {
		t.Errorf("last %d, want 2", l.Last())
	}
}

func logSameGroup(t *testing.T, l msglog.Log) {
	r := add(t, l, entry("1", "ana", "hello"), entry("1", "ana", "hello"), entry("1", "ana", "other"), entry("", "ana", "end"))
	if r[1].Seq != r[0].Seq || !r[1].Duplicate || !errors.Is(r[2].Err, wire.ErrIDConflict) || r[3].Seq != r[0].Seq+1 {
		t.Errorf("results %+v", r)
	}
	wantPage(t, l, msglog.Query{}, "hello end", false)
}

func logConflict(t *testing.T, l msglog.Log) {
	add(t, l, entry("1", "ana", "hello"))
	elsewhere, titled, private := entry("1", "ana", "hello"), entry("1", "ana", "hello"), entry("1", "ana", "hello")
	elsewhere.Topic, titled.Title = "kitchen", "Title"
	private.Audience, private.UserID = msglog.AudiencePrivate, "ana"
	for i, e := range []*msglog.Entry{entry("1", "ana", "other"), elsewhere, titled, private} {
		if r := add(t, l, e)[0]; !errors.Is(r.Err, wire.ErrIDConflict) {
			t.Errorf("%d: %+v, want id_conflict", i, r)
		}
	}
	wantPage(t, l, msglog.Query{}, "hello", false)
}

func logSenders(t *testing.T, l msglog.Log) {
	operator := entry("1", "", "o")
	operator.From = wire.Sender{Operator: true, Name: "Operator"}
	for _, e := range []*msglog.Entry{entry("1", "ana", "a"), entry("1", "ben", "b"), operator} {
		if r := add(t, l, e)[0]; r.Duplicate || r.Err != nil {
			t.Errorf("%s: %+v", e.Text, r)
		}
	}
	wantPage(t, l, msglog.Query{}, "a b o", false)
}

func logFields(t *testing.T, l msglog.Log) {
	e := &msglog.Entry{
		ID: "x", Audience: msglog.AudiencePrivate, Topic: "kitchen", UserID: "ana", Text: "Ünïcode \x00 🔔\nline",
		Title: "T", Priority: 5, ReplyTo: 7, From: wire.Sender{Operator: true, Name: "Operator"},
	}
	add(t, l, e)
	entries, _, err := l.Page(context.Background(), msglog.Query{})
	if err != nil || len(entries) != 1 {
		t.Fatalf("%d entries, error %v", len(entries), err)
	}
	got, want := *entries[0], *e
	if !got.Time.Equal(want.Time) {
		t.Errorf("time %v, want %v", got.Time, want.Time)
	}
	got.Time = want.Time // one moment may be written in two ways
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func logConcurrent(t *testing.T, l msglog.Log) {
	const writers, each = 8, 25
	var group sync.WaitGroup
	seqs := make([][]uint64, writers)
	for w := range writers {
		group.Go(func() {
			for i := range each {
				r, err := l.Append(context.Background(), []*msglog.Entry{entry(fmt.Sprint(i), fmt.Sprint(w), "x")}, nil)
				if err != nil {
					t.Error(err)
					return
				}
				seqs[w] = append(seqs[w], r[0].Seq)
			}
		})
	}
	group.Wait()
	for w, list := range seqs {
		if !slices.IsSorted(list) {
			t.Errorf("writer %d: seqs do not rise: %v", w, list)
		}
	}
	all := slices.Sorted(slices.Values(slices.Concat(seqs...)))
	if len(slices.Compact(all)) != writers*each || l.Last() != writers*each {
		t.Errorf("%d different seqs, last %d; want %d", len(all), l.Last(), writers*each)
	}
}

func logNewest(t *testing.T, l msglog.Log) {
	fill(t, l, 10)
	wantPage(t, l, msglog.Query{Limit: 3}, "8 9 10", true)
	wantPage(t, l, msglog.Query{Limit: 10}, "1 2 3 4 5 6 7 8 9 10", false)
	wantPage(t, l, msglog.Query{Limit: 11}, "1 2 3 4 5 6 7 8 9 10", false)
}

func logBackwards(t *testing.T, l msglog.Log) {
	fill(t, l, 7)
	wantPage(t, l, msglog.Query{Before: 6, Limit: 3}, "3 4 5", true)
	wantPage(t, l, msglog.Query{Before: 3, Limit: 3}, "1 2", false)
	wantPage(t, l, msglog.Query{Before: 1, Limit: 3}, "", false)
}

func logForward(t *testing.T, l msglog.Log) {
	fill(t, l, 7)
	wantPage(t, l, msglog.Query{Forward: true, After: 1, Limit: 3}, "2 3 4", true)
	wantPage(t, l, msglog.Query{Forward: true, After: 4, Limit: 3}, "5 6 7", false)
	wantPage(t, l, msglog.Query{Forward: true, After: 7, Limit: 3}, "", false)
}

func logBetween(t *testing.T, l msglog.Log) {
	fill(t, l, 7)
	wantPage(t, l, msglog.Query{Forward: true, After: 2, Before: 6, Limit: 10}, "3 4 5", false)
	wantPage(t, l, msglog.Query{Forward: true, After: 2, Before: 6, Limit: 2}, "3 4", true)
	wantPage(t, l, msglog.Query{Forward: true, After: 6, Before: 2, Limit: 2}, "", false)
}

func logBeyond(t *testing.T, l msglog.Log) {
	const far = 1<<64 - 1
	fill(t, l, 3)
	wantPage(t, l, msglog.Query{Before: far, Limit: 2}, "2 3", true)
	wantPage(t, l, msglog.Query{Forward: true, After: 100}, "", false)
	wantPage(t, l, msglog.Query{Forward: true, After: far}, "", false)
}

func logBytes(t *testing.T, l msglog.Log) {
	for _, s := range []string{"aaaa", "bbbb", "cccc", "dddd"} {
		add(t, l, entry("", "ana", s))
	}
	wantPage(t, l, msglog.Query{Bytes: 8}, "cccc dddd", true)
	wantPage(t, l, msglog.Query{Bytes: 9}, "cccc dddd", true)
	wantPage(t, l, msglog.Query{Forward: true, After: 1, Bytes: 8}, "bbbb cccc", true)
	wantPage(t, l, msglog.Query{Bytes: 1}, "dddd", true) // at least one, however long
	wantPage(t, l, msglog.Query{Bytes: 16}, "aaaa bbbb cccc dddd", false)
}

func logTopic(t *testing.T, l msglog.Log) {
	for i := range 6 {
		e := entry("", "ana", fmt.Sprint(i))
		if i%2 == 0 {
			e.Topic = "kitchen"
		}
		add(t, l, e)
	}
	wantPage(t, l, msglog.Query{Topic: "kitchen"}, "0 2 4", false)
	wantPage(t, l, msglog.Query{Topic: "kitchen", Limit: 2}, "2 4", true)
	wantPage(t, l, msglog.Query{Topic: "kitchen", Forward: true, After: 1, Limit: 1}, "2", true)
	wantPage(t, l, msglog.Query{Topic: "elsewhere"}, "", false)
}

func logPerson(t *testing.T, l msglog.Log) {
	said := entry("", "ana", "said")
	asked, answered := entry("", "ana", "asked"), entry("", "", "answered")
	for _, e := range []*msglog.Entry{asked, answered} {
		e.Audience, e.Topic, e.UserID = msglog.AudiencePrivate, "", "ana"
	}
	answered.From = wire.Sender{Operator: true, Name: "Operator"}
	everyone := entry("", "", "everyone")
	everyone.From = answered.From
	add(t, l, said, entry("", "ben", "other"), asked, answered, everyone)
	wantPage(t, l, msglog.Query{UserID: "ana"}, "said asked answered", false)
	wantPage(t, l, msglog.Query{UserID: "ana", Topic: "general"}, "said", false)
	wantPage(t, l, msglog.Query{UserID: "nobody"}, "", false)
}

func logEmpty(t *testing.T, l msglog.Log) {
	wantPage(t, l, msglog.Query{}, "", false)
	wantPage(t, l, msglog.Query{Before: 5, Limit: 2}, "", false)
	wantPage(t, l, msglog.Query{Forward: true, After: 5, Limit: 2}, "", false)
	if r := add(t, l); len(r) != 0 {
		t.Errorf("append of nothing: %v", r)
	}
}

// A reader never sees a hole: what it has read up to a seq is all there is up to it.
func logReaders(t *testing.T, l msglog.Log) {
	const n = 200
	var group sync.WaitGroup
	for range 3 {
		group.Go(func() {
			for last := uint64(1); last < n; {
				entries, _, err := l.Page(context.Background(), msglog.Query{Forward: true, After: last, Limit: 7})
				if err != nil {
					t.Error(err)
					return
				}
				for _, e := range entries {
					if last++; e.Seq != last {
						t.Errorf("seq %d where %d comes next", e.Seq, last)
						return
					}
				}
			}
		})
	}
	fill(t, l, n)
	group.Wait()
}

func logEpoch(t *testing.T, l, other msglog.Log) {
	t.Cleanup(func() { _ = other.Close() })
	first := l.Epoch()
	fill(t, l, 2)
	if first == "" || l.Epoch() != first || other.Epoch() == first {
		t.Errorf("epochs %q, then %q, another log's %q", first, l.Epoch(), other.Epoch())
	}
}

func logClose(t *testing.T, l msglog.Log) {
	fill(t, l, 2)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Append(context.Background(), []*msglog.Entry{entry("", "ana", "late")}, nil); err == nil {
		t.Error("append after close: no error")
	}
	if _, _, err := l.Page(context.Background(), msglog.Query{}); err == nil {
		t.Error("page after close: no error")
	}
}
