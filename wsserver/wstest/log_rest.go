package wstest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"belfry/wsserver/msglog"
	"belfry/wsserver/wire"
)

// This file is the part of the contract of a Log beyond appending and reading pages.

// rest are its tests, by name.
var rest = map[string]func(*testing.T, msglog.Log){
	"Page/OfStreams":                logStreams,
	"Page/OfTheOperator":            logOperator,
	"Seqs/AgreeWithPage":            logSeqs,
	"Get/WhatIsKept":                logGet,
	"Withdraw/ErasesTheText":        logWithdraw,
	"Withdraw/IsAStreamOfItsOwn":    logWithdrawals,
	"Withdraw/KeepsTheID":           logWithdrawnID,
	"Prune/OldestFirst":             logPrune,
	"Prune/RemembersEachStream":     logPruned,
	"Prune/KeepsWithdrawals":        logPruneWithdrawn,
	"Prune/ByBytes":                 logPruneBytes,
	"Prune/GivesNoSeqAgain":         logPruneAll,
	"Records/ReplacedAndErased":     logRecords,
	"Records/GoWithTheirGroup":      logRecordsAlone,
	"Search/WordsAndTheirBeginning": logSearch,
	"Search/Narrowed":               logNarrowed,
	"Search/InPages":                logSearchPages,
	"Search/WhateverIsTyped":        logTyped,
	"Search/NotWhatWasWithdrawn":    logSearchWithdrawn,
}

var operator = wire.Sender{Operator: true, Name: "Operator"}

func to(audience, name, text string) *msglog.Entry {
	e := &msglog.Entry{Audience: audience, Text: text, From: operator}
	switch audience {
	case msglog.AudienceTopic:
		e.Topic = name
	case msglog.AudiencePrivate:
		e.UserID = name
	}
	return e
}

func withdrawal(of uint64) *msglog.Entry {
	return &msglog.Entry{Audience: msglog.AudienceWithdrawn, From: operator, Withdraws: of}
}

var (
	everyone  = msglog.Stream{Audience: msglog.AudienceEveryone}
	kitchen   = msglog.Stream{Audience: msglog.AudienceTopic, Name: "kitchen"}
	hall      = msglog.Stream{Audience: msglog.AudienceTopic, Name: "hall"}
	anas      = msglog.Stream{Audience: msglog.AudiencePrivate, Name: "ana"}
	withdrawn = msglog.Stream{Audience: msglog.AudienceWithdrawn}
)

// mixed appends one message to each stream: e, k, h, a, e2, k2.
func mixed(t *testing.T, l msglog.Log) {
	t.Helper()
	add(t, l, to("everyone", "", "e"), to("topic", "kitchen", "k"), to("topic", "hall", "h"), to("private", "ana", "a"))
	add(t, l, to("everyone", "", "e2"), to("topic", "kitchen", "k2"))
}

func logStreams(t *testing.T, l msglog.Log) {
	mixed(t, l)
	wantPage(t, l, msglog.Query{Streams: []msglog.Stream{everyone}}, "e e2", false)
	wantPage(t, l, msglog.Query{Streams: []msglog.Stream{kitchen, anas}}, "k a k2", false)
	wantPage(t, l, msglog.Query{Streams: []msglog.Stream{kitchen, anas, everyone}, Limit: 2}, "e2 k2", true)
	wantPage(t, l, msglog.Query{Streams: []msglog.Stream{kitchen, everyone}, Forward: true, After: 1, Before: 6, Limit: 2}, "k e2", false)
	wantPage(t, l, msglog.Query{Streams: []msglog.Stream{withdrawn}}, "", false)
	wantPage(t, l, msglog.Query{Streams: []msglog.Stream{}}, "", false)
}

func logOperator(t *testing.T, l msglog.Log) {
	mixed(t, l)
	add(t, l, entry("", "ana", "Ana's"), withdrawal(1))
	wantPage(t, l, msglog.Query{Operator: true}, "k h a e2 k2", false)
}

func logSeqs(t *testing.T, l msglog.Log) {
	mixed(t, l)
	for _, q := range []msglog.Query{
		{},
		{Limit: 2},
		{Before: 4},
		{After: 2, Forward: true, Limit: 3},
		{Streams: []msglog.Stream{kitchen, everyone}, Limit: 3},
		{Streams: []msglog.Stream{}},
		{Operator: true},
		{After: 1 << 63},
	} {
		entries, _, err := l.Page(context.Background(), q)
		var want []uint64
		for _, e := range entries {
			want = append(want, e.Seq)
		}
		if got, err2 := l.Seqs(context.Background(), q); err != nil || err2 != nil || !slices.Equal(got, want) {
			t.Errorf("%+v: %v, want %v; errors %v, %v", q, got, want, err, err2)
		}
	}
}

func get(t *testing.T, l msglog.Log, seq uint64) string {
	t.Helper()
	e, err := l.Get(context.Background(), seq)
	if err != nil {
		t.Fatal(err)
	}
	if e == nil {
		return "none"
	}
	return e.Text
}

func logGet(t *testing.T, l msglog.Log) {
	mixed(t, l)
	add(t, l, withdrawal(2))
	for seq, want := range map[uint64]string{0: "none", 1: "e", 2: "none", 3: "h", 7: "none", 8: "none", 1 << 63: "none"} {
		if got := get(t, l, seq); got != want {
			t.Errorf("get %d: %q, want %q", seq, got, want)
		}
	}
}

func logWithdraw(t *testing.T, l msglog.Log) {
	mixed(t, l)
	r := add(t, l, withdrawal(2), withdrawal(2), withdrawal(99)) // again, and of nothing: entries like others
	if r[0].Seq != 7 || r[2].Seq != 9 {
		t.Errorf("results %+v", r)
	}
	wantPage(t, l, msglog.Query{}, "e h a e2 k2", false)
	wantPage(t, l, msglog.Query{Topic: "kitchen"}, "k2", false)
	wantPage(t, l, msglog.Query{Streams: []msglog.Stream{kitchen}, Forward: true}, "k2", false)
	if l.Len() != 5 || l.Last() != 9 {
		t.Errorf("len %d, last %d; want 5, 9", l.Len(), l.Last())
	}
}

func ofs(t *testing.T, l msglog.Log, q msglog.Query) (list []uint64) {
	t.Helper()
	entries, _, err := l.Page(context.Background(), q)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Withdraws > 0 {
			list = append(list, e.Withdraws)
		}
	}
	return list
}

func logWithdrawals(t *testing.T, l msglog.Log) {
	mixed(t, l)
	add(t, l, withdrawal(2), withdrawal(1))
	for _, q := range []msglog.Query{
		{Streams: []msglog.Stream{withdrawn}}, {Withdrawals: true}, {Streams: []msglog.Stream{withdrawn, everyone}, Forward: true},
	} {
		if got := ofs(t, l, q); !slices.Equal(got, []uint64{2, 1}) {
			t.Errorf("%+v: withdrawals of %v", q, got)
		}
	}
	if got := ofs(t, l, msglog.Query{}); got != nil {
		t.Errorf("unasked: withdrawals of %v", got)
	}
}

func logWithdrawnID(t *testing.T, l msglog.Log) {
	add(t, l, entry("1", "ana", "slip"), withdrawal(1))
	for _, text := range []string{"slip", "other"} { // its text is not known any more
		if r := add(t, l, entry("1", "ana", text))[0]; !r.Duplicate || r.Seq != 1 || r.Err != nil {
			t.Errorf("again: %+v", r)
		}
	}
}

// later returns a moment after all that was appended, and before what comes.
func later() time.Time {
	time.Sleep(3 * time.Millisecond)
	defer time.Sleep(3 * time.Millisecond)
	return time.Now()
}

func prune(t *testing.T, l msglog.Log, before time.Time, size int64) {
	t.Helper()
	for more := true; more; {
		var err error
		if more, err = l.Prune(context.Background(), before, size); err != nil {
			t.Fatal(err)
		}
	}
}

const plenty = 1 << 40

func logPrune(t *testing.T, l msglog.Log) {
	fill(t, l, 3)
	moment := later()
	add(t, l, entry("", "ana", "4"))
	prune(t, l, moment, plenty)
	wantPage(t, l, msglog.Query{}, "4", false)
	if l.Len() != 1 || l.Last() != 4 {
		t.Errorf("len %d, last %d; want 1, 4", l.Len(), l.Last())
	}
	prune(t, l, moment, plenty)
	wantPage(t, l, msglog.Query{}, "4", false)
}

func logPruned(t *testing.T, l msglog.Log) {
	mixed(t, l)
	moment := later()
	add(t, l, to("topic", "kitchen", "k3"))
	prune(t, l, moment, plenty)
	for _, row := range []struct {
		streams []msglog.Stream
		want    uint64
	}{
		{[]msglog.Stream{everyone}, 5},
		{[]msglog.Stream{kitchen}, 6},
		{[]msglog.Stream{hall}, 3},
		{[]msglog.Stream{anas}, 4},
		{[]msglog.Stream{hall, anas}, 4},
		{[]msglog.Stream{withdrawn}, 0},
		{[]msglog.Stream{{Audience: "topic", Name: "none"}}, 0},
		{nil, 0},
	} {
		if got := l.Pruned(row.streams); got != row.want {
			t.Errorf("%v: pruned to %d, want %d", row.streams, got, row.want)
		}
	}
}

func logPruneWithdrawn(t *testing.T, l msglog.Log) {
	mixed(t, l)
	add(t, l, withdrawal(2))
	prune(t, l, time.Now().Add(time.Hour), plenty)
	add(t, l, to("everyone", "", "new"), withdrawal(8))
	if got := ofs(t, l, msglog.Query{Streams: []msglog.Stream{withdrawn}}); !slices.Equal(got, []uint64{2, 8}) {
		t.Errorf("withdrawals of %v", got)
	}
	if got := ofs(t, l, msglog.Query{Streams: []msglog.Stream{withdrawn}, Forward: true, After: 7}); !slices.Equal(got, []uint64{8}) {
		t.Errorf("after 7: withdrawals of %v", got)
	}
	if l.Len() != 0 {
		t.Errorf("len %d", l.Len())
	}
}

func logPruneBytes(t *testing.T, l msglog.Log) {
	fill(t, l, 20)
	prune(t, l, time.Time{}, 1)
	if n := l.Len(); n > 1 {
		t.Errorf("%d are left", n)
	}
}

func logPruneAll(t *testing.T, l msglog.Log) {
	fill(t, l, 5)
	prune(t, l, time.Now().Add(time.Hour), plenty)
	if r := add(t, l, entry("", "ana", "next"))[0]; r.Seq != 6 || l.Len() != 1 {
		t.Errorf("next seq %d, len %d", r.Seq, l.Len())
	}
}

func records(t *testing.T, l msglog.Log, kind string) map[string]string {
	t.Helper()
	m := map[string]string{}
	err := l.Records(context.Background(), kind, func(key string, value []byte) error {
		m[key] = string(value)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func logRecords(t *testing.T, l msglog.Log) {
	record := func(kind, key string, value []byte) msglog.Record {
		return msglog.Record{Kind: kind, Key: key, Value: value}
	}
	for _, group := range [][]msglog.Record{
		{record("a", "1", []byte("x")), record("a", "2\x00z", []byte("y")), record("b", "1", []byte("z"))},
		{record("a", "1", []byte("again")), record("b", "1", nil), record("b", "none", nil)},
	} {
		if _, err := l.Append(context.Background(), nil, group); err != nil {
			t.Fatal(err)
		}
	}
	if got := records(t, l, "a"); !maps.Equal(got, map[string]string{"1": "again", "2\x00z": "y"}) {
		t.Errorf("records %v", got)
	}
	if got := records(t, l, "b"); len(got) != 0 {
		t.Errorf("erased records %v", got)
	}
	failed := fmt.Errorf("stop")
	if err := l.Records(context.Background(), "a", func(string, []byte) error { return failed }); !errors.Is(err, failed) {
		t.Errorf("a reader's error comes back as %v", err)
	}
}

func logRecordsAlone(t *testing.T, l msglog.Log) {
	r, err := l.Append(context.Background(), []*msglog.Entry{entry("", "ana", "x")}, []msglog.Record{{Kind: "a", Key: "1", Value: []byte("v")}})
	if err != nil || len(r) != 1 || r[0].Seq != 1 {
		t.Errorf("results %v, error %v", r, err)
	}
	if got := records(t, l, "a"); got["1"] != "v" {
		t.Errorf("records %v", got)
	}
}

// wantFound searches once all is searchable.
func wantFound(t *testing.T, l msglog.Log, q msglog.SearchQuery, more bool, want ...uint64) {
	t.Helper()
	if q.Limit == 0 {
		q.Limit = 10
	}
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		found, err := l.Search(context.Background(), q)
		if err != nil {
			t.Fatalf("search %+v: %v", q, err)
		}
		if found.Indexed < found.Last && time.Now().Before(deadline) {
			continue
		}
		var got []uint64
		for _, e := range found.Entries {
			got = append(got, e.Seq)
		}
		if !slices.Equal(got, want) || found.More != more || found.Last != l.Last() {
			t.Errorf("search %+v: %v, more %v, last %d; want %v, more %v", q, got, found.More, found.Last, want, more)
		}
		return
	}
}

func logSearch(t *testing.T, l msglog.Log) {
	titled := to("everyone", "", "at noon")
	titled.Title = "Fire drill"
	add(t, l, entry("", "ana", "The projector is dark"), entry("", "ben", "the Projection room"), titled)
	wantFound(t, l, msglog.SearchQuery{Text: "PROJ"}, false, 2, 1)
	wantFound(t, l, msglog.SearchQuery{Text: "the projector"}, false, 1)
	wantFound(t, l, msglog.SearchQuery{Text: "dark proj"}, false, 1)
	wantFound(t, l, msglog.SearchQuery{Text: "noon fire"}, false, 3)
	wantFound(t, l, msglog.SearchQuery{Text: "nothing"}, false)
	wantFound(t, l, msglog.SearchQuery{}, false, 3, 2, 1)
}

func logNarrowed(t *testing.T, l msglog.Log) {
	mixed(t, l) // 1 to 6
	moment := later()
	add(t, l, entry("", "ana", "Ana said"))
	wantFound(t, l, msglog.SearchQuery{UserID: "ana"}, false, 7, 4)
	wantFound(t, l, msglog.SearchQuery{Topic: "kitchen"}, false, 6, 2)
	wantFound(t, l, msglog.SearchQuery{Kind: msglog.KindPrivate}, false, 4)
	wantFound(t, l, msglog.SearchQuery{Kind: msglog.KindChat}, false, 7)
	wantFound(t, l, msglog.SearchQuery{Kind: msglog.KindAnnouncement, Topic: "hall"}, false, 3)
	wantFound(t, l, msglog.SearchQuery{From: moment}, false, 7)
	wantFound(t, l, msglog.SearchQuery{Until: moment, UserID: "ana"}, false, 4)
	wantFound(t, l, msglog.SearchQuery{From: moment, Until: moment}, false)
}

func logSearchPages(t *testing.T, l msglog.Log) {
	for i := range 7 {
		add(t, l, entry("", "ana", fmt.Sprint("word ", i)))
	}
	for _, text := range []string{"word", ""} {
		wantFound(t, l, msglog.SearchQuery{Text: text, Limit: 3}, true, 7, 6, 5)
		wantFound(t, l, msglog.SearchQuery{Text: text, Limit: 3, Before: 5}, true, 4, 3, 2)
		wantFound(t, l, msglog.SearchQuery{Text: text, Limit: 3, Before: 2}, false, 1)
	}
}

// What people type is words, whatever else it means to a machine.
func logTyped(t *testing.T, l msglog.Log) {
	add(t, l, entry("", "ana", `it's "quoted" AND (bracketed) near:by 50% ünïcode`))
	for _, text := range []string{`"`, `quoted"`, `AND`, `(bracketed`, `near:by`, `it's`, `ünï`, `-quoted`, `quoted*`, "a\x00b", `NOT`, `50%`} {
		if _, err := l.Search(context.Background(), msglog.SearchQuery{Text: text, Limit: 5}); err != nil {
			t.Errorf("search %q: %v", text, err)
		}
	}
	wantFound(t, l, msglog.SearchQuery{Text: "ünï"}, false, 1)
}

func logSearchWithdrawn(t *testing.T, l msglog.Log) {
	add(t, l, entry("", "ana", "slip of the tongue"), entry("", "ana", "tongue in cheek"))
	wantFound(t, l, msglog.SearchQuery{Text: "tongue"}, false, 2, 1)
	add(t, l, withdrawal(1))
	wantFound(t, l, msglog.SearchQuery{Text: "tongue"}, false, 2)
	wantFound(t, l, msglog.SearchQuery{Text: "slip"}, false)
}
