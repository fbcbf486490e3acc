package test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"belfry/wsserver/wstest"
)

// need returns the path of a program that others have made. Where it is missing the test is skipped, but not where all of
// them are to be there.
func need(t *testing.T, name string, check ...string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err == nil && len(check) > 0 {
		err = exec.CommandContext(t.Context(), path, check...).Run()
	}
	if err == nil {
		return path
	}
	if os.Getenv("CI") != "" {
		t.Fatalf("%s is missing (%v): build/setup.sh test installs it", name, err)
	}
	t.Skipf("%s is missing: %v", name, err)
	return ""
}

// python is the system's, since a distribution's packages are that one's, with the library for HTTP that scripts use.
func python(t *testing.T) string {
	t.Helper()
	return need(t, "/usr/bin/python3", "-c", "import requests")
}

// withDoors starts the program with a person in general, and makes a token that may send and read there and to everyone,
// and another one that may stand in a URL.
func withDoors(t *testing.T) (p *program, c *wstest.Client, token, link string) {
	t.Helper()
	p = newProgram(t)
	link = p.token("add", "-name", "script-link", "-publish", "general", "-in-url")
	token = p.token("add", "-name", "script", "-publish", "general,everyone", "-read", "general,everyone", "-rate", "0")
	p.start()
	return p, p.person("ana"), token, link
}

// outside runs a program of others, on no proxy, and returns what it printed.
func outside(t *testing.T, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Env = append(os.Environ(), "NO_PROXY=*", "no_proxy=*")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v: %s", name, err, out)
	}
	return string(out)
}

func wantHeard(t *testing.T, c *wstest.Client, want wstest.Frame) {
	t.Helper()
	got := c.Expect("message")
	if got.Message != want.Message || got.Title != want.Title || got.Priority != want.Priority || got.Audience != want.Audience || got.From.Name != "script" {
		t.Errorf("people are sent %s, want %+v", got.Text, want)
	}
}

func TestDoors_Apprise(t *testing.T) {
	apprise := need(t, "apprise", "--version")
	p, c, token, _ := withDoors(t)
	for _, row := range []struct {
		url  string
		want wstest.Frame
	}{
		{"ntfy://anyone:" + token + "@" + p.addr + "/general", wstest.Frame{Message: "Soup is ready ✓", Title: "Lunch", Priority: 3, Audience: "topic"}},
		{"ntfy://anyone:" + token + "@" + p.addr + "/everyone?priority=high&tags=a,b&click=https://menu.lan/", wstest.Frame{
			Message: "Soup is ready ✓", Title: "Lunch", Priority: 4, Audience: "everyone",
		}},
		{"gotify://" + p.addr + "/" + token, wstest.Frame{Message: "Soup is ready ✓", Title: "Lunch", Priority: 3, Audience: "topic"}},
		{"gotify://" + p.addr + "/" + token + "?priority=high", wstest.Frame{Message: "Soup is ready ✓", Title: "Lunch", Priority: 4, Audience: "topic"}},
	} {
		outside(t, apprise, "-t", "Lunch", "-b", "Soup is ready ✓", row.url)
		wantHeard(t, c, row.want)
	}
	// A wrong token is a failure that it reports.
	if err := exec.CommandContext(t.Context(), apprise, "-b", "x", "ntfy://a:tk_wrong@"+p.addr+"/general").Run(); err == nil {
		t.Error("a wrong token sends")
	}
}

// The calls are those of ntfy's and of Gotify's documentation, with another host and a token.
func TestDoors_Curl(t *testing.T) {
	curl := need(t, "curl", "--version")
	p, c, token, link := withDoors(t)
	base := "http://" + p.addr
	bearer := "Authorization: Bearer " + token
	file := t.TempDir() + "/message.txt"
	if err := os.WriteFile(file, []byte("From a file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		args []string
		want wstest.Frame
	}{
		{[]string{"-H", bearer, "-d", "Backup successful 😀", base + "/general"}, wstest.Frame{Message: "Backup successful 😀", Priority: 3, Audience: "topic"}},
		{[]string{"-u", ":" + token, "-d", "Hi", base + "/everyone"}, wstest.Frame{Message: "Hi", Priority: 3, Audience: "everyone"}},
		{
			[]string{"-H", bearer, "-H", "Title: Unauthorized access detected", "-H", "Priority: high", "-H", "Tags: warning,skull", "-d", "Remote access detected.", base + "/general"},
			wstest.Frame{Message: "Remote access detected.", Title: "Unauthorized access detected", Priority: 4, Audience: "topic"},
		},
		{[]string{"-H", bearer, "-T", file, base + "/general"}, wstest.Frame{Message: "From a file", Priority: 3, Audience: "topic"}},
		{[]string{"-H", bearer, base, "-d", `{"topic":"general","message":"Disk space is low","title":"Low disk space alert","tags":["warning","cd"],"priority":4}`}, wstest.Frame{
			Message: "Disk space is low", Title: "Low disk space alert", Priority: 4, Audience: "topic",
		}},
		{[]string{"-H", bearer, base + "/general/publish?message=Webhook+triggered&priority=high"}, wstest.Frame{Message: "Webhook triggered", Priority: 4, Audience: "topic"}},
		{[]string{"-H", "X-Gotify-Key: " + token, base + "/message", "-F", "title=my title", "-F", "message=my message", "-F", "priority=5"}, wstest.Frame{
			Message: "my message", Title: "my title", Priority: 3, Audience: "topic",
		}},
	} {
		answer := outside(t, curl, append([]string{"-sS", "--fail-with-body", "--max-time", "60"}, row.args...)...)
		if !json.Valid([]byte(answer)) {
			t.Errorf("curl %q is answered %s", row.args, answer)
		}
		wantHeard(t, c, row.want)
	}
	outside(t, curl, "-sS", "--fail-with-body", "--max-time", "60", base+"/message?token="+link, "-F", "message=by a link")
	if got := c.Expect("message"); got.Message != "by a link" || got.From.Name != "script-link" {
		t.Errorf("people are sent %s", got.Text)
	}
	if kept := outside(t, curl, "-sS", "-u", ":"+token, base+"/general/json?poll=1"); strings.Count(kept, "\n") != 7 || !strings.Contains(kept, `"message":"Disk space is low"`) {
		t.Errorf("what is kept is %s", kept)
	}
}

// listeners are the loops of ntfy's documentation in Python, which print each message.
var listeners = map[string]string{
	"json": `
import json, requests, sys
resp = requests.get(sys.argv[1] + "/general/json", stream=True, headers={"Authorization": "Bearer " + sys.argv[2]})
for line in resp.iter_lines():
    if line:
        event = json.loads(line)
        print(event["event"], event.get("message", ""), flush=True)
`,
	"sse": `
import json, requests, sys
resp = requests.get(sys.argv[1] + "/general/sse", stream=True, headers={"Authorization": "Bearer " + sys.argv[2]})
assert resp.headers["Content-Type"].startswith("text/event-stream"), resp.headers
name = "message"
for line in resp.iter_lines(decode_unicode=True):
    if line.startswith("event: "):
        name = line[7:]
    elif line.startswith("data: "):
        print(name, json.loads(line[6:]).get("message", ""), flush=True)
    elif not line:
        name = "message"
`,
}

func TestDoors_PythonListens(t *testing.T) {
	path := python(t)
	p, _, token, _ := withDoors(t)
	for name, script := range listeners {
		t.Run(name, func(t *testing.T) {
			cmd := exec.CommandContext(t.Context(), path, "-c", script, "http://"+p.addr, token)
			cmd.Env = append(os.Environ(), "NO_PROXY=*", "no_proxy=*", "PYTHONIOENCODING=utf-8")
			var told bytes.Buffer
			cmd.Stderr = &told
			out, err := cmd.StdoutPipe()
			if err == nil {
				err = cmd.Start()
			}
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }()
			late := time.AfterFunc(time.Minute, func() { _ = cmd.Process.Kill() })
			defer late.Stop()
			printed := bufio.NewReader(out)
			for i, want := range []string{"open \n", "message Grüße 0\n", "message Grüße 1\n"} {
				if line, err := printed.ReadString('\n'); line != want {
					t.Fatalf("printed %q, want %q, error %v: %s", line, want, err, told.String())
				}
				p.publish(token, fmt.Sprint("Grüße ", i))
			}
			p.kill()
			if rest, err := io.ReadAll(printed); err != nil || strings.Contains(string(rest), "open") {
				t.Errorf("after the end: %q, error %v", rest, err)
			}
			p.start()
		})
	}
}

// publish sends a message to general.
func (p *program) publish(token, text string) {
	p.t.Helper()
	req, err := http.NewRequestWithContext(p.t.Context(), http.MethodPost, "http://"+p.addr+"/general", strings.NewReader(text))
	if err != nil {
		p.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	if err := res.Body.Close(); err != nil || res.StatusCode != http.StatusOK {
		p.t.Errorf("publish: %s, error %v", res.Status, err)
	}
}
