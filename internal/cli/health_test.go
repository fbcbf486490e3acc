package cli

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// answering is a server with one answer to all, and its address. It fails the test where it is shown a key.
func answering(t *testing.T, status int, body string) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "" || r.URL.Path != "/healthz" && r.URL.Path != "/readyz" {
			t.Errorf("it asked %s with %q", r.URL, r.Header)
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body) // the test sees what was read
	}))
	t.Cleanup(s.Close)
	return s.URL
}

func TestHealth_AsksTheServerThatIsNamed(t *testing.T) {
	tests := map[string]struct {
		status  int
		body    string
		args    []string
		want    int
		problem string
	}{
		"serves":                    {200, "ok\n", nil, Done, ""},
		"another program":           {200, "<html>", nil, Failed, "is no Belfry"},
		"a sign-in page":            {302, "ok\n", nil, Failed, "is no Belfry"},
		"people can write":          {200, `{"ready":true}`, []string{"-ready"}, Done, ""},
		"they cannot":               {503, `{"ready":false,"why":["log_not_written","disk_full"]}`, []string{"-ready"}, Failed, "now: log_not_written, disk_full."},
		"a proxy without a server":  {503, `{"error":"no upstream"}`, []string{"-ready"}, Failed, "is no Belfry"},
		"not the word that is read": {200, "ok\n", []string{"-ready"}, Failed, "is no Belfry"},
		"a word":                    {200, "ok\n", []string{"now"}, Usage, `unexpected argument "now"`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			at := answering(t, test.status, test.body)
			environment := map[string]string{"BELFRY_TOKEN": "tk_never_shown", "BELFRY_SERVER": at}
			got := belfry(t, environment, append([]string{"health"}, test.args...)...)
			if got.status != test.want || got.stdout != "" || !strings.Contains(got.stderr, test.problem) || (test.problem == "") != (got.stderr == "") {
				t.Errorf("%+v", got)
			}
		})
	}
}

func TestHealth_NobodyThere(t *testing.T) {
	s := httptest.NewServer(http.NotFoundHandler())
	at := s.URL
	s.Close()
	if got := belfry(t, nil, "health", "-server", at); got.status != Failed || !strings.Contains(got.stderr, "cannot be reached") {
		t.Errorf("nobody listens: %+v", got)
	}
	if got := belfry(t, nil, "health", "-data", t.TempDir()); got.status != Failed || !strings.Contains(got.stderr, "No Belfry is running") {
		t.Errorf("nobody runs: %+v", got)
	}
}
