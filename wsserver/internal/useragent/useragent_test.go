package useragent

import (
	"fmt"
	"strings"
	"testing"
)

func TestBrowser_ReadsAsPeopleSayIt(t *testing.T) {
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
		if got := Browser(agent); got != want {
			t.Errorf("%.60s: %q, want %q", agent, got, want)
		}
	}
}

// Strangers choose their User-Agent: what is remembered of them stays bounded.
func TestBrowser_RemembersABoundedNumber(t *testing.T) {
	for i := range 3 * BrowsersKept {
		Browser(fmt.Sprintf("made-up-%d/1.0", i))
	}
	Browsers.Lock()
	defer Browsers.Unlock()
	if n := len(Browsers.short); n > BrowsersKept {
		t.Errorf("%d are kept, want at most %d", n, BrowsersKept)
	}
}
