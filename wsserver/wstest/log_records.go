package wstest

import (
	"context"
	"errors"
	"fmt"
	"maps"
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
