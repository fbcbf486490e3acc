//go:build bindings

package desktop

// Generating: Wails runs this program to read its bound methods. Nothing may listen or open a file then, and there
// is no display to look for.
const Generating = true
