//go:build window

// Package window tests the desktop app as it is built: on a display without a screen, read and operated through the
// accessibility tree. Run it by make test-window.
package window

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// TestWindow is an operator's day: start, somebody comes, two messages, a question, the end.
func TestWindow(t *testing.T) {
	d := begin(t)

	d.find(t, button, "Send")
	t.Logf("from the start to a window that can be used: %v", time.Since(d.started).Round(time.Millisecond))
	d.screen.keep(t, "empty")

	c := dial(t, d.address)
	c.send(t, `{"action":"subscribe","user_id":"abc123"}`)
	c.until(t, "its counts", func(f frame) bool { return f.Type == "counts" && f.Clients == 1 && f.Subscribers == 1 })
	d.awaitText(t, "here", "1")

	d.find(t, entry, "Message").write(t, "Hello from the window")
	d.find(t, button, "Send").press(t)
	c.until(t, "the broadcast", func(f frame) bool { return f.Type == "message" && f.Message == "Hello from the window" })

	c.send(t, `{"action":"notify","message":"Hello from the client"}`)
	await(t, "the client's message on the screen", func() (node, bool) { return d.screenText("Hello from the client") })
	d.screen.keep(t, "busy")

	d.secondStartEnds(t)
	d.dashboardsAreHere(t)

	d.find(t, menuItem, "Quit").press(t)
	stay := d.find(t, button, "Keep running")
	d.screen.keep(t, "question")
	stay.press(t)
	await(t, "the question to go away", func() (bool, bool) {
		_, asks := d.root().find(button, "Keep running")
		return true, !asks
	})
	c.send(t, `{"action":"notify","message":"Still there"}`)
	await(t, "a message after the question", func() (node, bool) { return d.screenText("Still there") })

	d.find(t, menuItem, "Quit").press(t)
	d.find(t, button, "Keep running")
	d.find(t, button, "Quit Belfry").press(t)
	d.ended(t, c)
}

// day is one run of the app.
type day struct {
	desktop
	screen  screen
	home    string
	data    string
	address string
	app     *app
	started time.Time
	more    []string // further variables for the program
}

func begin(t *testing.T) *day {
	t.Helper()
	home := t.TempDir()
	d := &day{home: home, data: filepath.Join(home, "data")}
	d.start(t)
	return d
}

// start opens the app on a display of its own.
func (d *day) start(t *testing.T) {
	t.Helper()
	d.screen, d.address = openScreen(t), freeAddress(t)
	d.screen.more = d.more
	d.desktop = openDesktop(t, d.screen.Display)
	d.started = time.Now()
	d.app = startApp(t, d.screen, d.home, "-addr", d.address, "-data", d.data)
	t.Cleanup(func() {
		if t.Failed() {
			d.screen.keep(t, "failed")
			var b strings.Builder
			d.root().outline("", &b)
			t.Logf("on the screen:\n%s", &b)
		}
	})
}

func (d *day) find(t *testing.T, kind role, label string) node {
	t.Helper()
	return await(t, fmt.Sprintf("%q", label), func() (node, bool) { return d.root().find(kind, label) })
}

// awaitText waits until what has this label begins with these words.
func (d *day) awaitText(t *testing.T, label, words string) {
	t.Helper()
	await(t, fmt.Sprintf("%q to say %q", label, words), func() (node, bool) {
		n, ok := d.root().find(anything, label)
		return n, ok && strings.Fields(n.text() + " -")[0] == words
	})
}

// screenText finds what says these words, wherever it is.
func (d *day) screenText(words string) (node, bool) {
	return d.root().search(func(n node) bool { return strings.Contains(n.text(), words) })
}

// secondStartEnds: on the same folder it raises the first one's window and harms nothing.
func (d *day) secondStartEnds(t *testing.T) {
	t.Helper()
	second := startApp(t, d.screen, d.home, "-addr", freeAddress(t), "-data", d.data)
	if code := second.exitCode(t); code != 1 {
		t.Errorf("a second start on the same folder ends with %d, want 1", code)
	}
	d.awaitText(t, "here", "1")
}

// ended: all that was open is closed in order.
func (d *day) ended(t *testing.T, c client) {
	t.Helper()
	if code := c.closeCode(t); code != websocket.CloseGoingAway {
		t.Errorf("the client was told %d, want %d", code, websocket.CloseGoingAway)
	}
	if code := d.app.exitCode(t); code != 0 {
		t.Errorf("the exit code is %d, want 0", code)
	}
	l, err := net.Listen("tcp", d.address)
	if err != nil {
		t.Fatalf("the port is not free again: %v", err)
	}
	l.Close()
	if _, err := os.Stat(filepath.Join(d.data, "window.json")); err != nil {
		t.Errorf("the window's place was not kept: %v", err)
	}
}

// TestPlace: the window opens where it was, and the system may end it without a question.
func TestPlace(t *testing.T) {
	const kept = `{"x":120,"y":80,"width":1000,"height":640,"maximised":false}` + "\n"
	d := &day{home: t.TempDir()}
	d.data = filepath.Join(d.home, "data")
	if err := os.MkdirAll(d.data, 0o700); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(d.data, "window.json")
	if err := os.WriteFile(file, []byte(kept), 0o600); err != nil {
		t.Fatal(err)
	}
	d.start(t)
	d.find(t, button, "Send")
	d.screen.keep(t, "place")
	c := dial(t, d.address)
	if err := d.app.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	d.ended(t, c)
	if now, err := os.ReadFile(file); err != nil || string(now) != kept {
		t.Errorf("the place kept is %s (%v), want %s", now, err, kept)
	}
}
