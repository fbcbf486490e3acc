//go:build !linux || (!desktop && !dev)

package desktop

// KeepPage is explained in navigation_linux.go. Elsewhere there is no such place to ask from: the page guards itself
// (frontend/src/dashboard/shell/guard.ts), and Wails answers no page of another origin.
func KeepPage(func(address string)) {}
