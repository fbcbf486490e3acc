package desktop

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"belfry/wsserver"
)

func TestSecurePages(t *testing.T) {
	for name, c := range map[string]struct{ server, want string }{
		"Production":  {"", wsserver.Security},
		"Development": {"http://localhost:5173", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("frontenddevserverurl", c.server)
			pages := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
			answer := httptest.NewRecorder()
			SecurePages(pages).ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil))
			if got := answer.Header().Get("Content-Security-Policy"); got != c.want || answer.Code != http.StatusTeapot {
				t.Errorf("answered %d with the policy %q, want %q", answer.Code, got, c.want)
			}
		})
	}
}
