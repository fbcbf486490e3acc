package cli

import (
	"flag"
	"fmt"
	"strings"

	"belfry/wsserver"
	"belfry/wsserver/cluster"
	"belfry/wsserver/wire"
)

const (
	clusterUsage = `Usage: belfry cluster key FILE
       belfry cluster status [flags]

For a room that several machines serve together; docs/cluster.md says how. Each has -h.
`
	clusterKeyUsage = `Usage: belfry cluster key FILE

Makes the key that all machines of a room have, and writes it to FILE, which must not exist yet. Copy that file to the other
machines, and give it to each with -cluster-key. Whoever has it may be one of the machines.
`
	clusterStatusUsage = `Usage: belfry cluster status [flags]

Prints how the Belfry of this computer and the other machines of its room are, and which of them leads. The status is 0 if all
is well, 1 if it is cut off or waits for the others, a machine is missing, or it does not run.

Flags:
`
)

// clusterVerb is the verb cluster.
func clusterVerb(c *call) error {
	if len(c.args) == 0 {
		return wrongUsage("cluster needs one of key and status")
	}
	args := c.args[1:]
	switch c.args[0] {
	case "key":
		return c.makeClusterKey(args)
	case "status":
		return c.clusterStatus(args)
	case "-h", "-help", "--help":
		return flag.ErrHelp
	}
	return wrongUsage("cluster has no %q: it is one of key and status", c.args[0])
}

func (c *call) makeClusterKey(args []string) error {
	f := flag.NewFlagSet("cluster key", flag.ContinueOnError)
	words, err := c.parse(f, args, usageOf(clusterKeyUsage, f))
	if err != nil {
		return err
	}
	if len(words) != 1 {
		return wrongUsage("cluster key needs the name of one file")
	}
	return cluster.MakeKey(words[0])
}

func (c *call) clusterStatus(args []string) error {
	f := flag.NewFlagSet("cluster status", flag.ContinueOnError)
	data := dataFlag(f)
	words, err := c.parse(f, args, usageOf(clusterStatusUsage, f))
	if err != nil {
		return err
	}
	if len(words) > 0 {
		return wrongUsage("unexpected argument %q", words[0])
	}
	dir, err := c.folder(*data)
	if err != nil {
		return err
	}
	s, err := cluster.ReadState(dir)
	if err != nil {
		return err
	}
	if !s.Witness { // a witness has no room, whose folder would be locked
		runs, err := wsserver.IsRunning(dir)
		if err != nil {
			return err
		}
		if !runs {
			return cluster.NotRunning(dir)
		}
	}
	fmt.Fprintf(c.stdout, "machine %s of %s\n", s.Node, s.Name)
	for _, name := range s.Present {
		fmt.Fprintf(c.stdout, "connected %s\n", name)
	}
	if s.Leader != "" {
		fmt.Fprintf(c.stdout, "leader %s\n", s.Leader)
	}
	for _, name := range s.Missing {
		fmt.Fprintf(c.stdout, "missing %s\n", name)
	}
	switch {
	case s.Waiting:
		return &wire.Problem{Message: "This machine waits for the other machines, and opens no page before.", Hint: "Start them, and check that the port between them is open in both directions."}
	case s.CutOff:
		return &wire.Problem{Message: "This machine has been cut off from the other machines since " + wire.Time(s.Since).String() + ": nobody can write here.", Hint: "Check the network between the machines, and that most of them run."}
	case s.Trouble != "":
		return &wire.Problem{Message: s.Trouble, Hint: "Wait a moment. If it stays so, check that machine: its disk, and Belfry's own log there."}
	case len(s.Missing) > 0:
		return &wire.Problem{Message: "Not all machines are there: " + strings.Join(s.Missing, ", ") + ".", Hint: "Start Belfry there again. If one more stops, nobody can write."}
	}
	return nil
}
