package test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	// A file or folder of source in backticks: `client/hello.go`, `fault_test.go`, `coming_in*_test.go`.
	namedFile = regexp.MustCompile("`([a-z0-9_./*-]+\\.(?:go|ts|svelte|mjs|sh|css))`")
	// A test or fuzz target in backticks: `TestKill`, `TestFree_…`.
	namedTest = regexp.MustCompile("`((?:Test|Fuzz)[A-Za-z0-9_]+)(…?)`")
	declared  = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)
)

// TestDocs_NameWhatExists reads every document for files and tests that are not there any more.
func TestDocs_NameWhatExists(t *testing.T) {
	files, tests := tree(t)
	documents, err := filepath.Glob("../docs/*.md")
	records, errRecords := filepath.Glob("../docs/adr/*.md")
	documents = append(append(documents, records...), "../README.md", "../CONTRIBUTING.md")
	if err != nil || errRecords != nil || len(records) == 0 {
		t.Fatalf("find the documents: %v, %v", err, errRecords)
	}
	for _, path := range documents {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range namedFile.FindAllStringSubmatch(string(text), -1) {
			if !slices.ContainsFunc(files, func(file string) bool { return isNamed(file, m[1]) }) {
				t.Errorf("%s names the file %s: there is none", path, m[1])
			}
		}
		for _, m := range namedTest.FindAllStringSubmatch(string(text), -1) {
			if !slices.ContainsFunc(tests, func(name string) bool { return name == m[1] || m[2] != "" && strings.HasPrefix(name, m[1]) }) {
				t.Errorf("%s names the test %s: there is none", path, m[1])
			}
		}
	}
}

// isNamed reports whether a document may mean file by name: the end of its path, with * for any letters.
func isNamed(file, name string) bool {
	for rest, more := file, true; more; _, rest, more = strings.Cut(rest, "/") {
		if ok, err := filepath.Match(name, rest); ok && err == nil {
			return true
		}
	}
	return false
}

// tree lists the repository's files, by their paths from its top, and the names of its tests in Go.
func tree(t *testing.T) (files, tests []string) {
	t.Helper()
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		switch name := d.Name(); {
		case err != nil:
			return err
		case d.IsDir() && (name == "node_modules" || name == "dist" || name == "bin" || name != ".." && strings.HasPrefix(name, ".")):
			return filepath.SkipDir
		case d.IsDir():
			return nil
		}
		files = append(files, strings.TrimPrefix(filepath.ToSlash(path), "../"))
		if strings.HasSuffix(path, "_test.go") {
			src, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			for _, m := range declared.FindAllStringSubmatch(string(src), -1) {
				tests = append(tests, m[1])
			}
		}
		return nil
	})
	if err != nil || len(files) == 0 || len(tests) == 0 {
		t.Fatalf("read the repository: %v", err)
	}
	return files, tests
}
