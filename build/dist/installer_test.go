//go:build dist

package dist

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"text/template"
)

// bootstrapper stands for WebView2's, and leaves a trace of having run.
const bootstrapper = `#include <windows.h>
int main(void) { return CreateFileA("C:\\webview2-asked-for", GENERIC_WRITE, 0, 0, CREATE_ALWAYS, 0, 0) == INVALID_HANDLE_VALUE; }
`

// firewall stands for Windows' own, which Wine does not have, and writes down what is asked of it.
const firewall = `#include <windows.h>
#include <stdio.h>
int main(void) {
	FILE *f = fopen("C:\\firewall-asked", "a");
	return !f || fprintf(f, "%s\n", GetCommandLineA()) < 0 || fclose(f);
}
`

// project is what Wails knows of one where it writes the installer's macros.
type project struct {
	Name string
	Info struct {
		CompanyName, ProductName, ProductVersion, Copyright string
		FileAssociations, Protocols                         []struct{}
	}
}

// installer makes the one of a release, of another version and with another program in it, and returns its path.
func (w wine) installer(version, program string) string {
	w.t.Helper()
	dir := w.t.TempDir()
	for _, name := range []string{"LICENSE", "build/windows/icon.ico", "build/windows/installer/project.nsi"} {
		run(w.t, "install", "-D", root+"/"+name, filepath.Join(dir, name))
	}
	here := filepath.Join(dir, "build/windows/installer")
	for _, path := range []string{here + "/tmp", dir + "/build/bin"} {
		if err := os.Mkdir(path, 0o755); err != nil {
			w.t.Fatal(err)
		}
	}
	w.compile(bootstrapper, here+"/tmp/MicrosoftEdgeWebview2Setup.exe")

	var p project
	text, err := os.ReadFile(root + "/wails.json")
	if err == nil {
		err = json.Unmarshal(text, &p)
	}
	if err != nil {
		w.t.Fatal(err)
	}
	p.Info.ProductVersion = version
	wails := strings.TrimSpace(run(w.t, "go", "list", "-m", "-f", "{{.Dir}}", "github.com/wailsapp/wails/v2"))
	macros, err := template.ParseFiles(wails + "/pkg/buildassets/build/windows/installer/wails_tools.nsh")
	if err != nil {
		w.t.Fatal(err)
	}
	var out bytes.Buffer
	if err := macros.Execute(&out, p); err != nil {
		w.t.Fatal(err)
	}
	if err := os.WriteFile(here+"/wails_tools.nsh", out.Bytes(), 0o600); err != nil {
		w.t.Fatal(err)
	}
	// Packed quickly: what is in it matters here, not its size.
	run(w.t, "env", "LC_ALL=C.UTF-8", "SOURCE_DATE_EPOCH=1764547200", "makensis", "-V2", "-WX", "-XSetCompressor zlib", "-DARG_WAILS_AMD64_BINARY="+program, here+"/project.nsi")
	return dir + "/build/bin/belfry-amd64-installer.exe"
}

// set writes a value of the registry.
func (w wine) set(key, name, value string) {
	w.t.Helper()
	if said, err := w.command("reg", "add", key, "/v", name, "/d", value, "/f").CombinedOutput(); err != nil {
		w.t.Fatalf("%v\n%s", err, said)
	}
}

// installed says which version Windows lists among its programs; none where Belfry is not there.
func (w wine) installed() string {
	const key = `HKLM\Software\Microsoft\Windows\CurrentVersion\Uninstall\BelfryBelfry`
	said, _ := w.command("reg", "query", key, "/v", "DisplayVersion").Output() // none is an error
	if _, version, found := strings.Cut(string(said), "REG_SZ"); found {
		return strings.TrimSpace(version)
	}
	return ""
}

// has says whether there is such a file on its drive C.
func (w wine) has(pattern string) bool {
	found, err := filepath.Glob(filepath.Join(w.prefix, "drive_c", pattern))
	return err == nil && len(found) > 0
}

// firewallAsked returns what was asked of the firewall since the last time.
func (w wine) firewallAsked() (lines []string) {
	w.t.Helper()
	path := filepath.Join(w.prefix, "drive_c/firewall-asked")
	text, err := os.ReadFile(path)
	if err == nil {
		err = os.Remove(path)
	}
	if err != nil {
		w.t.Error(err)
	}
	for line := range strings.Lines(string(text)) {
		lines = append(lines, strings.TrimSpace(line))
	}
	return lines
}

// quiet runs an installer that asks nothing, and returns its exit code when all that it has started has ended.
func (w wine) quiet(path string) int {
	w.t.Helper()
	cmd := w.command(path, "/S")
	said, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		w.t.Fatalf("%s: %v\n%s", cmd, err, said)
	}
	return cmd.ProcessState.ExitCode()
}

// The installer brings WebView2 where it is missing, upgrades in place, refuses to while Belfry runs, and keeps what was said
// when it takes Belfry away. The firewall is asked to let Belfry be reached from private networks, once, and no more at the end.
func TestInstaller_InstallUpgradeRemove(t *testing.T) {
	needs(t, "makensis")
	w := newWine(t)
	w.compile(firewall, filepath.Join(w.prefix, "drive_c/windows/system32/netsh.exe"))
	w.set(`HKCU\Software\Wine\DllOverrides`, "netsh.exe", "native") // else Wine runs its own, which does nothing
	newer, older := w.exe, filepath.Join(t.TempDir(), "older.exe")
	run(t, "cp", newer, older)
	run(t, "truncate", "-s", "+1", older) // another file, which runs all the same
	w.set(`HKCU\Software\Wine`, "Version", "win10")
	const (
		program, shortcut = "Program Files/Belfry/belfry.exe", "ProgramData/Microsoft/Windows/Start Menu/Programs/Belfry.lnk"
		asked, kept       = "webview2-asked-for", "users/*/AppData/Local/Belfry/log.db"
	)
	before, after := w.installer("0.0.9", older), w.installer("0.1.0", newer)
	run(t, "cmp", after, w.installer("0.1.0", newer)) // it tells nobody when it was made

	if code := w.quiet(before); code != 0 || w.installed() != "0.0.9" || !w.has(program) || !w.has(shortcut) {
		t.Fatalf("installed with %d: version %q, the program %t, in the menu %t", code, w.installed(), w.has(program), w.has(shortcut))
	}
	const (
		remove = `netsh advfirewall firewall delete rule name="Belfry"`
		add    = `netsh advfirewall firewall add rule name="Belfry" dir=in action=allow profile=private program="C:\Program Files\Belfry\belfry.exe"`
	)
	if got := w.firewallAsked(); !slices.Equal(got, []string{remove, add}) {
		t.Errorf("installing asks the firewall for %q", got)
	}
	if !w.has(asked) {
		t.Error("where WebView2 is missing, nobody asks for it")
	}
	run(t, "rm", "-f", filepath.Join(w.prefix, "drive_c", asked))
	w.set(`HKLM\SOFTWARE\WOW6432Node\Microsoft\EdgeUpdate\Clients\{F3017226-FE2A-4295-8BDF-00C3A9A7E4C5}`, "pv", "1.0")

	w.exe, w.data = filepath.Join(w.prefix, "drive_c", program), ""
	s := w.serve()
	s.person("ana").Notify("1", "general", "said before the upgrade")
	if code := w.quiet(after); code != 2 || w.installed() != "0.0.9" {
		t.Errorf("while Belfry runs, an upgrade ends with %d and says that version %s is installed", code, w.installed())
	}
	s.kill()
	if code := w.quiet(after); code != 0 || w.installed() != "0.1.0" || w.has(asked) {
		t.Errorf("upgraded with %d: version %q, asked for WebView2 %t", code, w.installed(), w.has(asked))
	}
	if got := w.firewallAsked(); !slices.Equal(got, []string{remove, add}) {
		t.Errorf("an upgrade asks the firewall for %q", got)
	}
	run(t, "cmp", newer, w.exe)
	s = w.serve()
	if got := s.found("said before the upgrade"); len(got) != 1 {
		t.Errorf("after the upgrade it has %q", got)
	}
	s.kill()

	if code := w.quiet(`C:\Program Files\Belfry\uninstall.exe`); code != 0 {
		t.Errorf("removed with %d", code)
	}
	w.settle()
	if w.installed() != "" || w.has("Program Files/Belfry") || w.has(shortcut) {
		t.Errorf("removed, it leaves version %q, the folder %t, the menu %t", w.installed(), w.has("Program Files/Belfry"), w.has(shortcut))
	}
	if got := w.firewallAsked(); !slices.Equal(got, []string{remove}) {
		t.Errorf("removing asks the firewall for %q", got)
	}
	if !w.has(kept) {
		t.Error("removing took the messages")
	}
}

// settle waits until nothing runs in that Windows any more: what removes Belfry goes on as a copy of itself.
func (w wine) settle() {
	w.t.Helper()
	wait := exec.CommandContext(w.t.Context(), filepath.Join(filepath.Dir(w.loader), "wineserver64"), "-w")
	wait.Env = w.command().Env
	if said, err := wait.CombinedOutput(); err != nil {
		w.t.Fatalf("%v\n%s", err, said)
	}
}
