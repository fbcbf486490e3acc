//go:build desktop || dev || bindings

package main

import (
	"fmt"
	"log/slog"
	"os"
)

// appLog is Belfry's log as Wails wants it.
type appLog struct{ *slog.Logger }

func (l appLog) Print(s string)   { l.Logger.Info(s) }
func (l appLog) Trace(s string)   { l.Logger.Debug(s) }
func (l appLog) Debug(s string)   { l.Logger.Debug(s) }
func (l appLog) Info(s string)    { l.Logger.Info(s) }
func (l appLog) Warning(s string) { l.Warn(s) }
func (l appLog) Error(s string)   { l.Logger.Error(s) }

// Fatal ends the program: Wails takes for granted that it does not return.
func (l appLog) Fatal(s string) {
	l.Logger.Error(s)
	fmt.Fprintln(os.Stderr, "belfry: the window cannot go on. Start it again, or with -headless to do without it.")
	os.Exit(1)
}
