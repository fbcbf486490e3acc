package sqlite_test

import (
	"strings"
	"testing"
	"time"

	"belfry/wsserver/msglog"
	"belfry/wsserver/wstest"
)

// Any search text is words and signs, never the index's own language: it is answered without an error, finds what a
// comparison with each message finds, and more of it finds no more.
func FuzzSearch(f *testing.F) {
	for _, text := range []string{
		"lunch", "lun", `"`, `a" OR "b`, "NEAR(a b)", "text:a", "^a", "a*", "a - b", "-", "(", "\x00", "\xff", "é e\u0301", "\u0301", "漢字", "🍕", "AND", "NOT a", "'; DROP TABLE message",
		"b1x\u200b", "ÅNGSTRÖM", strings.Repeat("a ", 1000),
	} {
		f.Add(text, "", "")
		f.Add("", text, text)
	}
	l := open(f, f.TempDir())
	list := []*msglog.Entry{note("Lunch at 12"), note("the projector is dark"), note("漢字 é 🍕 b1x")}
	for _, c := range wstest.SearchCases(f) {
		list = append(list, note(c.Text))
		for _, text := range c.Finds {
			f.Add(text, "", "")
		}
	}
	if _, err := l.Append(f.Context(), msglog.OfEntries(list...)); err != nil {
		f.Fatal(err)
	}
	for indexed := false; !indexed; time.Sleep(time.Millisecond) { // it goes on behind the log
		found, err := l.Search(f.Context(), msglog.SearchQuery{Limit: 1})
		if err != nil {
			f.Fatal(err)
		}
		indexed = found.Indexed == found.Last
	}
	f.Fuzz(func(t *testing.T, text, userID, topic string) {
		found, err := l.Search(t.Context(), msglog.SearchQuery{Text: text, UserID: userID, Topic: topic, Limit: 100})
		if err != nil {
			t.Fatalf("%q, %q, %q: %v", text, userID, topic, err)
		}
		all, err := l.Search(t.Context(), msglog.SearchQuery{UserID: userID, Topic: topic, Limit: 100})
		if err != nil || len(found.Entries) > len(all.Entries) || len(all.Entries) > len(list) || all.More {
			t.Fatalf("%q finds %d, nothing %d of %d: %v", text, len(found.Entries), len(all.Entries), len(list), err)
		}
		m := msglog.NewMatcher(msglog.SearchQuery{Text: text, UserID: userID, Topic: topic})
		matching := 0
		for _, e := range list {
			if m.Match(e) {
				matching++
			}
		}
		if matching != len(found.Entries) {
			t.Errorf("%q, %q, %q finds %d, %d match", text, userID, topic, len(found.Entries), matching)
		}
	})
}
