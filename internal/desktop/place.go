package desktop

import (
	"encoding/json"
	"os"
	"path/filepath"
)

// Sizes of the window, in the system's pixels. In a window smaller than the minimum the dashboard shows nothing useful.
const (
	MinWidth, MinHeight         = 760, 560
	defaultWidth, defaultHeight = 1280, 800
)

// Place is the size and position of the window when it was last closed.
type Place struct {
	X         int  `json:"x"`
	Y         int  `json:"y"`
	Width     int  `json:"width"`
	Height    int  `json:"height"`
	Maximised bool `json:"maximised"`
	// Saved says that it was read from a file: without one X and Y mean nothing.
	Saved bool `json:"-"`
}

func placeFile(dir string) string { return filepath.Join(dir, "window.json") }

// ReadPlace returns the place saved in dir, or the default one if there is none or it cannot be read.
func ReadPlace(dir string) Place {
	standard := Place{Width: defaultWidth, Height: defaultHeight}
	if dir == "" {
		return standard
	}
	b, err := os.ReadFile(placeFile(dir))
	if err != nil {
		return standard
	}
	p := standard
	if json.Unmarshal(b, &p) != nil {
		return standard
	}
	p.Width, p.Height = max(p.Width, MinWidth), max(p.Height, MinHeight)
	p.Saved = true
	return p
}

// Write saves the place in dir for the next start; "" is nowhere.
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

// Visible reports whether enough of a window at this place is on a desktop of that size to see and drag it: a screen
// may have been unplugged since.
func (p Place) Visible(width, height int) bool {
	const margin = 100
	return p.Saved && p.X > -margin && p.Y >= 0 && p.X+margin <= width && p.Y+margin <= height
}
