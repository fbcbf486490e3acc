//go:build desktop || dev || bindings

package main

import (
	goruntime "runtime"

	"github.com/wailsapp/wails/v2/pkg/menu"
	"github.com/wailsapp/wails/v2/pkg/menu/keys"
	"github.com/wailsapp/wails/v2/pkg/runtime"
)

// This file is the window's menu. Most of it asks the page, in the words of frontend/src/dashboard/operator.

// command sends a menu command to the page.
func (a *App) command(word string) { runtime.EventsEmit(a.ctx, "command", word) }

// asking is what a menu item does: it asks the page.
type asking func(word string) menu.Callback

func (a *App) menu() *menu.Menu {
	ask := func(word string) menu.Callback { return func(*menu.CallbackData) { a.command(word) } }
	m, onMac := menu.NewMenu(), goruntime.GOOS == "darwin"
	if onMac {
		m.Append(menu.AppMenu()) // has About and Quit
	}
	file := m.AddSubmenu("File")
	file.AddText("New message", keys.CmdOrCtrl("n"), ask("write"))
	file.AddText("Settings", keys.CmdOrCtrl(","), ask("settings"))
	if onMac {
		m.Append(menu.EditMenu()) // without it there is no copy and paste
	} else {
		file.AddSeparator()
		file.AddText("Quit", keys.CmdOrCtrl("q"), func(*menu.CallbackData) { runtime.Quit(a.ctx) })
		editMenu(m.AddSubmenu("Edit"), ask)
	}
	view := m.AddSubmenu("View")
	viewMenu(view, ask)
	view.AddText("Full screen", keys.Key("f11"), func(*menu.CallbackData) {
		if runtime.WindowIsFullscreen(a.ctx) {
			runtime.WindowUnfullscreen(a.ctx)
		} else {
			runtime.WindowFullscreen(a.ctx)
		}
	})
	view.AddSeparator()
	view.AddText("Reload", keys.CmdOrCtrl("r"), func(*menu.CallbackData) { runtime.WindowReload(a.ctx) })
	help := m.AddSubmenu("Help")
	help.AddText("Help", nil, ask("help"))
	help.AddText("Keyboard shortcuts", keys.Key("f1"), ask("keys"))
	help.AddSeparator()
	help.AddText("About Belfry", nil, ask("about"))
	return m
}

// editMenu has no keys of its own: those of the web view do the same, and a menu would take them away from it.
func editMenu(m *menu.Menu, ask asking) {
	m.AddText("Undo", nil, ask("undo"))
	m.AddText("Redo", nil, ask("redo"))
	m.AddSeparator()
	m.AddText("Cut", nil, ask("cut"))
	m.AddText("Copy", nil, ask("copy"))
	m.AddText("Paste", nil, ask("paste"))
	m.AddSeparator()
	m.AddText("Select all", nil, ask("select_all"))
}

func viewMenu(m *menu.Menu, ask asking) {
	m.AddText("Room", keys.CmdOrCtrl("1"), ask("feed"))
	m.AddText("People", keys.CmdOrCtrl("2"), ask("people"))
	m.AddText("Announcements", keys.CmdOrCtrl("3"), ask("announcements"))
	m.AddText("Search", keys.CmdOrCtrl("4"), ask("search"))
	m.AddText("Go to…", keys.CmdOrCtrl("k"), ask("palette"))
	m.AddText("Find on this page", keys.CmdOrCtrl("f"), ask("find"))
	m.AddText("Show join page", keys.CmdOrCtrl("j"), ask("join"))
	m.AddSeparator()
	m.AddText("Larger text", keys.CmdOrCtrl("="), ask("larger"))
	m.AddText("Smaller text", keys.CmdOrCtrl("-"), ask("smaller"))
	m.AddText("Normal text size", keys.CmdOrCtrl("0"), ask("normal_size"))
}
