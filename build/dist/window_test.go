//go:build dist

package dist

import (
	"bufio"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A Debian on which nobody has installed GTK or WebKit gets them with the package, and the window opens there, with a page.
func TestWindow_InAFreshDebian(t *testing.T) {
	d := freshDebian(t)
	d.needsNspawn()
	needs(t, "Xvfb", "xdotool")
	d.put(packageOf(t, "belfry_*.deb"), "belfry.deb")
	d.fetch("libgtk-3-0", "libwebkit2gtk-4.1-0") // nearly all; what is not to be had then is the package's own fault
	d.get("/belfry.deb")
	d.run("useradd", "--create-home", "desk")
	if said := d.run("belfry", "-version"); !strings.HasPrefix(said, "belfry ") {
		t.Errorf("-version prints %q", said)
	}
	s := serve(t, d.nspawn("--quiet", "--kill-signal=SIGTERM", "--user=desk", "/usr/bin/belfry"))
	s.person("ana").Notify("1", "general", "said to a window that has none")
	if got := s.found("said to a window"); len(got) != 1 {
		t.Errorf("headless it has %q", got)
	}
	s.stop()

	display, picture := screen(t)
	window := d.nspawn("--quiet", "--kill-signal=SIGTERM", "--user=desk", "--bind-ro=/tmp/.X11-unix", "--setenv=DISPLAY="+display, "/usr/bin/belfry", "-addr", "127.0.0.1:0")
	var said tail
	window.Stdout, window.Stderr = &said, &said
	if err := window.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = window.Process.Kill(); _ = window.Wait() })
	find := exec.CommandContext(t.Context(), "timeout", "90", "xdotool", "search", "--sync", "--onlyvisible", "--name", "^Belfry$")
	find.Env = append(os.Environ(), "DISPLAY="+display)
	if out, err := find.CombinedOutput(); err != nil {
		t.Fatalf("no window came up: %v %s\n%s", err, out, said.String())
	}
	// Letters have soft edges: a page has dozens of colours, an empty window a few.
	const dozens = 40
	for end := time.Now().Add(90 * time.Second); colours(t, picture) < dozens; time.Sleep(200 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("the window stays empty: %d colours\n%s", colours(t, picture), said.String())
		}
	}
	_ = window.Process.Signal(syscall.SIGTERM)
	if err := window.Wait(); err != nil {
		t.Errorf("it ended with %v: %s", err, said.String())
	}
}

// screen is a display that nobody sees, and the file with what is on it.
func screen(t *testing.T) (display, picture string) {
	t.Helper()
	dir := t.TempDir()
	out, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	x := exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", "1280x800x24", "-nolisten", "tcp", "-ac", "-fbdir", dir) //nolint:noctx // ended below
	x.ExtraFiles = []*os.File{in}
	err = x.Start()
	_ = in.Close() // Xvfb has its own
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = x.Process.Kill(); _ = x.Wait(); _ = out.Close() })
	number, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return ":" + strings.TrimSpace(number), filepath.Join(dir, "Xvfb_screen0")
}

// colours counts those in a picture in XWD's format, of 32 bits a pixel.
func colours(t *testing.T, picture string) int {
	t.Helper()
	b, err := os.ReadFile(picture)
	if err != nil || len(b) < 100 {
		t.Fatalf("read the screen: %d bytes, %v", len(b), err)
	}
	const perColour = 12
	at := int(binary.BigEndian.Uint32(b)) + perColour*int(binary.BigEndian.Uint32(b[76:]))
	seen := map[uint32]bool{}
	for ; at+4 <= len(b); at += 4 {
		seen[binary.BigEndian.Uint32(b[at:])] = true
	}
	return len(seen)
}
