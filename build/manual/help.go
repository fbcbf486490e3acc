package main

import (
	"fmt"
	"os/exec"
	"regexp"
	"slices"
	"strings"
)

// program is what a program says about itself.
type program struct {
	name  string
	flags []option
	verbs []verb
}

// option is a flag; value is the word for what it takes, "" if it takes nothing.
type option struct{ name, value, text string }

// verb is a command of the program. A verb with further words, such as "token add", has one verb for each.
type verb struct {
	words, text string
	usage, note string
	flags       []option
}

// entry is the first line of a flag or a verb in a help text; the lines below it begin with a tab.
var entry = regexp.MustCompile(`^  (-?)([a-z][a-z-]*)(?: (\S+))?$`)

// ask runs the program with -help, and each of its verbs with -h. It fails where the program's words are not understood.
func ask(bin, name string) (program, error) {
	p := program{name: name}
	help, err := say(bin, name, "-help")
	if err != nil {
		return p, err
	}
	flags, verbs, found := strings.Cut(help, "\nVerbs ")
	p.flags = options(flags)
	if len(p.flags) == 0 || !found {
		return p, fmt.Errorf("%s -help names no flags or no verbs", bin)
	}
	for _, o := range options(verbs) {
		if err := p.add(bin, o.name, o.text); err != nil {
			return p, err
		}
	}
	return p, nil
}

// add asks a verb for its help, and does the same for its further words.
func (p *program) add(bin, words, text string) error {
	help, err := say(bin, p.name, append(strings.Fields(words), "-h")...)
	if err != nil {
		return err
	}
	head, flags, _ := strings.Cut(help, "\nFlags:\n")
	usage, note, _ := strings.Cut(head, "\n\n")
	usage = strings.TrimSpace(strings.ReplaceAll(usage, "Usage:", ""))
	p.verbs = append(p.verbs, verb{words, text, usage, strings.TrimSpace(note), options(flags)})
	further := regexp.MustCompile(`(?m)^\s*` + regexp.QuoteMeta(p.name+" "+words) + ` ([a-z]+)\b`)
	var asked []string
	for _, m := range further.FindAllStringSubmatch(usage, -1) {
		if slices.Contains(asked, m[1]) {
			continue
		}
		asked = append(asked, m[1])
		if err := p.add(bin, words+" "+m[1], ""); err != nil {
			return err
		}
	}
	return nil
}

// say returns what the program prints, with the name under which it is installed.
func say(bin, name string, args ...string) (string, error) {
	out, err := exec.Command(bin, args...).Output() //nolint:gosec // the program whose manual this is
	if err != nil {
		return "", fmt.Errorf("%s %s: %w", bin, strings.Join(args, " "), err)
	}
	lines := strings.Split(string(out), "\n")
	for i, l := range lines {
		if strings.HasPrefix(l, "Usage:") || strings.HasPrefix(l, "       ") {
			lines[i] = strings.Replace(l, " belfry ", " "+name+" ", 1)
		}
	}
	return strings.Join(lines, "\n"), nil
}

// options reads the entries of a help text.
func options(help string) (list []option) {
	for line := range strings.SplitSeq(help, "\n") {
		if m := entry.FindStringSubmatch(line); m != nil {
			list = append(list, option{name: m[2], value: m[3]})
		} else if text, ok := strings.CutPrefix(line, "    \t"); ok && len(list) > 0 {
			last := &list[len(list)-1]
			last.text = strings.TrimSpace(last.text + " " + strings.TrimSpace(text))
		}
	}
	return list
}
