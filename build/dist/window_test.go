//go:build dist

package dist

import (
	"image"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"belfry/build/xvfb"
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

	// Anybody may open windows there: the program has a user of its own.
	display := xvfb.Open(t, "-ac")
	window := d.nspawn("--quiet", "--kill-signal=SIGTERM", "--user=desk", "--bind-ro=/tmp/.X11-unix", "--setenv=DISPLAY="+display.Display, "/usr/bin/belfry", "-addr", "127.0.0.1:0")
	var said tail
	window.Stdout, window.Stderr = &said, &said
	if err := window.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = window.Process.Kill(); _ = window.Wait() })
	find := exec.CommandContext(t.Context(), "timeout", "90", "xdotool", "search", "--sync", "--onlyvisible", "--name", "^Belfry$")
	find.Env = append(os.Environ(), "DISPLAY="+display.Display)
	if out, err := find.CombinedOutput(); err != nil {
		t.Fatalf("no window came up: %v %s\n%s", err, out, said.String())
	}
	// Letters have soft edges: a page has dozens of colours, an empty window a few.
	const dozens = 40
	for end := time.Now().Add(90 * time.Second); colours(display.Image(t)) < dozens; time.Sleep(200 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("the window stays empty: %d colours\n%s", colours(display.Image(t)), said.String())
		}
	}
	_ = window.Process.Signal(syscall.SIGTERM)
	if err := window.Wait(); err != nil {
		t.Errorf("it ended with %v: %s", err, said.String())
	}
}

// colours counts those in a picture.
func colours(img *image.RGBA) int {
	seen := map[[4]byte]bool{}
	for pixel := range slices.Chunk(img.Pix, 4) {
		seen[[4]byte(pixel)] = true
	}
	return len(seen)
}
