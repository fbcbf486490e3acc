package main

import (
	"bufio"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// The lines are printed when a browser that reads them finds somebody at home.
func TestRun_PrintsWhenItReallyListens(t *testing.T) {
	out, in := io.Pipe()
	code := make(chan int)
	go func() {
		args := []string{"-addr", "127.0.0.1:0", "-data", "memory", "-headless", "-operator-token", "the-operators-key"}
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
	if want := "dashboard http://" + host + "/server#token=the-operators-key\n"; second != want || err != nil {
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

// arrows is who may import whom among Belfry's own packages, tests left out. A package that is not listed here, an
// arrow that is not, and an arrow that nobody uses fail: knowledge runs down, news runs up as a function.
// docs/architecture.md draws the same.
var arrows = map[string]string{
	".":                            "internal/cli internal/desktop internal/process wsserver wsserver/admission wsserver/authority wsserver/cluster wsserver/hosts wsserver/lan wsserver/mdns wsserver/msglog wsserver/operator wsserver/settings wsserver/sqlite wsserver/token wsserver/webhook wsserver/wire",
	"build/licences":               "",
	"build/manual":                 "",
	"build/load":                   "build/load/server build/load/storm build/load/tally",
	"build/load/server":            "",
	"build/machines":               "",
	"build/load/storm":             "build/load/server build/load/tally build/machines wsserver/msglog wsserver/sqlite wsserver/wire",
	"build/load/tally":             "",
	"build/window/bare":            "internal/desktop",
	"build/xvfb":                   "",
	"internal/cli":                 "internal/process wsserver wsserver/cluster wsserver/sqlite wsserver/token wsserver/wire",
	"internal/desktop":             "wsserver wsserver/wire",
	"internal/process":             "",
	"wsserver":                     "wsserver/admission wsserver/api wsserver/api/gate wsserver/api/stream wsserver/auth wsserver/client wsserver/clock wsserver/conversation wsserver/dispatch wsserver/feed wsserver/hosts wsserver/hub wsserver/identity wsserver/internal/atomicfile wsserver/internal/folder wsserver/internal/useragent wsserver/lan wsserver/limiter wsserver/metrics wsserver/msglog wsserver/names wsserver/operator wsserver/peers wsserver/receipts wsserver/receipts/reminders wsserver/settings wsserver/token wsserver/topics wsserver/transport wsserver/webhook wsserver/wire",
	"wsserver/admission":           "wsserver/identity wsserver/msglog wsserver/names wsserver/settings wsserver/table wsserver/wire",
	"wsserver/api/inbound":         "wsserver/wire",
	"wsserver/api":                 "wsserver/api/gate wsserver/api/gotify wsserver/api/ntfy wsserver/api/stream wsserver/api/v1",
	"wsserver/api/gate":            "wsserver/auth wsserver/feed wsserver/limiter wsserver/msglog wsserver/operator wsserver/receipts wsserver/token wsserver/wire",
	"wsserver/api/gotify":          "wsserver/api/gate wsserver/api/inbound wsserver/api/stream wsserver/feed wsserver/msglog wsserver/operator wsserver/token wsserver/transport wsserver/wire",
	"wsserver/api/ntfy":            "wsserver/api/gate wsserver/api/inbound wsserver/api/stream wsserver/feed wsserver/msglog wsserver/operator wsserver/token wsserver/topics wsserver/transport wsserver/wire",
	"wsserver/api/stream":          "wsserver/api/gate wsserver/feed wsserver/transport wsserver/wire",
	"wsserver/api/v1":              "wsserver/api/gate wsserver/api/stream wsserver/feed wsserver/msglog wsserver/operator wsserver/receipts wsserver/wire",
	"wsserver/auth":                "wsserver/hosts wsserver/internal/atomicfile wsserver/internal/shared wsserver/internal/useragent wsserver/limiter wsserver/msglog wsserver/settings wsserver/wire",
	"wsserver/authority":           "wsserver/internal/atomicfile",
	"wsserver/client":              "wsserver/admission wsserver/dispatch wsserver/feed wsserver/hub wsserver/identity wsserver/internal/turns wsserver/internal/useragent wsserver/limiter wsserver/msglog wsserver/names wsserver/peers wsserver/receipts wsserver/settings wsserver/topics wsserver/transport wsserver/wire",
	"wsserver/clock":               "wsserver/msglog",
	"wsserver/cluster":             "wsserver/internal/atomicfile wsserver/internal/folder wsserver/internal/packed wsserver/msglog wsserver/peers wsserver/sqlite wsserver/wire",
	"wsserver/conversation":        "wsserver/msglog",
	"wsserver/dispatch":            "wsserver/hub wsserver/msglog wsserver/receipts wsserver/transport wsserver/wire",
	"wsserver/feed":                "wsserver/msglog wsserver/wire",
	"wsserver/hosts":               "",
	"wsserver/hub":                 "wsserver/identity wsserver/msglog wsserver/transport wsserver/wire",
	"wsserver/identity":            "wsserver/msglog wsserver/wire",
	"wsserver/internal/atomicfile": "",
	"wsserver/internal/folder":     "wsserver/wire",
	"wsserver/internal/packed":     "",
	"wsserver/internal/shared":     "wsserver/msglog",
	"wsserver/internal/turns":      "",
	"wsserver/internal/useragent":  "wsserver/names wsserver/wire",
	"wsserver/lan":                 "wsserver/settings wsserver/wire",
	"wsserver/limiter":             "wsserver/hosts wsserver/settings wsserver/wire",
	"wsserver/mdns":                "",
	"wsserver/metrics":             "wsserver/msglog",
	"wsserver/msglog":              "wsserver/wire",
	"wsserver/names":               "wsserver/wire",
	"wsserver/operator":            "wsserver/admission wsserver/auth wsserver/client wsserver/clock wsserver/conversation wsserver/dispatch wsserver/feed wsserver/hub wsserver/identity wsserver/lan wsserver/msglog wsserver/names wsserver/operator/tell wsserver/peers wsserver/receipts wsserver/receipts/reminders wsserver/settings wsserver/table wsserver/token wsserver/topics wsserver/transport wsserver/webhook wsserver/wire",
	"wsserver/operator/tell":       "wsserver/msglog wsserver/wire",
	"wsserver/peers":               "",
	"wsserver/receipts":            "wsserver/identity wsserver/internal/packed wsserver/msglog wsserver/names wsserver/receipts/confirmed wsserver/receipts/delta wsserver/receipts/reserved wsserver/wire",
	"wsserver/receipts/confirmed":  "wsserver/receipts/delta",
	"wsserver/receipts/reminders":  "wsserver/msglog",
	"wsserver/receipts/reserved":   "wsserver/msglog wsserver/names",
	"wsserver/receipts/delta":      "wsserver/internal/packed",
	"wsserver/settings":            "wsserver/internal/atomicfile wsserver/internal/shared wsserver/msglog wsserver/names wsserver/wire",
	"wsserver/sqlite":              "wsserver/internal/atomicfile wsserver/internal/folder wsserver/internal/packed wsserver/msglog wsserver/sqlite/rowsum wsserver/wire",
	"wsserver/sqlite/rowsum":       "",
	"wsserver/table":               "wsserver/wire",
	"wsserver/token":               "wsserver/internal/atomicfile wsserver/internal/shared wsserver/msglog wsserver/names wsserver/wire",
	"wsserver/topics":              "wsserver/msglog wsserver/wire",
	"wsserver/transport":           "wsserver/internal/turns wsserver/wire",
	"wsserver/webhook":             "wsserver/internal/atomicfile wsserver/internal/shared wsserver/msglog wsserver/wire",
	"wsserver/wire":                "",
	"wsserver/wstest":              "wsserver/msglog wsserver/peers wsserver/wire",
}

// testArrows are the further packages that the tests of a package may import.
var testArrows = map[string]string{
	"build/abuse":           "wsserver/wstest",
	"build/dist":            "build/xvfb wsserver/wstest",
	"build/faults":          "build/machines wsserver/sqlite",
	"build/window":          "build/xvfb",
	"test":                  "wsserver wsserver/dispatch wsserver/msglog wsserver/operator wsserver/receipts wsserver/sqlite wsserver/wstest",
	"wsserver":              "wsserver/authority wsserver/sqlite wsserver/wstest",
	"wsserver/cluster":      "wsserver/wstest",
	"wsserver/conversation": "wsserver/wire",
	"wsserver/dispatch":     "wsserver/feed wsserver/wstest",
	"wsserver/feed":         "wsserver/sqlite",
	"wsserver/metrics":      "wsserver/wire",
	"wsserver/msglog":       "wsserver/wstest",
	"wsserver/operator":     "wsserver/limiter wsserver/wstest",
	"wsserver/peers":        "wsserver/wstest",
	"wsserver/receipts":     "wsserver/wstest",
	"wsserver/sqlite":       "wsserver/wstest",
	"wsserver/webhook":      "wsserver/wstest",
	"wsserver/wire":         "wsserver/wstest",
}

// fences names the only packages that may import a library: one that is replaced is replaced in one place.
var fences = map[string]string{
	"database/sql":                 "wsserver/sqlite",
	"embed":                        ". wsserver/sqlite wsserver/table",
	"github.com/boombuler/":        "wsserver/lan",
	"github.com/danielgtaylor/":    "wsserver/api/v1",
	"github.com/gofrs/flock":       "wsserver wsserver/token",
	"github.com/gorilla/websocket": "build/load wsserver/transport wsserver/wstest",
	"github.com/mileusna/":         "wsserver/internal/useragent",
	"github.com/mtibben/":          "wsserver/names",
	"github.com/nats-io/":          "wsserver/cluster",
	"github.com/pion/":             "wsserver/mdns",
	"github.com/prometheus/":       "wsserver/metrics",
	"github.com/wailsapp/":         ".",
	"github.com/wlynxg/":           "wsserver/table",
	"golang.org/x/crypto":          "wsserver/auth",
	"golang.org/x/net/idna":        "wsserver/hosts",
	"golang.org/x/text":            "wsserver/auth wsserver/msglog wsserver/names wsserver/table",
	"golang.org/x/time":            "wsserver/client wsserver/limiter wsserver/token wsserver/transport",
	"modernc.org/":                 "wsserver/sqlite",
	"syscall":                      "build/load/server build/load/storm build/machines internal/process wsserver wsserver/internal/atomicfile wsserver/internal/folder wsserver/lan wsserver/transport wsserver/webhook",
	"unsafe":                       "build/machines wsserver/transport",
}

// standardOnly are packages that make do with the standard library, and with each other.
var standardOnly = []string{"wsserver/authority", "wsserver/internal/atomicfile"}

// goFile has the imports of one file of the module, whatever its build tags.
type goFile struct {
	dir, name string
	imports   []string
}

func goFiles(t *testing.T) (files []goFile) {
	t.Helper()
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		switch name := d.Name(); {
		case err != nil:
			return err
		case d.IsDir() && (name == "node_modules" || name == "testdata" || name != "." && strings.HasPrefix(name, ".")):
			return filepath.SkipDir
		case d.IsDir() || !strings.HasSuffix(name, ".go"):
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		file := goFile{dir: filepath.ToSlash(filepath.Dir(path)), name: filepath.ToSlash(path)}
		for _, spec := range f.Imports {
			imported, _ := strconv.Unquote(spec.Path.Value)
			file.imports = append(file.imports, imported)
		}
		files = append(files, file)
		return nil
	})
	if err != nil || len(files) == 0 {
		t.Fatalf("read the module's files: %v", err)
	}
	return files
}

// own returns the folder of one of Belfry's packages.
func own(path string) (dir string, ok bool) {
	if path == "belfry" {
		return ".", true
	}
	return strings.CutPrefix(path, "belfry/")
}

func TestImports_ArrowsAreTheOnesDrawn(t *testing.T) {
	used := map[string]bool{}
	for _, f := range goFiles(t) {
		allowed, known := arrows[f.dir]
		if strings.HasSuffix(f.name, "_test.go") {
			more, some := testArrows[f.dir]
			allowed, known = allowed+" "+more+" "+f.dir, known || some
		}
		if !known {
			t.Errorf("%s: the package %s is not in the table of arrows", f.name, f.dir)
		}
		for _, path := range f.imports {
			dir, ok := own(path)
			if !ok {
				continue
			}
			if !slices.Contains(strings.Fields(allowed), dir) {
				t.Errorf("%s imports %s: no arrow leads from %s to %s", f.name, path, f.dir, dir)
			}
			used[f.dir+" "+dir] = true
		}
	}
	for _, table := range []map[string]string{arrows, testArrows} {
		for from, to := range table {
			for _, dir := range strings.Fields(to) {
				if !used[from+" "+dir] {
					t.Errorf("nothing uses the arrow from %s to %s: remove it", from, dir)
				}
			}
		}
	}
}

// What this machine does not build counts too: files are read whatever their build tags.
func TestImports_LibrariesStayBehindTheirFence(t *testing.T) {
	for _, f := range goFiles(t) {
		if strings.HasSuffix(f.name, "_test.go") {
			continue
		}
		for _, path := range f.imports {
			if strings.HasPrefix(path, "github.com/wailsapp/") && f.name != "app.go" && f.name != "app_menu.go" {
				t.Errorf("%s imports %s: only app.go and app_menu.go may", f.name, path)
			}
			if first, _, _ := strings.Cut(path, "/"); slices.Contains(standardOnly, f.dir) && strings.Contains(first, ".") {
				t.Errorf("%s imports %s: it makes do with the standard library", f.name, path)
			}
			for library, dirs := range fences {
				if strings.HasPrefix(path+"/", strings.TrimSuffix(library, "/")+"/") && !slices.Contains(strings.Fields(dirs), f.dir) {
					t.Errorf("%s imports %s: only %s may", f.name, path, dirs)
				}
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
			if pkg == "belfry" && never == "net/http/pprof" {
				continue // NATS brings it, for a port that is never opened: see TestImports_NobodyServesTheDefaultMux
			}
			// net and os/user bring cgo themselves where there is a C compiler.
			if i >= 0 && (never != "runtime/cgo" || pkg == "belfry/wsserver" && !slices.Contains(deps, "net")) {
				t.Errorf("%s depends on %s", pkg, deps[i])
			}
		}
	}
}

// A library may put its pages into http.DefaultServeMux, as NATS puts its profiles: nobody here serves that.
func TestImports_NobodyServesTheDefaultMux(t *testing.T) {
	for _, f := range goFiles(t) {
		if strings.HasSuffix(f.name, "_test.go") {
			continue
		}
		b, err := os.ReadFile(f.name)
		if err != nil {
			t.Fatal(err)
		}
		for _, never := range []string{"http.DefaultServeMux", "http.ListenAndServe", "http.Serve(", "http.ServeTLS(", "http.Handle(", "http.HandleFunc("} {
			if strings.Contains(string(b), never) {
				t.Errorf("%s has %s", f.name, never)
			}
		}
	}
}
