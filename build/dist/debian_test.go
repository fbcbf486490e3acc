//go:build dist

package dist

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// debian is a fresh Debian in a folder.
type debian struct {
	t   *testing.T
	dir string
}

// freshDebian unpacks one, which is fetched once and kept in .cache.
func freshDebian(t *testing.T) debian {
	t.Helper()
	needsRoot(t, "install into a fresh Debian")
	needs(t, "mmdebstrap", "chroot")
	kept := root + "/.cache/debian.tar"
	if _, err := os.Stat(kept); err != nil {
		if err := os.MkdirAll(root+"/.cache", 0o755); err != nil {
			t.Fatal(err)
		}
		fetch(t, exec.CommandContext(t.Context(), "mmdebstrap", "--variant=minbase", "--include=passwd", "bookworm", kept+".new"))
		if err := os.Rename(kept+".new", kept); err != nil {
			t.Fatal(err)
		}
	}
	d := debian{t, t.TempDir()}
	if said, err := exec.CommandContext(t.Context(), "tar", "-xf", kept, "-C", d.dir).CombinedOutput(); err != nil {
		t.Skipf("not checked: a Debian cannot be unpacked here, with its devices and its owners: %s", lastLine(string(said)))
	}
	if said, err := exec.CommandContext(t.Context(), "chroot", d.dir, "/bin/true").CombinedOutput(); err != nil {
		t.Skipf("not checked: nothing can be run in another root folder here: %s", lastLine(string(said)))
	}
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
	d.put(deb, "new.deb")
	d.run("dpkg", "-i", "/new.deb")
}

// put copies a file into it.
func (d debian) put(from, to string) {
	d.t.Helper()
	run(d.t, "cp", from, filepath.Join(d.dir, to))
}

// write writes a file in there.
func (d debian) write(path, text string) {
	d.t.Helper()
	if err := os.WriteFile(filepath.Join(d.dir, path), []byte(text), 0o600); err != nil {
		d.t.Fatal(err)
	}
}

func (d debian) read(path string) string {
	d.t.Helper()
	b, err := os.ReadFile(filepath.Join(d.dir, path))
	if err != nil {
		d.t.Error(err)
	}
	return string(b)
}

func (d debian) has(path string) bool {
	_, err := os.Stat(filepath.Join(d.dir, path))
	return err == nil
}

// apt runs apt-get in there, which asks nothing and takes no more than is needed.
func (d debian) apt(words ...string) *exec.Cmd {
	return exec.CommandContext(d.t.Context(), "chroot", append([]string{d.dir, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq", "-y", "--no-install-recommends"}, words...)...)
}

// fetch brings the lists of Debian's packages, and these packages with all that they need.
func (d debian) fetch(packages ...string) {
	d.t.Helper()
	run(d.t, "cp", "/etc/resolv.conf", filepath.Join(d.dir, "etc/resolv.conf"))
	fetch(d.t, d.apt("update"))
	fetch(d.t, d.apt(append([]string{"--download-only", "install"}, packages...)...))
}

// get installs packages with all that they need. What is not fetched yet is fetched.
func (d debian) get(packages ...string) {
	d.t.Helper()
	cmd := d.apt(append([]string{"install"}, packages...)...)
	said, err := cmd.CombinedOutput()
	if err != nil && offline.Match(said) {
		d.t.Skipf("not checked: Debian's packages could not be fetched: %s", lastLine(string(said)))
	} else if err != nil {
		d.t.Fatalf("%s: %v\n%s", cmd, err, said)
	}
}

func (d debian) serve() *server {
	d.t.Helper()
	//nolint:noctx // ended by stop
	return serve(d.t, exec.Command("chroot", "--userspec=belfry:belfry", d.dir, "/usr/bin/belfry-server", "-data", "/var/lib/belfry"))
}

// The server is installed, serves, is upgraded over its data, and goes; the data goes only where somebody purges it.
func TestDebian_InstallUpgradeRemovePurge(t *testing.T) {
	d := freshDebian(t)
	newer := packageOf(t, "belfry-server_*.deb")
	d.install(olderPackage(t, "belfry-server_0.0.9_*.deb"))
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

	const settings = "etc/default/belfry-server"
	d.write(settings, "BELFRY_NAME=Ward 7\n")
	d.install(newer)
	if got := d.read(settings); got != "BELFRY_NAME=Ward 7\n" {
		t.Errorf("after the upgrade the settings are %q", got)
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
	if !d.has("var/lib/belfry/log.db") || !d.has(settings) {
		t.Error("removing took the data or the settings")
	}
	d.install(newer)
	s = d.serve()
	if len(s.found("said before the upgrade")) != 1 {
		t.Error("installed again, it has lost what was said")
	}
	s.stop()
	d.run("dpkg", "-P", "belfry-server")
	if d.has("var/lib/belfry") || d.has(settings) || d.has("etc/ufw/applications.d/belfry") {
		t.Error("purged, it leaves something behind")
	}
}
