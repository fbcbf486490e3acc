// Package desktop has the parts of the desktop window that can be tested without one. Nothing here imports Wails: only
// app.go does, and puts the parts together. The headless program uses only Generating.
//
//   - Place: the window's size and position, kept in the data folder (window.json).
//   - Exporter: writes an export to a file that appears when it is complete, one at a time.
//   - Notifications: the notifications of new messages while the window is not in front: which, how often, their text.
//   - PrepareWebKit: the environment that WebKitGTK needs.
//   - KeepPage: the window shows no page but Belfry's own; OwnPage, Link and Follow: which is one, and where links go.
//   - SecurePages: the page's Content-Security-Policy. ForgetDevelopment, Developing: what only `make dev` may change.
//   - InstanceID: the name by which a second start on the same folder finds the first.
//   - Log: the program's log in the shape that Wails wants.
//   - Generating: whether Wails runs the program only to read its bound methods.
//
// A Place and Notifications are for one goroutine at a time; an Exporter may be used by several.
package desktop
