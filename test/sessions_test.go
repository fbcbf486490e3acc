package test

import (
	"net/http"
	"os"
	"path/filepath"
	"testing"
)

// Sessions survive a kill, each can be ended, and dashboards on other machines can be switched off.
func TestProgram_KeepsSessionsAndSettings(t *testing.T) {
	p := newProgram(t)
	p.start()
	ask := func(method, path string, header ...string) *http.Response {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, "http://"+p.addr+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		return answer
	}
	signedIn := ask("POST", "/session", "Authorization", "Bearer "+programKey)
	cookie := signedIn.Cookies()[0]
	session := cookie.Name + "=" + cookie.Value
	far := []string{"Cookie", session, "X-Forwarded-For", "192.168.1.7"}
	if status := ask("GET", "/session", far...).StatusCode; status != http.StatusNoContent {
		t.Errorf("from another machine: %d", status)
	}
	p.kill()
	if err := os.WriteFile(filepath.Join(p.dir, "settings.json"), []byte(`{"remote_dashboards":false}`), 0o600); err != nil {
		t.Fatal(err)
	}
	p.start()
	if status := ask("GET", "/session", "Cookie", session).StatusCode; status != http.StatusNoContent {
		t.Errorf("after a kill: %d", status)
	}
	if status := ask("GET", "/session", far...).StatusCode; status != http.StatusForbidden {
		t.Errorf("switched off, from another machine: %d", status)
	}
	ask("DELETE", "/session", "Cookie", session, "Belfry-Session", signedIn.Header.Get("Belfry-Session"))
	p.kill()
	p.start()
	if status := ask("GET", "/session", "Cookie", session).StatusCode; status != http.StatusUnauthorized {
		t.Errorf("signed out, and started again: %d", status)
	}
}
