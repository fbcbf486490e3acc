package wsserver_test

import (
	"context"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"belfry/wsserver"
)

// A browser reads what stands behind the # as a form.
func TestURLs_TheLinkCarriesAnyKey(t *testing.T) {
	for _, key := range []string{"plus+percent%and&hash#", "=equals=equals=equals", "schlüssel-für-鐘楼-1234", "%2B%2B%2B%2B%2B%2B%2B%2B", `quotes"'<>\|^{}[]` + "`"} {
		s := serverIn(t, "", func(c *wsserver.Config) { c.Token = key })
		start(t, s)
		_, dashboard := s.URLs()
		_, fragment, _ := strings.Cut(dashboard, "#")
		form, err := url.ParseQuery(fragment)
		if err != nil || len(form) != 1 || form.Get("token") != key {
			t.Errorf("%s gives the key %q, error %v; want %q", dashboard, form.Get("token"), err, key)
		}
		if strings.ContainsAny(fragment, " #\"<>") {
			t.Errorf("%s cannot be clicked in a terminal", dashboard)
		}
	}
}

// An editor adds marks and line ends to a file; they are no part of the key.
func TestStart_TheKeysFile(t *testing.T) {
	const key = "a-key-of-16-chars"
	for name, row := range map[string]struct{ text, want, refused string }{
		"with a BOM":          {"\ufeff" + key + "\n", key, ""},
		"with CRLF":           {key + "\r\n", key, ""},
		"with blanks":         {"  " + key + " \t\n\n", key, ""},
		"without an end":      {key, key, ""},
		"too short":           {"hunter2\n", "", "at least 16 characters"},
		"two lines":           {key + "\n" + key + "\n", "", "spaces or control characters"},
		"in UTF-16":           {"\xff\xfea\x00-\x00k\x00e\x00y\x00", "", "UTF-8"},
		"an invisible letter": {key + "\u200bx", "", "spaces or control characters"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			file := filepath.Join(dir, "operator-token")
			if err := os.WriteFile(file, []byte(row.text), 0o600); err != nil {
				t.Fatal(err)
			}
			s := serverIn(t, dir)
			if row.refused != "" {
				p := problem(t, s.Start(t.Context()), "folder")
				if !strings.Contains(p.Message, file) || !strings.Contains(p.Message, row.refused) || strings.Contains(p.Message, "hunter2") {
					t.Errorf("said %q", p.Message)
				}
				return
			}
			start(t, s)
			if _, dashboard := s.URLs(); !strings.HasSuffix(dashboard, "#token="+row.want) {
				t.Errorf("printed %s", dashboard)
			}
		})
	}
	dir := t.TempDir() // of a crash: an empty file is none
	if err := os.WriteFile(filepath.Join(dir, "operator-token"), []byte("\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := serverIn(t, dir)
	start(t, s)
	if _, dashboard := s.URLs(); len(dashboard) < 26 {
		t.Errorf("printed %s", dashboard)
	}
}

func TestPages_NearAddressesLeadToThePage(t *testing.T) {
	s := serverIn(t, "")
	start(t, s)
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for path, want := range map[string]string{
		"/server/": "/server", "/Server": "/server", "/SERVER/?x=1": "/server?x=1", "/Trust": "/trust", "/trust/": "/trust",
		"/servers": "", "/server/x": "", "/Assets/": "", "/": "", "/server": "",
	} {
		r, err := http.NewRequestWithContext(context.Background(), http.MethodGet, "http://"+s.Addr().String()+path, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		if got := answer.Header.Get("Location"); got != want {
			t.Errorf("%s leads to %q, want %q (status %d)", path, got, want, answer.StatusCode)
		}
	}
}

// Whoever removes the lock's file lets nobody in.
func TestStart_RemovingTheLockLetsNobodyIn(t *testing.T) {
	dir := t.TempDir()
	start(t, serverIn(t, dir))
	if err := os.Remove(filepath.Join(dir, "lock")); err != nil {
		t.Skip("an open file cannot be removed here")
	}
	wantProblem(t, serverIn(t, dir).Start(t.Context()), "in_use")
}
