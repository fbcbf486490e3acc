package desktop

import (
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
)

func TestOwnPage_NothingElseIsShownInTheWindow(t *testing.T) {
	for address, want := range map[string]bool{
		"wails://wails/":                     true,
		"wails://wails/#main":                true,
		"wails://wails":                      true,
		"wails://wails.evil.example/":        false,
		"wails://wails.localhost:9245/":      Developing,
		"wails://evil@wails/":                false,
		"wails://evil/":                      false,
		"wails:wails":                        false,
		"":                                   false,
		"about:blank":                        false,
		"file:///home/ana/list.html":         false,
		"http://127.0.0.1:8000/server":       false,
		"https://wails/":                     false,
		"http://evil.example/wails://wails/": false,
		"data:text/html,<b>x</b>":            false,
		"javascript:alert(1)":                false,
		"blob:wails://wails/6f1c":            false,
		"wails://wails:80\x00/":              false,
	} {
		if got := OwnPage(address); got != want {
			t.Errorf("OwnPage(%q) is %v, want %v", address, got, want)
		}
	}
}

func TestLink_OnlyWebAddressesAreHandedToTheBrowser(t *testing.T) {
	for address, want := range map[string]string{
		"http://127.0.0.1:8000/a?b=1&c=(d);$x#e": "http://127.0.0.1:8000/a?b=1&c=(d);$x#e",
		"https://example.org":                    "https://example.org",
		"HTTP://example.org/":                    "http://example.org/",
		"http://[::1]:8000/":                     "http://[::1]:8000/",
		"https://xn--mnchen-3ya.example/":        "https://xn--mnchen-3ya.example/",
		"http://a/?\"`id`'|{x}":                  "http://a/?%22%60id%60%27%7C%7Bx%7D",
	} {
		if got, ok := Link(address); !ok || got != want {
			t.Errorf("Link(%q) is %q, %v, want %q", address, got, ok, want)
		}
	}
	for _, address := range []string{
		"", "example.org", "//example.org", "http://", "http:///x", "http:x", "file:///etc/passwd", "ftp://example.org",
		"javascript:alert(1)", "data:text/html,x", "mailto:a@example.org", "smb://example.org/x", "wails://wails/",
		"--help", "http://-x\n", "http://example.org/\x00", "https://bank.example@evil.example/",
		"http://a:b@evil.example/", "http://ev\u202eil.example/", "http://\u0430pple.example/", "http://a b/", " http://a/",
	} {
		if got, ok := Link(address); ok {
			t.Errorf("Link(%q) is %q: want none", address, got)
		}
	}
}

func TestFollow_NeverHandsOnWhatIsNoWebAddress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var opened []string
		var mu sync.Mutex
		var said strings.Builder
		open := func(link string) error {
			mu.Lock()
			defer mu.Unlock()
			opened = append(opened, link)
			return errors.New("no browser here")
		}
		log := slog.New(slog.NewTextHandler(&said, nil))
		for _, address := range []string{"file:///etc/passwd", "https://a@b.example/", "--help"} {
			Follow(address, open, log)
		}
		synctest.Wait()
		if len(opened) != 0 || strings.Count(said.String(), "was not opened") != 3 {
			t.Errorf("opened %q and said %s", opened, &said)
		}
		Follow("http://example.org/", open, log)
		synctest.Wait()
		if len(opened) != 1 || !strings.Contains(said.String(), "no browser here") {
			t.Errorf("opened %q and said %s", opened, &said)
		}
	})
}
