package wsserver_test

import (
	"bytes"
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"belfry/wsserver"
)

const phrase = "käse & brot ☃"

// typed posts what somebody has typed to sign in.
func typed(t *testing.T, r *room, ip, text string) (*http.Response, string) {
	t.Helper()
	req := request(t, "POST", "/session", "Origin", "http://127.0.0.1:8000")
	req.Body = body(`{"password":"` + text + `"}`)
	return do(t, from(r, ip), req)
}

type reader struct{ *strings.Reader }

func (reader) Close() error { return nil }

func body(s string) reader { return reader{Reader: strings.NewReader(s)} }

func setPassword(t *testing.T, r *room, text string) {
	t.Helper()
	if err := r.SetPassword(context.Background(), text); err != nil {
		t.Fatal(err)
	}
}

func TestPassword_OpensADashboardBesideTheKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		r := newRoom(t, func(c *wsserver.Config) { c.Dir = dir })
		setPassword(t, r, phrase)
		answer, text := typed(t, r, "10.0.0.7", phrase)
		if answer.StatusCode != 204 || len(answer.Cookies()) != 1 {
			t.Fatalf("%d %s", answer.StatusCode, text)
		}
		list := r.Sessions(context.Background()).Sessions
		if len(list) != 1 || list[0].How != "password" || list[0].Address != "10.0.0.7" {
			t.Errorf("sessions %+v", list)
		}
		if answer, _ := typed(t, r, "10.0.0.7", key); answer.StatusCode != 204 {
			t.Errorf("the key, typed: %d", answer.StatusCode)
		}
		answer, text = typed(t, r, "10.0.0.7", phrase+"x")
		if code, _ := refused(t, text); answer.StatusCode != 401 || code != "key_wrong" || !strings.Contains(text, `"password":true`) {
			t.Errorf("another: %d %s", answer.StatusCode, text)
		}
		if answer, _ := r.do(request(t, "GET", "/session", "Authorization", "Bearer long-enough-as-password")); answer.StatusCode != 401 {
			t.Errorf("as a Bearer: %d", answer.StatusCode)
		}
		kept, err := os.ReadFile(filepath.Join(dir, "operator-password"))
		if err != nil || !bytes.HasPrefix(kept, []byte("$argon2id$v=19$")) || bytes.Contains(kept, []byte("brot")) {
			t.Errorf("kept as %q, %v", kept, err)
		}
		r.stop()
		r = newRoom(t, func(c *wsserver.Config) { c.Dir = dir })
		if answer, text := typed(t, r, "10.0.0.7", phrase); answer.StatusCode != 204 || !r.Settings().Password {
			t.Errorf("after a restart: %d %s", answer.StatusCode, text)
		}
		setPassword(t, r, "")
		if answer, text := typed(t, r, "10.0.0.8", phrase); answer.StatusCode != 401 || strings.Contains(text, "password") || r.Settings().Password {
			t.Errorf("when it was removed: %d %s", answer.StatusCode, text)
		}
		if _, err := os.Stat(filepath.Join(dir, "operator-password")); !os.IsNotExist(err) {
			t.Errorf("its file is still there: %v", err)
		}
	})
}

func TestPassword_AnotherOneEndsWhatTheOldOneOpened(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		setPassword(t, r, phrase)
		answer, _ := typed(t, r, "10.0.0.7", phrase)
		old := shown(answer)
		d, byKey := dashboardAs(t, r, "10.0.0.7", old), signIn(t, r, "10.0.0.8")
		setPassword(t, r, "another one, longer")
		d.ExpectAfter("error", "event")
		wantClose(t, d, 4003, "")
		if signedIn(t, r, old) || !signedIn(t, r, byKey) {
			t.Error("the wrong session has ended")
		}
	})
}

func TestPassword_IsLongEnough(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		wantCode(t, r.SetPassword(context.Background(), "ninechars"), "too_short")
		wantCode(t, r.SetPassword(context.Background(), strings.Repeat("ä", 257)), "too_large")
		wantCode(t, r.SetPassword(context.Background(), "ten letters\xff"), "bad_frame")
		if r.Settings().Password {
			t.Error("one of them was taken")
		}
	})
}

func TestPassword_WrongOnesAreSlowedPerAddress(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) { // without limits per address: a password is slowed all the same
		setPassword(t, r, phrase)
		for range wsserver.WrongPasswords {
			if answer, text := typed(t, r, "10.0.0.1", "a wrong one"); answer.StatusCode != 401 {
				t.Fatalf("%d %s", answer.StatusCode, text)
			}
		}
		answer, text := typed(t, r, "10.0.0.1", phrase)
		if code, retry := refused(t, text); answer.StatusCode != 429 || code != "rate_limited" || retry <= 0 || answer.Header.Get("Retry-After") == "" {
			t.Errorf("one more: %d %s", answer.StatusCode, text)
		}
		if answer, _ := do(t, from(r, "10.0.0.1"), request(t, "POST", "/session", "Authorization", "Bearer "+key)); answer.StatusCode != 204 {
			t.Errorf("the key from there: %d", answer.StatusCode)
		}
		for range wsserver.WrongPasswords + 1 { // right ones cost nothing
			if answer, text := typed(t, r, "10.0.0.2", key); answer.StatusCode != 204 {
				t.Errorf("from elsewhere: %d %s", answer.StatusCode, text)
			}
		}
		time.Sleep(wsserver.WrongPasswordEvery)
		if answer, _ := typed(t, r, "10.0.0.1", phrase); answer.StatusCode != 204 {
			t.Errorf("after a while: %d", answer.StatusCode)
		}
	})
}

func TestSignIn_WhatIsNoPasswordIsRefused(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		for text, status := range map[string]int{
			"nonsense": 400, "{}": 400, `{"password":""}`: 400, `{"password":7}`: 400, `["x"]`: 400, `{"password":"x"}`: 401,
			`{"password":"` + strings.Repeat("x", 5000) + `"}`: 413,
		} {
			req := request(t, "POST", "/session")
			req.Body = body(text)
			if answer, said := r.do(req); answer.StatusCode != status || len(answer.Cookies()) > 0 {
				t.Errorf("%.20s: %d %s", text, answer.StatusCode, said)
			}
		}
	})
}
