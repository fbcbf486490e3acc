package main

import (
	"errors"
	"flag"
	"fmt"
	"time"

	"belfry/build/load/storm"
	"belfry/build/load/tally"
)

// inRoom defines the flags that every storm has.
func inRoom(flags *flag.FlagSet, r *storm.Room, people int, rate float64) {
	common(flags, &r.Bin, &r.Data)
	flags.IntVar(&r.People, "n", people, "people")
	flags.IntVar(&r.Size, "size", 128, "bytes of each text")
	flags.Float64Var(&r.Rate, "rate", rate, "live messages a second")
	flags.DurationVar(&r.Limit, "limit", 3*time.Minute, "when to give up")
}

// explain is what -h prints before the flags.
func explain(flags *flag.FlagSet, text string) {
	flags.Usage = func() {
		fmt.Fprintf(flags.Output(), "%s\n\n", text)
		flags.PrintDefaults()
	}
}

// table prints one row.
func table(row *tally.Row) {
	fmt.Println(row.Head())
	fmt.Println(row)
}

func stormReturn(flags *flag.FlagSet, args []string) error {
	var p storm.ReturnPlan
	explain(flags, `load return: everyone loses the connection at once, misses messages (half to everyone, half to a topic), and comes
back at a random time within -spread, while live messages go on. Each message is checked, one by one, at each client.

In full, in turns with what you compare with:
  load return -n 1000 -m 10         load return -n 5000 -m 100      load return -n 10000 -m 100 -spread 20s -rate 5
  load return -n 1000 -m 1000       load return -n 5000 -m 100 -half-open      load return -n 10000 -m 1000 -rate 5

  recovered     from the first attempt to connect until the recovery's end
  CPU           of the server, divided by the messages that recoveries had: those missed, and live ones until they were back
  calm, live    live messages to those who never left, before the storm and during it
  left out      messages beyond what one recovery asks for, or may have (1,000): the server said so, and they are not lost
  failed        recoveries that an error answered; their clients came back once more
  own cores     of this program: close to 1, its latencies are its own`)
	inRoom(flags, &p.Room, 1000, 20)
	flags.IntVar(&p.Missed, "m", 100, "messages that they miss")
	flags.DurationVar(&p.Spread, "spread", time.Second, "the time in which they come back")
	flags.IntVar(&p.Newest, "newest", 0, "how many messages a recovery asks for, as the client page does (200); 0: as many as the server gives")
	flags.IntVar(&p.Stay, "stay", 50, "further people, who never leave")
	flags.BoolVar(&p.HalfOpen, "half-open", false, "the server does not hear that they left: old connections stay open, unread and silent, for 25 s")
	if err := parse(flags, args); err != nil {
		return err
	}
	row, faults, err := storm.Return(p)
	if row != nil {
		table(row)
	}
	if err == nil && faults.Any() {
		err = errFaults
	}
	return err
}

func stormReceipts(flags *flag.FlagSet, args []string) error {
	var p storm.ReceiptsPlan
	explain(flags, `load receipts: the same room twice, with pages that tell nothing, and with pages that tell what they have received and read.

In full:
  load receipts -n 1000      load receipts -n 5000      load receipts -n 5000 -rate 0.1 -dur 50s -ack

  B written       to the disk's files, divided by the receipts and acknowledgements
  CPU             of the server, divided by deliveries
  delivery        of messages to each client
  ack seen        from an acknowledgement to the dashboard that counts it`)
	inRoom(flags, &p.Room, 1000, 5)
	flags.DurationVar(&p.Length, "dur", 10*time.Second, "how long messages are sent")
	flags.BoolVar(&p.Ack, "ack", false, "each message asks for an acknowledgement, which everyone gives within 5 s")
	flags.Float64Var(&p.Read, "read", 0.5, "the share of the pages that somebody looks at")
	flags.DurationVar(&p.Wait, "wait", 400*time.Millisecond, "how long a page waits before it tells")
	flags.DurationVar(&p.Spread, "spread", 800*time.Millisecond, "how much longer it waits at most, at random")
	return stormOf(flags, args, func() (*tally.Row, error) { return storm.Receipts(p) })
}

func stormJoin(flags *flag.FlagSet, args []string) error {
	var p storm.JoinPlan
	explain(flags, `load join: people who were never here join within -spread.

In full:
  load join -n 5000      load join -n 10000      load join -n 5000 -code

  welcome         from the attempt to connect until the person is in
  B written       to the disk's files, divided by the people`)
	inRoom(flags, &p.Room, 1000, 0)
	flags.DurationVar(&p.Spread, "spread", 5*time.Second, "the time in which they join")
	flags.BoolVar(&p.Code, "code", false, "with the join code; else the room is open")
	return stormOf(flags, args, func() (*tally.Row, error) { return storm.Join(p) })
}

func stormBig(flags *flag.FlagSet, args []string) error {
	var p storm.BigPlan
	explain(flags, `load big: a log with many messages: how long the server takes to start on it, what a message costs in a quiet room compared
with an empty log, and what those who are live notice while retention removes a quarter of it.

In full (-data keeps the log, so that the next run need not fill it):
  load big -m 1000000 -dur 40s      load big -m 5000000 -dur 40s -data DIR

  then indexed    until all of it can be searched
  CPU ms/message  of the server, with two messages a second
  calm            live messages to -n people; meanwhile: while retention removes messages`)
	inRoom(flags, &p.Room, 50, 20)
	flags.IntVar(&p.Messages, "m", 100_000, "messages in the log")
	flags.DurationVar(&p.Length, "dur", 10*time.Second, "how long each measurement takes")
	return stormOf(flags, args, func() (*tally.Row, error) {
		if p.Data == "memory" {
			return nil, errors.New("it is about the log: leave -data memory out")
		}
		return storm.Big(p)
	})
}

func stormCluster(flags *flag.FlagSet, args []string) error {
	p := storm.ClusterPlan{InFlight: []int{1, 32, 1000}}
	explain(flags, `load cluster: several machines that are one room, beside one machine, in turns; then what each fault costs. All of them and
all people are on this machine: with fewer cores than machines it is the cores that are measured.

In full, with as many cores as that takes:
  load cluster -n 5000 -dur 20s -turns 3

  CPU             of all machines, divided by the messages, or by the deliveries
  own             of this program: with "own cores" close to 1, its latencies are its own
  back after      until people can connect again to the machine to which it happened`)
	flags.StringVar(&p.Bin, "bin", "build/bin/belfry-server", "the server to measure")
	flags.IntVar(&p.Machines, "machines", 3, "machines")
	flags.IntVar(&p.People, "n", 300, "people at each machine in the full room")
	flags.Float64Var(&p.Rate, "rate", 20, "messages a second there")
	flags.DurationVar(&p.Length, "dur", 5*time.Second, "how long each measurement takes")
	flags.IntVar(&p.Turns, "turns", 2, "how often each is made")
	if err := parse(flags, args); err != nil {
		return err
	}
	return storm.Cluster(p, func(title string, row *tally.Row) {
		if title != "" {
			fmt.Printf("\n%s\n%s\n", title, row.Head())
		}
		fmt.Println(row)
	})
}

// stormOf runs one storm and prints its row.
func stormOf(flags *flag.FlagSet, args []string, run func() (*tally.Row, error)) error {
	if err := parse(flags, args); err != nil {
		return err
	}
	row, err := run()
	if row != nil {
		table(row)
	}
	return err
}
