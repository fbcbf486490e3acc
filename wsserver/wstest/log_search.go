package wstest

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"belfry/wsserver/msglog"
)

// wantFound waits until everything is indexed, and searches.
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

// A search is treated as words, whatever it means in the index's syntax.
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
