//go:build window

package window

import (
	"net/http"
	"testing"
)

// dashboardsAreHere checks that only this machine has a dashboard in a browser, as long as the operator allows no other.
func (d *day) dashboardsAreHere(t *testing.T) {
	t.Helper()
	for from, want := range map[string]int{"": http.StatusOK, "192.168.1.7": http.StatusForbidden} {
		for _, path := range []string{"/server", "/"} {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+d.address+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			if from != "" {
				r.Header.Set("X-Forwarded-For", from)
			}
			answer, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			_ = answer.Body.Close()
			if path == "/" {
				want = http.StatusOK
			}
			if answer.StatusCode != want {
				t.Errorf("%s from %q: status %d", path, from, answer.StatusCode)
			}
		}
	}
}
