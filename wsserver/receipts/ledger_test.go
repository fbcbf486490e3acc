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

// Existing logs stay readable: kinds, keys and the form of the rows do not change.
func TestLedger_RecordsHaveTheirFormOnDisk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // so that times are known: 2000-01-01
		l := NewLedger()
		l.Connect(new(Device), "ana", "Ana", 0, []string{"kitchen"})
		if _, err := l.ReserveName(new(Device), "ana", new("Ana"), false, NameRules{Reserved: func(string) bool { return false }}); err != nil {
			t.Fatal(err)
		}
		from := l.BeginRange("ana", "", 0, false)
		l.Broadcast(&msglog.Entry{Seq: 1, Audience: msglog.AudienceEveryone, From: wire.Sender{Operator: true}}, 3)
		l.Advance("ana", "", from, 1, true)
		want := map[string]string{
			"member ana": `{"name":"Ana","seen":0,"in":{" everyone":[{"f":1,"t":0}]," present":[{"f":1,"t":0}],"kitchen":[{"f":1,"t":0}]},"held":"Ana","here":true,"upto":13}`,
			"cursor ana\x00": "\x01\x0d\x00" + // its form, upto, not coarse
				"\x01\x01\x01" + "\x01\x01\x01" + // one range of one seq, received and read
				"\x01\x02\x00\x80\xb0\xfd\xac\x8d\x37" + "\x01\x02\x00\x80\xb0\xfd\xac\x8d\x37", // with its time
			"guests 1": "3",
		}
		l.Merge()
		if got := rows(l); !maps.Equal(got, want) {
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
		l.Merge()
		for key, value := range rows(l) {
			kind, _, _ := strings.Cut(key, " ")
			switch {
			case kind == "cursor" && len(value) > 8*maxRecentIntervals:
				t.Errorf("the cursor's row has %d bytes", len(value))
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
	batch := drain(l)
	if len(batch) != 1 || l.Dirty() || len(drain(l)) != 0 {
		t.Fatalf("%d records, want one, once", len(batch))
	}
	l.MarkDirty(batch)
	if !l.Dirty() {
		t.Error("not dirty")
	}
	l.Join("ana", []string{"hall"}, 0)
	again := drain(l)
	if len(again) != 2 || again[0].Key != batch[0].Key || string(again[0].Value) != string(batch[0].Value) {
		t.Errorf("records %v, want the batch, and another one after it", again)
	}
	l.Merge()
	merged := drain(l)
	l.MarkDirty(merged)
	l.Join("ana", []string{"kitchen"}, 0)
	if got := rows(l); len(got) != 1 || !strings.Contains(got["member ana"], `"kitchen"`) {
		t.Errorf("rows %q", got)
	}
}

// drain returns all that is to be written.
func drain(l *Ledger) (all []msglog.Record) {
	for more := true; more; {
		var some []msglog.Record
		some, more = l.Flush()
		all = append(all, some...)
	}
	return all
}

// rows is flushed without the deltas.
func rows(l *Ledger) map[string]string {
	list := flushed(l)
	maps.DeleteFunc(list, func(key, _ string) bool {
		return strings.HasPrefix(key, recordDelta+" ") || strings.HasPrefix(key, recordMerged+" ")
	})
	return list
}

// flushed returns the values that are to be written, by kind and key.
func flushed(l *Ledger) map[string]string {
	list := map[string]string{}
	for _, r := range drain(l) {
		list[fmt.Sprint(r.Kind, " ", r.Key)] = string(r.Value)
	}
	return list
}
