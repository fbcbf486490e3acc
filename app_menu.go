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

// ask is what a menu item does that asks the page.
func (a *App) ask(word string) menu.Callback { return func(*menu.CallbackData) { a.command(word) } }

func (a *App) menu() *menu.Menu {
	m, onMac := menu.NewMenu(), goruntime.GOOS == "darwin"
	if onMac {
		m.Append(menu.AppMenu()) // has About and Quit
	}
	file := m.AddSubmenu("File")
	file.AddText("New message", keys.CmdOrCtrl("n"), a.ask("write"))
	file.AddText("Settings", keys.CmdOrCtrl(","), a.ask("settings"))
	if onMac {
		m.Append(menu.EditMenu()) // without it there is no copy and paste
	} else {
		file.AddSeparator()
		file.AddText("Quit", keys.CmdOrCtrl("q"), func(*menu.CallbackData) { runtime.Quit(a.ctx) })
		a.editMenu(m.AddSubmenu("Edit"))
	}
	a.viewMenu(m.AddSubmenu("View"))
	help := m.AddSubmenu("Help")
	help.AddText("Help", nil, a.ask("help"))
	help.AddText("Keyboard shortcuts", keys.Key("f1"), a.ask("keys"))
	help.AddSeparator()
	help.AddText("About Belfry", nil, a.ask("about"))
	return m
}

// editMenu has no keys of its own: those of the web view do the same, and a menu would take them away from it.
func (a *App) editMenu(m *menu.Menu) {
	m.AddText("Undo", nil, a.ask("undo"))
	m.AddText("Redo", nil, a.ask("redo"))
	m.AddSeparator()
	m.AddText("Cut", nil, a.ask("cut"))
	m.AddText("Copy", nil, a.ask("copy"))
	m.AddText("Paste", nil, a.ask("paste"))
	m.AddSeparator()
	m.AddText("Select all", nil, a.ask("select_all"))
}

func (a *App) viewMenu(m *menu.Menu) {
	m.AddText("Room", keys.CmdOrCtrl("1"), a.ask("feed"))
	m.AddText("People", keys.CmdOrCtrl("2"), a.ask("people"))
	m.AddText("Announcements", keys.CmdOrCtrl("3"), a.ask("announcements"))
	m.AddText("Search", keys.CmdOrCtrl("4"), a.ask("search"))
	m.AddText("Go to…", keys.CmdOrCtrl("k"), a.ask("palette"))
	m.AddText("Find on this page", keys.CmdOrCtrl("f"), a.ask("find"))
	m.AddText("Show join page", keys.CmdOrCtrl("j"), a.ask("join"))
	m.AddSeparator()
	m.AddText("Larger text", keys.CmdOrCtrl("="), a.ask("larger"))
	m.AddText("Smaller text", keys.CmdOrCtrl("-"), a.ask("smaller"))
	m.AddText("Normal text size", keys.CmdOrCtrl("0"), a.ask("normal_size"))
	m.AddText("Full screen", keys.Key("f11"), func(*menu.CallbackData) { a.toggleFullscreen() })
	m.AddSeparator()
	m.AddText("Reload", keys.CmdOrCtrl("r"), func(*menu.CallbackData) { runtime.WindowReload(a.ctx) })
}

func (a *App) toggleFullscreen() {
	if runtime.WindowIsFullscreen(a.ctx) {
		runtime.WindowUnfullscreen(a.ctx)
	} else {
		runtime.WindowFullscreen(a.ctx)
	}
}
