package cluster

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// This file is whether all copies of the order are whole: NATS goes on silently where one is not.

const (
	// copiesEvery is how often the leader is asked for the copies, and copiesAgain where one is not whole: who waits for it, to stop
	// the next machine, is told soon.
	copiesEvery = 10 * time.Second
	copiesAgain = 2 * time.Second
)

// A leader that has just started may not know how another machine is called until it is there: NATS then has a sentence in place of
// the name.
const (
	unknownToNATS = "Server name unknown"
	notHeardYet   = "(not heard yet)"
)

// replicas are the names of the machines that keep the order, and of those whose copy is not whole, in order.
type replicas struct{ keepers, ill []string }

// replicasOf are the copies that the order's leader knows of. Without a leader nothing is known: ok is false.
func replicasOf(info *jetstream.ClusterInfo) (r replicas, ok bool) {
	if info == nil || info.Leader == "" {
		return r, false
	}
	r.keepers = []string{info.Leader}
	for _, one := range info.Replicas {
		name := one.Name
		if strings.HasPrefix(name, unknownToNATS) {
			name = notHeardYet
		}
		r.keepers = append(r.keepers, name)
		if one.Offline || !one.Current {
			r.ill = append(r.ill, name)
		}
	}
	slices.Sort(r.ill)
	return r, true
}

// trouble is a sentence about the copies that are not whole, "" where all are. A machine that is not there is left out: that it
// is missing says more.
func (r replicas) trouble(missing []string) string {
	ill := slices.DeleteFunc(slices.Clone(r.ill), func(name string) bool { return slices.Contains(missing, name) })
	switch len(ill) {
	case 0:
		return ""
	case 1:
		return fmt.Sprintf("1 of %d copies of the messages is missing or behind: %s.", len(r.keepers), ill[0])
	}
	return fmt.Sprintf("%d of %d copies of the messages are missing or behind: %s.", len(ill), len(r.keepers), strings.Join(ill, ", "))
}

// lookAtCopiesIfDue asks whether every machine that keeps the order has all of it, where that was not asked for a while.
func (e *Engine) lookAtCopiesIfDue(p *parts) {
	e.watch.mu.Lock()
	every := copiesEvery
	if len(e.watch.copies.ill) > 0 {
		every = copiesAgain
	}
	ask := !e.looking && time.Since(e.looked) >= every
	if ask {
		e.looking, e.looked = true, time.Now()
	}
	e.watch.mu.Unlock()
	if ask {
		p.begin(func() { e.lookAtCopies(p) })
	}
}

func (e *Engine) lookAtCopies(p *parts) {
	ctx, cancel := context.WithTimeout(p.ctx, apiTimeout)
	defer cancel()
	info, err := e.streamInfo(ctx, p)
	e.watch.mu.Lock()
	defer e.watch.mu.Unlock()
	e.looking = false
	if err != nil {
		return
	}
	if r, ok := replicasOf(info.Cluster); ok {
		e.watch.copies = r
	}
}
