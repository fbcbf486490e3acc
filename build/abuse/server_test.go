// Package abuse attacks the real program in every way that the network allows, while honest clients go on talking.
//
// It has tests alone. BELFRY names the program; without it, it is built first.
package abuse

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"belfry/wsserver/wstest"
)

const operatorKey = "the-operators-key-0123456789"

// server is the program with its default limits.
type server struct {
	t     testing.TB
	cmd   *exec.Cmd
	addr  string
	ended chan struct{}
}

func start(t testing.TB) *server {
	t.Helper()
	s := &server{t: t, ended: make(chan struct{})}
	//nolint:noctx // ended below
	s.cmd = exec.Command(program(t), "-headless", "-addr", "127.0.0.1:0", "-data", t.TempDir(), "-operator-token", operatorKey)
	var logged bytes.Buffer
	s.cmd.Stderr = &logged
	out, err := s.cmd.StdoutPipe()
	if err == nil {
		err = s.cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	url, ok := strings.CutPrefix(strings.TrimSpace(line), "client http://")
	if err != nil || !ok {
		t.Fatalf("it printed %q: %v", line, err)
	}
	s.addr = strings.TrimSuffix(url, "/")
	go func() {
		_ = s.cmd.Wait() // how it ended is checked below
		close(s.ended)
	}()
	t.Cleanup(func() {
		_ = s.cmd.Process.Signal(syscall.SIGTERM)
		<-s.ended
		if code := s.cmd.ProcessState.ExitCode(); code != 0 {
			t.Errorf("it ended with %d", code)
		}
		if strings.Contains(logged.String(), "panic") || strings.Contains(logged.String(), operatorKey) {
			t.Errorf("it logged a panic or the key:\n%s", logged.String())
		}
	})
	return s
}

// program is the path of the executable.
func program(t testing.TB) string {
	t.Helper()
	if bin := os.Getenv("BELFRY"); bin != "" {
		return bin
	}
	bin := filepath.Join(t.TempDir(), "belfry")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", bin, "../..")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if said, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the program: %v\n%s", err, said)
	}
	return bin
}

// from dials from another loopback address: limits are kept by address.
func (s *server) from(address string) wstest.Dialer {
	d := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(address)}, Timeout: 10 * time.Second}
	return func(ctx context.Context) (net.Conn, error) { return d.DialContext(ctx, "tcp", s.addr) }
}

// dial opens a WebSocket at /ws/client.
func (s *server) dial(ctx context.Context, address string) (*websocket.Conn, error) {
	open := s.from(address)
	d := websocket.Dialer{NetDialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return open(ctx) }}
	conn, answer, err := d.DialContext(ctx, "ws://"+s.addr+"/ws/client", nil)
	if err == nil {
		_ = answer.Body.Close()
	}
	return conn, err
}

// raw is a TCP connection that is closed at the end of the test.
func (s *server) raw(t testing.TB, address string) net.Conn {
	t.Helper()
	nc, err := s.from(address)(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = nc.Close() })
	return nc
}

// say writes a raw request and reads the answer, nil where there is none.
func (s *server) say(t testing.TB, address, request string) (*http.Response, string) {
	t.Helper()
	nc := s.raw(t, address)
	defer func() { _ = nc.Close() }()
	_ = nc.SetDeadline(time.Now().Add(10 * time.Second))
	go func() { _, _ = io.WriteString(nc, request) }() // it may be refused before it is written
	answer, err := http.ReadResponse(bufio.NewReader(nc), nil)
	if err != nil {
		return nil, ""
	}
	defer func() { _ = answer.Body.Close() }()
	body, _ := io.ReadAll(io.LimitReader(answer.Body, 1<<20)) // as much as arrived
	return answer, string(body)
}

// get is an ordinary request with some headers beside Host.
func (s *server) get(t testing.TB, address, method, path string, headers ...string) (*http.Response, string) {
	t.Helper()
	host := "Host: " + s.addr + "\r\n"
	for _, h := range headers {
		if strings.HasPrefix(h, "Host:") {
			host = ""
		}
	}
	var more strings.Builder
	for _, h := range headers {
		more.WriteString(h + "\r\n")
	}
	return s.say(t, address, method+" "+path+" HTTP/1.1\r\n"+host+more.String()+"Connection: close\r\n\r\n")
}

// client is a client at /ws/client.
func (s *server) client(t testing.TB, address string) *wstest.Client {
	t.Helper()
	return wstest.Dial(t, s.from(address), "/ws/client", nil)
}

func (s *server) dashboard(t testing.TB) *wstest.Client {
	t.Helper()
	return wstest.Dial(t, s.from("127.0.0.1"), "/ws/server", http.Header{"Authorization": {"Bearer " + operatorKey}})
}

// proc is a file of the process's folder in /proc, which Linux alone has.
func (s *server) proc(name string) string {
	return filepath.Join("/proc", strconv.Itoa(s.cmd.Process.Pid), name)
}

// memory is the resident memory of the process in bytes: now, and its maximum.
func (s *server) memory() (now, most int64) {
	b, err := os.ReadFile(s.proc("status"))
	if err != nil {
		s.t.Fatal(err)
	}
	for line := range strings.Lines(string(b)) {
		for name, to := range map[string]*int64{"VmRSS:": &now, "VmHWM:": &most} {
			if rest, ok := strings.CutPrefix(line, name); ok {
				_, _ = fmt.Sscan(rest, to)
				*to *= 1024
			}
		}
	}
	return now, most
}

// files is how many descriptors the process has open.
func (s *server) files() int {
	list, err := os.ReadDir(s.proc("fd"))
	if err != nil {
		s.t.Fatal(err)
	}
	return len(list)
}
