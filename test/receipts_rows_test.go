package test

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"belfry/wsserver/msglog"
	"belfry/wsserver/receipts"
	"belfry/wsserver/sqlite"
)

// receiptsWant is what is known of people and their receipts.
type receiptsWant struct {
	Receipts []receipts.Receipts
	Names    map[string]string
	Seen     map[string]uint64
	Settled  map[string]uint64
	In, Out  map[string][]string
	Away     []string
	Here     int
}

func unzip(t *testing.T, name string) []byte {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata/receipts-rows", name+".gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// knownOf asks a ledger for what it knows of these people.
func knownOf(l *receipts.Ledger, last uint64, people map[string]string) receiptsWant {
	w := receiptsWant{Names: map[string]string{}, Seen: map[string]uint64{}, Settled: map[string]uint64{}, In: map[string][]string{}, Out: map[string][]string{}, Here: l.Here()}
	for seq := range last + 1 {
		if r, ok := l.Receipts(seq, true); ok {
			w.Receipts = append(w.Receipts, r)
		}
	}
	for p := range people {
		w.Names[p], w.Seen[p], w.Settled[p] = l.NameOf(p), l.SeenUpTo(p), l.SettledUpTo(p)
		w.In[p], w.Out[p] = l.Assigned(p)
	}
	for _, a := range l.Away(0).People {
		w.Away = append(w.Away, fmt.Sprint(a.UserID, a.Name, a.Topics))
	}
	return w
}

// A log whose receipts are rows of JSON, as they were before there were deltas, is read as it was then; and so it is once
// those rows were written anew.
func TestReceipts_OfRowsAlone(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, sqlite.File), unzip(t, "log.db"), 0o600); err != nil {
		t.Fatal(err)
	}
	var want receiptsWant
	if err := json.Unmarshal(unzip(t, "want.json"), &want); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		log, err := sqlite.Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		l := receipts.NewLedger()
		if err := l.Load(context.Background(), log); err != nil {
			t.Fatal(err)
		}
		if got := knownOf(l, log.Last(), want.Names); !reflect.DeepEqual(got, want) {
			t.Errorf("%+v\nwant %+v", got, want)
		}
		for p := range want.Names { // each person's rows change
			l.NoteSettled(p, want.Settled[p]+1)
			want.Settled[p] = l.SettledUpTo(p)
			l.Advance(p, "", log.Last()-1, log.Last(), false)
		}
		want.Receipts = knownOf(l, log.Last(), want.Names).Receipts
		l.Merge()
		for more := true; more; {
			var records []msglog.Record
			records, more = l.Flush()
			if _, err := log.Append(context.Background(), msglog.OfRecords(records...)); err != nil {
				t.Fatal(err)
			}
		}
		if err := log.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
