package cli

import (
	"errors"
	"testing"
)

func TestParseServer_TakesAnAddressAsPeopleWriteIt(t *testing.T) {
	for text, want := range map[string]string{
		"http://192.168.1.24:8000": "http://192.168.1.24:8000", "192.168.1.24:8000": "http://192.168.1.24:8000", "https://room.example/belfry/": "https://room.example/belfry",
		"http://[::1]:8000/": "http://[::1]:8000",
	} {
		if u, err := parseServer(text); err != nil || u.String() != want {
			t.Errorf("%q: %v, error %v", text, u, err)
		}
	}
	var wrong usageError
	for _, text := range []string{"ftp://example.org", "http://", "http://user:pass@example.org", "http://example.org/?token=x", "http://example.org/#x", "http://a b/"} {
		if u, err := parseServer(text); !errors.As(err, &wrong) {
			t.Errorf("%q: %v, error %v", text, u, err)
		}
	}
}

func TestTarget_IsEveryoneATopicOrAPerson(t *testing.T) {
	for text, want := range map[string][2]string{"everyone": {"", ""}, "kitchen": {"kitchen", ""}, "@abc123": {"", "abc123"}} {
		if topic, userID, err := target(text); err != nil || [2]string{topic, userID} != want {
			t.Errorf("%q: topic %q, person %q, error %v", text, topic, userID, err)
		}
	}
	if _, _, err := target("@"); err == nil {
		t.Error("@ alone is a person")
	}
}

// A token is shown to the server that was named alone, and the folder's key to no server that was.
func TestServer_ANamedOneNeedsATokenOfItsOwn(t *testing.T) {
	c := &call{getenv: func(string) string { return "" }}
	var wrong usageError
	if s, err := c.server(serverFlags{url: "http://127.0.0.1:8000", data: t.TempDir()}); !errors.As(err, &wrong) {
		t.Errorf("%+v, error %v", s, err)
	}
	c.getenv = func(name string) string {
		return map[string]string{"BELFRY_SERVER": "http://192.168.1.24:8000", "BELFRY_TOKEN": "tk_x"}[name]
	}
	if s, err := c.server(serverFlags{data: t.TempDir()}); err != nil || s.base.Host != "192.168.1.24:8000" || s.secret != "tk_x" {
		t.Errorf("%+v, error %v", s, err)
	}
}
