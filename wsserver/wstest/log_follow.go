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

// changeTests are those of changes, and of what is told of them.
var changeTests = map[string]func(*testing.T, msglog.Log){
	"Append/ConditionsOfRecords":       logConditions,
	"Append/AChangeIsWholeOrNothing":   logWhole,
	"Append/NumbersRecords":            logNumbers,
	"KeepLocal/IsOfThisLogAlone":       logKeepLocal,
	"Follow/IsToldBeforeAppendReturns": logFollow,
	"Follow/WhatWasNotApplied":         logFollowRefused,
	"Follow/ReadsTheLog":               logFollowReads,
	"Follow/ManyAtOnceInOrder":         logFollowOrder,
}

// appendChanges appends a group, and returns what came of each change, in words.
func appendChanges(t *testing.T, l msglog.Log, changes ...msglog.Change) string {
	t.Helper()
	results, err := l.Append(context.Background(), changes)
	if err != nil || len(results) != len(changes) {
		t.Fatalf("append %d: %d results, error %v", len(changes), len(results), err)
	}
	return outcomes(results)
}

// outcomes says what came of each change: its seq, "again" and the first one's, or why it was refused.
func outcomes(results []msglog.Appended) string {
	words := make([]string, len(results))
	for i, r := range results {
		switch {
		case errors.Is(r.Err, msglog.ErrCondition):
			words[i] = "condition"
		case errors.Is(r.Err, wire.ErrIDConflict):
			words[i] = "conflict"
		case r.Err != nil:
			words[i] = r.Err.Error()
		case r.Duplicate:
			words[i] = fmt.Sprint("again ", r.Seq)
		default:
			words[i] = fmt.Sprint(r.Seq)
		}
	}
	return strings.Join(words, ", ")
}

func set(key, value string) msglog.Record {
	return msglog.Record{Kind: "a", Key: key, Value: []byte(value)}
}

// setIf sets key only if its value is present.
func setIf(key, present, value string) msglog.Record {
	r, was := set(key, value), []byte(present)
	r.If = &was
	return r
}

// setNew sets key only if it has no value.
func setNew(key, value string) msglog.Record {
	r, none := set(key, value), []byte(nil)
	r.If = &none
	return r
}

func change(e *msglog.Entry, records ...msglog.Record) msglog.Change {
	return msglog.Change{Entry: e, Records: records}
}

func wantRecords(t *testing.T, l msglog.Log, want map[string]string) {
	t.Helper()
	if got := records(t, l, "a"); !maps.Equal(got, want) {
		t.Errorf("records %v, want %v", got, want)
	}
}

func logConditions(t *testing.T, l msglog.Log) {
	for _, step := range []struct {
		record    msglog.Record
		want, now string
	}{
		{setIf("k", "", "1"), "condition", "none"},
		{setIf("k", "1", "1"), "condition", "none"},
		{setNew("k", "1"), "0", "1"},
		{setNew("k", "2"), "condition", "1"},
		{setIf("k", "2", "3"), "condition", "1"},
		{setIf("k", "1", "3"), "0", "3"},
		{set("k", ""), "0", ""},
		{setNew("k", "4"), "condition", ""},
		{setIf("k", "", "5"), "0", "5"},
		{msglog.Record{Kind: "a", Key: "k", If: setIf("k", "4", "").If}, "condition", "5"},
		{msglog.Record{Kind: "a", Key: "k", If: setIf("k", "5", "").If}, "0", "none"},
		{setNew("k", "6"), "0", "6"},
	} {
		got := appendChanges(t, l, change(nil, step.record))
		now, there := records(t, l, "a")["k"]
		if !there {
			now = "none"
		}
		if got != step.want || now != step.now {
			t.Errorf("%s if %v: %s, then %q; want %s, %q", step.record.Value, step.record.If, got, now, step.want, step.now)
		}
	}
	// In one group the second sees what the first has done.
	if got := appendChanges(t, l, change(nil, setNew("n", "ana")), change(nil, setNew("n", "ben")), change(nil, setIf("n", "ana", "eve"))); got != "0, condition, 0" {
		t.Errorf("in one group: %s", got)
	}
	// In one change conditions are of the state before it.
	if got := appendChanges(t, l, change(nil, setIf("n", "eve", "x"), setIf("n", "eve", "y"))); got != "0" {
		t.Errorf("in one change: %s", got)
	}
	wantRecords(t, l, map[string]string{"k": "6", "n": "y"})
}

func logWhole(t *testing.T, l msglog.Log) {
	refused := entry("r", "ana", "refused")
	got := appendChanges(t, l,
		change(entry("1", "ana", "one"), set("k", "1")),
		change(refused, set("j", "1"), setIf("k", "0", "2")), // its last record
		change(entry("1", "ana", "other"), set("j", "2")),
		change(entry("1", "ana", "one"), set("j", "3")),
		change(entry("", "ben", "two"), setNew("m", "1")))
	if got != "1, condition, conflict, again 1, 2" || refused.Seq != 0 {
		t.Errorf("results %s, the refused one has seq %d", got, refused.Seq)
	}
	// Sent again, it is a duplicate: it was itself that has changed what it expects.
	if got := appendChanges(t, l, change(entry("2", "ana", "three"), setIf("m", "1", "2")), change(entry("2", "ana", "three"), setIf("m", "1", "2"))); got != "3, again 3" {
		t.Errorf("sent again: %s", got)
	}
	// The id of what was refused is free.
	if got := appendChanges(t, l, change(entry("r", "ana", "now"), setIf("k", "1", "4"))); got != "4" {
		t.Errorf("after a refusal: %s", got)
	}
	wantPage(t, l, msglog.Query{}, "one two three now", false)
	wantRecords(t, l, map[string]string{"k": "4", "m": "2"})
	if l.Len() != 4 || l.Last() != 4 {
		t.Errorf("len %d, last %d; want 4, 4", l.Len(), l.Last())
	}
}

func logFollow(t *testing.T, l msglog.Log) {
	add(t, l, entry("", "ana", "before"))
	var got []string
	l.Follow(func(c msglog.Committed) {
		line := fmt.Sprint("own ", c.Own, ":")
		for i, r := range c.Results {
			line += " " + outcomes(c.Results[i:i+1])
			if e := c.Changes[i].Entry; e != nil {
				line += " " + e.Text
				if e.Seq != r.Seq || !e.Time.Equal(r.Time) || e.Time.IsZero() {
					t.Errorf("%s has seq %d at %v, its result %+v", e.Text, e.Seq, e.Time, r)
				}
			}
			for _, r := range c.Changes[i].Records {
				line += " " + r.Key
			}
		}
		got = append(got, line)
	})
	for i := range 3 {
		group := []msglog.Change{change(entry("", "ana", fmt.Sprint("a", i)), set("k", "1")), change(nil, set("m", "1"))}
		if _, err := l.Append(context.Background(), group); err != nil {
			t.Fatal(err)
		}
		if want := fmt.Sprintf("own true: %d a%d k 0 m", i+2, i); len(got) != i+1 || got[i] != want {
			t.Fatalf("when Append returns: %q, want %q last", got, want)
		}
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	_, _ = l.Append(context.Background(), msglog.OfEntries(entry("", "ana", "late"))) // it fails, as logClose proves
	if len(got) != 3 {
		t.Errorf("after Close: %q", got[3:])
	}
}

func logFollowRefused(t *testing.T, l msglog.Log) {
	var got []string
	l.Follow(func(c msglog.Committed) { got = append(got, outcomes(c.Results)) })
	appendChanges(t, l, change(entry("1", "ana", "one")), change(nil, setIf("k", "1", "2")), change(entry("1", "ana", "one")), change(entry("1", "ana", "x")), change(entry("", "ben", "two")))
	if want := []string{"1, condition, again 1, conflict, 2"}; !slices.Equal(got, want) {
		t.Errorf("told %q, want %q", got, want)
	}
}

func logFollowReads(t *testing.T, l msglog.Log) {
	told := false
	l.Follow(func(c msglog.Committed) {
		told = true
		if l.Last() != 1 || get(t, l, 1) != "one" || records(t, l, "a")["k"] != "v" {
			t.Errorf("what was applied cannot be read: last %d, %q, %v", l.Last(), get(t, l, 1), records(t, l, "a"))
		}
	})
	appendChanges(t, l, change(entry("", "ana", "one"), set("k", "v")))
	if !told {
		t.Error("not told")
	}
}

func logFollowOrder(t *testing.T, l msglog.Log) {
	const writers, each = 8, 20
	var seqs []uint64 // unguarded: the log calls for one group after another
	l.Follow(func(c msglog.Committed) { seqs = append(seqs, c.Results[0].Seq) })
	var group sync.WaitGroup
	for range writers {
		group.Go(func() {
			for range each {
				if _, err := l.Append(context.Background(), msglog.OfEntries(entry("", "ana", "x"))); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	if len(seqs) != writers*each || !slices.IsSorted(seqs) {
		t.Errorf("%d groups told, in this order: %v", len(seqs), seqs)
	}
}
