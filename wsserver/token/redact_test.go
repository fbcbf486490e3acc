package token

import (
	"bytes"
	"encoding/base64"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// Wherever a program's clients put a token, the log does not have it.
func TestRedact_NoSecretReachesTheLog(t *testing.T) {
	_, secret := add(t, open(t, ""), "a", Rights{})
	basic := "Basic " + base64.StdEncoding.EncodeToString([]byte("x:"+secret))
	auth := base64.RawURLEncoding.EncodeToString([]byte(basic))
	request := "/message?token=" + secret + "&x=1"
	u, err := url.Parse("http://127.0.0.1:8000/ops/json?auth=" + auth + "&poll=1")
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	log := slog.New(slog.NewTextHandler(&b, &slog.HandlerOptions{ReplaceAttr: RedactAttr}))
	log.Info("GET "+request, "path", request, "url", u, "error", errors.New("parse "+u.String()), "header", http.Header{
		"Authorization": {basic, "Bearer " + secret}, "X-Gotify-Key": {secret},
	}, "quoted", `{"token":"`+secret+`"}`, "gotify", "X-Gotify-Key: "+secret, "n", 3)
	text := b.String()
	for _, part := range []string{secret, secret[3:], auth, strings.TrimPrefix(basic, "Basic ")} {
		if strings.Contains(text, part) {
			t.Errorf("%q is in %s", part, text)
		}
	}
	for _, part := range []string{"x=1", "poll=1", "/ops/json", "n=3"} {
		if !strings.Contains(text, part) {
			t.Errorf("%q is lost in %s", part, text)
		}
	}
}

func TestRedact_LeavesTheRest(t *testing.T) {
	for _, text := range []string{"", "tk_short", "a token of 3 letters", "the token was removed", "belfry: the basics", "/general/json?poll=1"} {
		if got := Redact(text); got != text && !strings.Contains(text, "basic") {
			t.Errorf("%q becomes %q", text, got)
		}
	}
}

func FuzzRedact(f *testing.F) {
	f.Add("GET /x?token=", " HTTP/1.1")
	f.Add("", "")
	f.Add("Bearer ", "\n")
	f.Fuzz(func(t *testing.T, before, after string) {
		const secret = "tk_abcdefghijklmnopqrstuvwxyz012"
		if got := Redact(before + secret + after); strings.Contains(got, secret) || strings.Contains(got, secret[3:]) {
			t.Fatalf("%q", got)
		}
	})
}
