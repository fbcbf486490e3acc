// Belfry is a desktop app for the person who runs a room full of people: one window, the operator's dashboard, and a web
// page that everyone on the same network opens in the browser they have.
package main

import (
	"context"
	"embed"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"syscall"

	"belfry/internal/desktop"
	"belfry/wsserver"
	"belfry/wsserver/sqlite"
	"belfry/wsserver/wire"
)

// version of the program, as -version prints it.
const version = "0.1.0"

//go:embed all:frontend/dist
var dist embed.FS

// Exit codes.
const (
	exitStopped = 0 // when asked
	exitFailed  = 1
	exitUsage   = 2
)

// gcPercent is the program's GOGC value, unless the environment sets one. Twice Go's default costs a room of 10,000 no
// lasting memory (it is returned to the system once few come and go) and saves a sixth of each handshake.
const gcPercent = 200

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	os.Exit(run(os.Args[1:], os.Getenv, os.Stdout, os.Stderr))
}

// run is the program without its process: arguments and environment in, exit code out.
func run(args []string, getenv func(string) string, stdout, stderr io.Writer) int {
	o, err := parse(args, getenv)
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(stdout, usage())
		return exitStopped
	case err != nil:
		fmt.Fprintf(stderr, "belfry: %v\nbelfry: try -help\n", err)
		return exitUsage
	case o.version:
		fmt.Fprintln(stdout, "belfry", version)
		return exitStopped
	}
	if o.backup != "" {
		return backup(o, stderr)
	}
	logger := slog.New(slog.NewTextHandler(stderr, nil))
	pages, err := fs.Sub(dist, "frontend/dist")
	if err != nil {
		logger.Error("open the pages", "error", err)
		return exitFailed
	}
	server := wsserver.New(o.config(pages, logger, hasWindow && !o.headless && hasDisplay(getenv)))
	switch {
	case desktop.Generating:
	case !hasWindow || o.headless:
		return serve(server, stdout, stderr)
	case !hasDisplay(getenv):
		fmt.Fprintln(stderr, "belfry: there is no display here, so no window: the dashboard is at the second address below.")
		return serve(server, stdout, stderr)
	}
	return runWindow(windowOptions{Server: server, Dir: o.dir(), Pages: pages, Logger: logger, Version: version})
}

// backup copies the log of the data folder.
func backup(o *arguments, stderr io.Writer) int {
	if o.dir() == "" {
		fmt.Fprintln(stderr, "belfry: there is nothing to back up: \"memory\" keeps no log.")
		return exitFailed
	}
	if err := sqlite.Backup(context.Background(), o.dir(), o.backup); err != nil {
		printError(stderr, err)
		return exitFailed
	}
	return exitStopped
}

// printError prints the reason why the program ends.
func printError(stderr io.Writer, err error) {
	var p *wire.Problem
	if errors.As(err, &p) && p.Message != "" {
		fmt.Fprintf(stderr, "belfry: %s\nbelfry: hint: %s\n", p.Message, p.Hint)
		return
	}
	fmt.Fprintf(stderr, "belfry: %v\n", err)
}

// windowOptions are the settings of the window. Dir is "" where nothing is kept on disk.
type windowOptions struct {
	Server  *wsserver.Server
	Dir     string
	Pages   fs.FS
	Logger  *slog.Logger
	Version string
}

// serve runs without a window until the system asks it to stop.
func serve(server *wsserver.Server, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := server.Start(ctx); err != nil {
		printError(stderr, err)
		return exitFailed
	}
	client, dashboard := server.URLs()
	fmt.Fprintf(stdout, "client %s\ndashboard %s\n", client, dashboard)
	<-ctx.Done()
	stop() // a second signal ends the program at once
	if err := server.Close(context.Background()); err != nil {
		fmt.Fprintf(stderr, "belfry: stop: %v\n", err)
		return exitFailed
	}
	return exitStopped
}

// hasDisplay reports whether a window can be shown. Windows and macOS always have a display.
func hasDisplay(getenv func(string) string) bool {
	switch runtime.GOOS {
	case "windows", "darwin":
		return true
	}
	return getenv("DISPLAY") != "" || getenv("WAYLAND_DISPLAY") != ""
}

// defaultDir is the data folder where -data is not given.
func defaultDir(getenv func(string) string) (string, error) {
	home, err := os.UserHomeDir()
	switch runtime.GOOS {
	case "windows":
		if d := getenv("LOCALAPPDATA"); d != "" {
			return filepath.Join(d, "Belfry"), nil
		}
		return filepath.Join(home, "AppData", "Local", "Belfry"), err
	case "darwin":
		return filepath.Join(home, "Library", "Application Support", "Belfry"), err
	}
	if d := getenv("XDG_DATA_HOME"); filepath.IsAbs(d) {
		return filepath.Join(d, "belfry"), nil
	}
	return filepath.Join(home, ".local", "share", "belfry"), err
}
