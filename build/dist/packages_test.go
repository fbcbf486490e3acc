//go:build dist

package dist

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// pack makes packages in a folder: all of them, or those named.
func pack(dir string, environment []string, names ...string) error {
	cmd := exec.Command("build/package.sh", names...) //nolint:noctx // ends by itself
	cmd.Dir = root
	cmd.Env = append(append(os.Environ(), "OUT="+dir), environment...)
	if said, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", cmd, err, said)
	}
	return nil
}

// release is the folder of the packages that all tests share.
var release string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "belfry-dist-")
	if err == nil {
		err = pack(dir, nil)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	release = dir
	code := m.Run()
	_ = os.RemoveAll(dir) // a folder of the system's own
	os.Exit(code)
}

func TestPackages_SameBytesTwice(t *testing.T) {
	again := t.TempDir()
	if err := pack(again, nil); err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir(release)
	if err != nil || len(files) != 4 {
		t.Fatalf("%d packages, %v", len(files), err)
	}
	for _, f := range files {
		a, errA := os.ReadFile(filepath.Join(release, f.Name()))
		b, errB := os.ReadFile(filepath.Join(again, f.Name()))
		if errA != nil || errB != nil || !bytes.Equal(a, b) {
			t.Errorf("%s differs from the one made a moment later: %v, %v", f.Name(), errA, errB)
		}
	}
}

func TestPackages_LintFindsNoError(t *testing.T) {
	for _, name := range []string{"belfry", "belfry-server"} {
		run(t, "lintian", "--allow-root", "--fail-on", "error", one(t, filepath.Join(release, name+"_*.deb")))
		lintRPM(t, one(t, filepath.Join(release, name+"-[0-9]*.rpm")))
	}
	files := t.TempDir()
	run(t, "dpkg-deb", "-x", one(t, filepath.Join(release, "belfry_*.deb")), files)
	run(t, "appstreamcli", "validate", "--no-net", files+"/usr/share/metainfo/io.belfry.belfry.metainfo.xml")
	if said := run(t, "man", "--warnings", "-l", files+"/usr/share/man/man1/belfry.1.gz"); !strings.Contains(said, "-max-per-address") {
		t.Errorf("the man page misses a flag:\n%s", said)
	}
}

// Nothing is installed: the window's libraries are large.
func TestPackages_DebianHasWhatTheWindowNeeds(t *testing.T) {
	deb := one(t, filepath.Join(release, "belfry_*.deb"))
	if said := run(t, "apt-get", "install", "--simulate", deb); !strings.Contains(said, "Inst belfry ") {
		t.Errorf("it would not be installed:\n%s", said)
	}
}

// lintRPM keeps rpmlint from unpacking the package into this computer's own folders: nfpm's names begin with a slash, and
// rpmlint's cpio would follow them.
func lintRPM(t *testing.T, rpm string) {
	t.Helper()
	real, err := exec.LookPath("cpio")
	if err != nil {
		t.Fatal("cpio is missing: run make setup-dist")
	}
	safe := t.TempDir()
	script := "#!/bin/sh\nexec " + real + " --no-absolute-filenames \"$@\"\n"
	if err := os.WriteFile(filepath.Join(safe, "cpio"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	run(t, "env", "PATH="+safe+":"+os.Getenv("PATH"), "rpmlint", "-c", root+"/build/linux/rpmlint.toml", rpm)
}

// 2 is what a service may reach that is exposed a little: 10 would be one with all rights.
func TestUnit_IsHardened(t *testing.T) {
	said := run(t, "systemd-analyze", "security", "--offline=true", "--no-pager", root+"/build/linux/belfry-server.service")
	m := regexp.MustCompile(`Overall exposure level for belfry-server.service: ([0-9.]+)`).FindStringSubmatch(said)
	if m == nil {
		t.Fatal(said)
	}
	if level, err := strconv.ParseFloat(m[1], 64); err != nil || level >= 2 {
		t.Errorf("exposure %s, want less than 2", m[1])
	}
}

// debian is a fresh Debian in a folder.
type debian struct {
	t   *testing.T
	dir string
}

// freshDebian unpacks one, which is fetched once and kept in .cache.
func freshDebian(t *testing.T) debian {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("not checked: installing into a fresh Debian needs root")
	}
	kept := root + "/.cache/debian.tar"
	if _, err := os.Stat(kept); err != nil {
		if err := os.MkdirAll(root+"/.cache", 0o755); err != nil {
			t.Fatal(err)
		}
		run(t, "mmdebstrap", "--variant=minbase", "--include=passwd", "bookworm", kept+".new")
		if err := os.Rename(kept+".new", kept); err != nil {
			t.Fatal(err)
		}
	}
	d := debian{t, t.TempDir()}
	run(t, "tar", "-xf", kept, "-C", d.dir, "--exclude=./dev/*")
	return d
}

// run runs a command in there.
func (d debian) run(args ...string) string {
	d.t.Helper()
	return run(d.t, "chroot", append([]string{d.dir}, args...)...)
}

// install puts a package in there and installs it.
func (d debian) install(deb string) {
	d.t.Helper()
	run(d.t, "cp", deb, filepath.Join(d.dir, "new.deb"))
	d.run("dpkg", "-i", "/new.deb")
}

func (d debian) has(path string) bool {
	_, err := os.Stat(filepath.Join(d.dir, path))
	return err == nil
}

func (d debian) serve() *server {
	d.t.Helper()
	//nolint:noctx // ended by stop
	return serve(d.t, exec.Command("chroot", "--userspec=belfry:belfry", d.dir, "/usr/bin/belfry-server", "-data", "/var/lib/belfry"))
}

// The server is installed, serves, is upgraded over its data, and goes; the data goes only where somebody purges it.
func TestDebian_InstallUpgradeRemovePurge(t *testing.T) {
	d := freshDebian(t)
	older := t.TempDir()
	if err := pack(older, []string{"VERSION=0.0.9"}, "server"); err != nil {
		t.Fatal(err)
	}
	d.install(one(t, filepath.Join(older, "belfry-server_0.0.9_*.deb")))
	s := d.serve()
	s.person("dist").Notify("1", "general", "said in a fresh room")
	s.stop()
	// An older room comes in its place. It lets in nobody who is not listed, so its operator speaks.
	d.run("sh", "-c", "rm -r /var/lib/belfry/*")
	for _, name := range []string{"log.db", "settings.json"} {
		run(t, "install", "-m", "600", root+"/test/testdata/0.1.0/"+name, filepath.Join(d.dir, "var/lib/belfry", name))
	}
	d.run("chown", "-R", "belfry:belfry", "/var/lib/belfry")
	s = d.serve()
	before := len(s.found(""))
	s.tell("said before the upgrade")
	s.stop()

	conf := filepath.Join(d.dir, "etc/default/belfry-server")
	if err := os.WriteFile(conf, []byte("BELFRY_NAME=Ward 7\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	newer := one(t, filepath.Join(release, "belfry-server_*.deb"))
	d.install(newer)
	if b, err := os.ReadFile(conf); err != nil || string(b) != "BELFRY_NAME=Ward 7\n" {
		t.Errorf("after the upgrade the settings are %q: %v", b, err)
	}
	s = d.serve()
	if after := len(s.found("")); before == 0 || after != before+1 || len(s.found("said before the upgrade")) != 1 {
		t.Errorf("%d messages before, %d after an upgrade", before, after)
	}
	s.stop()

	d.run("dpkg", "-r", "belfry-server")
	if d.has("usr/bin/belfry-server") || d.has("usr/lib/systemd/system/belfry-server.service") {
		t.Error("the program is still there once it was removed")
	}
	if !d.has("var/lib/belfry/log.db") || !d.has("etc/default/belfry-server") {
		t.Error("removing took the data or the settings")
	}
	d.install(newer)
	s = d.serve()
	if len(s.found("said before the upgrade")) != 1 {
		t.Error("installed again, it has lost what was said")
	}
	s.stop()
	d.run("dpkg", "-P", "belfry-server")
	if d.has("var/lib/belfry") || d.has("etc/default/belfry-server") || d.has("etc/ufw/applications.d/belfry") {
		t.Error("purged, it leaves something behind")
	}
}
