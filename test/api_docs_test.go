package test

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"belfry/wsserver/wstest"
)

// example is a command in docs/api.md, and the answer that it says it has.
var example = regexp.MustCompile("(?s)```sh\n(.*?)```\n\n(?:```[a-z]*\n(.*?)```)")

// The ten examples of docs/api.md, against the real program.
func TestDocs_ExamplesOfTheAPIWork(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("needs curl")
	}
	p := newProgram(t)
	p.start()
	var refused *wstest.Frame
	if refused = p.dashboard().Ask("create_topic", map[string]any{"topic": "ops", "kind": "open"}, nil); refused != nil {
		t.Fatal(refused.Text)
	}
	p.person("ana").Subscribe("general")
	text, err := os.ReadFile("../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	env := append(os.Environ(), "BELFRY_SERVER=http://"+p.addr,
		"BELFRY_TOKEN="+p.token("add", "-name", "grafana", "-publish", "everyone,ops,people", "-read", "all", "-ask", "-receipts", "-people"))
	examples, seq := example.FindAllStringSubmatch(string(text), -1), "0"
	if len(examples) != 10 {
		t.Fatalf("docs/api.md has %d examples", len(examples))
	}
	for _, e := range examples {
		cmd := exec.Command("sh", "-c", e[1]) //nolint:noctx // ended below, or by itself
		cmd.Env, cmd.Stderr = append(env, "SEQ="+seq), os.Stderr
		out := output(t, cmd, strings.Contains(e[1], "/stream"))
		if want := strings.TrimSpace(e[2]); strings.HasPrefix(want, "{") {
			wantFields(t, e[1], want, out)
		} else if first, _, _ := strings.Cut(want, "\n"); !strings.HasPrefix(out, first+"\n") {
			t.Errorf("%s\nanswers %q, not %q", e[1], out, want)
		}
		var sent struct {
			Seq json.Number
			ID  string
		}
		if json.Unmarshal([]byte(out), &sent) == nil && sent.ID != "" {
			seq = sent.Seq.String()
		}
	}
}

// output is what a command prints; one that does not end is ended once it has printed a whole recovery.
func output(t *testing.T, cmd *exec.Cmd, endless bool) string {
	t.Helper()
	pipe, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	if !endless {
		out, _ := io.ReadAll(pipe)
		if err := cmd.Wait(); err != nil {
			t.Errorf("%s: %v", cmd, err)
		}
		return string(out)
	}
	out, lines := "", bufio.NewReader(pipe)
	for !strings.Contains(out, `data: {"type":"recovered"`) {
		line, err := lines.ReadString('\n')
		if err != nil {
			t.Errorf("%s ends after %q", cmd, out)
			break
		}
		out += line
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	return out
}

// wantFields fails where an answer lacks a field that the document shows, or has it in another type.
func wantFields(t *testing.T, command, want, got string) {
	t.Helper()
	var documented, answered any
	if err := json.Unmarshal([]byte(want), &documented); err != nil {
		t.Errorf("%s: %v", want, err)
		return
	}
	if err := json.Unmarshal([]byte(got), &answered); err != nil || !hasFields(documented, answered) {
		t.Errorf("%s\nanswers %s, not as\n%s", command, got, want)
	}
}

func hasFields(want, got any) bool {
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		for name, value := range w {
			in, has := g[name]
			ok = ok && has && hasFields(value, in)
		}
		return ok
	case []any:
		g, ok := got.([]any)
		return ok && (len(w) == 0 || len(g) > 0 && hasFields(w[0], g[0]))
	case float64:
		_, ok := got.(float64)
		return ok
	case bool:
		_, ok := got.(bool)
		return ok
	case string:
		_, ok := got.(string)
		return ok
	}
	return want == got
}
