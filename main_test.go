package main

import (
	"bufio"
	"fmt"
	"go/parser"
	"go/token"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"belfry": main})
}

// TestScripts runs testdata/*.txtar. Beside the usual commands they have "listening", which waits until a server
// answers on $ADDR, "terminate", which sends SIGTERM to what runs in the background, and "mode FILE MODE".
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(e *testscript.Env) error {
			port, err := freePort()
			e.Setenv("PORT", strconv.Itoa(port))
			e.Setenv("ADDR", fmt.Sprintf("127.0.0.1:%d", port))
			e.Setenv("XDG_DATA_HOME", filepath.Join(e.WorkDir, "data"))
			return err
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"listening": listening, "mode": mode, "terminate": terminate},
	})
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	return l.Addr().(*net.TCPAddr).Port, l.Close()
}

func listening(ts *testscript.TestScript, neg bool, _ []string) {
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		c, err := net.Dial("tcp", ts.Getenv("ADDR"))
		if err == nil {
			_ = c.Close()
		}
		switch {
		case (err == nil) != neg:
			return
		case time.Now().After(end):
			ts.Fatalf("listening on %s: %v", ts.Getenv("ADDR"), err)
		}
	}
}

func terminate(ts *testscript.TestScript, _ bool, _ []string) {
	for _, c := range ts.BackgroundCmds() {
		ts.Check(c.Process.Signal(syscall.SIGTERM))
	}
}

func mode(ts *testscript.TestScript, _ bool, args []string) {
	info, err := os.Stat(ts.MkAbs(args[0]))
	ts.Check(err)
	if got := fmt.Sprintf("%04o", info.Mode().Perm()); got != args[1] {
		ts.Fatalf("%s has mode %s, want %s", args[0], got, args[1])
	}
}

// The lines are printed when a browser that reads them finds somebody at home.
func TestRun_PrintsWhenItReallyListens(t *testing.T) {
	out, in := io.Pipe()
	code := make(chan int)
	go func() {
		args := []string{"-addr", "127.0.0.1:0", "-data", "memory", "-headless", "-operator-token", "k"}
		code <- run(args, func(string) string { return "" }, in, io.Discard)
	}()
	lines := bufio.NewReader(out)
	first, err := lines.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	host := strings.TrimSuffix(strings.TrimPrefix(first, "client http://"), "/\n")
	c, err := net.Dial("tcp", host)
	if err != nil {
		t.Fatalf("printed %q: %v", first, err)
	}
	_ = c.Close()
	second, err := lines.ReadString('\n')
	if want := "dashboard http://" + host + "/server#token=k\n"; second != want || err != nil {
		t.Errorf("printed %q, want %q", second, want)
	}
	self, err := os.FindProcess(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	if err := self.Signal(os.Interrupt); err != nil {
		t.Skip("no signals here")
	}
	if got := <-code; got != exitStopped {
		t.Errorf("exit code %d", got)
	}
}

// imports lists what the Go files of a folder import, with the file that does.
func imports(t *testing.T, dir string) map[string][]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no Go files in %s: %v", dir, err)
	}
	all := map[string][]string{}
	for _, file := range files {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, spec := range f.Imports {
			path, _ := strconv.Unquote(spec.Path.Value)
			all[path] = append(all[path], filepath.Base(file))
		}
	}
	return all
}

// What this machine does not build counts too: files are read whatever their build tags.
func TestImports_OnlyTheWindowKnowsWails(t *testing.T) {
	for path, files := range imports(t, ".") {
		if !strings.HasPrefix(path, "github.com/wailsapp/") {
			continue
		}
		for _, file := range files {
			if file != "app.go" {
				t.Errorf("%s imports %s: only app.go may", file, path)
			}
		}
	}
}

func TestImports_TheServerKnowsNoDoorAndNoDisk(t *testing.T) {
	for path, files := range imports(t, "wsserver") {
		tests := func(file string) bool { return strings.HasSuffix(file, "_test.go") }
		if strings.HasPrefix(path, "belfry/") && slices.ContainsFunc(files, func(f string) bool { return !tests(f) }) {
			t.Errorf("wsserver imports %s in %v: it imports no package of Belfry", path, files)
		}
		for _, never := range []string{"wailsapp", "sqlite", "database/sql", "embed", "pion"} {
			if strings.Contains(path, never) {
				t.Errorf("wsserver imports %s in %v", path, files)
			}
		}
	}
	for path, files := range imports(t, filepath.Join("wsserver", "authority")) {
		if strings.HasPrefix(path, "belfry/") && path != "belfry/wsserver/authority" || strings.Contains(path, ".") {
			t.Errorf("wsserver/authority imports %s in %v: it makes do with the standard library", path, files)
		}
	}
	for path, files := range imports(t, filepath.Join("wsserver", "mdns")) {
		if strings.HasPrefix(path, "belfry/") && path != "belfry/wsserver/mdns" {
			t.Errorf("wsserver/mdns imports %s in %v", path, files)
		}
	}
	for _, sub := range []string{"wstest", "sqlite"} {
		dir := filepath.Join("wsserver", sub)
		if _, err := os.Stat(dir); err != nil {
			continue
		}
		for path, files := range imports(t, dir) {
			if path == "belfry/"+filepath.ToSlash(dir) {
				continue // its own tests, from outside
			}
			if strings.HasPrefix(path, "belfry") && path != "belfry/wsserver" && path != "belfry/wsserver/wstest" {
				t.Errorf("%s imports %s in %v", dir, path, files)
			}
		}
	}
}

// The server's whole tree of packages, as this machine builds it, and the program's: no window, no cgo.
func TestImports_AllTheWayDown(t *testing.T) {
	for _, pkg := range []string{"belfry/wsserver", "belfry"} {
		b, err := exec.Command("go", "list", "-deps", "-f", "{{.ImportPath}}", pkg).CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, b)
		}
		deps := strings.Fields(string(b))
		for _, never := range []string{"wailsapp", "runtime/cgo", "net/http/pprof", "testing"} {
			i := slices.IndexFunc(deps, func(d string) bool { return strings.Contains(d, never) })
			// net and os/user bring cgo themselves where there is a C compiler.
			if i >= 0 && (never != "runtime/cgo" || pkg == "belfry/wsserver" && !slices.Contains(deps, "net")) {
				t.Errorf("%s depends on %s", pkg, deps[i])
			}
		}
	}
}
