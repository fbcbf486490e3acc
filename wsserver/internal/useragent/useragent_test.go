package useragent

import (
	"fmt"
	"strings"
	"testing"
	"unicode"
)

func TestDescribe_ReadsAsPeopleSayIt(t *testing.T) {
	for agent, want := range map[string]string{
		"Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36":                   "Android, Chrome",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1": "iPhone, Safari",
		"Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0":                                                                  "Linux, Firefox",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0":           "Windows, Edge",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15":                   "macOS, Safari",
		"":                                "A program",
		"curl/8.5.0":                      "curl",
		strings.Repeat("x", 200) + "/1.0": strings.Repeat("x", 40),
	} {
		if got := describe(agent); got != want {
			t.Errorf("%.60s: %q, want %q", agent, got, want)
		}
	}
}

// Strangers choose their User-Agent: what is cached of them stays bounded.
func TestCache_KeepsABoundedNumber(t *testing.T) {
	var c Cache
	for i := range 3 * maxCached {
		agent := fmt.Sprintf("made-up-%d/1.0", i)
		if first, again := c.Describe(agent), c.Describe(agent); first != again || first != describe(agent) {
			t.Fatalf("%s: %q, then %q", agent, first, again)
		}
	}
	if n := len(c.byAgent); n == 0 || n > maxCached {
		t.Errorf("%d are kept, want 1 to %d", n, maxCached)
	}
}

// A User-Agent becomes a few words.
func FuzzDescribe(f *testing.F) {
	for _, agent := range []string{
		"Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Mobile Safari/537.36", "curl/8.0", "", "(((", "a/b/c;;;)",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X)", strings.Repeat("x/", 1000), "\xff\u202e/1",
	} {
		f.Add(agent)
	}
	f.Fuzz(func(t *testing.T, agent string) {
		short := describe(agent)
		if short == "" || len(short) > 90 || strings.ContainsFunc(short, func(r rune) bool { return unicode.IsControl(r) || invisible(r) }) {
			t.Fatalf("%q is described as %q", agent, short)
		}
	})
}

func invisible(r rune) bool {
	return unicode.In(r, unicode.Cf, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point)
}
