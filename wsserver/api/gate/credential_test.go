package gate

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"belfry/wsserver/wire"
)

const secret = "tk_abcdefghijklmnopqrstuvwxyz012"

func TestCredential_IsTakenFromWhereClientsPutIt(t *testing.T) {
	basic := "Basic " + base64.StdEncoding.EncodeToString([]byte("anyname:"+secret))
	raw := base64.RawURLEncoding.EncodeToString
	for name, row := range map[string]struct {
		header, value, query string
		want                 string
		inURL                bool
	}{
		"Bearer":                {"Authorization", "Bearer " + secret, "", secret, false},
		"bearer in small":       {"Authorization", "bearer  " + secret, "", secret, false},
		"Basic":                 {"Authorization", basic, "", secret, false},
		"Gotify's header":       {"X-Gotify-Key", secret, "", secret, false},
		"Gotify's query":        {"", "", "token=" + secret, secret, true},
		"ntfy's query":          {"", "", "auth=" + raw([]byte(basic)), secret, true},
		"ntfy's, of a Bearer":   {"", "", "auth=" + raw([]byte("Bearer "+secret)), secret, true},
		"a header before a URL": {"Authorization", "Bearer " + secret, "token=tk_other", secret, false},
		"a cookie":              {"Cookie", "token=" + secret, "", "", false},
		"another scheme":        {"Authorization", "Digest " + secret, "", "", false},
		"no base64":             {"Authorization", "Basic ***", "auth=***", "", false},
		"nothing":               {"", "", "", "", false},
	} {
		r := httptest.NewRequest(http.MethodGet, "/x?"+row.query, nil)
		if row.header != "" {
			r.Header.Set(row.header, row.value)
		}
		if got, inURL, err := credential(r); got != row.want || inURL != row.inURL || err != nil {
			t.Errorf("%s: %q, in the URL %v, error %v", name, got, inURL, err)
		}
	}
}

func FuzzCredential(f *testing.F) {
	f.Add("Bearer "+secret, "token=x&auth=y")
	f.Add("Basic "+base64.StdEncoding.EncodeToString([]byte("a:b:c")), "authorization=QmVhcmVyIHg")
	f.Fuzz(func(t *testing.T, header, query string) {
		r := httptest.NewRequest(http.MethodGet, "/x", nil)
		r.URL.RawQuery = query
		r.Header.Set("Authorization", header)
		token, inURL, err := credential(r)
		if len(token) > maxCredential || inURL && token == "" || err != nil && token != "" {
			t.Errorf("%q, in the URL %v, error %v", token, inURL, err)
		}
	})
}

func TestIsClick_TakesWebAddressesAlone(t *testing.T) {
	for _, address := range []string{"https://grafana.example/d/1?a=1#b", "http://192.168.1.60:3000/", "http://[fe80::1]/x"} {
		if !IsClick(address) {
			t.Errorf("%q is refused", address)
		}
	}
	for _, address := range []string{
		"", "javascript:alert(1)", "data:text/html,x", "ftp://example.org/", "//example.org/", "https://", "https:///x", "http://a b/",
		"https://user:pass@example.org/", "https://example.org/\n", "https://example.org/\u202e", "mailto:a@example.org", "https://" + strings.Repeat("x", MaxClick),
	} {
		if IsClick(address) {
			t.Errorf("%q is taken", address)
		}
	}
}

func TestStatus_EachErrorHasOne(t *testing.T) {
	for status, list := range map[int][]*wire.Error{
		http.StatusBadRequest:            {wire.ErrBadFrame},
		http.StatusUnauthorized:          {ErrNoToken, ErrWrongToken, ErrInURL},
		http.StatusForbidden:             {wire.ErrNotAllowed},
		http.StatusNotFound:              {wire.ErrUnknownTopic, wire.ErrUnknownUser},
		http.StatusConflict:              {wire.ErrIDConflict},
		http.StatusRequestEntityTooLarge: {wire.ErrTooLarge},
		http.StatusServiceUnavailable:    {wire.ErrClosing, wire.ErrNotKept},
		http.StatusInternalServerError:   {wire.ErrInternal},
	} {
		for _, e := range list {
			if got, _ := Status(e); got != status {
				t.Errorf("%s: status %d, want %d", e.Code, got, status)
			}
		}
	}
	if status, e := Status(fmt.Errorf("the token was removed: %w", context.Canceled)); status != http.StatusUnauthorized || e.Code != "unauthorized" {
		t.Errorf("what a removed token was doing ends with %d %s", status, e.Code)
	}
	w := httptest.NewRecorder()
	Refuse(w, ErrNoToken)
	if got := w.Header().Get("WWW-Authenticate"); strings.Contains(got, "Basic") || got == "" {
		t.Errorf("asks for %q", got)
	}
	if !strings.Contains(w.Body.String(), `"code":"unauthorized"`) {
		t.Errorf("says %s", w.Body.String())
	}
}
