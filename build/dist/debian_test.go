//go:build dist

package dist

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// debian is a fresh Debian in a folder.
type debian struct {
	t   *testing.T
	dir string
}

// freshDebian unpacks one.
func freshDebian(t *testing.T) debian {
	t.Helper()
	needsRoot(t, "install into a fresh Debian")
	needs(t, "mmdebstrap", "chroot")
	d := debian{t, t.TempDir()}
	unpack := exec.CommandContext(t.Context(), "tar", "-xf", keptDebian(t), "-C", d.dir)
	said, err := unpack.CombinedOutput()
	skipFor(t, "a Debian cannot be unpacked here, with its devices and its owners", unpack, said, err, forbidden)
	enter := exec.CommandContext(t.Context(), "chroot", d.dir, "/bin/true")
	said, err = enter.CombinedOutput()
	skipFor(t, "nothing can be run in another root folder here", enter, said, err, forbidden)
	return d
}

// keptDebian is the file that fresh ones are unpacked from. It is fetched once and kept in .cache. One run at a time looks at
// it or fetches it, and what is there counts only if it can be read to its end.
func keptDebian(t *testing.T) string {
	t.Helper()
	cache := root + "/.cache"
	if err := os.MkdirAll(cache, 0o755); err != nil {
		t.Fatal(err)
	}
	lock, err := os.Create(cache + "/debian.lock")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = lock.Close() }() // which unlocks it
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	kept, fetched := cache+"/debian.tar", cache+"/debian.new.tar"
	if isDebian(t, kept) == nil {
		return kept
	}
	for _, path := range []string{kept, fetched} { // which may be folders
		if err := os.RemoveAll(path); err != nil {
			t.Fatal(err)
		}
	}
	fetch(t, exec.CommandContext(t.Context(), "mmdebstrap", "--format=tar", "--variant=minbase", "--include=passwd", "bookworm", fetched))
	if err := isDebian(t, fetched); err != nil {
		t.Fatalf("what was fetched is no Debian: %v", err)
	}
	if err := os.Rename(fetched, kept); err != nil {
		t.Fatal(err)
	}
	return kept
}

// isDebian reads a file to its end, and says what it lacks to be a Debian.
func isDebian(t *testing.T, path string) error {
	t.Helper()
	names, err := exec.CommandContext(t.Context(), "tar", "-tf", path).Output()
	if err == nil && !bytes.Contains(names, []byte("/usr/bin/dpkg\n")) {
		err = errors.New("it has no dpkg")
	}
	return err
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
	skipFor(d.t, "Debian's packages could not be fetched", cmd, said, err, offline)
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

// What an ended download has left, or a folder where a file is wanted, is no Debian.
func TestDebian_HalfOfOneDoesNotCount(t *testing.T) {
	needs(t, "tar")
	dir := t.TempDir()
	if err := os.MkdirAll(dir+"/debian/usr/bin", 0o755); err != nil {
		t.Fatal(err)
	}
	for name, size := range map[string]int{"dpkg": 1, "other": 1 << 20} {
		if err := os.WriteFile(filepath.Join(dir, "debian/usr/bin", name), make([]byte, size), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	whole, half := dir+"/whole.tar", dir+"/half.tar"
	run(t, "tar", "-cf", whole, "-C", dir+"/debian", "./usr/bin/dpkg", "./usr/bin/other")
	run(t, "cp", whole, half)
	if err := os.Truncate(half, 1<<19); err != nil {
		t.Fatal(err)
	}
	if err := isDebian(t, whole); err != nil {
		t.Errorf("a whole one: %v", err)
	}
	for _, path := range []string{half, dir + "/debian", dir + "/nothing"} {
		if isDebian(t, path) == nil {
			t.Errorf("%s counts as a Debian", filepath.Base(path))
		}
	}
}
