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
	"runtime"
	"runtime/debug"
	"strings"
	_ "time/tzdata" // an export has the clock of its reader, and Windows keeps no time zones that Go can read

	"belfry/internal/cli"
	"belfry/internal/desktop"
	"belfry/internal/process"
	"belfry/wsserver"
	"belfry/wsserver/cluster"
	"belfry/wsserver/token"
	"belfry/wsserver/wire"
)

// version of the program; -version also says which commit it was built from.
const version = "0.1.0"

//go:embed all:frontend/dist
var dist embed.FS

// Exit codes.
const (
	exitStopped = cli.Done // when asked
	exitFailed  = cli.Failed
	exitUsage   = cli.Usage
)

// gcPercent is the program's GOGC value, unless the environment sets one. Twice Go's default costs a room of 10,000 no
// lasting memory (it is returned to the system once few come and go) and saves a sixth of each handshake.
const gcPercent = 200

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	process.Survive()
	stderr := process.NewOutput(os.Stderr)
	code := run(os.Args[1:], os.Getenv, os.Stdout, stderr)
	stderr.Close()
	os.Exit(code)
}

// run is the program without its process: arguments and environment in, exit code out.
func run(args []string, getenv func(string) string, stdout, stderr io.Writer) int {
	if status, isVerb := cli.Run(args, getenv, os.Stdin, stdout, stderr); isVerb {
		return status
	}
	o, err := parse(args, getenv)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return printed(io.WriteString(stdout, usage()))
	case err != nil:
		fmt.Fprintf(stderr, "belfry: %v\nbelfry: try -help\n", err)
		return exitUsage
	case o.version:
		return printed(fmt.Fprintln(stdout, versionLine(process.Build())))
	}
	logger := slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{ReplaceAttr: token.RedactAttr}))
	slog.SetDefault(logger)
	if o.backup != "" {
		return backup(o, stdout, stderr)
	}
	pages, err := fs.Sub(dist, "frontend/dist")
	if err != nil {
		logger.Error("open the pages", "error", err)
		return exitFailed
	}
	key := keyNotes{At: o.keyAt(process.IsJournal(stdout, getenv("JOURNAL_STREAM"))), InArgs: o.tokenInArgs}
	failed := make(chan *wire.Problem, 1)
	engine := o.engine(logger, failed)
	if o.cluster.witness {
		return stand(engine, o.cluster.listen, stdout, stderr)
	}
	c := o.config(pages, logger, hasWindow && !o.headless && hasDisplay(getenv))
	if engine != nil {
		c.Cluster, c.PublicURL = engine, o.cluster.address
	}
	server := wsserver.New(c)
	switch {
	case desktop.Generating:
	case !hasWindow || o.headless:
		return serve(server, key, failed, stdout, stderr)
	case !hasDisplay(getenv):
		fmt.Fprintln(stderr, "belfry: there is no display, so no window: the dashboard is at the second address below.")
		return serve(server, key, failed, stdout, stderr)
	}
	return runWindow(windowOptions{Server: server, Key: key, Failed: failed, Dir: o.dir(), Pages: pages, Logger: logger, Version: strings.TrimPrefix(versionLine(process.Build()), "belfry ")})
}

// versionLine is what -version prints. Scripts read the second word.
func versionLine(build string) string {
	if build != "" {
		build = " (" + build + ")"
	}
	return "belfry " + version + build
}

// backup copies the log of the data folder.
func backup(o *arguments, stdout, stderr io.Writer) int {
	var err error = &wire.Problem{Message: "There is nothing to back up: -data memory does not keep a log.", Hint: "Give the log's folder with -data."}
	if o.dir() != "" {
		err = cli.Backup(o.dir(), o.backup, stdout)
	}
	if err != nil {
		cli.PrintError(stderr, err)
		return exitFailed
	}
	return exitStopped
}

// printed is the exit code after output that was asked for.
func printed(_ int, err error) int {
	if err != nil {
		return exitFailed
	}
	return exitStopped
}

// windowOptions are the settings of the window. Dir is "" if nothing is kept on disk.
type windowOptions struct {
	Server  *wsserver.Server
	Key     keyNotes             // for serve, where no window can be opened
	Failed  <-chan *wire.Problem // the same
	Dir     string
	Pages   fs.FS
	Logger  *slog.Logger
	Version string
}

// keyNotes are what is said about the operator's key once the program serves.
type keyNotes struct {
	At     string // where the key is, for who is not to be told the key itself; "": it is printed
	InArgs bool   // it is on the command line, where others can read it
}

// stand runs a witness until the system asks it to stop.
func stand(engine *cluster.Engine, at string, stdout, stderr io.Writer) int {
	stop := process.OnStop()
	defer stop.Release()
	if err := engine.Stand(stop.Context(), func() { fmt.Fprintf(stdout, "witness %s\n", at) }); err != nil {
		cli.PrintError(stderr, err)
		return exitFailed
	}
	return exitStopped
}

// serve runs without a window until the system asks it to stop, or failed says why it must.
func serve(server *wsserver.Server, key keyNotes, failed <-chan *wire.Problem, stdout, stderr io.Writer) int {
	stop := process.OnStop()
	defer stop.Release()
	if err := server.Start(stop.Context()); err != nil {
		if stop.Context().Err() != nil { // while it was starting
			return exitStopped
		}
		cli.PrintError(stderr, err)
		return exitFailed
	}
	printing := process.Start(func() { printAddresses(server, key, stdout, stderr) }) // whoever does not read them keeps nobody out
	defer printing.Wait()
	status := exitStopped
	select {
	case <-stop.Asked():
	case why := <-failed:
		cli.PrintError(stderr, why)
		status = exitFailed
	}
	closed := make(chan error, 1)
	go func() { closed <- server.Close(context.Background()) }()
	select {
	case err := <-closed:
		if err != nil {
			fmt.Fprintf(stderr, "belfry: stop: %v\n", err)
			return exitFailed
		}
		return status
	case <-stop.Hurried():
		fmt.Fprintln(stderr, "belfry: stopped at once, because you asked twice.")
		return exitFailed
	}
}

// printAddresses prints where the pages are, once they can be opened.
func printAddresses(server *wsserver.Server, key keyNotes, stdout, stderr io.Writer) {
	client, dashboard := server.URLs()
	if key.At != "" {
		dashboard, _, _ = strings.Cut(dashboard, "#")
		fmt.Fprintf(stderr, "belfry: the operator's key is not written to the journal: it is %s.\n", key.At)
	}
	if _, err := fmt.Fprintf(stdout, "client %s\ndashboard %s\n", client, dashboard); err != nil {
		fmt.Fprintf(stderr, "belfry: could not print the addresses: %s. The room is open at %s\n", wire.Reason(err), client)
	}
	if key.InArgs { // last, in the log: an error at the start is one sentence and a hint
		slog.Warn("other users of this computer can read the key of -operator-token in the list of processes; use BELFRY_OPERATOR_TOKEN instead")
	}
}

// hasDisplay reports whether a window can be shown. Windows and macOS always have a display.
func hasDisplay(getenv func(string) string) bool {
	switch runtime.GOOS {
	case "windows", "darwin":
		return true
	}
	return getenv("DISPLAY") != "" || getenv("WAYLAND_DISPLAY") != ""
}
