// Package test starts the real program and looks at it from outside: what it prints and how it ends (testdata/*.txtar),
// what kill -9, a full disk or a damaged file does to it, and what it keeps. Where a test needs a clock of its own or
// counts goroutines, it runs the same server, with the same log on disk, inside the test.
package test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"testing"
)

// buildDir is where the program is built, once, by the first test that needs it.
var buildDir string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "belfry-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	buildDir = dir
	code := m.Run()
	if err := os.RemoveAll(dir); err != nil && runtime.GOOS != "windows" { // where what has just run may still be locked
		fmt.Fprintln(os.Stderr, err)
		code = max(code, 1)
	}
	os.Exit(code)
}

// binary returns the path of the program, built from here, as belfry in a folder of its own.
func binary(t *testing.T) string {
	t.Helper()
	file, err := build()
	if err != nil {
		t.Fatalf("build the program: %v", err)
	}
	return file
}

var build = sync.OnceValues(func() (file string, err error) {
	file = filepath.Join(buildDir, "belfry")
	if runtime.GOOS == "windows" {
		file += ".exe"
	}
	args := []string{"build", "-pgo=off", "-o", file}
	if raced() {
		args = append(args, "-race")
	}
	if err := listSources(); err != nil {
		return "", err
	}
	out, err := exec.Command("go", append(args, "belfry")...).CombinedOutput() //nolint:noctx // it ends by itself
	if err != nil {
		return "", fmt.Errorf("%w\n%s", err, out)
	}
	return file, nil
})

// raced reports whether this test was built with the race detector: then the program is too.
func raced() bool {
	info, ok := debug.ReadBuildInfo()
	return ok && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"})
}

// listSources lists the folders that the program is built from. "go test" repeats a kept result while the files and
// folders that the test itself has opened are the same; what "go build" reads does not count, and a change of main.go
// would go unnoticed.
func listSources() error {
	_, err := os.ReadDir("..")
	for _, dir := range []string{"../internal", "../wsserver", "../frontend/dist"} {
		walked := filepath.WalkDir(dir, func(_ string, _ fs.DirEntry, err error) error { return err })
		err = errors.Join(err, walked)
	}
	return err
}
