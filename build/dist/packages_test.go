//go:build dist

package dist

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// errOffline is why packages could not be made where a tool could not be fetched.
var errOffline = errors.New("offline")

// pack makes packages in a folder: all of them, or those named.
func pack(dir string, environment []string, names ...string) error {
	cmd := exec.Command("build/package.sh", names...) //nolint:noctx // ends by itself
	cmd.Dir = root
	cmd.Env = append(append(os.Environ(), "OUT="+dir), environment...)
	said, err := cmd.CombinedOutput()
	if err != nil && offline.Match(said) {
		err = errors.Join(err, errOffline)
	}
	if err != nil {
		return fmt.Errorf("%s: %w\n%s", cmd, err, said)
	}
	return nil
}

func TestPackages_SameBytesTwice(t *testing.T) {
	first := filepath.Dir(packageOf(t, "belfry_*.deb"))
	again := t.TempDir()
	skipOffline(t, pack(again, nil))
	files, err := os.ReadDir(first)
	if err != nil || len(files) != 4 {
		t.Fatalf("%d packages, %v", len(files), err)
	}
	for _, f := range files {
		a, errA := os.ReadFile(filepath.Join(first, f.Name()))
		b, errB := os.ReadFile(filepath.Join(again, f.Name()))
		if errA != nil || errB != nil || !bytes.Equal(a, b) {
			t.Errorf("%s differs from the one made a moment later: %v, %v", f.Name(), errA, errB)
		}
	}
}

func TestPackages_LintianFindsNoError(t *testing.T) {
	needs(t, "lintian")
	for _, name := range []string{"belfry", "belfry-server"} {
		run(t, "lintian", "--allow-root", "--fail-on", "error", packageOf(t, name+"_*.deb"))
	}
}

func TestPackages_DescribeThemselves(t *testing.T) {
	needs(t, "dpkg-deb", "appstreamcli", "man")
	files := t.TempDir()
	run(t, "dpkg-deb", "-x", packageOf(t, "belfry_*.deb"), files)
	run(t, "appstreamcli", "validate", "--no-net", files+"/usr/share/metainfo/io.belfry.belfry.metainfo.xml")
	if said := run(t, "man", "--warnings", "-l", files+"/usr/share/man/man1/belfry.1.gz"); !strings.Contains(said, "-max-per-address") {
		t.Errorf("the man page misses a flag:\n%s", said)
	}
}

// Offline, the file is looked at: 2 is what a service may reach that is exposed a little, and 10 would be one with all rights.
func TestUnit_IsHardened(t *testing.T) {
	needs(t, "systemd-analyze")
	isHardened(t, run(t, "systemd-analyze", "security", "--offline=true", "--no-pager", root+"/build/linux/belfry-server.service"))
}

// isHardened reads what systemd-analyze says about the unit.
func isHardened(t *testing.T, said string) {
	t.Helper()
	m := regexp.MustCompile(`Overall exposure level for belfry-server.service: ([0-9.]+)`).FindStringSubmatch(said)
	if m == nil {
		t.Fatal(said)
	}
	if level, err := strconv.ParseFloat(m[1], 64); err != nil || level >= 2 {
		t.Errorf("exposure %s, want less than 2", m[1])
	}
}
