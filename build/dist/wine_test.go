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

// prng is a library that Go programs want and that Wine 8 lacks.
const prng = `#include <windows.h>
BOOLEAN NTAPI SystemFunction036(PVOID, ULONG);
__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T size) { return SystemFunction036(data, (ULONG)size); }
`

// wine is a Windows of its own with the server in it.
type wine struct {
	t            *testing.T
	loader, exe  string
	data, prefix string
}

func newWine(t *testing.T) wine {
	t.Helper()
	// Debian's script beside it would look for a Wine of 32 bits too.
	w := wine{t: t, loader: "/usr/lib/wine/wine64", prefix: filepath.Join(t.TempDir(), "wine")}
	if _, err := os.Stat(w.loader); err != nil {
		t.Skip("not checked: wine64 is missing here: make setup-dist installs it")
	}
	needs(t, "x86_64-w64-mingw32-gcc")
	folder := filepath.Join(t.TempDir(), "Größe und Übermut")
	if err := os.Mkdir(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	w.exe, w.data = filepath.Join(folder, "belfry server.exe"), filepath.Join(folder, "Müllers Räume")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", w.exe, root)
	build.Env = append(os.Environ(), "GOOS=windows", "GOARCH=amd64", "CGO_ENABLED=0")
	if said, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	if said, err := w.command("wineboot", "-i").CombinedOutput(); err != nil {
		t.Skipf("not checked: Wine does not start on this machine: %v: %s", err, lastLines(string(said)))
	}
	t.Cleanup(func() {
		end := exec.Command(filepath.Join(filepath.Dir(w.loader), "wineserver64"), "-k") //nolint:noctx // at the end
		end.Env = append(os.Environ(), "WINEPREFIX="+w.prefix)
		_ = end.Run() // it may have ended by itself
	})
	w.compile(prng, filepath.Join(w.prefix, "drive_c/windows/system32/bcryptprimitives.dll"), "-shared")
	return w
}

// compile makes a program for Windows, or with -shared a library, out of some lines of C.
func (w wine) compile(text, path string, flags ...string) {
	w.t.Helper()
	source := filepath.Join(w.t.TempDir(), "source.c")
	if err := os.WriteFile(source, []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
	run(w.t, "x86_64-w64-mingw32-gcc", slices.Concat(flags, []string{"-Wl,--no-insert-timestamp", "-o", path, source, "-ladvapi32"})...)
}

// command is a program of that Windows.
func (w wine) command(args ...string) *exec.Cmd {
	cmd := exec.Command(w.loader, args...)                                                     //nolint:noctx // ended by stop, or by itself
	cmd.Env = append(os.Environ(), "WINEPREFIX="+w.prefix, "WINEDEBUG=-all", "LC_ALL=C.UTF-8") // for umlauts in paths
	return cmd
}

// onZ is a path as Windows sees it.
func onZ(path string) string { return "Z:" + strings.ReplaceAll(path, "/", `\`) }

// serve starts the server, on its own folder where data names none.
func (w wine) serve() *server {
	w.t.Helper()
	if w.data == "" {
		return serve(w.t, w.command(w.exe))
	}
	return serve(w.t, w.command(w.exe, "-data", onZ(w.data)))
}

// The half of the program for Windows serves, is killed, loses nothing and makes a copy, in folders with blanks and umlauts.
func TestWindows_KilledAndStartedAgain(t *testing.T) {
	w := newWine(t)
	s := w.serve()
	ana, ben := s.person("ana"), s.person("ben")
	ana.Notify("1", "general", "heard before the fall")
	if got := ben.Expect("message"); !strings.Contains(got.Text, "heard before the fall") {
		t.Errorf("the other client got %s", got.Text)
	}
	s.kill()

	s = w.serve()
	if got := s.found("heard before the fall"); len(got) != 1 {
		t.Errorf("killed and started again, it has %q", got)
	}
	s.person("ana").Notify("2", "general", "heard after the fall")
	copied := filepath.Join(filepath.Dir(w.data), "Kopie für später.db")
	if said, err := w.command(w.exe, "backup", onZ(copied), "-data", onZ(w.data)).CombinedOutput(); err != nil {
		t.Errorf("backup: %v\n%s", err, said)
	}
	s.kill()

	// The copy is a log that opens.
	if err := os.MkdirAll(w.data+" 2", 0o755); err != nil {
		t.Fatal(err)
	}
	run(t, "cp", copied, filepath.Join(w.data+" 2", "log.db"))
	w.data += " 2"
	if got := w.serve().found("fall"); len(got) != 2 {
		t.Errorf("the copy has %q", got)
	}
}
