package desktop

import (
	"os"
	"testing"
)

func TestPlace_WrittenAndRead(t *testing.T) {
	dir := t.TempDir()
	want := Place{X: 40, Y: 60, Width: 1000, Height: 700, Maximised: true}
	if err := want.Write(dir); err != nil {
		t.Fatal(err)
	}
	got := ReadPlace(dir)
	want.Saved = true
	if got != want {
		t.Errorf("read %+v, want %+v", got, want)
	}
}

func TestPlace_NothingUsable(t *testing.T) {
	standard := Place{Width: defaultWidth, Height: defaultHeight}
	broken := t.TempDir()
	if err := os.WriteFile(placeFile(broken), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, dir := range map[string]string{"Memory": "", "NoFile": t.TempDir(), "Broken": broken} {
		if got := ReadPlace(dir); got != standard {
			t.Errorf("%s: read %+v, want %+v", name, got, standard)
		}
	}
	if err := standard.Write(""); err != nil {
		t.Errorf("with nowhere to keep it: %v", err)
	}
}

func TestPlace_NeverTooSmall(t *testing.T) {
	dir := t.TempDir()
	if err := (Place{Width: 3, Height: -5}).Write(dir); err != nil {
		t.Fatal(err)
	}
	if p := ReadPlace(dir); p.Width != MinWidth || p.Height != MinHeight {
		t.Errorf("read %dx%d, want %dx%d", p.Width, p.Height, MinWidth, MinHeight)
	}
}

func TestPlace_Visible(t *testing.T) {
	for name, c := range map[string]struct {
		p    Place
		want bool
	}{
		"OnScreen":    {Place{X: 100, Y: 50, Saved: true}, true},
		"NotSaved":    {Place{X: 100, Y: 50}, false},
		"FarRight":    {Place{X: 1900, Y: 50, Saved: true}, false},
		"Below":       {Place{X: 100, Y: 1050, Saved: true}, false},
		"AboveTheTop": {Place{X: 100, Y: -30, Saved: true}, false},
	} {
		if got := c.p.Visible(1920, 1080); got != c.want {
			t.Errorf("%s: visible is %v, want %v", name, got, c.want)
		}
	}
}
