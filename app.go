//go:build desktop || dev || bindings

package main

import (
	"context"
	_ "embed"
	"fmt"
	"io"
	"os"
	goruntime "runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gen2brain/beeep"
	"github.com/pkg/browser"
	"github.com/wailsapp/wails/v2"
	"github.com/wailsapp/wails/v2/pkg/logger"
	"github.com/wailsapp/wails/v2/pkg/options"
	"github.com/wailsapp/wails/v2/pkg/options/assetserver"
	"github.com/wailsapp/wails/v2/pkg/options/linux"
	"github.com/wailsapp/wails/v2/pkg/options/mac"
	"github.com/wailsapp/wails/v2/pkg/runtime"

	"belfry/internal/desktop"
	"belfry/internal/process"
	"belfry/wsserver/operator"
	"belfry/wsserver/wire"
)

// This file is the desktop window. The rules are: only it and app_menu.go import Wails; a bound method is one line;
// whatever needs no window is in internal/desktop.

// hasWindow reports whether this build can open the window.
const hasWindow = true

// closeTimeout is a little more than the server's own limit for shutting down.
const closeTimeout = 6 * time.Second

//go:embed build/appicon.png
var icon []byte

// App has the methods that the page in the window may call; those that only pass a verb on are in app_verbs.go.
type App struct {
	windowOptions
	place    desktop.Place
	exporter desktop.Exporter

	ctx  context.Context // Wails' own, set before the page or the menu can call
	stop context.CancelFunc
	wg   sync.WaitGroup

	pageLoaded    atomic.Bool // the page has asked for the state
	focused       atomic.Bool // the operator looks at the window
	quitConfirmed atomic.Bool // the operator quits although people are connected
	quitting      atomic.Bool
}

// State returns the room as a whole.
func (a *App) State() operator.State { a.pageLoaded.Store(true); return a.Server.State() }

// Export asks for a file and writes the messages found, or a report, to it. The answer is empty where nothing was
// written: the operator closed the dialog, or cancelled.
func (a *App) Export(q operator.ExportQuery) (desktop.ExportedFile, error) {
	path, err := runtime.SaveFileDialog(a.ctx, runtime.SaveDialogOptions{
		Title: "Export", DefaultFilename: q.ExportName(time.Now()), CanCreateDirectories: true,
	})
	if err != nil || path == "" {
		return desktop.ExportedFile{}, err
	}
	return a.exporter.Run(a.ctx, path, func(ctx context.Context, w io.Writer, progress func(done, of uint64)) error {
		return a.Server.Export(ctx, q, w, progress)
	}, func(p desktop.ExportProgress) { runtime.EventsEmit(a.ctx, "export", p) })
}

// CancelExport ends the running export and leaves no file of it.
func (a *App) CancelExport() { a.exporter.Cancel() }

// Front reports whether the window is in front.
func (a *App) Front(front bool) { a.focused.Store(front) }

// Open has the system's browser open a link, http or https.
func (a *App) Open(address string) { desktop.Follow(address, browser.OpenURL, a.Logger) }

// Quit ends Belfry after the operator has confirmed it.
func (a *App) Quit() { a.quitConfirmed.Store(true); runtime.Quit(a.ctx) }

// runWindow opens the window and returns the program's exit code when it is closed.
func runWindow(o windowOptions) (code int) {
	a := &App{windowOptions: o}
	if !desktop.Generating {
		a.prepare()
	}
	defer func() {
		// Wails panics where a display is named and none answers; nothing has been started by then.
		if p := recover(); p != nil {
			if a.ctx != nil {
				panic(p)
			}
			fmt.Fprintf(os.Stderr, "belfry: could not open a window (%v): the dashboard is at the second address below.\n", p)
			a.Server.NoWindow()
			code = serve(a.Server, o.Key, o.Failed, os.Stdout, os.Stderr)
		}
	}()
	if err := wails.Run(a.options()); err != nil {
		o.Logger.Error("open the window", "error", err)
		return 1
	}
	return 0
}

func (a *App) prepare() {
	beeep.AppName = "Belfry"
	browser.Stdout = os.Stderr // what the browser has to say is nothing that Belfry prints
	a.place = desktop.ReadPlace(a.Dir)
	desktop.KeepPage(a.Open)
	if err := desktop.ForgetDevelopment(os.Unsetenv); err != nil {
		a.Logger.Warn("prepare the window", "error", err)
	}
	if goruntime.GOOS != "linux" {
		return
	}
	if err := desktop.PrepareWebKit(os.LookupEnv, os.Setenv); err != nil {
		a.Logger.Warn("prepare the window", "error", err)
	}
}

func (a *App) options() *options.App {
	o := &options.App{
		Title: "Belfry", Width: a.place.Width, Height: a.place.Height, MinWidth: desktop.MinWidth, MinHeight: desktop.MinHeight,
		AssetServer: &assetserver.Options{Assets: a.Pages, Middleware: desktop.SecurePages},
		Menu:        a.menu(), Bind: []any{a},
		// The web view's own, of which desktop.KeepPage leaves what edits a text.
		EnableDefaultContextMenu: true,

		OnStartup: a.startup, OnDomReady: a.restorePosition, OnBeforeClose: a.beforeClose, OnShutdown: a.shutdown,
		Logger: desktop.Log{Logger: a.Logger}, LogLevel: logger.INFO, LogLevelProduction: logger.ERROR,
		// JSON for the page: a code, a sentence, and when to try again.
		ErrorFormatter: func(err error) any { return wire.ErrorJSON(err).Error() },
		Mac:            &mac.Options{About: &mac.AboutInfo{Title: "Belfry", Message: a.Version, Icon: icon}},
		// Wails' default is also Never, but only if no options are given.
		Linux: &linux.Options{Icon: icon, ProgramName: "belfry", WebviewGpuPolicy: linux.WebviewGpuPolicyNever},
	}
	if a.place.Maximised {
		o.WindowStartState = options.Maximised
	}
	if a.Dir != "" {
		o.SingleInstanceLock = &options.SingleInstanceLock{
			UniqueId:               desktop.InstanceID(a.Dir),
			OnSecondInstanceLaunch: func(options.SecondInstanceData) { runtime.WindowUnminimise(a.ctx); runtime.Show(a.ctx) },
		}
	}
	return o
}

// startup starts the server. A failure does not end the program: the page shows the reason and a way out.
func (a *App) startup(ctx context.Context) {
	a.ctx = ctx
	work, stop := context.WithCancel(ctx)
	a.stop = stop
	if err := a.Server.Start(work); err != nil {
		a.Logger.Error("start the server", "error", err)
	}
	for _, f := range []func(context.Context){a.forwardEvents, a.showNotifications, a.quitOnSignal} {
		a.wg.Go(func() { f(work) })
	}
}

// restorePosition moves the window to where it was, once the sizes of the screens are known.
func (a *App) restorePosition(ctx context.Context) {
	screens, err := runtime.ScreenGetAll(ctx)
	if err != nil {
		return
	}
	var width, height int
	for _, s := range screens {
		width, height = width+s.Size.Width, max(height, s.Size.Height)
	}
	if a.place.Visible(width, height) && !a.place.Maximised {
		runtime.WindowSetPosition(ctx, a.place.X, a.place.Y)
	}
	a.place.Saved = false // only once: a reload of the page must not move the window
}

// forwardEvents passes the server's events to the page. They are few and small, because Wails has the page execute each as
// a script.
func (a *App) forwardEvents(ctx context.Context) {
	events := a.Server.Events(ctx)
	for {
		select {
		case e := <-events:
			runtime.EventsEmit(ctx, "event", e)
		case <-ctx.Done():
			return
		}
	}
}

// showNotifications shows messages and people in the lobby that arrive while the window is not in front as the desktop's
// notifications.
func (a *App) showNotifications(ctx context.Context) {
	var n desktop.Notifications
	events := a.Server.Events(ctx)
	seen, lobby := a.Server.State().Seq, uint64(0)
	for {
		var due <-chan time.Time
		if wait, ok := n.Wait(time.Now()); ok {
			due = time.After(wait)
		}
		select {
		case e := <-events:
			if e.LobbyRev != lobby {
				n.Lobby(senders(a.Server.Lobby().Waiting))
			}
			if a.focused.Load() {
				n.Clear()
			} else if e.Seq > seen {
				n.Add(a.newMessages(ctx, seen))
			}
			seen, lobby = e.Seq, e.LobbyRev
		case now := <-due:
			title, text := n.Take(now)
			// Not every desktop shows notifications, and the message is in the feed.
			if err := beeep.Notify(title, text, icon); err != nil {
				a.Logger.Debug("show a notice", "error", err)
			}
		case <-ctx.Done():
			return
		}
	}
}

func (a *App) newMessages(ctx context.Context, after uint64) []wire.Message {
	page, err := a.Server.History(ctx, operator.HistoryQuery{After: after, Limit: 200})
	if err != nil {
		a.Logger.Warn("read messages for a notice", "error", err)
	}
	return page.Messages
}

func senders(lobby []operator.Waiting) (waiting []wire.Sender) {
	for _, w := range lobby {
		waiting = append(waiting, wire.Sender{UserID: w.UserID, Name: w.Name})
	}
	return waiting
}

// quitOnSignal ends Belfry without asking the operator when the system asks for it.
func (a *App) quitOnSignal(ctx context.Context) {
	stop := process.OnStop()
	defer stop.Release()
	select {
	case <-stop.Asked():
		a.Quit()
	case <-ctx.Done():
	}
}

// beforeClose keeps the window open while people are connected, until the operator has confirmed in the page. A page that
// never loaded could not ask.
func (a *App) beforeClose(ctx context.Context) (prevent bool) {
	if !a.quitConfirmed.Load() && a.pageLoaded.Load() && a.Server.State().Clients > 0 {
		a.command("quit")
		return true
	}
	if a.quitting.Swap(true) {
		return true // already quitting: GTK must be asked only once
	}
	p := a.place
	if runtime.WindowIsFullscreen(ctx) {
		return false // it opens as it was before
	}
	if p.Maximised = runtime.WindowIsMaximised(ctx); !p.Maximised {
		p.Width, p.Height = runtime.WindowGetSize(ctx)
		p.X, p.Y = runtime.WindowGetPosition(ctx)
	}
	if err := p.Write(a.Dir); err != nil {
		a.Logger.Debug("keep the window's place", "error", err)
	}
	return false
}

func (a *App) shutdown(context.Context) {
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	if err := a.Server.Close(ctx); err != nil {
		a.Logger.Error("stop the server", "error", err)
	}
	a.stop()
	a.wg.Wait()
}
