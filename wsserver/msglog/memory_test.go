package msglog

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"belfry/wsserver/wire"
)

func kept(t *testing.T, l Log) string {
	t.Helper()
	entries, _, err := l.Page(context.Background(), Query{})
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	for _, e := range entries {
		texts = append(texts, e.Text)
	}
	return strings.Join(texts, " ")
}

func appendTo(t *testing.T, l Log, id, text string) (*Entry, Appended) {
	t.Helper()
	e := &Entry{ID: id, Text: text, Audience: AudienceEveryone, From: wire.Sender{UserID: "ana"}}
	r, err := l.Append(context.Background(), OfEntries(e))
	if err != nil {
		t.Fatal(err)
	}
	return e, r[0]
}

func TestMemory_ForgetsTheOldestBeyondItsMessages(t *testing.T) {
	l := NewBoundedMemory(3, 1<<20)
	for i := range 5 {
		appendTo(t, l, fmt.Sprint("id", i), fmt.Sprint(i))
	}
	if got := kept(t, l); got != "2 3 4" || l.Len() != 3 || l.Last() != 5 {
		t.Errorf("kept %q, len %d, last %d", got, l.Len(), l.Last())
	}
	if _, r := appendTo(t, l, "id4", "4"); !r.Duplicate || r.Seq != 5 {
		t.Errorf("an id still kept: %+v, want the first's seq", r)
	}
	if _, r := appendTo(t, l, "id0", "0"); r.Duplicate || r.Seq != 6 {
		t.Errorf("an id no longer kept: %+v, want a new seq", r)
	}
}

func TestMemory_PagesFromWhatIsLeft(t *testing.T) {
	l := NewBoundedMemory(3, 1<<20)
	for i := range 10 {
		appendTo(t, l, "", fmt.Sprint(i+1))
	}
	for _, q := range []Query{{After: 1}, {After: 7}, {Before: 100}, {After: 2, Before: 100}} {
		entries, more, err := l.Page(context.Background(), q)
		if err != nil || more || len(entries) != 3 || entries[0].Seq != 8 {
			t.Errorf("page %+v: %d entries, more %v, error %v; want 8 to 10", q, len(entries), more, err)
		}
	}
	if entries, _, _ := l.Page(context.Background(), Query{Before: 8}); len(entries) != 0 {
		t.Errorf("before what is kept: %d entries", len(entries))
	}
}

func TestMemory_ForgetsTheOldestBeyondItsBytes(t *testing.T) {
	size := sizeOf(&Entry{Text: "0123456789", From: wire.Sender{UserID: "ana"}})
	l := NewBoundedMemory(1000, 4*size)
	for range 20 {
		appendTo(t, l, "", "0123456789")
	}
	if l.Len() != 4 || l.Last() != 20 {
		t.Errorf("len %d, last %d; want 4, 20", l.Len(), l.Last())
	}
	appendTo(t, l, "", strings.Repeat("x", size+20))
	if l.Len() != 2 { // the long one counts as more than two of the others
		t.Errorf("len %d after a long one, want 2", l.Len())
	}
}
