package wstest

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"

	"belfry/wsserver/msglog"
)

// SearchCase is a text, what finds it and what does not. Those of testdata/search.json hold for the dashboard's page as well.
type SearchCase struct {
	Text   string   `json:"text"`
	Finds  []string `json:"finds"`
	Misses []string `json:"misses"`
}

// SearchCases reads testdata/search.json. The test is of a package beside this one.
func SearchCases(t testing.TB) (cases []SearchCase) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "testdata", "search.json"))
	if err == nil {
		err = json.Unmarshal(b, &cases)
	}
	if err != nil || len(cases) == 0 {
		t.Fatalf("%d cases, error %v", len(cases), err)
	}
	return cases
}

// What people write in any language is found by what they would type, and by nothing else.
func logWords(t *testing.T, l msglog.Log) {
	cases := SearchCases(t)
	add(t, l, entry("", "somebody", "zzzz"))
	for _, c := range cases {
		add(t, l, entry("", "somebody", c.Text))
	}
	for i, c := range cases {
		seq := uint64(i + 2)
		for _, q := range slices.Concat(c.Finds, strings.FieldsFunc(c.Text, unicode.IsSpace), []string{c.Text}) {
			if got := foundBy(t, l, q); !slices.Contains(got, seq) && !invisible(q) {
				t.Errorf("%q does not find %q, but %v", q, c.Text, got)
			}
		}
		for _, q := range c.Misses {
			if got := foundBy(t, l, q); slices.Contains(got, seq) {
				t.Errorf("%q finds %q", q, c.Text)
			}
		}
	}
}

func invisible(text string) bool {
	return strings.IndexFunc(text, func(r rune) bool { return unicode.IsPrint(r) && r != '\ue000' }) < 0
}

// foundBy searches for a text, once all is indexed, and checks that it has not found everything.
func foundBy(t *testing.T, l msglog.Log, text string) (seqs []uint64) {
	t.Helper()
	for {
		found, err := l.Search(context.Background(), msglog.SearchQuery{Text: text, Limit: 1000})
		if err != nil {
			t.Fatalf("search %q: %v", text, err)
		}
		if found.Indexed < found.Last {
			pause()
			continue
		}
		for _, e := range found.Entries {
			seqs = append(seqs, e.Seq)
		}
		if slices.Contains(seqs, 1) {
			t.Errorf("search %q finds everything", text)
		}
		return seqs
	}
}

// A text in which there is nothing to see narrows the search to nothing, whatever else is asked for.
func logInvisible(t *testing.T, l msglog.Log) {
	add(t, l, entry("", "ana", "one"), entry("", "ana", "\u200b\u200d"))
	for _, text := range []string{" ", "\t\n", "\u00a0", "\u3000", "\u200b", "\u200d\ufe0f", "\u0301", "\ufeff", "\u00ad", "\x00", "\u3164", "\u2060 \u200e", "\ue000"} {
		for _, q := range []msglog.SearchQuery{{Text: text}, {Text: text, UserID: "ana"}, {Text: text, Kind: msglog.KindChat}} {
			wantFound(t, l, q, false)
		}
	}
	wantFound(t, l, msglog.SearchQuery{Text: "\u200b one"}, false, 1)
	wantFound(t, l, msglog.SearchQuery{Text: "one \u200b"}, false, 1)
}

// A filter that fits nothing finds nothing.
func logUnknown(t *testing.T, l msglog.Log) {
	add(t, l, entry("", "ana", "one"))
	for _, q := range []msglog.SearchQuery{{UserID: "nobody"}, {Topic: "nothing"}, {Kind: "another"}, {UserID: "ANA"}, {Topic: "\ue000"}} {
		wantFound(t, l, q, false)
		q.Text = "one"
		wantFound(t, l, q, false)
	}
}

// A long text that was copied into the search finds the message, however many words and signs it has.
func logPasted(t *testing.T, l msglog.Log) {
	long := strings.Repeat("word, another! ", 400)
	add(t, l, entry("", "ana", long), entry("", "ana", long[:300]), entry("", "ana", strings.Repeat("=", 5000)))
	wantFound(t, l, msglog.SearchQuery{Text: long}, false, 2, 1) // each of its parts is in both
	wantFound(t, l, msglog.SearchQuery{Text: long + "more"}, false)
	wantFound(t, l, msglog.SearchQuery{Text: strings.Repeat("=", 4000)}, false, 3)
	wantFound(t, l, msglog.SearchQuery{Text: strings.Repeat("=", 5001)}, false)
}
