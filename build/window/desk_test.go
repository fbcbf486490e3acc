//go:build window

package window

import (
	"bytes"
	"errors"
	"image/png"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"belfry/build/xvfb"
)

const (
	// patience is how long anything may take on a busy machine.
	patience = time.Minute
	// output is where pictures go, for people to look at.
	output = "../bin/window-test"
)

// screen is a display without a screen.
type screen struct {
	xvfb.Screen
	more []string // further variables for the program
}

func openScreen(t *testing.T) screen {
	t.Helper()
	return screen{Screen: xvfb.Open(t)}
}

// keep writes what is on the screen to the output folder.
func (s screen) keep(t *testing.T, name string) {
	t.Helper()
	if err := os.MkdirAll(output, 0o755); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(filepath.Join(output, name+".png"))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(png.Encode(f, s.Image(t)), f.Close()); err != nil {
		t.Fatal(err)
	}
}

// app is the program under test while it runs.
type app struct {
	cmd  *exec.Cmd
	log  *bytes.Buffer
	done chan struct{} // closed when it has ended
}

// startApp starts the program with a home of its own, and in the C locale, in which WebKit knows no language.
func startApp(t *testing.T, s screen, home string, args ...string) *app {
	t.Helper()
	program := os.Getenv("BELFRY")
	if program == "" {
		t.Fatal("BELFRY must name the program: make test-window does")
	}
	a := &app{cmd: exec.Command(program, args...), log: new(bytes.Buffer), done: make(chan struct{})}
	a.cmd.Env = append(os.Environ(), "PATH="+fakeBrowser(t, home)+":"+os.Getenv("PATH"), "DISPLAY="+s.Display, "WAYLAND_DISPLAY=", "GDK_BACKEND=x11", "LANG=C", "LC_ALL=",
		"HOME="+home, "XDG_DATA_HOME="+home, "XDG_CACHE_HOME="+home, "XDG_CONFIG_HOME="+home)
	a.cmd.Env = append(a.cmd.Env, s.more...)
	a.cmd.Stdout, a.cmd.Stderr = a.log, a.log
	a.cmd.WaitDelay = patience // WebKit's own processes may hold the pipe a little longer
	if err := a.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = a.cmd.Wait()
		close(a.done)
	}()
	t.Cleanup(func() {
		_ = a.cmd.Process.Kill()
		<-a.done
		if t.Failed() {
			t.Logf("the program said:\n%s", a.log)
		}
	})
	return a
}

// exitCode waits for the end of the program.
func (a *app) exitCode(t *testing.T) int {
	t.Helper()
	select {
	case <-a.done:
		return a.cmd.ProcessState.ExitCode()
	case <-time.After(patience):
		t.Fatal("the program does not end")
		return -1
	}
}

// freeAddress is one that nobody listens on at the moment.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
