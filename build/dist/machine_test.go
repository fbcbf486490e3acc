//go:build dist

package dist

import (
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
var fetchUntil = time.Now().Add(15 * time.Minute)

// fetch runs a command that does little but download. The test is skipped where the network or the machine is the reason
// that it fails.
func fetch(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	late := time.AfterFunc(time.Until(fetchUntil), func() { _ = cmd.Cancel() })
	defer late.Stop()
	cmd.WaitDelay = time.Second
	said, err := cmd.CombinedOutput()
	if err != nil && time.Now().After(fetchUntil) {
		t.Skipf("not checked: Debian's packages could not be fetched in time: %s", lastLines(string(said)))
	}
	skipFor(t, "Debian's packages could not be fetched", cmd, said, err, offline, forbidden)
}

// offline is what programs say where a network, or the server at its other end, is the reason.
var offline = regexp.MustCompile(`(?i)dial tcp|no such host|i/o timeout|timed out|TLS handshake|connection (refused|reset|failed)|temporary failure|could(n't| not) (resolve|connect)|failed to fetch|unable to fetch|: 50[0-9] [A-Z]`)

// forbidden is what they say where this machine does not let even root do it, or has no room for it.
var forbidden = regexp.MustCompile(`(?i)operation not permitted|permission denied|read-only file system|no space left on device|disk quota exceeded`)

// skipFor does nothing where a command worked. Where it printed a line that names one of these reasons, the test is skipped
// with that line. Every other failure fails the test: a skip that nobody expects is a test that nobody runs.
func skipFor(t *testing.T, what string, cmd *exec.Cmd, said []byte, err error, reasons ...*regexp.Regexp) {
	t.Helper()
	if err == nil {
		return
	}
	for line := range strings.Lines(string(said)) {
		for _, reason := range reasons {
			if reason.MatchString(line) {
				t.Skipf("not checked: %s: %s", what, strings.TrimSpace(line))
			}
		}
	}
	t.Fatalf("%s: %s: %v\n%s", what, cmd, err, said)
}

// lastLines is the end of what a program said: the last line alone is often that it gives up, and not why.
func lastLines(said string) string {
	lines := strings.Split(strings.TrimSpace(said), "\n")
	return strings.Join(lines[max(0, len(lines)-3):], "; ")
}

// made is what all tests share, which the first that wants it makes: the packages of the release, and those of the server
// that an upgrade finds.
var made struct {
	release, older string
	newer, before  func() error
}

// packageOf is the only package of the release that fits a pattern.
func packageOf(t *testing.T, pattern string) string {
	t.Helper()
	skipOffline(t, made.newer())
	return one(t, filepath.Join(made.release, pattern))
}

// olderPackage is one of the server that a release would upgrade.
func olderPackage(t *testing.T, pattern string) string {
	t.Helper()
	skipOffline(t, made.before())
	return one(t, filepath.Join(made.older, pattern))
}

// skipOffline fails the test with an error of the build, unless the build could not fetch its tools.
func skipOffline(t *testing.T, err error) {
	t.Helper()
	switch {
	case errors.Is(err, errOffline):
		t.Skipf("not checked: the tool that makes packages could not be fetched: %s", lastLines(err.Error()))
	case err != nil:
		t.Fatal(err)
	}
}

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "belfry-dist-")
	if err != nil {
		panic(err)
	}
	made.release, made.older = filepath.Join(dir, "release"), filepath.Join(dir, "older")
	made.newer = sync.OnceValue(func() error { return pack(made.release, nil) })
	made.before = sync.OnceValue(func() error { return pack(made.older, []string{"VERSION=0.0.9"}, "server") })
	code := m.Run()
	_ = os.RemoveAll(dir) // a folder of the system's own
	os.Exit(code)
}
