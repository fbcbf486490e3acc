//go:build unix

package test

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"belfry/wsserver/operator"
	"belfry/wsserver/wstest"
)

// token runs "belfry token" beside the server, and returns what it printed.
func (p *program) token(args ...string) string {
	p.t.Helper()
	cmd := exec.Command(p.bin, append([]string{"token"}, append(args, "-data", p.dir)...)...) //nolint:noctx // it ends by itself
	out, err := cmd.Output()
	if err != nil {
		p.t.Fatalf("belfry token %q: %v", args, err)
	}
	return strings.TrimSpace(string(out))
}

// wantTokens waits until the dashboard lists the tokens of these names, two seconds at most.
func wantTokens(t *testing.T, dashboard *wstest.Client, want string) (list []operator.TokenInfo) {
	t.Helper()
	for end := time.Now().Add(2 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		var answer operator.TokensAnswer
		if refused := dashboard.Ask("tokens", nil, &answer); refused != nil {
			t.Fatal(refused.Text)
		}
		got := []string{}
		for _, token := range answer.Tokens {
			got = append(got, token.Name)
		}
		if strings.Join(got, " ") == want {
			return answer.Tokens
		}
		if time.Now().After(end) {
			t.Fatalf("after two seconds the tokens are %q, want %q", got, want)
		}
	}
}

// A token that is made or removed beside a running server counts, or no longer does, within two seconds; and what the
// dashboard makes and removes is what the command line lists.
func TestTokens_BesideARunningServer(t *testing.T) {
	p := newProgram(t)
	p.start()
	d := p.dashboard()
	wantTokens(t, d, "")
	secret := p.token("add", "-name", "grafana", "-publish", "ops,everyone", "-urgent")
	if len(secret) != 32 || !strings.HasPrefix(secret, "tk_") {
		t.Errorf("printed %q", secret)
	}
	wantTokens(t, d, "grafana")
	var created operator.CreatedToken
	if refused := d.Ask("create_token", map[string]any{"name": "lamp", "read": []string{"general"}}, &created); refused != nil {
		t.Fatal(refused.Text)
	}
	if got := p.token("list"); got != "grafana\tpublish=ops,everyone urgent rate=1\tnever used\nlamp\tread=general rate=1\tnever used" {
		t.Errorf("listed %q", got)
	}
	p.token("remove", "grafana")
	list := wantTokens(t, d, "lamp")
	if refused := d.Ask("remove_token", map[string]any{"token": list[0].ID}, nil); refused != nil {
		t.Fatal(refused.Text)
	}
	if got := p.token("list"); got != "" {
		t.Errorf("left %q", got)
	}
	for _, file := range []string{"tokens.json", "tokens.lock"} {
		if info, err := os.Stat(filepath.Join(p.dir, file)); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", file, info, err)
		}
	}
}

// A program's stream and its next request end within two seconds of the removal; its use was listed; and the token is in no log.
func TestTokens_ARemovedOneEndsWhatItDoes(t *testing.T) {
	p := newProgram(t)
	p.cmd = p.serving()
	var log bytes.Buffer
	p.cmd.Stderr = &log
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p.serves()
	d := p.dashboard()
	secret := p.token("add", "-name", "grafana", "-read", "general", "-in-url")
	wantTokens(t, d, "grafana")
	get := func(path string) *http.Response {
		answer, err := http.Get("http://" + p.addr + path) //nolint:noctx // the server ends it
		if err != nil {
			t.Fatal(err)
		}
		return answer
	}
	auth := "?auth=" + base64.RawURLEncoding.EncodeToString([]byte("Bearer "+secret))
	stream := get("/general/json" + auth)
	defer stream.Body.Close()
	if line, err := bufio.NewReader(stream.Body).ReadString('\n'); stream.StatusCode != http.StatusOK || !strings.Contains(line, `"open"`) {
		t.Fatalf("status %d, %q, %v", stream.StatusCode, line, err)
	}
	if used := wantTokens(t, d, "grafana")[0]; used.Used == "" || used.UsedFrom != "127.0.0.1" {
		t.Errorf("the use is listed as %+v", used)
	}
	p.token("remove", "grafana")
	removed := time.Now()
	if _, err := io.Copy(io.Discard, stream.Body); time.Since(removed) > 2*time.Second {
		t.Errorf("the stream ended after %v with %v", time.Since(removed), err)
	}
	again := get("/general/json" + auth + "&poll=1")
	defer again.Body.Close()
	if again.StatusCode != http.StatusUnauthorized {
		t.Errorf("a removed token is answered %d", again.StatusCode)
	}
	p.ends(os.Interrupt)
	if strings.Contains(log.String(), secret[3:]) || strings.Contains(log.String(), auth) {
		t.Errorf("the log has the token: %s", &log)
	}
}

// A token outlives kill -9: it is in the file before its secret is shown.
func TestTokens_AreKeptWhenTheServerIsKilled(t *testing.T) {
	p := newProgram(t)
	p.start()
	d := p.dashboard()
	if refused := d.Ask("create_token", map[string]any{"name": "lamp"}, nil); refused != nil {
		t.Fatal(refused.Text)
	}
	p.kill()
	p.token("add", "-name", "grafana")
	p.start()
	wantTokens(t, p.dashboard(), "grafana lamp")
}
