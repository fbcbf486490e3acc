package desktop

import (
	"fmt"
	"log/slog"
	"os"
)

// Log is the program's log with the methods of Wails' logger.
type Log struct{ *slog.Logger }

func (l Log) Print(s string)   { l.Logger.Info(s) }
func (l Log) Trace(s string)   { l.Logger.Debug(s) }
func (l Log) Debug(s string)   { l.Logger.Debug(s) }
func (l Log) Info(s string)    { l.Logger.Info(s) }
func (l Log) Warning(s string) { l.Warn(s) }
func (l Log) Error(s string)   { l.Logger.Error(s) }

// Fatal logs and ends the program: Wails relies on it not returning.
func (l Log) Fatal(s string) {
	l.Logger.Error(s)
	fmt.Fprintln(os.Stderr, "belfry: the window stopped working. Restart Belfry, or use -headless to run without a window.")
	os.Exit(1)
}
