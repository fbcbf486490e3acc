//go:build window

package window

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const nilDereference = "runtime error: invalid memory address or nil pointer dereference"

// TestPanic: WebKit installs signal handlers of its own, on which a nil dereference in Go would end the whole program
// with a fatal error of the runtime's. It must stay a panic: recoverable (net/http does that for each request), and
// reported as Go's own where nobody recovers.
func TestPanic(t *testing.T) {
	t.Setenv("BELFRY", buildWithProbe(t))
	accept := listenForProbe(t)
	d := begin(t)
	probe := accept()
	d.find(t, button, "Send")
	probe.recovers(t, "when the window can be used")

	c := dial(t, d.address)
	c.send(t, `{"action":"notify","message":"Hello from the client"}`)
	await(t, "the client's message on the screen", func() (node, bool) { return d.screenText("Hello from the client") })
	probe.recovers(t, "after the page has run scripts")

	probe.send(t, "die")
	if code := d.app.exitCode(t); code != 2 {
		t.Errorf("the exit code is %d, want Go's 2", code)
	}
	said := d.app.log.String()
	if !strings.Contains(said, "panic: "+nilDereference) || !strings.Contains(said, "main.dereferenceNil") {
		t.Errorf("it ended without Go's own report:\n%s", said)
	}
}

// buildWithProbe builds the program with one file more than it has, testdata/probe.go.txt, by which a test makes it
// fail where it wants.
func buildWithProbe(t *testing.T) (program string) {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	source, err := filepath.Abs("testdata/probe.go.txt")
	if err != nil {
		t.Fatal(err)
	}
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{filepath.Join(root, "probe.go"): source}})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(file, overlay, 0o600); err != nil {
		t.Fatal(err)
	}
	tags := "desktop,production"
	if exec.Command("pkg-config", "--exists", "webkit2gtk-4.1").Run() == nil {
		tags += ",webkit2_41"
	}
	program = filepath.Join(dir, "belfry")
	build := exec.Command("go", "build", "-overlay", file, "-tags", tags, "-o", program, root)
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return program
}

// probe is the connection to the program's probe.
type probe struct {
	net.Conn
	answers *bufio.Reader
}

// listenForProbe tells the program to be started where to connect to; accept waits until it has.
func listenForProbe(t *testing.T) (accept func() probe) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	t.Setenv("PROBE_ADDRESS", l.Addr().String())
	return func() probe {
		t.Helper()
		c, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		return probe{c, bufio.NewReader(c)}
	}
}

func (p probe) send(t *testing.T, line string) {
	t.Helper()
	if _, err := fmt.Fprintln(p, line); err != nil {
		t.Fatal(err)
	}
}

// recovers has the program dereference nil and recover from it.
func (p probe) recovers(t *testing.T, when string) {
	t.Helper()
	p.send(t, "recover")
	if err := p.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	if answer, err := p.answers.ReadString('\n'); answer != nilDereference+"\n" {
		t.Fatalf("%s a nil dereference is answered by %q, error %v", when, answer, err)
	}
}
