package cli

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"belfry/wsserver"
	tokens "belfry/wsserver/token"
	"belfry/wsserver/wire"
)

const (
	tokenUsage = `Usage: belfry token add -name NAME [flags]
       belfry token list [flags]
       belfry token remove NAME [flags]

An access token lets a program speak, listen and watch. These work on the files of the data folder, so they need its account's
rights and no key, also while Belfry runs on it: it takes a change within two seconds. Each has -h.
`
	addUsage = `Usage: belfry token add -name NAME [flags]

Makes an access token for a program and prints it. It is shown this once: Belfry keeps only its hash.

Flags:
`
	listUsage = `Usage: belfry token list [flags]

Prints a line for each access token: its name, what it may do, and when it was last used, with tabs between them.

Flags:
`
	removeUsage = `Usage: belfry token remove NAME [flags]

Removes an access token. What the program is doing ends, and its token counts no more.

Flags:
`
)

// token is the verb of that name.
func token(c *call) error {
	if len(c.args) == 0 {
		return wrongUsage("token needs one of add, list and remove")
	}
	args := c.args[1:]
	switch c.args[0] {
	case "add":
		return c.addToken(args)
	case "list":
		return c.listTokens(args)
	case "remove":
		return c.removeToken(args)
	case "-h", "-help", "--help":
		return flag.ErrHelp
	}
	return wrongUsage("token has no %q: it is one of add, list and remove", c.args[0])
}

// usageOf is the text of -h with the flags.
func usageOf(head string, f *flag.FlagSet) string {
	var b strings.Builder
	b.WriteString(head)
	f.SetOutput(&b)
	f.PrintDefaults()
	return b.String()
}

// dataFlag is the flag of the data folder.
func dataFlag(f *flag.FlagSet) *string {
	return f.String("data", "", "`DIR`, the data folder of the server (default: that of your account)")
}

// listFlag is a flag whose value is names with commas between them.
type listFlag struct{ names *[]string }

func (l listFlag) String() string {
	if l.names == nil {
		return ""
	}
	return strings.Join(*l.names, ",")
}

// Set adds names.
func (l listFlag) Set(value string) error {
	for name := range strings.SplitSeq(value, ",") {
		if name = strings.TrimSpace(name); name != "" {
			*l.names = append(*l.names, name)
		}
	}
	return nil
}

func (c *call) addToken(args []string) error {
	f := flag.NewFlagSet("token add", flag.ContinueOnError)
	var r tokens.Rights
	data := dataFlag(f)
	name := f.String("name", "", "`NAME` of the program, which people read as the sender")
	f.Var(listFlag{&r.Publish}, "publish", "`LIST` of where it may send, with commas: everyone, topics, people (one person, privately)")
	f.Var(listFlag{&r.Read}, "read", "`LIST` of what it may read, with commas: topics, everyone, or all (everything, private messages too)")
	f.BoolVar(&r.Urgent, "urgent", false, "it may send urgent messages")
	f.BoolVar(&r.Ask, "ask", false, "it may ask people to confirm and to answer")
	f.BoolVar(&r.Receipts, "receipts", false, "it may read who received, read and confirmed its messages")
	f.BoolVar(&r.People, "people", false, "it may read who is here")
	f.BoolVar(&r.Metrics, "metrics", false, "it may read the server's measurements")
	f.BoolVar(&r.InURL, "in-url", false, "the token may stand in a URL, which proxies and histories keep")
	f.Float64Var(&r.Rate, "rate", tokens.DefaultRate, "`N` messages a second after 60 at once (0: no limit)")
	words, err := c.parse(f, args, usageOf(addUsage, f))
	switch {
	case err != nil:
		return err
	case len(words) > 0:
		return wrongUsage("unexpected argument %q: give the name with -name, and lists with commas and no blanks", words[0])
	case *name == "":
		return wrongUsage("token add needs -name")
	}
	store, err := c.tokensToChange(*data)
	if err != nil {
		return err
	}
	made, secret, err := store.Add(*name, r)
	if err != nil {
		return tokenError(err)
	}
	if _, err := fmt.Fprintln(c.stdout, secret); err != nil {
		_, removed := store.Remove(made.ID) // nobody knows it
		return errors.Join(fmt.Errorf("the token could not be printed: %w", err), removed)
	}
	return nil
}

func (c *call) listTokens(args []string) error {
	f := flag.NewFlagSet("token list", flag.ContinueOnError)
	data := dataFlag(f)
	words, err := c.parse(f, args, usageOf(listUsage, f))
	switch {
	case err != nil:
		return err
	case len(words) > 0:
		return wrongUsage("unexpected argument %q", words[0])
	}
	dir, err := c.folder(*data)
	if err != nil {
		return err
	}
	store, err := openTokens(dir)
	if err != nil {
		return err
	}
	for _, t := range store.List() {
		used := "never used"
		if !t.Used.IsZero() {
			used = "used " + t.Used.Local().Format(time.DateTime) + " from " + t.UsedFrom
		}
		if _, err := fmt.Fprintf(c.stdout, "%s\t%s\t%s\n", t.Name, t.Words(), used); err != nil {
			return err
		}
	}
	return nil
}

func (c *call) removeToken(args []string) error {
	f := flag.NewFlagSet("token remove", flag.ContinueOnError)
	data := dataFlag(f)
	name := f.String("name", "", "`NAME` of the token, in place of the word")
	words, err := c.parse(f, args, usageOf(removeUsage, f))
	if err != nil {
		return err
	}
	if *name != "" {
		words = append(words, *name)
	}
	switch {
	case len(words) == 0 || words[0] == "":
		return wrongUsage("token remove needs the name of a token")
	case len(words) > 1:
		return wrongUsage("token remove takes one name; put a name with blanks in quotation marks")
	}
	store, err := c.tokensToChange(*data)
	if err != nil {
		return err
	}
	_, err = store.Remove(words[0])
	return tokenError(err)
}

// tokensToChange opens the tokens of the data folder, unless a change of them would not count.
func (c *call) tokensToChange(data string) (*tokens.Store, error) {
	dir, err := c.folder(data)
	if err != nil {
		return nil, err
	}
	store, err := openTokens(dir)
	if err != nil || !store.IsRooms() {
		return store, err
	}
	runs, err := wsserver.IsRunning(dir)
	if err != nil {
		return nil, err
	}
	if !runs {
		return nil, &wire.Problem{
			Message: "Nothing is changed: the Belfry of " + dir + " is one of several machines, which keep the tokens together, and does not run.",
			Hint:    "Start it first, or do this at another machine of the room.",
		}
	}
	return store, nil
}

// openTokens opens the tokens of a data folder. A damaged file is said, and kept beside.
func openTokens(dir string) (*tokens.Store, error) {
	store := tokens.New(slog.New(slog.NewTextHandler(io.Discard, nil)))
	if err := store.Load(dir); err != nil {
		return nil, &wire.Problem{
			Message: fmt.Sprintf("The tokens in %s cannot be read: %s.", dir, wire.Reason(err)), Hint: "Run this as the account that runs Belfry.",
		}
	}
	if store.Problem() != "" {
		return nil, &wire.Problem{
			Message: "tokens.json in " + dir + " is damaged: none of its tokens counts. It is kept beside, as tokens.json.damaged.",
			Hint:    "Say the same again to begin with no tokens, or put a good copy back as tokens.json.",
		}
	}
	return store, nil
}

// tokenError is an error of the tokens as the command line says it: one of the input is wrong usage.
func tokenError(err error) error {
	if err == nil {
		return nil
	}
	e := wire.AsError(err)
	hint := "See what there is with: belfry token list"
	switch {
	case errors.Is(e, wire.ErrBadFrame), errors.Is(e, wire.ErrTooLarge), errors.Is(e, wire.ErrNameRefused):
		return usageError{e.Message}
	case errors.Is(e, wire.ErrSettingNotKept):
		hint = "Run this as the account that runs Belfry, and check its disk."
	}
	return &wire.Problem{Message: e.Message, Hint: hint}
}
