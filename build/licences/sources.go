package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// builds are the systems and tags of the programs that are given to people.
var builds = []struct{ system, tags string }{
	{"linux", ""}, {"linux", "desktop,production,webkit2_41"}, {"windows", "desktop,production"}, {"darwin", "desktop,production"},
}

// bundled are the npm packages in the pages although package.json calls them tools: the compiler brings its runtime along.
var bundled = []string{"svelte", "clsx", "esm-env"}

// goWorks are the modules that are really linked, and Go itself.
func goWorks() ([]work, error) {
	found := map[string]work{}
	for _, b := range builds {
		list := exec.Command("go", "list", "-deps", "-tags", b.tags, "-f", //nolint:gosec // the constants above
			"{{with .Module}}{{if not .Main}}{{.Path}}\t{{.Version}}\t{{.Dir}}\t{{$.Dir}}{{end}}{{end}}", ".")
		list.Env = append(os.Environ(), "GOOS="+b.system, "GOARCH=amd64", "CGO_ENABLED=1")
		list.Stderr = os.Stderr
		out, err := list.Output()
		if err != nil {
			return nil, fmt.Errorf("go list for %s: %w", b.system, err)
		}
		for line := range strings.SplitSeq(string(out), "\n") {
			f := strings.Split(line, "\t")
			if len(f) != 4 {
				continue
			}
			w, known := found[f[0]]
			if !known {
				w = work{f[0], f[1], map[string]string{}}
				found[f[0]] = w
			}
			if err := licencesUpTo(f[2], f[3], w.texts); err != nil {
				return nil, err
			}
		}
	}
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return nil, err
	}
	language := work{"Go", "and its standard library", map[string]string{}}
	works := []work{language}
	for _, w := range found {
		works = append(works, w)
	}
	return works, licencesIn(string(bytes.TrimSpace(root)), "", language.texts)
}

// licencesUpTo adds the licences of a package's folder and of those above it, up to its module's.
func licencesUpTo(module, dir string, texts map[string]string) error {
	for {
		prefix, err := filepath.Rel(module, dir)
		if err != nil {
			return err
		}
		if err := licencesIn(dir, prefix, texts); err != nil || dir == module {
			return err
		}
		dir = filepath.Dir(dir)
	}
}

// pageWorks are the npm packages that the pages carry. They have no further ones of their own.
func pageWorks() ([]work, error) {
	own, err := manifest("frontend/package.json")
	if err != nil {
		return nil, err
	}
	names := slices.Clone(bundled)
	for name := range own.Dependencies {
		names = append(names, name)
	}
	works := make([]work, 0, len(names))
	for _, name := range names {
		dir := filepath.Join("frontend/node_modules", name)
		p, err := manifest(filepath.Join(dir, "package.json"))
		if err != nil {
			return nil, err
		}
		w := work{name, p.Version, map[string]string{}}
		if err := licencesIn(dir, "", w.texts); err != nil {
			return nil, err
		}
		works = append(works, w)
	}
	return works, nil
}

// npmPackage is what is read of a package.json.
type npmPackage struct {
	Version      string
	Dependencies map[string]string
}

func manifest(path string) (p npmPackage, err error) {
	b, err := os.ReadFile(path) //nolint:gosec // a file of a library
	if err != nil {
		return p, err
	}
	return p, json.Unmarshal(b, &p)
}
