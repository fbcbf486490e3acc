package cli

import (
	"context"
	"flag"
	"io"

	"belfry/internal/process"
	"belfry/wsserver/sqlite"
	"belfry/wsserver/wire"
)

const backupUsage = `Usage: belfry backup FILE [flags]

Writes a copy of the log to FILE, also while Belfry runs. It replaces only an earlier copy. - is the standard output.

Flags:
`

// backup is the verb of that name.
func backup(c *call) error {
	f := flag.NewFlagSet("backup", flag.ContinueOnError)
	data := f.String("data", "", "`DIR` with the data of the Belfry on this computer")
	words, err := c.parse(f, c.args, usageOf(backupUsage, f))
	if err != nil {
		return err
	}
	if len(words) != 1 {
		return wrongUsage("backup needs the name of one file, or - for the standard output")
	}
	dir, err := c.folder(*data)
	if err != nil {
		return err
	}
	return Backup(dir, words[0], c.stdout)
}

// Backup copies the log of a data folder to a file, or to out where the name is "-". Errors are *wire.Problem.
func Backup(dir, file string, out io.Writer) error {
	switch {
	case file != "-":
		return sqlite.Backup(context.Background(), dir, file)
	case process.IsTerminal(out):
		return &wire.Problem{Message: "A copy cannot be shown in a terminal.", Hint: "Send it to a program, such as: belfry backup - | gzip > copy.gz, or give a file name."}
	}
	return sqlite.BackupTo(context.Background(), dir, out)
}
