package faults

import (
	"context"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"time"

	"belfry/build/machines"
)

// This file is what happens to the machine that leads the order. Nobody's message is accepted until another one leads.

// leaderFaults happen to whichever machine leads then, the witness too.
var leaderFaults = []fault{
	named("kill -9 one", "kill -9 the leader", false),
	named("SIGTERM", "SIGTERM the leader", true),
	named("SIGSTOP", "SIGSTOP the leader", false),
	named("cut off", "cut off the leader", false),
	named("cut off, one way in", "the leader, one way in", false),
	named("cut off, one way out", "the leader, one way out", false),
	{"kill the leader twice", 0, 4 * seconds, false, nothing, false, killTwice},
	{"kill leader after leader", 0, 4 * seconds, false, nothing, true, killAfter},
	{"kill it as one comes back", 0, 4 * seconds, false, apart, false, killAsOneComesBack},
}

// named is a fault that is in the table already, under another name.
func named(was, name string, short bool) fault {
	f := faults[slices.IndexFunc(faults, func(f fault) bool { return f.name == was })]
	f.name, f.short = name, short
	return f
}

// killTwice kills the leader again as soon as it is back.
func killTwice(_ *room, m *machines.Machine) (func() error, error) {
	m.Kill()
	if err := m.Start(); err != nil {
		return untouched, err
	}
	err := m.Await(patience)
	m.Kill()
	return m.Start, err
}

// killAfter kills the leader, starts it, and kills the one that leads next as soon as all know it.
func killAfter(r *room, m *machines.Machine) (func() error, error) {
	m.Kill()
	if err := m.Start(); err != nil {
		return untouched, err
	}
	if err := m.Await(patience); err != nil {
		return untouched, err
	}
	next, err := r.leader(r.t.Context())
	if err != nil {
		return untouched, err
	}
	next.Kill()
	return next.Start, nil
}

// killAsOneComesBack cuts another machine off for a while, and kills the leader in the moment when that one is back. What was
// accepted meanwhile is on the leader and on the third one alone.
func killAsOneComesBack(r *room, m *machines.Machine) (func() error, error) {
	other := r.otherThan(m)
	if err := other.Lose(machines.Both, 1); err != nil {
		return other.Heal, err
	}
	pause(r.t.Context(), time.Duration(2+r.random.IntN(6))*seconds)
	err := other.Heal()
	m.Kill()
	return m.Start, err
}

// leader is the machine that leads the order, once all that run say the same.
func (r *room) leader(ctx context.Context) (*machines.Machine, error) {
	for late := time.Now().Add(patience); ; pause(ctx, 100*time.Millisecond) {
		var said []string
		for _, m := range r.all.All() {
			if m.Running() {
				said = append(said, m.Name+" says "+r.leaderAt(ctx, m))
			}
		}
		for _, m := range r.all.All() {
			if m.Running() && !slices.ContainsFunc(said, func(s string) bool { return !strings.HasSuffix(s, " says "+m.Name) }) {
				return m, nil
			}
		}
		if time.Now().After(late) || ctx.Err() != nil {
			return nil, fmt.Errorf("nobody knows after %v who leads: %s", patience, strings.Join(said, ", "))
		}
	}
}

// leaderAt is who leads, as the status of a machine says; "" where that does not say.
func (r *room) leaderAt(ctx context.Context, m *machines.Machine) string {
	// The status of the program says whether all is well, which it need not be.
	out, _ := exec.CommandContext(ctx, r.bin, "cluster", "status", "-data", m.Dir).Output()
	for line := range strings.Lines(string(out)) {
		if name, ok := strings.CutPrefix(line, "leader "); ok {
			return strings.TrimSpace(name)
		}
	}
	return ""
}
