package test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// startWithKeyInFolder starts a program whose key is in its folder, as it is where no flag gives one.
func (p *program) startWithKeyInFolder() {
	p.t.Helper()
	if err := os.WriteFile(filepath.Join(p.dir, "operator-token"), []byte(programKey+"\n"), 0o600); err != nil {
		p.t.Fatal(err)
	}
	p.begin(p.command("-headless", "-addr", p.addr, "-client-rate", "0", "-max-per-address", "0"))
}

// verb runs a verb of the command line, with a token in the environment (""; none), and returns its status and output.
func (p *program) verb(token, stdin string, args ...string) (status int, stdout, stderr string) {
	p.t.Helper()
	cmd := exec.Command(p.bin, args...) //nolint:noctx // it ends by itself
	cmd.Env = append(os.Environ(), "BELFRY_DATA="+p.dir, "BELFRY_TOKEN="+token, "BELFRY_SERVER=")
	if token != "" {
		cmd.Env = append(cmd.Env, "BELFRY_SERVER=http://"+p.addr)
	}
	var out, told bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &out, &told
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		p.t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), out.String(), told.String()
}

func TestSend_FromTheMachineItselfAndWithAToken(t *testing.T) {
	p := newProgram(t)
	p.startWithKeyInFolder()
	ana := p.person("ana")
	if status, out, told := p.verb("", "", "send", "Lunch", "is", "ready"); status != 0 || out+told != "" {
		t.Errorf("status %d, said %q %q", status, out, told)
	}
	if m := ana.Expect("message"); m.Message != "Lunch is ready" || !strings.Contains(m.Text, `"operator":true`) {
		t.Errorf("from the machine itself: %s", m.Text)
	}
	secret := p.token("add", "-name", "grafana", "-publish", "general,people")
	if status, _, told := p.verb(secret, "from a pipe\n", "send", "-to", "general", "-title", "Line 2", "-priority", "4"); status != 0 {
		t.Errorf("status %d, said %q", status, told)
	}
	if m := ana.Expect("message"); m.Message != "from a pipe" || !strings.Contains(m.Text, `"from":{"program":true,"name":"grafana"}`) || !strings.Contains(m.Text, `"title":"Line 2"`) {
		t.Errorf("with a token: %s", m.Text)
	}
	if status, _, told := p.verb(secret, "", "send", "-to", "@ana", "to one"); status != 0 {
		t.Errorf("status %d, said %q", status, told)
	}
	if m := ana.Expect("message"); m.Message != "to one" || !strings.Contains(m.Text, `"audience":"private"`) {
		t.Errorf("to a person: %s", m.Text)
	}
	for name, row := range map[string]struct {
		token, stdin string
		args         []string
		status       int
		says         string
	}{
		"no text":               {secret, "\n", []string{"send"}, 2, "no text"},
		"no such topic":         {secret, "", []string{"send", "-to", "nowhere", "x"}, 1, "no such topic"},
		"no right":              {secret, "", []string{"send", "x"}, 1, "may not send to everyone"},
		"not urgent":            {secret, "", []string{"send", "-to", "general", "-priority", "5", "x"}, 1, "urgent"},
		"a priority of 9":       {secret, "", []string{"send", "-priority", "9", "x"}, 2, "-priority"},
		"a wrong token":         {"tk_" + strings.Repeat("x", 29), "", []string{"send", "x"}, 1, "not valid"},
		"a server, no token":    {"", "", []string{"send", "-server", "http://" + p.addr, "x"}, 2, "BELFRY_TOKEN"},
		"nobody at the address": {secret, "", []string{"send", "-server", "http://127.0.0.1:1", "x"}, 1, "cannot be reached"},
		"another folder":        {"", "", []string{"send", "-data", t.TempDir(), "x"}, 1, "No Belfry is running"},
	} {
		if status, out, told := p.verb(row.token, row.stdin, row.args...); status != row.status || out != "" || !strings.Contains(told, row.says) {
			t.Errorf("%s: status %d, said %q %q", name, status, out, told)
		}
	}
	for _, f := range ana.Drain() {
		if f.Type == "message" {
			t.Errorf("what was refused was sent: %s", f.Text)
		}
	}
}

// With -wait it returns when everyone has the message, or has confirmed it; else with 3 and the names.
func TestSend_WaitsUntilEveryoneHasIt(t *testing.T) {
	p := newProgram(t)
	p.startWithKeyInFolder()
	ana, ben := p.person("ana"), p.person("ben")
	type outcome struct {
		status int
		told   string
	}
	run := func(args ...string) <-chan outcome {
		done := make(chan outcome, 1)
		go func() {
			status, _, told := p.verb("", "", append([]string{"send"}, args...)...)
			done <- outcome{status, told}
		}()
		return done
	}
	done := run("-wait", "20s", "Doors close")
	seq := ana.Expect("message").Seq
	ben.Expect("message")
	ana.Send(map[string]any{"action": "received", "seq": seq})
	ben.Send(map[string]any{"action": "received", "seq": seq})
	if got := <-done; got != (outcome{}) {
		t.Errorf("everyone has it: %+v", got)
	}
	done = run("-wait", "20s", "-ack", "Understood", "Leave by exit B")
	seq = ana.Expect("message").Seq
	ana.Send(map[string]any{"action": "ack", "seq": seq})
	ben.Send(map[string]any{"action": "ack", "seq": seq})
	if got := <-done; got != (outcome{}) {
		t.Errorf("everyone has confirmed it: %+v", got)
	}
	done = run("-wait", "1s", "-ack", "Understood", "Come back")
	seq = ana.ExpectAfter("message", "acked").Seq
	ana.Send(map[string]any{"action": "ack", "seq": seq})
	if got := <-done; got.status != 3 || got.told != "ben\n" {
		t.Errorf("one has not: %+v", got)
	}
}

func TestListen_PrintsWhatComesAndMissesNothing(t *testing.T) {
	p := newProgram(t)
	p.startWithKeyInFolder()
	secret := p.token("add", "-name", "lamp", "-read", "general")
	ana := p.person("ana")
	ana.Notify("1", "general", "before")
	cmd := exec.Command(p.bin, "listen", "-json", "-since", "0") //nolint:noctx // ended by a signal
	cmd.Env = append(os.Environ(), "BELFRY_SERVER=http://"+p.addr, "BELFRY_TOKEN="+secret)
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(out)
	want := func(text string) {
		t.Helper()
		line, err := lines.ReadString('\n')
		var m struct{ Message string }
		if err != nil || json.Unmarshal([]byte(line), &m) != nil || m.Message != text {
			t.Fatalf("printed %q, error %v, want %q", line, err, text)
		}
	}
	want("before")
	ana.Notify("2", "general", "live\x1b[2J\u202e")
	want("live\x1b[2J\u202e")
	p.kill()
	p.startWithKeyInFolder()
	ana = p.person("ana")
	ana.Notify("3", "general", "after the restart")
	want("after the restart")
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	if rest, err := io.ReadAll(lines); err != nil || len(rest) > 0 {
		t.Errorf("then printed %q, error %v", rest, err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("interrupted: %v", err)
	}
	if status, _, told := p.verb(secret, "", "listen", "-to", "everyone"); status != 1 || !strings.Contains(told, "may not read") {
		t.Errorf("without the right: status %d, said %q", status, told)
	}
}
