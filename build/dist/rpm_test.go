//go:build dist

package dist

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestRPM_LintFindsNoError(t *testing.T) {
	needs(t, "rpmlint", "cpio")
	for _, name := range []string{"belfry", "belfry-server"} {
		lintRPM(t, packageOf(t, name+"-[0-9]*.rpm"))
	}
}

// lintRPM keeps rpmlint from unpacking the package into this computer's own folders: nfpm's names begin with a slash, and
// rpmlint's cpio would follow them.
func lintRPM(t *testing.T, rpm string) {
	t.Helper()
	real, err := exec.LookPath("cpio")
	if err != nil {
		t.Fatal(err)
	}
	safe := t.TempDir()
	script := "#!/bin/sh\nexec " + real + " --no-absolute-filenames \"$@\"\n"
	if err := os.WriteFile(filepath.Join(safe, "cpio"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	run(t, "env", "PATH="+safe+":"+os.Getenv("PATH"), "rpmlint", "-c", root+"/build/linux/rpmlint.toml", rpm)
}

// ask is what rpm says about a package file.
func ask(t *testing.T, rpm string, words ...string) string {
	t.Helper()
	return run(t, "rpm", slices.Concat([]string{"-qp", "--dbpath", t.TempDir()}, words, []string{rpm})...)
}

// What Fedora reads before it installs: whose files they are, which of them somebody may change, what must be there first.
func TestRPM_SaysWhatIsInIt(t *testing.T) {
	needs(t, "rpm")
	for name, want := range map[string]struct {
		needs, files []string
		settings     string
	}{
		"belfry": {
			[]string{"gtk3", "webkit2gtk4.1"},
			[]string{"/usr/bin/belfry", "/usr/share/applications/belfry.desktop", "/usr/share/man/man1/belfry.1.gz"},
			"(contains no files)\n",
		},
		"belfry-server": {
			[]string{"/bin/sh", "coreutils", "shadow-utils"},
			[]string{"/usr/bin/belfry-server", "/usr/lib/systemd/system/belfry-server.service", "/usr/lib/firewalld/services/belfry.xml"},
			"/etc/default/belfry-server\n/etc/ufw/applications.d/belfry\n",
		},
	} {
		rpm := packageOf(t, name+"-[0-9]*.rpm")
		needed := strings.Fields(ask(t, rpm, "--requires"))
		for _, n := range want.needs {
			if !slices.Contains(needed, n) {
				t.Errorf("%s does not ask for %s: %q", name, n, needed)
			}
		}
		var paths []string
		for line := range strings.Lines(ask(t, rpm, "--queryformat", `[%{FILENAMES} %{FILEUSERNAME}:%{FILEGROUPNAME} %{FILEMODES:perms}\n]`)) {
			f := strings.Fields(line)
			if paths = append(paths, f[0]); f[1] != "root:root" || f[2][5] == 'w' || f[2][8] == 'w' {
				t.Errorf("%s: %s is writable, or not root's", name, line)
			}
		}
		for _, file := range want.files {
			if !slices.Contains(paths, file) {
				t.Errorf("%s lacks %s: %q", name, file, paths)
			}
		}
		if got := ask(t, rpm, "--configfiles"); got != want.settings && strings.TrimSpace(got+want.settings) != "(contains no files)" {
			t.Errorf("%s: its settings are %q", name, got)
		}
	}
}

// rpm installs, upgrades and removes in a fresh system, with a database of its own there. It is Debian's, whose packages it
// cannot see: so what must be there first is looked at by the test above.
func (d debian) rpm(words ...string) string {
	d.t.Helper()
	return run(d.t, "rpm", append([]string{"--force-debian", "--root", d.dir}, words...)...)
}

// The scripts run, the server serves, an upgrade keeps its data and its settings, and so does removing.
func TestRPM_InstallUpgradeRemove(t *testing.T) {
	needs(t, "rpm")
	d := freshDebian(t)
	newer, older := packageOf(t, "belfry-server-[0-9]*.rpm"), olderPackage(t, "belfry-server-0.0.9-*.rpm")
	d.rpm("-i", "--nodeps", older)
	if owner := strings.TrimSpace(d.run("stat", "-c", "%U:%G %a", "/var/lib/belfry")); owner != "belfry:belfry 700" {
		t.Errorf("the data folder is %s", owner)
	}
	s := d.serve()
	s.person("dist").Notify("1", "general", "said before the upgrade")
	s.stop()
	const settings = "etc/default/belfry-server"
	d.write(settings, "BELFRY_NAME=Ward 7\n")

	d.rpm("-U", "--nodeps", newer)
	if got := d.rpm("-qa"); strings.Count(got, "belfry-server-") != 1 || strings.Contains(got, "0.0.9") {
		t.Errorf("after the upgrade there is %q", got)
	}
	if got := d.read(settings); got != "BELFRY_NAME=Ward 7\n" {
		t.Errorf("after the upgrade the settings are %q", got)
	}
	if got, err := exec.CommandContext(t.Context(), "rpm", "--root", d.dir, "-V", "--nodeps", "belfry-server").CombinedOutput(); !strings.Contains(string(got), settings) || strings.Count(string(got), "\n") != 1 {
		t.Errorf("other files than the settings differ from the package's: %s, %v", got, err)
	}
	s = d.serve()
	if got := s.found("said before the upgrade"); len(got) != 1 {
		t.Errorf("after the upgrade it has %q", got)
	}
	s.stop()

	d.rpm("-e", "--nodeps", "belfry-server")
	if d.has("usr/bin/belfry-server") || d.has("usr/lib/systemd/system/belfry-server.service") {
		t.Error("the program is still there once it was removed")
	}
	if !d.has("var/lib/belfry/log.db") || d.read(settings+".rpmsave") != "BELFRY_NAME=Ward 7\n" {
		t.Error("removing took the data or the settings")
	}
}
