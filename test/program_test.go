package test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"belfry/wsserver/dispatch"
	"belfry/wsserver/sqlite"
	"belfry/wsserver/wstest"
)

const programKey = "the-operators-key"

// program is the real one: named by BELFRY, or built by this test.
type program struct {
	t              *testing.T
	bin, dir, addr string
	cmd            *exec.Cmd
	within         []string // what its commands begin with, where it runs in a network of its own
}

func newProgram(t *testing.T) *program {
	t.Helper()
	if testing.Short() || runtime.GOOS == "windows" {
		t.Skip("starts the program and kills it")
	}
	p := &program{t: t, bin: os.Getenv("BELFRY"), dir: t.TempDir()}
	if p.bin == "" {
		p.bin = binary(t)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // closed at once
	if err != nil {
		t.Fatal(err)
	}
	p.addr = l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if p.cmd != nil {
			p.kill()
		}
	})
	return p
}

func (p *program) command(args ...string) *exec.Cmd {
	words := slices.Concat(p.within, []string{p.bin, "-data", p.dir}, args)
	return exec.Command(words[0], words[1:]...) //nolint:noctx // ended by kill, or by itself
}

func (p *program) serving() *exec.Cmd {
	return p.command("-headless", "-addr", p.addr, "-operator-token", programKey, "-client-rate", "0", "-max-per-address", "0")
}

// start returns when it listens.
func (p *program) start() {
	p.t.Helper()
	p.begin(p.serving())
}

// begin starts the program by a command, and returns when it listens.
func (p *program) begin(cmd *exec.Cmd) {
	p.t.Helper()
	p.cmd = cmd
	p.cmd.Stderr = os.Stderr
	out, err := p.cmd.StdoutPipe()
	if err == nil {
		err = p.cmd.Start()
	}
	if err != nil {
		p.t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || !strings.HasPrefix(line, "client ") {
		p.t.Fatalf("start: %q, error %v", line, err)
	}
}

// refuses starts it where it must not start: it ends with 1, a sentence that contains words, and a hint.
func (p *program) refuses(words string) {
	p.t.Helper()
	cmd := p.serving()
	var out, told bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &told
	err := cmd.Run()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 1 {
		p.t.Errorf("error %v, want exit code 1", err)
	}
	lines := strings.Split(strings.TrimSpace(told.String()), "\n")
	if out.Len() > 0 || len(lines) != 2 || !strings.HasPrefix(lines[0], "belfry: ") || !strings.Contains(lines[0], words) ||
		!strings.HasPrefix(lines[1], "belfry: hint: ") {
		p.t.Errorf("said %q and %q, want a sentence with %q and a hint", out.String(), told.String(), words)
	}
}

// kill is kill -9.
func (p *program) kill() {
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait() // ends by the signal
	p.cmd = nil
}

// log is the file that messages are in.
func (p *program) log() string { return filepath.Join(p.dir, sqlite.File) }

func (p *program) dial(path string, header http.Header) *wstest.Client {
	p.t.Helper()
	return wstest.Dial(p.t, func(ctx context.Context) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", p.addr)
	}, path, header)
}

// device connects and says no hello.
func (p *program) device() *wstest.Client { return p.dial("/ws/client", nil) }

// person connects a device that says hello as userID and subscribes to general.
func (p *program) person(userID string) *wstest.Client {
	p.t.Helper()
	c := p.device()
	c.HelloAs(userID, tokenOf(userID), "general")
	return c
}

func tokenOf(userID string) string { return "token-of-" + userID + "-0123456789" }

func (p *program) dashboard() *wstest.Client {
	p.t.Helper()
	return p.dial("/ws/server", http.Header{"Authorization": {"Bearer " + programKey}})
}

// trouble is the fault that the dashboard shows now, if any.
func trouble(t *testing.T, dashboard *wstest.Client) *dispatch.Trouble {
	t.Helper()
	var state struct {
		Trouble *dispatch.Trouble `json:"trouble"`
	}
	if refused := dashboard.Ask("state", nil, &state); refused != nil {
		t.Fatal(refused.Text)
	}
	return state.Trouble
}
