package names

import (
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// readPeoples reads testdata/names.txt: the names by language.
func readPeoples(t testing.TB) map[string][]string {
	t.Helper()
	text, err := os.ReadFile("testdata/names.txt")
	if err != nil {
		t.Fatal(err)
	}
	peoples := map[string][]string{}
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		language, list, ok := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		if !ok || peoples[language] != nil {
			t.Fatalf("%q", line)
		}
		peoples[language] = strings.Split(list, "; ")
	}
	return peoples
}

func TestCheck_KeepsNamesOfAllPeoplesAsTheyAreWritten(t *testing.T) {
	peoples, n := readPeoples(t), 0
	for language, list := range peoples {
		for _, name := range list {
			n++
			got, err := Check(name)
			if want := norm.NFC.String(name); err != nil || got != want {
				t.Errorf("%s: %q is %q (%v), want %q", language, name, got, err, want)
			}
		}
	}
	if n < 1000 || len(peoples) < 60 {
		t.Errorf("%d names of %d languages", n, len(peoples))
	}
}

// Written otherwise, they are let in too: decomposed, in capitals, small, without a composed form, wide.
func TestCheck_TakesNamesOfAllPeoplesInEveryForm(t *testing.T) {
	for language, list := range readPeoples(t) {
		for _, name := range list {
			for _, form := range []string{norm.NFD.String(name), norm.NFKC.String(name), strings.ToUpper(name), strings.ToLower(name)} {
				if utf8.RuneCountInString(form) > 64 {
					continue
				}
				if _, err := Check(form); err != nil {
					t.Errorf("%s: %q: %v", language, form, err)
				}
			}
		}
	}
}

func TestKeys_NoRealNameBlocksAnother(t *testing.T) {
	owner := map[string]string{}
	for language, list := range readPeoples(t) {
		for _, name := range list {
			for _, k := range Keys(name) {
				if other := owner[k]; other != "" && other != name {
					t.Errorf("%s: %q and %q are both %q", language, name, other, k)
				}
				owner[k] = name
			}
		}
	}
}
