package desktop

import (
	"fmt"
	"log/slog"
	"os"
)

// Log is Belfry's log as Wails wants it.
type Log struct{ *slog.Logger }

func (l Log) Print(s string)   { l.Logger.Info(s) }
func (l Log) Trace(s string)   { l.Logger.Debug(s) }
func (l Log) Debug(s string)   { l.Logger.Debug(s) }
func (l Log) Info(s string)    { l.Logger.Info(s) }
func (l Log) Warning(s string) { l.Warn(s) }
func (l Log) Error(s string)   { l.Logger.Error(s) }

// Fatal ends the program: Wails takes for granted that it does not return.
func (l Log) Fatal(s string) {
	l.Logger.Error(s)
	fmt.Fprintln(os.Stderr, "belfry: the window cannot go on. Start it again, or with -headless to do without it.")
	os.Exit(1)
}
