package faults

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"belfry/build/machines"
)

// fault is something that happens to machines.
type fault struct {
	name string
	// least and most bound how long it lasts.
	least, most time.Duration
	// short: it is in the short form too, for at most two seconds.
	short bool
	// needs is what it cannot be done without.
	needs need
	// stops: nothing can be accepted while it lasts, so that the pause is measured from its end.
	stops bool
	// begin begins it at a machine, and returns what ends it.
	begin func(r *room, m *machines.Machine) (end func() error, err error)
}

type need int

const (
	nothing need = iota
	apart        // networks of their own
	aMount       // a small file system
	another      // a second version of the program
	aDisk        // disks that lose their power
)

const seconds = time.Second

var faults = []fault{
	{"kill -9 one", 0, 6 * seconds, true, nothing, false, func(_ *room, m *machines.Machine) (func() error, error) {
		m.Kill()
		return m.Start, nil
	}},
	{"kill -9 two", 0, 5 * seconds, true, nothing, true, func(r *room, m *machines.Machine) (func() error, error) {
		list := []*machines.Machine{m, r.otherThan(m)}
		return startAll(list), killAll(list)
	}},
	{"kill -9 all", 0, 4 * seconds, true, nothing, true, func(r *room, _ *machines.Machine) (func() error, error) {
		return startAll(r.all.All()), killAll(r.all.All())
	}},
	{"SIGTERM", 0, 4 * seconds, true, nothing, false, func(_ *room, m *machines.Machine) (func() error, error) {
		took, code := m.Terminate()
		if code != 0 || took > 10*seconds {
			return m.Start, fmt.Errorf("%s ended with %d after %v and said:\n%s", m.Name, code, took, m.Said(5))
		}
		return m.Start, nil
	}},
	{"SIGSTOP", 5 * seconds, 20 * seconds, true, nothing, false, func(_ *room, m *machines.Machine) (func() error, error) {
		return m.Thaw, m.Freeze()
	}},
	{"cut off", 2 * seconds, 15 * seconds, false, apart, false, lose(machines.Both, 1)},
	{"cut off, one way in", 2 * seconds, 15 * seconds, false, apart, false, lose(machines.In, 1)},
	{"cut off, one way out", 2 * seconds, 15 * seconds, false, apart, false, lose(machines.Out, 1)},
	{"packets lost: 20 %", 5 * seconds, 15 * seconds, false, apart, false, lose(machines.Both, 0.2)},
	{"two cut off", 2 * seconds, 10 * seconds, false, apart, true, cutTwo},
	{"cut off and killed", 2 * seconds, 10 * seconds, false, apart, false, cutAndKilled},
	{"empty folder", 0, 2 * seconds, false, nothing, false, func(r *room, m *machines.Machine) (func() error, error) {
		if err := r.awaitWhole(); err != nil {
			return untouched, err
		}
		m.Kill()
		return m.Start, empty(m.Dir)
	}},
	{"bit flipped in the order", 0, seconds, false, nothing, false, flipInOrder},
	{"bit flipped in log.db", 0, seconds, false, nothing, false, flipInLog},
	{"bit flipped in a message", 0, seconds, false, nothing, false, flipInMessage},
	{"disk full", 5 * seconds, 15 * seconds, false, aMount, false, fullDisk},
	{"another version", 0, seconds, false, another, false, anotherVersion},
	{"clock set back or forth", 8 * seconds, 12 * seconds, false, another, false, clockStep},
}

func killAll(list []*machines.Machine) error {
	for _, m := range list {
		m.Kill()
	}
	return nil
}

func startAll(list []*machines.Machine) func() error {
	return func() error {
		var errs []error
		for _, m := range list {
			errs = append(errs, m.Start())
		}
		return errors.Join(errs...)
	}
}

// otherThan is another machine, at random.
func (r *room) otherThan(m *machines.Machine) *machines.Machine {
	for {
		if other := r.any(); other != m {
			return other
		}
	}
}

// any is any machine, the witness too.
func (r *room) any() *machines.Machine {
	list := r.all.All()
	return list[r.random.IntN(len(list))]
}

func lose(way machines.Way, share float64) func(*room, *machines.Machine) (func() error, error) {
	return func(_ *room, m *machines.Machine) (func() error, error) { return m.Heal, m.Lose(way, share) }
}

func cutTwo(r *room, m *machines.Machine) (func() error, error) {
	other := r.otherThan(m)
	end := func() error { return errors.Join(m.Heal(), other.Heal()) }
	return end, errors.Join(m.Lose(machines.Both, 1), other.Lose(machines.Both, 1))
}

// cutAndKilled cuts a machine off, kills it, and starts it while it is still cut off.
func cutAndKilled(_ *room, m *machines.Machine) (func() error, error) {
	err := m.Lose(machines.Both, 1)
	m.Kill()
	return m.Heal, errors.Join(err, m.Start())
}

// empty removes everything in a folder, which stays.
func empty(dir string) error {
	list, err := os.ReadDir(dir)
	for _, e := range list {
		err = errors.Join(err, os.RemoveAll(filepath.Join(dir, e.Name())))
	}
	return err
}

// happen does one fault, and returns how long nobody was told anything, and how long it took until all accepted again.
func (r *room) happen(ctx context.Context, f *fault, m *machines.Machine, most time.Duration) (pauses, back time.Duration, err error) {
	length := min(most, f.least+time.Duration(r.random.Int64N(int64(f.most-f.least)+1)))
	r.told.begin()
	end, err := f.begin(r, m)
	if end == nil {
		return 0, 0, err
	}
	pause(ctx, length)
	if f.stops {
		r.told.begin()
	}
	err = errors.Join(err, end())
	back, e := r.well(ctx)
	return r.told.longest(), back, errors.Join(err, e)
}
