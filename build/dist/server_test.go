//go:build dist

// Package dist tries what a release consists of: the packages in a fresh Debian, and the server for Windows under Wine.
// It has tests alone, which `make test-dist` runs on Linux. What the machine lacks or forbids is skipped, with a sentence.
package dist

import (
	"bufio"
	"bytes"
	"context"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"belfry/wsserver/wstest"
)

const operatorKey = "the-operators-key-0123456789"

// root is the project's folder.
const root = "../.."

// server is an installed program that runs.
type server struct {
	t         *testing.T
	cmd       *exec.Cmd // nil where systemd has started it
	addr, key string
}

// serve starts a command and returns when it listens.
func serve(t *testing.T, cmd *exec.Cmd) *server {
	t.Helper()
	var said bytes.Buffer
	cmd.Stderr = &said
	cmd.Args = append(cmd.Args, "-headless", "-addr", "127.0.0.1:0", "-operator-token", operatorKey)
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	s := &server{t: t, cmd: cmd, key: operatorKey}
	t.Cleanup(s.kill)
	line, err := bufio.NewReader(out).ReadString('\n')
	url, ok := strings.CutPrefix(strings.TrimSpace(line), "client http://")
	if err != nil || !ok {
		t.Fatalf("it printed %q and said %s: %v", line, said.String(), err)
	}
	s.addr = strings.TrimSuffix(url, "/")
	return s
}

// stop asks it to end, and checks that it did so cleanly.
func (s *server) stop() {
	s.t.Helper()
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	if err := s.cmd.Wait(); err != nil {
		s.t.Errorf("it ended with %v", err)
	}
}

// kill is kill -9; nothing happens if it has ended.
func (s *server) kill() {
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait() // by the signal
}

func (s *server) dial(path string, header http.Header) *wstest.Client {
	s.t.Helper()
	return wstest.Dial(s.t, func(ctx context.Context) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", s.addr)
	}, path, header)
}

// person connects somebody who listens to general.
func (s *server) person(userID string) *wstest.Client {
	s.t.Helper()
	c := s.dial("/ws/client", nil)
	c.HelloAs(userID, "token-of-"+userID+"-0123456789", "general")
	return c
}

// tell sends everyone a message of the operator.
func (s *server) tell(text string) {
	s.t.Helper()
	if refused := s.dashboard().Ask("broadcast", map[string]any{"message": text}, nil); refused != nil {
		s.t.Fatal(refused.Text)
	}
}

func (s *server) dashboard() *wstest.Client {
	s.t.Helper()
	return s.dial("/ws/server", http.Header{"Authorization": {"Bearer " + s.key}})
}

// found are the texts in the log that contain words, of the newest 200.
func (s *server) found(words string) (texts []string) {
	s.t.Helper()
	var answer struct {
		Messages []struct {
			Message string `json:"message"`
		} `json:"messages"`
	}
	if refused := s.dashboard().Ask("history", map[string]any{"limit": 200}, &answer); refused != nil {
		s.t.Fatal(refused.Text)
	}
	for _, m := range answer.Messages {
		if strings.Contains(m.Message, words) {
			texts = append(texts, m.Message)
		}
	}
	return texts
}

// run runs a command and returns what it says; it fails the test where the command does.
func run(t *testing.T, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	said, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, said)
	}
	return string(said)
}

// freeAddress is one on which nobody listens.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // closed at once
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }() // it was only asked for a port
	return l.Addr().String()
}

// one is the only file that fits a pattern.
func one(t *testing.T, pattern string) string {
	t.Helper()
	found, err := filepath.Glob(pattern)
	if err != nil || len(found) != 1 {
		t.Fatalf("%s: found %q, %v", pattern, found, err)
	}
	path, err := filepath.Abs(found[0])
	if err != nil {
		t.Fatal(err)
	}
	return path
}
