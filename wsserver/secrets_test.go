package wsserver_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"belfry/wsserver"
	"belfry/wsserver/auth"
	"belfry/wsserver/operator"
	"belfry/wsserver/wstest"
)

// logRecorder keeps every line that was logged, of every level.
type logRecorder struct {
	mu sync.Mutex
	bytes.Buffer
}

func (r *logRecorder) Write(b []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.Buffer.Write(b)
}

// No secret is in the program's log, in an error, in a frame to a dashboard, or in a file that does not need it.
func TestSecrets_AreToldToNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const secretPassword, token = "correct horse battery", "token-of-ana-SECRET-0123456789"
		dir, logged := t.TempDir(), &logRecorder{}
		r := newRoom(t, func(c *wsserver.Config) {
			c.Dir, c.Token, c.MaxPerAddress = dir, "", 256
			c.Logger = slog.New(slog.NewTextHandler(logged, &slog.HandlerOptions{Level: slog.LevelDebug}))
		}, withPages)
		shown, err := r.Key(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		said := &bytes.Buffer{}
		half := ""
		ask := func(req ...string) string {
			request := request(t, req[0], req[1], req[2:]...)
			answer, text := r.do(request)
			said.WriteString(text)
			if cookies := answer.Cookies(); len(cookies) > 0 {
				half = answer.Header.Get(auth.HalfHeader)
				return cookies[0].Name + "=" + cookies[0].Value
			}
			return ""
		}
		cookie := ask("POST", "/session", "Authorization", "Bearer "+shown.Key)
		const wrongKey = "A-WRONG-KEY-OF-SOMEBODY"
		for range 15 {
			ask("POST", "/session", "Authorization", "Bearer "+wrongKey)
			ask("GET", "/ws/server", "Cookie", "belfry_8000="+wrongKey)
			ask("GET", "/export?format="+wrongKey, "Cookie", cookie, auth.HalfHeader, half)
		}
		ask("GET", "/session", "Cookie", cookie, "Origin", "http://evil.example")

		c := r.client()
		c.HelloAs("ana", token)
		thief := r.client()
		thief.Send(map[string]any{"action": "hello", "user_id": "ana", "token": "another-token-SECRET-0123456789"})
		said.WriteString(thief.ExpectError("identity_taken").Text)
		thief.SendText(`{"action":"hello","user_id":"bo","token":"short-SECRET","nam`)
		said.WriteString(thief.ExpectError("bad_frame").Text)
		thief.SendText(`{"action":"hello","user_id":"bo","token":["` + token + `"]}`)
		said.WriteString(thief.ExpectError("bad_frame").Text)

		d := wstest.Dial(t, r.listen.Dial, "/ws/server", map[string][]string{"Cookie": {cookie}, auth.HalfHeader: {half}})
		tell := func(verb string, args map[string]any) {
			if e := d.Ask(verb, args, nil); e != nil {
				said.WriteString(e.Text)
			}
		}
		tell("set_password", map[string]any{"password": secretPassword[:8]})
		tell("set_password", map[string]any{"password": secretPassword})
		tell("set_password", map[string]any{"password": []string{secretPassword}})
		tell("set_settings", map[string]any{"keep_days": secretPassword})
		for _, text := range []string{secretPassword, secretPassword + "x"} {
			answer, body := typed(t, r, "10.0.0.7", text)
			said.WriteString(body)
			if len(answer.Cookies()) > 0 {
				cookie += " " + answer.Cookies()[0].Value
			}
		}
		for _, verb := range []string{"state", "settings", "sessions", "audit", "blocked", "clients", "nonsense"} {
			var answer map[string]any
			if e := d.Ask(verb, nil, &answer); e != nil {
				said.WriteString(e.Text)
			}
			fmt.Fprint(said, answer)
		}
		made, err := r.Key(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Export(context.Background(), operator.ExportQuery{Format: "jsonl"}, said, func(uint64, uint64) {}); err != nil {
			t.Fatal(err)
		}
		c.Cut()
		r.stop()

		secrets := map[string]string{
			"the key": shown.Key, "the key again": made.Key, "a wrong key": wrongKey, "the password": secretPassword,
			"the password's beginning": secretPassword[:8], "a token": token, "the page's half": half, "another token": "SECRET",
		}
		for _, value := range strings.Fields(strings.TrimPrefix(cookie, "belfry_8000=")) {
			secrets["a session "+value[:4]] = value
		}
		for name, secret := range secrets {
			if strings.Contains(logged.String(), secret) {
				t.Errorf("%s is in the program's log", name)
			}
			if strings.Contains(said.String(), secret) {
				t.Errorf("%s is in what was answered", name)
			}
		}
		wantNotKept(t, dir, secrets)
		if !strings.Contains(logged.String(), "wrong operator's key") || said.Len() < 1000 {
			t.Error("nothing was looked at")
		}
	})
}

// wantNotKept fails where a file in dir has a secret; the operator's key alone has a file.
func wantNotKept(t *testing.T, dir string, secrets map[string]string) {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		b, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		for name, secret := range secrets {
			if bytes.Contains(b, []byte(secret)) && f.Name() != "operator-token" {
				t.Errorf("%s is in %s", name, f.Name())
			}
		}
	}
}
