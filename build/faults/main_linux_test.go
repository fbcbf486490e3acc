// Package faults runs several machines as one room, lets things go wrong, and looks whether a message is lost or doubled, or
// anything is not the same everywhere.
//
// It has tests alone. BELFRY names the program; without it, it is built first.
package faults

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"syscall"
	"testing"
	"time"

	"belfry/build/machines"
)

// TestMain runs the long form in a network of its own, where that may be, and the short one where what it mounts is its own.
func TestMain(m *testing.M) {
	if os.Getenv("BELFRY_FAULTS") != "" && !machines.Apart() {
		code, err := machines.Enter()
		if err == nil {
			os.Exit(code)
		}
		fmt.Println("All machines are on the loopback, and none is cut off:", err)
	}
	if syscall.Getuid() == 0 && !machines.CanMount() {
		code, err := machines.EnterMounts()
		if err == nil {
			os.Exit(code)
		}
		fmt.Println("No machine loses its power:", err)
	}
	os.Exit(m.Run())
}

// TestFaults is the short form: one fault of each kind that needs neither root nor much time. BELFRY_FAULTS is how long the
// long form takes, BELFRY_SEED draws its faults again, BELFRY_KINDS names some of them alone, with commas.
func TestFaults(t *testing.T) {
	if testing.Short() {
		t.Skip("starts the program and kills it")
	}
	length, seed := settings(t)
	bin := program(t)
	if length == 0 {
		t.Run("three machines", func(t *testing.T) { short(t, bin, seed) })
		return
	}
	other := otherProgram(t)
	s := newSummary()
	t.Run("three machines", func(t *testing.T) { long(t, s, plan(t, bin, 3), other, seed, length/2) })
	t.Run("two and a witness", func(t *testing.T) { long(t, s, plan(t, bin, 2), other, seed+1, length/2) })
	t.Log(s)
}

func settings(t *testing.T) (length time.Duration, seed uint64) {
	t.Helper()
	seed = rand.Uint64N(1_000_000)
	var err error
	if s := os.Getenv("BELFRY_SEED"); s != "" {
		if seed, err = strconv.ParseUint(s, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	if s := os.Getenv("BELFRY_FAULTS"); s != "" {
		if length, err = time.ParseDuration(s); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("BELFRY_SEED=%d", seed)
	return length, seed
}

func plan(t *testing.T, bin string, count int) machines.Plan {
	return machines.Plan{Bin: bin, Dir: t.TempDir(), Machines: count, Witness: count == 2, Apart: machines.Apart(), Disks: disks(t)}
}

// short does each fault of the short form once, and checks everything in the end.
func short(t *testing.T, bin string, seed uint64) {
	p := plan(t, bin, 3)
	r := gather(t, p, size{senders: 9, listeners: 3, people: 2, think: 100 * time.Millisecond}, seed, false)
	s := newSummary()
	for _, f := range aimedFaults(map[need]bool{nothing: true, aDisk: p.Disks}) {
		if f.short {
			pause(t.Context(), 2*seconds)
			r.round(t.Context(), s, f, 2*seconds)
		}
	}
	r.verdict(t.Context(), s)
	t.Log(s)
}

// long draws faults until the time is over, and checks everything after some of them.
func long(t *testing.T, s *summary, p machines.Plan, other string, seed uint64, length time.Duration) {
	able := map[need]bool{nothing: true, apart: p.Apart, another: true, aMount: syscall.Getuid() == 0, aDisk: p.Disks}
	r := gather(t, p, size{senders: 48, listeners: 6, people: 6, think: 150 * time.Millisecond}, seed, able[aMount] && !p.Disks)
	r.other = other
	kinds := aimedFaults(able)
	for end := time.Now().Add(length); time.Now().Before(end) && !t.Failed(); {
		for range 3 {
			r.round(t.Context(), s, kinds[r.random.IntN(len(kinds))], time.Minute)
			pause(t.Context(), time.Duration(r.random.Int64N(int64(2*seconds))))
		}
		r.verdict(t.Context(), s)
	}
}

// round does one fault. That a machine does not come back is a fault of the program.
func (r *room) round(ctx context.Context, s *summary, f aimed, most time.Duration) {
	m, err := f.at(r, ctx)
	if err != nil {
		r.t.Fatalf("%s: %v", f.name, err)
	}
	pauses, back, err := r.happen(ctx, &f.fault, m, most)
	r.t.Logf("%-24s at %-8s nothing accepted for %5.1f s, all accept again %4.1f s after its end", f.name, m.Name, pauses.Seconds(), back.Seconds())
	s.did(f.name, pauses, back)
	if err != nil {
		r.t.Errorf("%s at %s: %v", f.name, m.Name, err)
		s.stuck++
	}
}

// verdict has everybody rest, and tells what is wrong then.
func (r *room) verdict(ctx context.Context, s *summary) {
	v := r.rest(ctx)
	r.t.Logf("at rest: %d accepted, %d lost, %d doubled, %d unequal; %s", v.accepted, v.lost, v.doubled, v.unequal, r.place)
	for i, what := range v.what {
		if i == 12 {
			r.t.Errorf("and %d more", len(v.what)-i)
			break
		}
		r.t.Error(what)
	}
	s.found(v)
}
