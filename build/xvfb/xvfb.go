// Package xvfb opens displays that nobody sees, for the tests of windows.
package xvfb

import (
	"bufio"
	"encoding/binary"
	"image"
	"image/color"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Screen is a display of 1280 × 800 without a screen.
type Screen struct {
	Display string // as DISPLAY has it
	memory  string // the file with what it shows
}

// Open starts Xvfb, with further arguments, until the test ends.
func Open(t testing.TB, more ...string) Screen {
	t.Helper()
	dir := t.TempDir()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	args := append([]string{"-displayfd", "3", "-screen", "0", "1280x800x24", "-nolisten", "tcp", "-fbdir", dir}, more...)
	x := exec.Command("Xvfb", args...) //nolint:noctx // ended below
	x.ExtraFiles = []*os.File{w}
	err = x.Start()
	_ = w.Close() // Xvfb has its own
	if err != nil {
		t.Fatalf("start Xvfb: %v", err)
	}
	t.Cleanup(func() { end(x) })
	number, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		t.Fatalf("Xvfb gave no display: %v", err)
	}
	return Screen{":" + strings.TrimSpace(number), filepath.Join(dir, "Xvfb_screen0")}
}

// end interrupts Xvfb until it has ended. It looks whether it was interrupted and then waits for its next event: what comes
// between the two is seen at that event alone, which may be in ten minutes.
func end(x *exec.Cmd) {
	ended := make(chan struct{})
	go func() { _ = x.Wait(); close(ended) }()
	for {
		_ = x.Process.Signal(os.Interrupt) // it may have ended
		select {
		case <-ended:
			return
		case <-time.After(time.Second):
		}
	}
}

// Image returns what is on the screen. Xvfb's memory is a picture in XWD's format, of 32 bits a point.
func (s Screen) Image(t testing.TB) *image.RGBA {
	t.Helper()
	b, err := os.ReadFile(s.memory)
	if err != nil || len(b) < 100 {
		t.Fatalf("read the screen: %d bytes, %v", len(b), err)
	}
	field := func(i int) int { return int(binary.BigEndian.Uint32(b[4*i:])) }
	head, width, height, line, colours := field(0), field(4), field(5), field(12), field(19)
	data := b[head+12*colours:]
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			p := data[y*line+4*x:]
			img.SetRGBA(x, y, color.RGBA{p[2], p[1], p[0], 255})
		}
	}
	return img
}
