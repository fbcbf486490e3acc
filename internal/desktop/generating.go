//go:build bindings

package desktop

// Generating reports whether Wails runs this program only to read its bound methods, when it generates the page's
// bindings. Then nothing may listen or open a file, and there is no display to look for.
const Generating = true
