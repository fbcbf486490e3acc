package desktop

import (
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
)

func TestSecurePages_TheEnvironmentDoesNotTakeThePolicyOff(t *testing.T) {
	if Developing {
		t.Skip("the page is Vite's here")
	}
	for _, server := range []string{"", "http://127.0.0.1:5173"} {
		t.Setenv("frontenddevserverurl", server)
		pages := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
		answer := httptest.NewRecorder()
		SecurePages(pages).ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil))
		got := answer.Header().Get("Content-Security-Policy")
		if got != WindowPolicy || answer.Code != http.StatusTeapot {
			t.Errorf("with %q: answered %d with the policy %q", server, answer.Code, got)
		}
	}
	for _, want := range []string{"default-src 'none'", "script-src 'self'", "base-uri 'none'", "form-action 'none'"} {
		if !strings.Contains(WindowPolicy, want) {
			t.Errorf("the window's policy lacks %s: %s", want, WindowPolicy)
		}
	}
}

func TestForgetDevelopment(t *testing.T) {
	if Developing {
		t.Skip("they are needed here")
	}
	t.Setenv("frontenddevserverurl", "http://127.0.0.1:5173")
	t.Setenv("assetdir", "/tmp")
	if err := ForgetDevelopment(os.Unsetenv); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"frontenddevserverurl", "assetdir"} {
		if value, isSet := os.LookupEnv(key); isSet {
			t.Errorf("%s is still %q", key, value)
		}
	}
}
