//go:build dist

package dist

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// What a machine lacks or forbids is no fault of the packages: the tests that need it are skipped, each with a sentence.

// needs skips the test where programs are missing.
func needs(t *testing.T, programs ...string) {
	t.Helper()
	for _, p := range programs {
		if _, err := exec.LookPath(p); err != nil {
			t.Skipf("not checked: %s is missing here: make setup-dist installs it", p)
		}
	}
}

// needsRoot skips the test where it may not do what only root may; what is the end of a sentence.
func needsRoot(t *testing.T, what string) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skipf("not checked: only root may %s", what)
	}
}

// fetchUntil ends every download, so that a slow network ends in a skipped test.
var fetchUntil = time.Now().Add(20 * time.Minute)

// fetch runs a command that does nothing but download. Where it fails the test is skipped.
func fetch(t *testing.T, name string, args ...string) {
	t.Helper()
	ctx, cancel := context.WithDeadline(t.Context(), fetchUntil)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.WaitDelay = time.Second
	said, err := cmd.CombinedOutput()
	if ctx.Err() != nil {
		t.Skip("not checked: Debian's packages could not be fetched in time")
	}
	if err != nil {
		t.Skipf("not checked: Debian's packages could not be fetched: %v: %s", err, lastLine(string(said)))
	}
}

// offline is what programs say where a network, or the server at its other end, is the reason.
var offline = regexp.MustCompile(`(?i)dial tcp|no such host|i/o timeout|TLS handshake|connection (refused|reset)|temporary failure|could(n't| not) (resolve|connect)|failed to fetch|unable to fetch|: 50[0-9] [A-Z]`)

func lastLine(said string) string {
	lines := strings.Split(strings.TrimSpace(said), "\n")
	return lines[len(lines)-1]
}

// release is the folder of the packages that all tests share, which the first that wants one makes.
var (
	release     string
	makeRelease = sync.OnceValue(func() error { return pack(release, nil) })
)

// made is the only package of the release that fits a pattern.
func made(t *testing.T, pattern string) string {
	t.Helper()
	skipOffline(t, makeRelease())
	return one(t, filepath.Join(release, pattern))
}

// skipOffline fails the test with an error of the build, unless the build could not fetch its tools.
func skipOffline(t *testing.T, err error) {
	t.Helper()
	switch {
	case errors.Is(err, errOffline):
		t.Skipf("not checked: the tool that makes packages could not be fetched: %s", lastLine(err.Error()))
	case err != nil:
		t.Fatal(err)
	}
}

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "belfry-dist-")
	if err != nil {
		panic(err)
	}
	release = dir
	code := m.Run()
	_ = os.RemoveAll(dir) // a folder of the system's own
	os.Exit(code)
}
