package faults

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"belfry/build/machines"
)

// patience is how long machines have to be well again after a fault.
const patience = 60 * time.Second

// room is several machines, the people in them, and what these were told.
type room struct {
	t        *testing.T
	all      *machines.Room
	machines []*machines.Machine // that people connect to
	key      string
	bin      string // the program, and another version of it where there is one
	other    string
	seed     uint64
	random   *rand.Rand // of the faults
	think    time.Duration
	told     *told
	gate     *gate

	listeners []*listener
	devices   []*device
	probes    map[*machines.Machine]int // how often each was asked whether it accepts
	place     string                    // that all were last at
}

// size is how many people there are.
type size struct {
	senders, listeners, people int
	think                      time.Duration // between two messages of a sender
}

// gather starts the machines and lets people in. Everything ends with the test. small puts the first machine on a small file
// system.
func gather(t *testing.T, p machines.Plan, s size, seed uint64, small bool) *room {
	t.Helper()
	all, err := machines.New(p)
	if err != nil {
		t.Fatal(err)
	}
	if small {
		mount(t, all.Machines[0])
	}
	t.Cleanup(func() {
		if err := all.Close(); err != nil {
			t.Error(err)
		}
	})
	began := time.Now()
	if err := all.Start(patience); err != nil {
		t.Fatal(err)
	}
	t.Logf("people can connect to all machines after %.1f s", time.Since(began).Seconds())
	r := &room{
		t: t, all: all, machines: all.Machines, key: all.Key, bin: p.Bin, seed: seed, random: rand.New(rand.NewPCG(seed, 0)), think: s.think,
		told: newTold(), gate: newGate(), probes: map[*machines.Machine]int{},
	}
	r.people(s)
	return r
}

// people lets them in.
func (r *room) people(s size) {
	ctx, end := context.WithCancel(context.Background())
	var group sync.WaitGroup
	r.t.Cleanup(func() {
		end()
		r.gate.open()
		group.Wait()
	})
	number := 0
	next := func() int { number++; return number }
	for i := range s.listeners {
		l := r.listener(fmt.Sprint("listener-", i), next())
		r.listeners = append(r.listeners, l)
		group.Go(func() { l.listen(ctx) })
	}
	for i := range s.people {
		for range 2 {
			d := r.device(fmt.Sprint("person-", i), next())
			r.listeners, r.devices = append(r.listeners, d.listener), append(r.devices, d)
			group.Go(func() { d.listen(ctx) })
		}
	}
	for i := range s.senders {
		c := r.client(fmt.Sprint("sender-", i), next())
		group.Go(func() { c.speak(ctx) })
	}
	for i := range r.machines {
		c := r.client(fmt.Sprint("mumbler-", i), next())
		group.Go(func() { c.mumble(ctx) })
	}
	if rivals := r.client("rivals", next()); len(r.machines) > 1 {
		group.Go(func() { rivals.rivals(ctx) })
	}
	operator := r.client("operator", next())
	group.Go(func() { operator.command(ctx) })
}

// well waits until all machines run and accept messages.
func (r *room) well(ctx context.Context) (took time.Duration, err error) {
	began := time.Now()
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for _, m := range r.all.All() {
		if e := m.Await(patience); e != nil {
			return time.Since(began), e
		}
	}
	var group sync.WaitGroup
	errs := make([]error, len(r.machines))
	for i, m := range r.machines {
		r.probes[m]++
		n := r.probes[m]
		group.Go(func() { errs[i] = r.probe(ctx, m, n) })
	}
	group.Wait()
	return time.Since(began), errors.Join(errs...)
}

// probe sends a message to one machine until that accepts it.
func (r *room) probe(ctx context.Context, m *machines.Machine, n int) error {
	c := r.client("probe-"+m.Name, 10_000+n)
	defer func() { c.leave() }()
	for ctx.Err() == nil {
		if c.home = m; c.deliverOnce(ctx, n) {
			return nil
		}
		pause(ctx, 100*time.Millisecond)
	}
	return fmt.Errorf("%s accepts nothing after %v; it said:\n%s", m.Name, patience, m.Said(5))
}

// deliverOnce tries once to send message n to the present machine.
func (c *client) deliverOnce(ctx context.Context, n int) bool {
	if c.line == nil {
		l, err := dial(ctx, c.home, "")
		if err != nil {
			return false
		}
		if c.line = l; !c.greeted() {
			c.leave()
			return false
		}
	}
	id := fmt.Sprint(n)
	err := c.line.send(fields{"action": "notify", "id": id, "topic": "general", "message": textOf(c.name, n)})
	var answer frame
	if err == nil {
		answer, err = c.line.until(unanswered, nil, func(f *frame) bool {
			return (f.Type == "accepted" || f.Type == "error") && f.ID == id
		})
	}
	if err != nil {
		c.leave()
		return false
	}
	if answer.Type == "accepted" {
		c.told.accepted(c.name, n, answer.Seq)
	}
	return answer.Type == "accepted"
}

func (c *client) greeted() bool {
	_, err := c.line.hello(c.name, nil)
	return err == nil
}

// rest has everybody rest, checks everything, and lets them go on.
func (r *room) rest(ctx context.Context) verdict {
	var v verdict
	if left := r.gate.shut(patience); left > 0 {
		v.add(&v.unequal, "%d senders still wait for an answer after %v", left, patience)
	}
	r.settle(ctx, patience)
	found := r.check(ctx)
	found.unequal += v.unequal
	found.what = append(v.what, found.what...)
	r.gate.open()
	return found
}
