package main

import (
	"fmt"
	"strings"
)

// roff writes text so that nothing in it is a command of the page.
func roff(text string) string {
	text = strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(text)
	if strings.HasPrefix(text, ".") || strings.HasPrefix(text, "'") {
		text = `\&` + text
	}
	return text
}

func page(p program, date string) string {
	var b strings.Builder
	fmt.Fprintf(&b, ".TH %s 1 \"%s\" \"Belfry\" \"User commands\"\n", roff(strings.ToUpper(p.name)), roff(date))
	fmt.Fprintf(&b, ".SH NAME\n%s \\- messages for a room full of people on your own network\n", roff(p.name))
	fmt.Fprintf(&b, ".SH SYNOPSIS\n.B %s\n[flags]\n.br\n.B %s\n.I verb\n[flags]\n", roff(p.name), roff(p.name))
	b.WriteString(".SH DESCRIPTION\nPeople open a page that this program serves. The operator sees who is there, tells everyone something, and sees who received, read and confirmed it.\n")
	b.WriteString(".SH OPTIONS\nEach also has a variable: \\-client\\-rate is BELFRY_CLIENT_RATE.\n")
	pageOptions(&b, p.flags)
	b.WriteString(".SH VERBS\n")
	for _, v := range p.verbs {
		fmt.Fprintf(&b, ".SS %s\n", roff(v.words))
		for usage := range strings.SplitSeq(v.usage, "\n") {
			fmt.Fprintf(&b, ".B %s\n.br\n", roff(strings.TrimSpace(usage)))
		}
		for part := range strings.SplitSeq(v.note, "\n\n") {
			fmt.Fprintf(&b, ".PP\n%s\n", roff(strings.Join(strings.Fields(part), " ")))
		}
		pageOptions(&b, v.flags)
	}
	b.WriteString(".SH EXIT STATUS\n0: stopped when asked. 1: failed. 2: the arguments were not understood.\n")
	return b.String()
}

func pageOptions(b *strings.Builder, flags []option) {
	for _, o := range flags {
		fmt.Fprintf(b, ".TP\n.B %s", roff("-"+o.name))
		if o.value != "" {
			fmt.Fprintf(b, " \\fI%s\\fP", roff(o.value))
		}
		fmt.Fprintf(b, "\n%s\n", roff(o.text))
	}
}

func names(flags []option) string {
	list := make([]string, 0, len(flags))
	for _, o := range flags {
		list = append(list, "-"+o.name)
	}
	return strings.Join(list, " ")
}

// words splits the verbs: first those of one word, next the further words of each.
func words(p program) (first []verb, next map[string][]string) {
	next = map[string][]string{}
	for _, v := range p.verbs {
		if one, more, further := strings.Cut(v.words, " "); further {
			next[one] = append(next[one], more)
		} else {
			first = append(first, v)
		}
	}
	return first, next
}

func bash(p program) string {
	first, next := words(p)
	starts := make([]string, 0, len(first))
	for _, v := range first {
		starts = append(starts, v.words)
	}
	var b strings.Builder
	function := "_" + strings.ReplaceAll(p.name, "-", "_")
	fmt.Fprintf(&b, "# bash completion for %s\n%s() {\n\tlocal cur=${COMP_WORDS[COMP_CWORD]} words\n\tcase \"${COMP_WORDS[1]} ${COMP_WORDS[2]}\" in\n", p.name, function)
	for i := len(p.verbs) - 1; i >= 0; i-- { // the longer ones first
		v := p.verbs[i]
		pattern, end := v.words, "*"
		if !strings.Contains(v.words, " ") {
			pattern += " "
		}
		fmt.Fprintf(&b, "\t%q%s) words=%q ;;\n", pattern, end, strings.TrimSpace(strings.Join(next[v.words], " ")+" "+names(v.flags)))
	}
	fmt.Fprintf(&b, "\t*)\n\t\twords=%q\n\t\t[ \"$COMP_CWORD\" -gt 1 ] || words=\"$words %s\"\n\t\t;;\n\tesac\n", names(p.flags), strings.Join(starts, " "))
	fmt.Fprintf(&b, "\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")\n}\ncomplete -o default -F %s %s\n", function, p.name)
	return b.String()
}

// quoted is text between single quotes, for zsh and fish alike once what they read differently is left out.
func quoted(text string) string {
	return "'" + strings.NewReplacer("'", "", `\`, "", "[", "(", "]", ")", ":", ",").Replace(text) + "'"
}

func zsh(p program) string {
	first, next := words(p)
	var b strings.Builder
	fmt.Fprintf(&b, "#compdef %s\nlocal -a verbs flags\n", p.name)
	b.WriteString("verbs=(\n")
	for _, v := range first {
		fmt.Fprintf(&b, "\t'%s:'%s\n", v.words, quoted(v.text))
	}
	b.WriteString(")\ncase \"$words[2] $words[3]\" in\n")
	for i := len(p.verbs) - 1; i >= 0; i-- {
		v := p.verbs[i]
		pattern := v.words
		if !strings.Contains(v.words, " ") {
			pattern += " "
		}
		fmt.Fprintf(&b, "%q*)\n\tflags=(", pattern)
		for _, o := range v.flags {
			fmt.Fprintf(&b, " '-%s:'%s", o.name, quoted(o.text))
		}
		for _, w := range next[v.words] {
			fmt.Fprintf(&b, " %s", w)
		}
		b.WriteString(" )\n\t;;\n")
	}
	b.WriteString("*)\n\tflags=(")
	for _, o := range p.flags {
		fmt.Fprintf(&b, " '-%s:'%s", o.name, quoted(o.text))
	}
	b.WriteString(" )\n\t(( CURRENT > 2 )) || _describe verb verbs\n\t;;\nesac\n_describe flag flags\n_files\n")
	return b.String()
}

func fish(p program) string {
	first, next := words(p)
	var b strings.Builder
	option := func(condition string, o option) {
		takes := ""
		if o.value != "" {
			takes = " -r"
		}
		fmt.Fprintf(&b, "complete -c %s -n %s -o %s%s -d %s\n", p.name, condition, o.name, takes, quoted(o.text))
	}
	for _, o := range p.flags {
		option("__fish_use_subcommand", o)
	}
	for _, v := range first {
		fmt.Fprintf(&b, "complete -c %s -n __fish_use_subcommand -a %s -d %s\n", p.name, v.words, quoted(v.text))
		for _, w := range next[v.words] {
			fmt.Fprintf(&b, "complete -c %s -n '__fish_seen_subcommand_from %s' -a %s\n", p.name, v.words, w)
		}
	}
	for _, v := range p.verbs {
		for _, o := range v.flags {
			seen := "'__fish_seen_subcommand_from " + strings.ReplaceAll(v.words, " ", "; and __fish_seen_subcommand_from ") + "'"
			option(seen, o)
		}
	}
	return b.String()
}
