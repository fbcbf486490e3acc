package wsserver_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"belfry/wsserver"
	"belfry/wsserver/auth"
)

// guess types wrong passwords from addresses of their own, and returns how many were looked at.
func guess(t *testing.T, r *room, n int, address string) (looked int) {
	t.Helper()
	for i := range n {
		if answer, _ := typed(t, r, fmt.Sprintf(address, i), "a wrong one"); answer.StatusCode == 401 {
			looked++
		}
	}
	return looked
}

func TestPassword_IsOffAfterTooManyWrongOnesUntilTheOperatorLooks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		r := newRoom(t, func(c *wsserver.Config) { c.Dir = dir })
		setPassword(t, r, phrase)
		guess(t, r, auth.MaxGuesses-1, "10.1.%d.1")
		if answer, text := typed(t, r, "10.2.0.1", phrase); answer.StatusCode != 204 {
			t.Fatalf("before: %d %s", answer.StatusCode, text)
		}
		guess(t, r, 1, "10.3.%d.1")
		wantOff := func(when string) {
			t.Helper()
			answer, text := typed(t, r, "10.2.0.9", phrase)
			if answer.StatusCode != 401 || !strings.Contains(text, "is off") || strings.Contains(text, `"password":true`) {
				t.Errorf("%s: %d %s", when, answer.StatusCode, text)
			}
			if n := r.State().Notice; n == nil || n.Code != "password_off" || n.Since == "" {
				t.Errorf("%s the notice is %+v", when, n)
			}
			for _, answer := range []*http.Response{first(typed(t, r, "10.2.0.9", key)), first(r.do(request(t, "POST", "/session", "Authorization", "Bearer "+key)))} {
				if answer.StatusCode != 204 {
					t.Errorf("%s the key: %d", when, answer.StatusCode)
				}
			}
		}
		wantOff("then")
		if list := r.Audit(auditNewest).Entries; !noted(list, "password_off") {
			t.Errorf("audit %+v", list)
		}
		r.stop()
		if kept, err := os.ReadFile(filepath.Join(dir, "operator-password")); err != nil || !strings.Contains(string(kept), "\noff ") {
			t.Errorf("kept as %q, %v", kept, err)
		}
		r = newRoom(t, func(c *wsserver.Config) { c.Dir = dir })
		wantOff("after a restart")
		if err := r.DismissNotice(context.Background()); err != nil {
			t.Fatal(err)
		}
		if answer, text := typed(t, r, "10.2.0.7", phrase); answer.StatusCode != 204 || r.State().Notice != nil {
			t.Errorf("when the operator has looked: %d %s", answer.StatusCode, text)
		}
		if list := r.Audit(auditNewest).Entries; !noted(list, "password_on") {
			t.Errorf("audit %+v", list)
		}
	})
}

func first(answer *http.Response, _ string) *http.Response { return answer }

// Addresses that one machine makes for itself count as one.
func TestPassword_AddressesOfOneMachineCountAsOne(t *testing.T) {
	for name, address := range map[string]string{
		"loopback": "127.0.0.%d", "loopback, mapped": "::ffff:127.0.%d.1", "an IPv6 network": "2001:db8::%x", "a private one": "fd00::1:%x",
	} {
		t.Run(name, func(t *testing.T) {
			inRoom(t, func(t *testing.T, r *room) {
				setPassword(t, r, phrase)
				if n := guess(t, r, 3*wsserver.WrongPasswords, address); n != wsserver.WrongPasswords {
					t.Errorf("%d were looked at", n)
				}
			})
		})
	}
	t.Run("neighbours on the link", func(t *testing.T) {
		inRoom(t, func(t *testing.T, r *room) {
			setPassword(t, r, phrase)
			if n := guess(t, r, 2*wsserver.WrongPasswords, "fe80::%x"); n != 2*wsserver.WrongPasswords {
				t.Errorf("%d were looked at", n)
			}
		})
	})
}

// Nobody shuts out who knows the key by showing wrong ones, at any door, however many there were.
func TestKey_TheRightOneIsNeverRefused(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		setPassword(t, r, phrase)
		wrong := func(method, path string) int {
			answer, _ := r.do(request(t, method, path, "Authorization", "Bearer wrong"))
			return answer.StatusCode
		}
		for range 40 {
			wrong("POST", "/session")
			wrong("GET", "/ws/server")
			typed(t, r, "127.0.0.1", "a wrong password")
		}
		for path, want := range map[string]int{"/session": 204, "/ws/server": 426, "/export?format=csv": 200} {
			if answer, body := r.do(request(t, "GET", path, "Authorization", "Bearer "+key)); answer.StatusCode != want {
				t.Errorf("%s: %d %s", path, answer.StatusCode, body)
			}
			if status := wrong("GET", path); status != 429 {
				t.Errorf("%s, a wrong one: %d", path, status)
			}
		}
		for name, answer := range map[string]*http.Response{
			"as a Bearer": first(r.do(request(t, "POST", "/session", "Authorization", "Bearer "+key))), "typed": first(typed(t, r, "127.0.0.1", key)),
		} {
			if answer.StatusCode != 204 {
				t.Errorf("%s: %d", name, answer.StatusCode)
			}
		}
		r.dashboard()
	}, func(c *wsserver.Config) { c.MaxPerAddress = 256 })
}
