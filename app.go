//go:build desktop || dev || bindings

package main

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	goruntime "runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/gen2brain/beeep"
	"github.com/wailsapp/wails/v2"
	"github.com/wailsapp/wails/v2/pkg/logger"
	"github.com/wailsapp/wails/v2/pkg/menu"
	"github.com/wailsapp/wails/v2/pkg/menu/keys"
	"github.com/wailsapp/wails/v2/pkg/options"
	"github.com/wailsapp/wails/v2/pkg/options/assetserver"
	"github.com/wailsapp/wails/v2/pkg/options/linux"
	"github.com/wailsapp/wails/v2/pkg/options/mac"
	"github.com/wailsapp/wails/v2/pkg/runtime"

	"belfry/internal/desktop"
	"belfry/wsserver"
	"belfry/wsserver/operator"
	"belfry/wsserver/wire"
)

// This file is the window: the operator's door to the server on this machine. The rules are: it alone imports Wails;
// a bound method is one line; what can be thought through without a window lives in internal/desktop.

// hasWindow tells main whether this build can open the window.
const hasWindow = true

// closeTimeout is a little more than the server's own limit for ending.
const closeTimeout = 6 * time.Second

//go:embed build/appicon.png
var icon []byte

// App is what the page in the window may call.
type App struct {
	windowOptions
	place   desktop.Place
	exports desktop.Exports

	ctx  context.Context // Wails' own; set before any page or menu can call
	stop context.CancelFunc
	wg   sync.WaitGroup

	shown    atomic.Bool // the page lives: it has asked for the state
	front    atomic.Bool // the window is in front of the operator
	agreed   atomic.Bool // to quit although people are connected
	quitting atomic.Bool
}

// State returns the room as a whole.
func (a *App) State() operator.State { a.shown.Store(true); return a.Server.State() }

// Export asks where to, and writes there what was found or a report. Nothing was written where the answer is empty:
// the operator closed the question, or cancelled.
func (a *App) Export(q operator.ExportQuery) (desktop.Exported, error) {
	path, err := runtime.SaveFileDialog(a.ctx, runtime.SaveDialogOptions{
		Title: "Export", DefaultFilename: q.ExportName(time.Now()), CanCreateDirectories: true,
	})
	if err != nil || path == "" {
		return desktop.Exported{}, err
	}
	return a.exports.Run(a.ctx, path, func(ctx context.Context, w io.Writer, progress func(done, of uint64)) error {
		return a.Server.Export(ctx, q, w, progress)
	}, func(p desktop.ExportProgress) { runtime.EventsEmit(a.ctx, "export", p) })
}

// CancelExport ends an export that runs; nothing of it is kept.
func (a *App) CancelExport() { a.exports.Cancel() }

// Front tells whether the operator looks at the window.
func (a *App) Front(front bool) { a.front.Store(front) }

// Quit ends Belfry; the operator has been asked.
func (a *App) Quit() { a.agreed.Store(true); runtime.Quit(a.ctx) }

// runWindow opens the window and returns the program's exit code when it is closed.
func runWindow(o windowOptions) (code int) {
	a := &App{windowOptions: o}
	if !desktop.Generating {
		a.prepare()
	}
	defer func() {
		// GTK panics where a display is named and none answers; nothing has been started then.
		if p := recover(); p != nil {
			if a.ctx != nil {
				panic(p)
			}
			fmt.Fprintf(os.Stderr, "belfry: no window could be opened (%v): the dashboard is at the second address below.\n", p)
			a.Server.NoWindow()
			code = serve(a.Server, os.Stdout, os.Stderr)
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
	a.place = desktop.ReadPlace(a.Dir)
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
		AssetServer: &assetserver.Options{Assets: a.Pages, Middleware: securePages},
		Menu:        a.menu(), Bind: []any{a},
		OnStartup: a.startup, OnDomReady: a.moveBack, OnBeforeClose: a.beforeClose, OnShutdown: a.shutdown,
		Logger: desktop.Log{Logger: a.Logger}, LogLevel: logger.INFO, LogLevelProduction: logger.ERROR,
		// The page parses it: a code, a sentence, and when to try again.
		ErrorFormatter: func(err error) any { return wire.ErrorJSON(err).Error() },
		Mac:            &mac.Options{About: &mac.AboutInfo{Title: "Belfry", Message: a.Version, Icon: icon}},
		// Never is Wails' own default as well, but only where no options are given.
		Linux: &linux.Options{Icon: icon, ProgramName: "belfry", WebviewGpuPolicy: linux.WebviewGpuPolicyNever},
	}
	if a.place.Maximised {
		o.WindowStartState = options.Maximised
	}
	if a.Dir != "" {
		sum := sha256.Sum256([]byte(a.Dir))
		o.SingleInstanceLock = &options.SingleInstanceLock{
			UniqueId:               "belfry_" + hex.EncodeToString(sum[:]),
			OnSecondInstanceLaunch: func(options.SecondInstanceData) { runtime.WindowUnminimise(a.ctx); runtime.Show(a.ctx) },
		}
	}
	return o
}

// securePages gives the window's page the same policy as a browser's. In development Vite injects styles and scripts,
// which the policy would stop.
func securePages(next http.Handler) http.Handler {
	if os.Getenv("frontenddevserverurl") != "" {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", wsserver.Security)
		next.ServeHTTP(w, r)
	})
}

// startup starts the server. Why it could not is a state of the page, with a way out, and no end of the program.
func (a *App) startup(ctx context.Context) {
	a.ctx = ctx
	work, stop := context.WithCancel(ctx)
	a.stop = stop
	if err := a.Server.Start(work); err != nil {
		a.Logger.Error("start the server", "error", err)
	}
	for _, f := range []func(context.Context){a.tellPage, a.tellDesktop, a.awaitSignal} {
		a.wg.Go(func() { f(work) })
	}
}

// moveBack puts the window where it stood, once there is a screen to look at.
func (a *App) moveBack(ctx context.Context) {
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
	a.place.Known = false // once: a page that is loaded again moves nothing
}

// tellPage passes on what changed; events are few and small, because each is a script that the page executes.
func (a *App) tellPage(ctx context.Context) {
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

// tellDesktop shows notices of what comes while the window is not in front.
func (a *App) tellDesktop(ctx context.Context) {
	var n desktop.Notices
	events := a.Server.Events(ctx)
	seen := a.Server.State().Seq
	for {
		var due <-chan time.Time
		if wait, some := n.Due(time.Now()); some {
			due = time.After(wait)
		}
		select {
		case e := <-events:
			if a.front.Load() {
				n.Forget()
			} else if e.Seq > seen {
				n.Add(a.newMessages(ctx, seen))
			}
			seen = e.Seq
		case now := <-due:
			title, text := n.Take(now)
			// A desktop without notices is no fault of Belfry's, and the message is in the feed.
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

// awaitSignal ends Belfry without a question when the system asks for it.
func (a *App) awaitSignal(ctx context.Context) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(signals)
	select {
	case <-signals:
		a.Quit()
	case <-ctx.Done():
	}
}

// beforeClose holds the window open while people are connected, until the operator has answered the page's question.
// A page that never came up could not ask it.
func (a *App) beforeClose(ctx context.Context) (prevent bool) {
	if !a.agreed.Load() && a.shown.Load() && a.Server.State().Clients > 0 {
		a.command("quit")
		return true
	}
	if a.quitting.Swap(true) {
		return true // it is on its way: GTK must be told once only
	}
	p := a.place
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

// command asks the page for something; lib/operator knows the words.
func (a *App) command(word string) { runtime.EventsEmit(a.ctx, "command", word) }

func (a *App) menu() *menu.Menu {
	ask := func(word string) menu.Callback { return func(*menu.CallbackData) { a.command(word) } }
	m, onMac := menu.NewMenu(), goruntime.GOOS == "darwin"
	if onMac {
		m.Append(menu.AppMenu()) // has Quit
	}
	file := m.AddSubmenu("File")
	file.AddText("New message", keys.CmdOrCtrl("n"), ask("write"))
	file.AddText("Settings", keys.CmdOrCtrl(","), ask("settings"))
	if onMac {
		m.Append(menu.EditMenu()) // without it there is no copy and paste
	} else {
		file.AddSeparator()
		file.AddText("Quit", keys.CmdOrCtrl("q"), func(*menu.CallbackData) { runtime.Quit(a.ctx) })
	}
	view := m.AddSubmenu("View")
	view.AddText("Feed", keys.CmdOrCtrl("1"), ask("feed"))
	view.AddText("People", keys.CmdOrCtrl("2"), ask("people"))
	view.AddText("Announcements", keys.CmdOrCtrl("3"), ask("announcements"))
	view.AddText("Search the log", keys.CmdOrCtrl("4"), ask("search"))
	view.AddText("Find", keys.CmdOrCtrl("f"), ask("find"))
	view.AddText("Join address, large", keys.CmdOrCtrl("j"), ask("join"))
	view.AddSeparator()
	view.AddText("Reload", keys.CmdOrCtrl("r"), func(*menu.CallbackData) { runtime.WindowReload(a.ctx) })
	help := m.AddSubmenu("Help")
	help.AddText("Keyboard shortcuts", keys.Key("f1"), ask("keys"))
	return m
}
