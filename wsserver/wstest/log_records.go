package wstest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"

	"belfry/wsserver/msglog"
)

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
		{record("a", "1", []byte("again")), record("b", "1", nil), record("b", "none", nil), record("b", "2", []byte("written and erased")), record("b", "2", nil)},
	} {
		if _, err := l.Append(context.Background(), msglog.OfRecords(group...)); err != nil {
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
	r, err := l.Append(context.Background(), []msglog.Change{{
		Entry: entry("", "ana", "x"), Records: []msglog.Record{{Kind: "a", Key: "1", Value: []byte("v")}},
	}})
	if err != nil || len(r) != 1 || r[0].Seq != 1 {
		t.Errorf("results %v, error %v", r, err)
	}
	if got := records(t, l, "a"); got["1"] != "v" {
		t.Errorf("records %v", got)
	}
}

// The log numbers records of a kind without holes, and says which numbers they have; a change that is refused takes none.
func logNumbers(t *testing.T, l msglog.Log) {
	var seen []string
	l.Follow(func(c msglog.Committed) {
		for i := range c.Changes {
			for _, r := range c.Changes[i].Records {
				if r.Numbers > 0 && c.Results[i].Err == nil {
					seen = append(seen, r.Kind+r.Key)
				}
			}
		}
	})
	of := func(kind, value string, numbers uint64) msglog.Record {
		return msglog.Record{Kind: kind, Value: []byte(value), Numbers: numbers}
	}
	changes := []msglog.Change{
		{Records: []msglog.Record{of("a", "x", 3), of("b", "y", 1)}},
		{Records: []msglog.Record{of("a", "refused", 5), set("none", "v").Expecting([]byte("v"))}},
		{Entry: entry("", "ana", "1"), Records: []msglog.Record{of("a", "z", 2), of("a", "last", 1)}},
	}
	if got := appendChanges(t, l, changes...); got != "0, condition, 1" {
		t.Fatal(got)
	}
	if got := changes[2].Records[0].Key; got != msglog.NumberKey(4) {
		t.Errorf("the change that was given says %q", got)
	}
	appendChanges(t, l, msglog.Change{Records: []msglog.Record{of("b", "again", 1)}})
	one, two, four, six := msglog.NumberKey(1), msglog.NumberKey(2), msglog.NumberKey(4), msglog.NumberKey(6)
	if want := []string{"a" + one, "b" + one, "a" + four, "a" + six, "b" + two}; !slices.Equal(seen, want) {
		t.Errorf("Follow sees %q, want %q", seen, want)
	}
	if got := records(t, l, "a"); !maps.Equal(got, map[string]string{one: "x", four: "z", six: "last"}) {
		t.Errorf("records %q", got)
	}
	if got := records(t, l, "b"); !maps.Equal(got, map[string]string{one: "y", two: "again"}) {
		t.Errorf("records %q", got)
	}
	if got := records(t, l, msglog.RecordNumber); !maps.Equal(got, map[string]string{"a": "7", "b": "3"}) {
		t.Errorf("the next numbers %q", got)
	}
}

func logKeepLocal(t *testing.T, l msglog.Log) {
	l.Follow(func(c msglog.Committed) { t.Errorf("told of %v", c.Changes) })
	for _, value := range [][]byte{[]byte("v"), nil} {
		if err := l.KeepLocal(context.Background(), []msglog.Record{{Kind: "a", Key: "1", Value: value}, {Kind: "a", Key: "2", Value: []byte("w")}}); err != nil {
			t.Fatal(err)
		}
		want := map[string]string{"1": "v", "2": "w"}
		if value == nil {
			delete(want, "1")
		}
		if got := records(t, l, "a"); !maps.Equal(got, want) {
			t.Errorf("records %q, want %q", got, want)
		}
	}
}
