//go:build window

package window

import (
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// This file has real buttons of a mouse, a browser of the system that only notes what it is to open, and a server that
// only notes who asks it.

// hand does on the display what xdotool calls so, all in one go.
func (s screen) hand(t *testing.T, words ...string) {
	t.Helper()
	c := exec.Command("xdotool", words...)
	c.Env = append(os.Environ(), "DISPLAY="+s.Display)
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("xdotool %v: %v: %s", words, err, out)
	}
}

// place is where to press something on the screen: near the beginning of its first line.
func (n node) place(t *testing.T) (x, y string) {
	t.Helper()
	at := await(t, "a place of "+n.label(), func() (at struct{ X, Y, Width, Height int32 }, ok bool) {
		err := n.call("org.a11y.atspi.Component.GetExtents", uint32(0)).Store(&at)
		return at, err == nil && at.Width > 0 && at.Height > 0
	})
	return strconv.Itoa(int(at.X + min(at.Width/2, 20))), strconv.Itoa(int(at.Y + min(at.Height/2, 10)))
}

// click presses a mouse's button on it, while keys are held.
func (s screen) click(t *testing.T, n node, button string, held ...string) {
	t.Helper()
	x, y := n.place(t)
	words := []string{"mousemove", x, y}
	for _, key := range held {
		words = append(words, "keydown", key)
	}
	words = append(words, "click", button)
	for _, key := range held {
		words = append(words, "keyup", key)
	}
	s.hand(t, words...)
}

const opened = "opened in the browser"

// fakeBrowser makes a folder with a browser for PATH: it adds what it is to open to a file in the home.
func fakeBrowser(t *testing.T, home string) string {
	t.Helper()
	bin := filepath.Join(home, "bin")
	if err := os.MkdirAll(bin, 0o755); err != nil {
		t.Fatal(err)
	}
	script := "#!/bin/sh\nprintf '%s\\n' \"$*\" >>\"$HOME/" + opened + "\"\n"
	if err := os.WriteFile(filepath.Join(bin, "xdg-open"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	return bin
}

// opened is what the system's browser was asked to open, in order.
func (d *day) opened() []string {
	b, err := os.ReadFile(filepath.Join(d.home, opened))
	if err != nil {
		return nil
	}
	return strings.Split(strings.TrimSuffix(string(b), "\n"), "\n")
}

// stranger is a server that nobody should ask anything.
type stranger struct {
	url   string
	mu    sync.Mutex
	asked []string
}

func (s *stranger) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.asked = append(s.asked, r.Method+" "+r.URL.String())
	s.mu.Unlock()
	w.Header().Set("Content-Type", "text/html")
	_, _ = w.Write([]byte("<title>false dashboard</title><h1>false dashboard</h1>"))
}

func openStranger(t *testing.T) *stranger {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &stranger{url: "http://" + l.Addr().String()}
	server := &http.Server{Handler: s}
	go func() { _ = server.Serve(l) }()
	t.Cleanup(func() { server.Close() })
	return s
}

func (s *stranger) heardNothing(t *testing.T) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.asked) > 0 {
		t.Errorf("the stranger's server was asked: %q", s.asked)
	}
}

// dragged drags what the system calls this kind from another program onto a node, lets go, and waits until that program
// knows how it ended.
func (s screen) dragged(t *testing.T, kind, data string, onto node) {
	t.Helper()
	program := filepath.Join(t.TempDir(), "drag")
	flags, err := exec.Command("pkg-config", "--cflags", "--libs", "gtk+-3.0").Output()
	if err != nil {
		t.Fatal(err)
	}
	args := append([]string{"-o", program, "testdata/drag.c"}, strings.Fields(string(flags))...)
	if out, err := exec.Command("cc", args...).CombinedOutput(); err != nil {
		t.Fatalf("build the program that drags: %v: %s", err, out)
	}
	source := exec.Command(program, kind, data)
	source.Env = append(os.Environ(), "DISPLAY="+s.Display, "GDK_BACKEND=x11")
	out, err := source.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := source.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = source.Process.Kill(); _ = source.Wait() })
	line := func() string {
		b := make([]byte, 64)
		n, _ := out.Read(b)
		return string(b[:n])
	}
	if got := line(); got != "ready\n" {
		t.Fatalf("the program that drags says %q", got)
	}
	x, y := onto.place(t)
	s.hand(t, "mousemove", "1240", "760", "sleep", "0.2", "mousedown", "1", "mousemove", "1220", "740", "sleep", "0.2",
		"mousemove", "1150", "700", "sleep", "0.2", "mousemove", x, y, "sleep", "0.5",
		"mousemove_relative", "2", "1", "sleep", "0.5", "mouseup", "1")
	if got := line(); !strings.HasPrefix(got, "ended") {
		t.Fatalf("the program that drags says %q", got)
	}
}
