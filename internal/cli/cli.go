package cli

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"

	"belfry/wsserver/wire"
)

// The statuses that the program ends with.
const (
	Done   = 0
	Failed = 1
	Usage  = 2
)

// call is one call of a verb: Args are what stands behind it.
type call struct {
	args   []string
	getenv func(string) string
	stdin  io.Reader
	stdout io.Writer
	stderr io.Writer
}

// verb is one of the verbs. usage is the text of its -h; run returns what went wrong, nil if nothing did.
type verb struct {
	name, summary, usage string
	run                  func(*call) error
}

// verbs are all there are, in the order of -help.
func verbs() []verb {
	return []verb{
		{"send", "send a message, and wait until everyone has it", sendUsage, send},
		{"listen", "print messages as they come", listenUsage, listen},
		{"token", "make, list and remove the access tokens of programs", tokenUsage, token},
		{"backup", "copy the log to a file", backupUsage, backup},
		{"cluster", "for a room that several machines serve together", clusterUsage, clusterVerb},
		{"health", "ask a running Belfry whether it serves", healthUsage, health},
	}
}

// Run runs the verb that args begin with, and returns its status. isVerb is false if they begin with none.
func Run(args []string, getenv func(string) string, stdin io.Reader, stdout, stderr io.Writer) (status int, isVerb bool) {
	if len(args) == 0 {
		return 0, false
	}
	all := verbs()
	i := slices.IndexFunc(all, func(v verb) bool { return v.name == args[0] })
	if i < 0 {
		return 0, false
	}
	v := all[i]
	c := &call{args: args[1:], getenv: getenv, stdin: stdin, stdout: stdout, stderr: stderr}
	return c.status(v.name, v.usage, v.run(c)), true
}

// Verbs lists them, a line each with what it does, for -help.
func Verbs() string {
	var b strings.Builder
	for _, v := range verbs() {
		fmt.Fprintf(&b, "  %s\n    \t%s\n", v.name, v.summary)
	}
	return b.String()
}

// helpError is the end of a verb that was asked for its usage.
type helpError struct{ usage string }

func (helpError) Error() string { return "help" }

// usageError is a call that is not as its usage says.
type usageError struct{ message string }

func (e usageError) Error() string { return e.message }

func wrongUsage(format string, args ...any) error { return usageError{fmt.Sprintf(format, args...)} }

// status prints what went wrong in a verb, and returns the status.
func (c *call) status(name, usage string, err error) int {
	var help helpError
	var wrong usageError
	switch {
	case err == nil:
		return Done
	case errors.As(err, &help):
		usage = help.usage
		fallthrough
	case errors.Is(err, flag.ErrHelp):
		if _, err := io.WriteString(c.stdout, usage); err != nil {
			return Failed
		}
		return Done
	case errors.Is(err, errTimeRanOut):
		return TimeRanOut
	case errors.As(err, &wrong):
		fmt.Fprintf(c.stderr, "belfry: %s\nbelfry: try belfry %s -h\n", oneLine(wrong.message), name)
		return Usage
	}
	PrintError(c.stderr, err)
	return Failed
}

// parse reads the flags, which may stand before and behind other words, and returns those words. A flag that is given and
// empty is a script's variable that is not set, and never what was meant.
func (c *call) parse(f *flag.FlagSet, args []string, usage string) (words []string, err error) {
	f.SetOutput(io.Discard)
	for {
		if err := f.Parse(args); errors.Is(err, flag.ErrHelp) {
			return nil, helpError{usage}
		} else if err != nil {
			return nil, usageError{err.Error()}
		}
		if f.NArg() == 0 {
			break
		}
		words, args = append(words, f.Arg(0)), f.Args()[1:]
	}
	f.Visit(func(v *flag.Flag) {
		if strings.TrimSpace(v.Value.String()) == "" {
			err = wrongUsage("-%s is empty: leave it out, or give a value", v.Name)
		}
	})
	return words, err
}

// PrintError prints why the program ends: a sentence, and a hint.
func PrintError(stderr io.Writer, err error) {
	var p *wire.Problem
	if !errors.As(err, &p) {
		p = &wire.Problem{Message: fmt.Sprintf("Something failed: %v.", err), Hint: "The reason comes from the system. Solve it, then try again."}
	}
	fmt.Fprintf(stderr, "belfry: %s\nbelfry: hint: %s\n", oneLine(p.Message), oneLine(p.Hint))
}

// oneLine is a text without line breaks.
func oneLine(text string) string { return strings.NewReplacer("\n", " ", "\r", " ").Replace(text) }
