package msglog

import (
	"context"
	"maps"
	"strings"
	"testing"
)

func TestLoad(t *testing.T) {
	ctx, log := context.Background(), NewMemory()
	records := []Record{{Kind: "n", Key: "a", Value: []byte("1")}, {Kind: "n", Key: "b", Value: []byte("2")}, {Kind: "other", Key: "c", Value: []byte("3")}}
	if _, err := log.Append(ctx, OfRecords(records...)); err != nil {
		t.Fatal(err)
	}
	got := map[string]int{}
	err := Load(ctx, log, "n", func(key string, v int) { got[key] = v })
	if err != nil || !maps.Equal(got, map[string]int{"a": 1, "b": 2}) {
		t.Errorf("loaded %v, error %v", got, err)
	}
	if _, err := log.Append(ctx, OfRecords(Record{Kind: "n", Key: "bad", Value: []byte("{")})); err != nil {
		t.Fatal(err)
	}
	err = Load(ctx, log, "n", func(string, int) {})
	if err == nil || !strings.Contains(err.Error(), `"bad"`) || !strings.Contains(err.Error(), "kind n") {
		t.Errorf("the error does not say which record: %v", err)
	}
}
