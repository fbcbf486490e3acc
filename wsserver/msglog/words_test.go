package msglog_test

import (
	"strings"
	"testing"
	"unicode"

	"belfry/wsserver/msglog"
	"belfry/wsserver/wstest"
)

// A message is found by each of its own parts, by their beginnings, and by all of them; what is folded stays as it is. Words
// that an index gets have no blank in them and no capital letter of ASCII.
func FuzzMatcher(f *testing.F) {
	for _, c := range wstest.SearchCases(f) {
		f.Add(c.Text)
		for _, text := range c.Finds {
			f.Add(text)
		}
	}
	for _, text := range []string{"'", "a'", "a''b", "-a-b-", "1,00,000", "\U0001f1e6\U0001f1e6\U0001f1e6", "\U0001f3fd\U0001f3fd", "ب\u200cب\u200c", "\u200c-a", "a\u200c'b", "\xff", "é\xff\u0301", "a\U0001f3fdb", "ｶﾞﾞﾠ", "ﹰﹱ", "￣"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		e := &msglog.Entry{Text: text}
		found := func(query string) bool {
			m := msglog.NewMatcher(msglog.SearchQuery{Text: query})
			return m.Match(e) || m.Nothing()
		}
		for _, part := range append(strings.Fields(text), text) {
			if !found(part) {
				t.Errorf("%q is not found by %q", text, part)
			}
			if !found(strings.ToUpper(part)) && !found(strings.ToLower(part)) {
				t.Errorf("%q is not found by %q in capital or small letters", text, part)
			}
			for _, p := range msglog.NewMatcher(msglog.SearchQuery{Text: part}).Phrases {
				for _, word := range p.Words {
					if !found(word) {
						t.Errorf("%q is not found by %q, a word of %q", text, word, part)
					}
				}
			}
		}
		msglog.IndexedWords(e, func(word string) {
			if strings.ContainsFunc(word, func(r rune) bool { return unicode.IsSpace(r) || r == msglog.TagMark || 'A' <= r && r <= 'Z' }) {
				t.Errorf("%q has the word %q", text, word)
			}
		})
		other := &msglog.Entry{Text: "zz " + strings.Repeat("\U0010fffd", 3)}
		if m := msglog.NewMatcher(msglog.SearchQuery{Text: text}); text != "" && m.Match(other) && !strings.ContainsAny(strings.ToLower(text), "z\U0010fffd") {
			t.Errorf("%q finds %q", text, other.Text)
		}
	})
}
