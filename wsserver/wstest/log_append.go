package wstest

import (
	"context"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"belfry/wsserver/msglog"
	"belfry/wsserver/wire"
)

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
	sameFields(t, l, e)
}

func logProgram(t *testing.T, l msglog.Log) {
	sameFields(t, l, &msglog.Entry{
		ID: "x", Audience: msglog.AudienceEveryone, Text: "Press 4 is down", From: wire.Sender{Program: true, Name: "grafana"}, Program: "k3",
		Tags: []string{"warning", "line 2"}, Click: "https://grafana.example/d/1", Priority: 4, Ack: "Understood",
	})
	again := fromProgram("k3", "x", "Press 4 is down")
	if r := add(t, l, again)[0]; !r.Duplicate || r.Seq != 1 {
		t.Errorf("the same id under the same token: %+v", r)
	}
	if r := add(t, l, fromProgram("k4", "x", "other"))[0]; r.Duplicate || r.Err != nil {
		t.Errorf("the same id under another token: %+v", r)
	}
	person := entry("x", "k3", "a person's")
	if r := add(t, l, person)[0]; r.Duplicate || r.Err != nil {
		t.Errorf("the same id of a person who is called as the token is: %+v", r)
	}
	wantAnnounced(t, l, []msglog.Announcement{{Seq: 1, Stream: everyone, Ack: "Understood", Priority: 4}, {Seq: 2, Stream: everyone}})
	wantPage(t, l, msglog.Query{UserID: "k3"}, "a person's", false)
	add(t, l, withdrawal(1))
	wantAnnounced(t, l, []msglog.Announcement{{Seq: 2, Stream: everyone}})
}

// fromProgram is a program's message to everyone.
func fromProgram(token, id, text string) *msglog.Entry {
	return &msglog.Entry{ID: id, Audience: msglog.AudienceEveryone, Text: text, From: wire.Sender{Program: true, Name: token}, Program: token}
}

// sameFields appends an entry to an empty log and reads it.
func sameFields(t *testing.T, l msglog.Log, e *msglog.Entry) {
	t.Helper()
	add(t, l, e)
	entries, _, err := l.Page(context.Background(), msglog.Query{})
	if err != nil || len(entries) != 1 {
		t.Fatalf("%d entries, error %v", len(entries), err)
	}
	got, want := *entries[0], *e
	if !got.Time.Equal(want.Time) {
		t.Errorf("time %v, want %v", got.Time, want.Time)
	}
	got.Time = want.Time // the same time may be represented in two ways
	if !reflect.DeepEqual(got, want) {
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
				r, err := l.Append(context.Background(), msglog.OfEntries(entry(fmt.Sprint(i), fmt.Sprint(w), "x")))
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

// odd are entries with what no page sends. A log keeps them, or refuses the group that has one.
func odd() map[string]*msglog.Entry {
	list := map[string]*msglog.Entry{}
	for name, change := range map[string]func(e *msglog.Entry){
		"a number above 2^63-1":   func(e *msglog.Entry) { e.ReplyTo = 1 << 63 },
		"the greatest number":     func(e *msglog.Entry) { e.ReplyTo = math.MaxUint64 },
		"a withdrawal of nothing": func(e *msglog.Entry) { e.Audience, e.Withdraws = msglog.AudienceWithdrawn, math.MaxUint64 },
		"a negative priority":     func(e *msglog.Entry) { e.Priority = math.MinInt },
		"NUL":                     func(e *msglog.Entry) { e.Text, e.ID, e.Topic, e.From.UserID = "a\x00b", "i\x00d", "t\x00", "u\x00" },
		"no UTF-8":                func(e *msglog.Entry) { e.Text, e.ID, e.Title, e.From.Name = "a\xffb", "\xff", "\xc3", "\xed\xa0\x80" },
		"nothing at all":          func(e *msglog.Entry) { *e = msglog.Entry{} },
		"4 MiB":                   func(e *msglog.Entry) { e.Text = strings.Repeat("x", 4<<20) },
		"an unknown audience":     func(e *msglog.Entry) { e.Audience = "nobody" },
	} {
		e := entry("", "mallory", "odd")
		change(e)
		list[name] = e
	}
	return list
}

// What one entry holds is never a reason why another cannot be appended: either all of the group is in the log, or the
// error is not that of a log which cannot be written, nothing of it is, and the rest is accepted without it.
func logOdd(t *testing.T, l msglog.Log) {
	for name, e := range odd() {
		before := l.Last()
		r, err := l.Append(context.Background(), msglog.OfEntries(entry("", "ana", "a"), e, entry("", "ben", "b")))
		switch {
		case err == nil && (len(r) != 3 || r[0].Seq != before+1 || r[2].Seq != before+3):
			t.Errorf("%s: results %+v", name, r)
		case errors.Is(err, wire.ErrNotKept):
			t.Errorf("%s: as if the log could not be written: %v", name, err)
		case err != nil && l.Last() != before:
			t.Errorf("%s: a refused group ends at %d, it began after %d", name, l.Last(), before)
		}
		before = l.Last()
		if again := add(t, l, entry("", "ana", "a"), entry("", "ben", "b")); again[0].Seq != before+1 || again[1].Seq != before+2 {
			t.Errorf("%s: and then %+v", name, again)
		}
		if _, _, err := l.Page(context.Background(), msglog.Query{Withdrawals: true, Limit: 10}); err != nil {
			t.Errorf("%s: then it cannot be read: %v", name, err)
		}
	}
}

// The same of records.
func logOddRecords(t *testing.T, l msglog.Log) {
	for name, r := range map[string]msglog.Record{
		"NUL": {Kind: "k\x00", Key: "a\x00b", Value: []byte("\x00")}, "no UTF-8": {Kind: "\xff", Key: "\xff", Value: []byte("\xff")},
		"empty": {Value: []byte{}}, "4 MiB": {Kind: "k", Key: strings.Repeat("x", 4<<20), Value: make([]byte, 4<<20)},
	} {
		group := []msglog.Record{{Kind: "a", Key: name, Value: []byte("1")}, r, {Kind: "b", Key: name, Value: []byte("1")}}
		_, err := l.Append(context.Background(), []msglog.Change{{Entry: entry("", "ana", "a")}, {Records: group}})
		if errors.Is(err, wire.ErrNotKept) {
			t.Errorf("%s: as if the log could not be written: %v", name, err)
		}
		if _, err := l.Append(context.Background(), msglog.OfRecords(group[0], group[2])); err != nil {
			t.Errorf("%s: and then %v", name, err)
		}
		if records(t, l, "a")[name] != "1" || records(t, l, "b")[name] != "1" {
			t.Errorf("%s: its neighbours are not kept", name)
		}
	}
}
