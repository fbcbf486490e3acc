//go:build !desktop && !dev && !bindings

package main

// hasWindow reports whether this build can open the window.
const hasWindow = false

// runWindow is never called in this build: run checks hasWindow first.
func runWindow(o windowOptions) int {
	o.Logger.Error("this Belfry was built without a window")
	return 1
}
