package main

import (
	"encoding/json"
	"os"
	"path/filepath"
)

// Sizes of the window in the system's own pixels. Below the least one the dashboard has nothing useful left to show.
const (
	minWidth, minHeight   = 760, 560
	someWidth, someHeight = 1280, 800
)

// place is where the window stood when it was last closed.
type place struct {
	X         int  `json:"x"`
	Y         int  `json:"y"`
	Width     int  `json:"width"`
	Height    int  `json:"height"`
	Maximised bool `json:"maximised"`
	// known: it was read from a file, and X and Y mean something.
	known bool
}

func placeFile(dir string) string { return filepath.Join(dir, "window.json") }

// readPlace returns the place kept in dir, or a usual one: a window is worth no error.
func readPlace(dir string) place {
	usual := place{Width: someWidth, Height: someHeight}
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
	p.Width, p.Height = max(p.Width, minWidth), max(p.Height, minHeight)
	p.known = true
	return p
}

// write keeps the place in dir, for the next start.
func (p place) write(dir string) error {
	if dir == "" {
		return nil
	}
	b, err := json.Marshal(p)
	if err != nil {
		return err
	}
	return os.WriteFile(placeFile(dir), append(b, '\n'), 0o600)
}

// visible reports whether a window at this place can be seen and taken hold of on an area of that size: a screen may
// have been unplugged since.
func (p place) visible(width, height int) bool {
	const hold = 100
	return p.known && p.X > -hold && p.Y >= 0 && p.X+hold <= width && p.Y+hold <= height
}
