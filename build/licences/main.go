// Command licences writes down whose work Belfry's programs and pages carry, with each licence: what the dashboard's
// About shows and the packages install. Run it in the project's folder; -check only compares.
package main

import (
	"bytes"
	"cmp"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// target is the file that the dashboard shows.
const target = "frontend/src/dashboard/settings/licences.txt"

// work is a library or a language that is part of a program.
type work struct {
	name, version string
	// texts are the licences by the name of their file, with the folder below the library's own.
	texts map[string]string
}

func main() {
	check := flag.Bool("check", false, "fail if the file is not what it would be written as")
	flag.Parse()
	if err := run(*check); err != nil {
		fmt.Fprintln(os.Stderr, "licences:", err)
		os.Exit(1)
	}
}

func run(check bool) error {
	works, err := goWorks()
	if err != nil {
		return err
	}
	pages, err := pageWorks()
	if err != nil {
		return err
	}
	text, err := render(append(works, pages...))
	if err != nil {
		return err
	}
	if kept, err := os.ReadFile(target); err == nil && bytes.Equal(kept, text) {
		return nil
	}
	if err := os.WriteFile(target, text, 0o644); err != nil { //nolint:gosec // a file of the source
		return err
	}
	if check {
		return fmt.Errorf("%s was out of date and has been written again. Check it and commit it", target)
	}
	return nil
}

// render lists the works first, then each licence text once, with those it is for.
func render(works []work) ([]byte, error) {
	slices.SortFunc(works, func(a, b work) int { return cmp.Compare(a.name, b.name) })
	var list, body strings.Builder
	owners, order := map[string][]string{}, []string{}
	for _, w := range works {
		if len(w.texts) == 0 {
			return nil, fmt.Errorf("%s %s has no file with a licence", w.name, w.version)
		}
		fmt.Fprintf(&list, "  %s %s\n", w.name, w.version)
		for _, file := range slices.Sorted(maps.Keys(w.texts)) {
			text := w.texts[file]
			if owners[text] == nil {
				order = append(order, text)
			}
			owners[text] = append(owners[text], w.name+": "+file)
		}
	}
	for _, text := range order {
		fmt.Fprintf(&body, "\n%s\n%s\n\n%s\n", strings.Repeat("=", 72), strings.Join(owners[text], "\n"), text)
	}
	return []byte("Belfry carries the work of others:\n\n" + list.String() + body.String()), nil
}

// licencesIn adds the licence files of one folder. prefix is the folder within the library.
func licencesIn(dir, prefix string, texts map[string]string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		name := strings.ToLower(e.Name())
		if e.IsDir() || !strings.HasPrefix(name, "licen") && !strings.HasPrefix(name, "copying") && !strings.HasPrefix(name, "notice") || strings.HasSuffix(name, ".go") {
			continue
		}
		b, err := os.ReadFile(filepath.Join(dir, e.Name())) //nolint:gosec // a file of a library
		if err != nil {
			return err
		}
		texts[filepath.ToSlash(filepath.Join(prefix, e.Name()))] = tidy(string(b))
	}
	return nil
}

// tidy leaves out what cannot be seen, so that equal licences are equal.
func tidy(text string) string {
	lines := strings.Split(strings.ReplaceAll(text, "\r", ""), "\n")
	for i, l := range lines {
		lines[i] = strings.TrimRight(l, " \t\f")
	}
	return strings.Trim(strings.Join(lines, "\n"), "\n")
}
