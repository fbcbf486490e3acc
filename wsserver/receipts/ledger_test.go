package receipts

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"belfry/wsserver/msglog"
	"belfry/wsserver/wire"
)

// Existing logs stay readable: kinds, keys and JSON of the records do not change.
func TestLedger_RecordsHaveTheirFormOnDisk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // so that times are known: 2000-01-01
		l := NewLedger()
		l.Connect(new(Device), "ana", "Ana", 0, []string{"kitchen"})
		if _, _, err := l.ReserveName(new(Device), "ana", new("Ana"), false, NameRules{Reserved: func(string) bool { return false }}); err != nil {
			t.Fatal(err)
		}
		from := l.BeginRange("ana", "", 0, false)
		l.Broadcast(&msglog.Entry{Seq: 1, Audience: msglog.AudienceEveryone, From: wire.Sender{Operator: true}}, 3)
		l.Advance("ana", "", from, 1, true)
		want := map[string]string{
			"member ana":     `{"name":"Ana","seen":0,"in":{" everyone":[{"f":1,"t":0}]," present":[{"f":1,"t":0}],"kitchen":[{"f":1,"t":0}]},"held":"Ana","here":true}`,
			"cursor ana\x00": `{"received":[{"f":1,"t":1}],"read":[{"f":1,"t":1}],"got":[{"f":1,"t":1,"at":946684800000}],"saw":[{"f":1,"t":1,"at":946684800000}]}`,
			"guests 1":       "3",
		}
		if got := flushed(l); !maps.Equal(got, want) {
			t.Errorf("records %q\nwant    %q", got, want)
		}
	})
}

// A cursor's record stays small: older intervals go into records that are written once.
func TestLedger_ArchivesOldIntervals(t *testing.T) {
	l := NewLedger()
	from := l.BeginRange("ana", "", 0, false)
	archived := map[string]string{}
	for seq := range uint64(3 * maxRecentIntervals) {
		l.Broadcast(&msglog.Entry{Seq: seq + 1, Audience: msglog.AudienceEveryone, From: wire.Sender{Operator: true}}, 0)
		l.Advance("ana", "", from, seq+1, false)
		for key, value := range flushed(l) {
			kind, _, _ := strings.Cut(key, " ")
			switch n := strings.Count(value, `"at":`); {
			case kind == "cursor" && n >= maxRecentIntervals:
				t.Errorf("the cursor's record has %d intervals", n)
			case kind == "steps" && archived[key] != "":
				t.Errorf("%q is written again", key)
			case kind == "steps":
				archived[key] = value
			}
		}
	}
	want := []string{"steps ana\x00\x000", "steps ana\x00\x001", "steps ana\x00\x002"}
	if got := slices.Sorted(maps.Keys(archived)); !slices.Equal(got, want) {
		t.Errorf("archives %q, want %q", got, want)
	}
}

// A commit that fails loses nothing: its records are in the next one, as they then are.
func TestLedger_MarkDirtyHasRecordsWrittenAgain(t *testing.T) {
	l := NewLedger()
	l.Connect(new(Device), "ana", "Ana", 0, nil)
	records := l.Flush()
	if len(records) != 1 || l.Dirty() || len(l.Flush()) != 0 {
		t.Fatalf("%d records, want one, once", len(records))
	}
	l.MarkDirty(records)
	if !l.Dirty() {
		t.Error("not dirty")
	}
	l.Join("ana", []string{"hall"}, 0)
	if got := flushed(l); len(got) != 1 || !strings.Contains(got["member ana"], `"hall"`) {
		t.Errorf("records %q", got)
	}
}

// flushed returns the values that a flush writes, by kind and key.
func flushed(l *Ledger) map[string]string {
	list := map[string]string{}
	for _, r := range l.Flush() {
		list[fmt.Sprint(r.Kind, " ", r.Key)] = string(r.Value)
	}
	return list
}
