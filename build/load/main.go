// Load measures Belfry's real binary over loopback, and checks that nothing is lost, doubled or reordered.
//
//	go run ./build/load -bin build/bin/belfry-server -n 1000 -rate 20
//	go run ./build/load -n 1000 -rate 0 -window 32    as fast as it goes
//	go run ./build/load -table                        how cost grows
//	go run ./build/load -ingest 32                    what messages cost by each door
//	go run ./build/load return -n 5000 -m 100         all lose their connections, and come back
//	go run ./build/load receipts -n 5000              everyone tells what they have received
//	go run ./build/load join -n 5000                  everyone joins at once
//	go run ./build/load big -m 1000000                a log with many messages
//	go run ./build/load cluster                       several machines that are one room
//
// Each verb explains itself with -h. The server is started here, on a free port with a fresh folder, and stopped. CPU and
// memory are measured on Linux alone, and the verbs run there alone. It shares the machine with the server: compare runs made
// in turns, and ratios rather than absolute figures.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
)

// command runs a verb: it defines its flags in the set, and parses the arguments with it.
type command func(flags *flag.FlagSet, args []string) error

var commands = map[string]command{"": fanout, "return": stormReturn, "receipts": stormReceipts, "join": stormJoin, "big": stormBig, "cluster": stormCluster}

// errFaults is told with exit code 1, after the figures.
var errFaults = errors.New("messages were lost, doubled or reordered")

func main() {
	verb, args := "", os.Args[1:]
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		verb, args = args[0], args[1:]
	}
	run, ok := commands[verb]
	if !ok {
		fmt.Fprintf(os.Stderr, "load: there is no %q: return, receipts, join, big or cluster, or none of them\n", verb)
		os.Exit(2)
	}
	flags := flag.NewFlagSet(strings.TrimSpace("load "+verb), flag.ExitOnError)
	if err := run(flags, args); err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
}

// common defines the flags that every verb has.
func common(flags *flag.FlagSet, bin, data *string) {
	flags.StringVar(bin, "bin", "build/bin/belfry-server", "the server to measure")
	flags.StringVar(data, "data", "", `"memory" keeps no log; else a fresh folder`)
}

// parse parses the arguments; what is no flag is a mistake.
func parse(flags *flag.FlagSet, args []string) error {
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("what is %q?", flags.Arg(0))
	}
	return nil
}
