// Load measures Belfry's real binary over loopback: CPU time per delivery, latency to the last subscriber, memory per
// connection, and whether anything is lost, duplicated or out of order.
//
//	go run ./build/load -bin build/bin/belfry-server -n 1000 -rate 20
//	go run ./build/load -bin build/bin/belfry-server -n 1000 -rate 0 -window 32    as fast as it goes
//	go run ./build/load -bin build/bin/belfry-server -table                        how cost grows
//	go run ./build/load -bin build/bin/belfry-server -ingest 32                     what messages cost by each door
//
// It starts the server itself, on a free port with a fresh folder, and stops it. CPU and memory are measured on Linux
// alone. It shares the machine with the server: compare runs made side by side, and ratios rather than absolute figures.
package main

import (
	"flag"
	"fmt"
	"os"
	"time"
)

// plan is one run.
type plan struct {
	bin, data string
	clients   int
	rate      float64 // messages a second; 0: as many as window allows in flight
	window    int
	size      int // bytes of text
	length    time.Duration
	stalled   bool // one more subscriber, which never reads
}

func main() {
	var p plan
	var table bool
	var senders int
	flag.StringVar(&p.bin, "bin", "build/bin/belfry-server", "the server to measure")
	flag.StringVar(&p.data, "data", "", `"memory" keeps no log; else a fresh folder`)
	flag.IntVar(&p.clients, "n", 1000, "subscribers")
	flag.Float64Var(&p.rate, "rate", 20, "messages a second; 0: as many as -window allows")
	flag.IntVar(&p.window, "window", 32, "messages in flight, with -rate 0")
	flag.IntVar(&p.size, "size", 128, "bytes of each text")
	flag.DurationVar(&p.length, "dur", 5*time.Second, "how long")
	flag.BoolVar(&p.stalled, "stalled", false, "one more subscriber that never reads")
	flag.IntVar(&senders, "ingest", 0, "what a message costs from so many connections, by notify and by POST /api/v1/messages")
	flag.BoolVar(&table, "table", false, "several sizes of room and rates, one after another")
	flag.Parse()
	if senders > 0 {
		if err := ingest(p, senders); err != nil {
			fmt.Fprintln(os.Stderr, "load:", err)
			os.Exit(1)
		}
		return
	}
	plans := []plan{p}
	if table {
		plans = growth(p)
	}
	fmt.Println(header)
	for _, p := range plans {
		r, err := run(p)
		if err != nil {
			fmt.Fprintln(os.Stderr, "load:", err)
			os.Exit(1)
		}
		fmt.Println(r.line(p))
		if r.lost+r.doubled+r.disordered > 0 {
			os.Exit(1)
		}
	}
}

// growth is how cost grows with the room, and with the rate.
func growth(p plan) (list []plan) {
	for _, n := range []int{10, 100, 1000, 10_000} {
		q := p
		q.clients, q.rate = n, 10
		list = append(list, q)
	}
	for _, rate := range []float64{1, 10, 100, 1000, 10_000} {
		q := p
		q.clients, q.rate = 10, rate
		list = append(list, q)
	}
	return list
}
