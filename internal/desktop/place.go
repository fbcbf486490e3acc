package desktop

import (
	"encoding/json"
	"os"
	"path/filepath"
)

// Sizes of the window in the system's own pixels. Below the least one the dashboard has nothing useful left to show.
const (
	MinWidth, MinHeight   = 760, 560
	someWidth, someHeight = 1280, 800
)

// Place is where the window stood when it was last closed.
type Place struct {
	X         int  `json:"x"`
	Y         int  `json:"y"`
	Width     int  `json:"width"`
	Height    int  `json:"height"`
	Maximised bool `json:"maximised"`
	// Known: it was read from a file, and X and Y mean something.
	Known bool `json:"-"`
}

func placeFile(dir string) string { return filepath.Join(dir, "window.json") }

// ReadPlace returns the place kept in dir, or a usual one: a window is worth no error.
func ReadPlace(dir string) Place {
	usual := Place{Width: someWidth, Height: someHeight}
	if dir == "" {
		return usual
	}
	b, err := os.ReadFile(placeFile(dir))
	if err != nil {
		return usual
	}
	p := usual
	if json.Unmarshal(b, &p) != nil {
		return usual
	}
	p.Width, p.Height = max(p.Width, MinWidth), max(p.Height, MinHeight)
	p.Known = true
	return p
}

// Write keeps the place in dir, for the next start.
func (p Place) Write(dir string) error {
	if dir == "" {
		return nil
	}
	b, err := json.Marshal(p)
	if err != nil {
		return err
	}
	return os.WriteFile(placeFile(dir), append(b, '\n'), 0o600)
}

// Visible reports whether a window at this place can be seen and taken hold of on an area of that size: a screen may
// have been unplugged since.
func (p Place) Visible(width, height int) bool {
	const hold = 100
	return p.Known && p.X > -hold && p.Y >= 0 && p.X+hold <= width && p.Y+hold <= height
}
