// Package desktop is what the desktop window needs and can be tested without one. app.go, which alone imports Wails, puts
// it together; nothing here knows Wails, and the headless program is built without a window all the same.
//
//   - Place: the window's size and position, kept in the data folder (window.json).
//   - Exporter: writes an export to a file that appears when it is complete, one at a time.
//   - Notifications: which messages the desktop shows while the window is not in front, how often, and as what text.
//   - PrepareWebKit: the environment that WebKitGTK needs.
//   - Log: the program's log in the shape that Wails wants.
//   - Generating: whether Wails runs the program only to read its bound methods.
//
// Place and Notifications belong to one goroutine each. An Exporter may be used by several.
package desktop
