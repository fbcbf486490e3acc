// Command manual makes a program's man page and its completions in bash, zsh and fish, out of what the program itself
// says about its flags and verbs.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	bin := flag.String("bin", "build/bin/belfry-server", "`PROGRAM` that is asked with -help")
	name := flag.String("name", "belfry-server", "`NAME` under which it is installed")
	date := flag.String("date", "", "`DAY` on the man page, as 2026-11-30")
	out := flag.String("out", "", "`DIR` to write NAME.1, NAME.bash, NAME.zsh and NAME.fish to")
	flag.Parse()
	if err := write(*bin, *name, *date, *out); err != nil {
		fmt.Fprintln(os.Stderr, "manual:", err)
		os.Exit(1)
	}
}

func write(bin, name, date, out string) error {
	p, err := ask(bin, name)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(out, 0o755); err != nil { //nolint:gosec // for everyone to read
		return err
	}
	for ending, text := range map[string]string{"1": page(p, date), "bash": bash(p), "zsh": zsh(p), "fish": fish(p)} {
		if err := os.WriteFile(filepath.Join(out, name+"."+ending), []byte(text), 0o644); err != nil { //nolint:gosec // the same
			return err
		}
	}
	return nil
}
