package wsserver_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"belfry/wsserver"
	"belfry/wsserver/wstest"
)

func TestSession_IsGivenForTheKey(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		answer, body := r.do(request(t, "POST", "/session", "Authorization", "Bearer "+key, "Origin", "http://127.0.0.1:8000"))
		if answer.StatusCode != http.StatusNoContent || body != "" || len(answer.Cookies()) != 1 {
			t.Fatalf("%d %q, cookies %v", answer.StatusCode, body, answer.Cookies())
		}
		c := answer.Cookies()[0]
		if c.Name != "belfry_8000" || !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Secure || c.Path != "" ||
			c.MaxAge != int(wsserver.SessionAge.Seconds()) || strings.Contains(c.Value, key) {
			t.Errorf("cookie %v", c)
		}
		header := shown(answer)
		wstest.Dial(t, r.listen.Dial, "/ws/server", header).Expect("counts")
		if answer, _ := r.do(request(t, "GET", "/session", "Cookie", header.Get("Cookie"))); answer.StatusCode != http.StatusNoContent {
			t.Errorf("asked for the session: %d", answer.StatusCode)
		}
	})
}

func TestSession_IsRefusedWithoutTheKey(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		for _, row := range []struct {
			method, auth, origin string
			status               int
			code                 string
		}{
			{"POST", "", "", 401, "key_needed"},
			{"POST", "Bearer ", "", 401, "key_needed"},
			{"POST", "Basic " + key, "", 401, "key_needed"},
			{"POST", "Bearer wrong", "", 401, "key_wrong"},
			{"POST", "Bearer " + key + "x", "", 401, "key_wrong"},
			{"POST", "Bearer " + key, "http://evil.example", 403, "not_allowed"},
			{"GET", "", "", 401, "key_needed"},
			{"PUT", "Bearer " + key, "", 405, "not_allowed"},
		} {
			answer, body := r.do(request(t, row.method, "/session", "Authorization", row.auth, "Origin", row.origin))
			if code, _ := refused(t, body); answer.StatusCode != row.status || code != row.code || len(answer.Cookies()) != 0 {
				t.Errorf("%s %q from %q: %d %s, cookies %v", row.method, row.auth, row.origin, answer.StatusCode, body, answer.Cookies())
			}
		}
		if answer, _ := r.do(request(t, "DELETE", "/session")); answer.StatusCode != 204 || answer.Cookies()[0].MaxAge >= 0 {
			t.Errorf("signing out: %d %v", answer.StatusCode, answer.Cookies())
		}
	})
}

func TestDashboard_NeedsTheKeyOrASession(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		for _, header := range []http.Header{
			nil,
			{"Authorization": {"Bearer wrong"}},
			{"Cookie": {"belfry_8000=" + key}},
			{"Cookie": {"belfry_8000=9999999999.x.y"}},
			{"Cookie": {"belfry_8000=."}},
			{"Cookie": {"belfry_8000="}},
		} {
			if _, answer, err := wstest.TryDial(t, r.listen.Dial, "/ws/server", header); err == nil || answer.StatusCode != 401 {
				t.Errorf("%v: %v", header, err)
			}
		}
		if answer, _ := r.do(request(t, "GET", "/ws/server", "Authorization", "Bearer "+key)); answer.StatusCode != 426 {
			t.Errorf("a plain GET with the key: %d", answer.StatusCode)
		}
	})
}

func TestSession_WrongKeysAreSlowedPerAddress(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		sign := func(ip, token string) (int, string) {
			answer, body := do(t, from(r, ip), request(t, "POST", "/session", "Authorization", "Bearer "+token))
			return answer.StatusCode, body
		}
		for range wsserver.WrongKeys {
			if status, _ := sign("10.0.0.1", "wrong"); status != 401 {
				t.Fatalf("status %d", status)
			}
		}
		status, body := sign("10.0.0.1", "wrong")
		if code, retry := refused(t, body); status != 429 || code != "rate_limited" || retry <= 0 {
			t.Errorf("one more: %d %s", status, body)
		}
		if status, _ := sign("10.0.0.1", key); status != 204 { // who guesses does not shut out who knows
			t.Errorf("the right key from there: %d", status)
		}
		if status, _ := sign("10.0.0.2", key); status != 204 {
			t.Errorf("the right key from elsewhere: %d", status)
		}
		time.Sleep(wsserver.WrongKeyEvery)
		if status, _ := sign("10.0.0.1", "wrong"); status != 401 {
			t.Errorf("a wrong key after a while: %d", status)
		}
	}, func(c *wsserver.Config) { c.MaxPerAddress = 256 })
}

func TestSession_SurvivesARestartWithTheSameKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		r := newRoom(t, func(c *wsserver.Config) { c.Dir = dir })
		answer, _ := r.do(request(t, "POST", "/session", "Authorization", "Bearer "+key))
		cookie := answer.Cookies()[0]
		r.stop()
		for _, row := range []struct {
			token  string
			status int
		}{{key, 204}, {"another", 401}} {
			again := newRoom(t, func(c *wsserver.Config) { c.Dir, c.Token = dir, row.token })
			answer, _ := again.do(request(t, "GET", "/session", "Cookie", cookie.Name+"="+cookie.Value))
			if answer.StatusCode != row.status {
				t.Errorf("with key %q: %d, want %d", row.token, answer.StatusCode, row.status)
			}
			again.stop()
		}
	})
}
