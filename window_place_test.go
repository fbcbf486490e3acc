package main

import (
	"os"
	"testing"
)

func TestPlace_Kept(t *testing.T) {
	dir := t.TempDir()
	want := place{X: 40, Y: 60, Width: 1000, Height: 700, Maximised: true}
	if err := want.write(dir); err != nil {
		t.Fatal(err)
	}
	got := readPlace(dir)
	want.known = true
	if got != want {
		t.Errorf("read %+v, want %+v", got, want)
	}
}

func TestPlace_NothingUsable(t *testing.T) {
	usual := place{Width: someWidth, Height: someHeight}
	broken := t.TempDir()
	if err := os.WriteFile(placeFile(broken), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, dir := range map[string]string{"Memory": "", "NoFile": t.TempDir(), "Broken": broken} {
		if got := readPlace(dir); got != usual {
			t.Errorf("%s: read %+v, want %+v", name, got, usual)
		}
	}
	if err := usual.write(""); err != nil {
		t.Errorf("with nowhere to keep it: %v", err)
	}
}

func TestPlace_NeverTooSmall(t *testing.T) {
	dir := t.TempDir()
	if err := (place{Width: 3, Height: -5}).write(dir); err != nil {
		t.Fatal(err)
	}
	if p := readPlace(dir); p.Width != minWidth || p.Height != minHeight {
		t.Errorf("read %dx%d, want %dx%d", p.Width, p.Height, minWidth, minHeight)
	}
}

func TestPlace_Visible(t *testing.T) {
	for name, c := range map[string]struct {
		p    place
		want bool
	}{
		"OnScreen":    {place{X: 100, Y: 50, known: true}, true},
		"NeverKept":   {place{X: 100, Y: 50}, false},
		"FarRight":    {place{X: 1900, Y: 50, known: true}, false},
		"Below":       {place{X: 100, Y: 1050, known: true}, false},
		"AboveTheTop": {place{X: 100, Y: -30, known: true}, false},
	} {
		if got := c.p.visible(1920, 1080); got != c.want {
			t.Errorf("%s: visible is %v, want %v", name, got, c.want)
		}
	}
}
