package peers

import (
	"maps"
	"sync"
)

// This file lets one list be asked of all machines by one revision, though each machine counts its own.

// keptPlaces is how many revisions of such a list are remembered: as many dashboards as ask at once, and more.
const keptPlaces = 256

// rowBits is how many bits the number of a row has at its own machine. Above them stands which run it is of: the whole is a
// number that scripts keep exact, 2^53 at most.
const rowBits, maxRuns = 40, 1<<13 - 1

// Revised remembers which revision of each machine's list belongs to a revision of the whole. Its zero value is ready, and it is
// safe for concurrent use.
type Revised struct {
	mu     sync.Mutex
	places map[uint64]map[string]uint64
	order  []uint64
	runs   []string
}

// At returns the revisions, by run, that belong to one of the whole. ok is false where the whole list is to be told: it is not
// known, or one of its runs has ended.
func (r *Revised) At(rev uint64, living map[string]bool) (at map[string]uint64, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for run := range r.places[rev] {
		if !living[run] {
			return nil, false
		}
	}
	at = maps.Clone(r.places[rev])
	return at, len(at) > 0
}

// Note notes the revisions that belong to one of the whole. Where there are some already, the earlier ones hold: who has them
// must not miss what came in between.
func (r *Revised) Note(rev uint64, at map[string]uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.places == nil {
		r.places = map[uint64]map[string]uint64{}
	}
	known := r.places[rev]
	if known == nil {
		r.order = append(r.order, rev)
		r.places[rev] = maps.Clone(at)
	}
	for run := range known {
		if v, ok := at[run]; ok {
			known[run] = min(known[run], v)
		}
	}
	if len(r.order) > keptPlaces {
		delete(r.places, r.order[0])
		r.order = r.order[1:]
	}
}

// Number is the number of a row of another machine's list, as this machine tells it.
func (r *Revised) Number(run string, row uint64) uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i, known := range r.runs {
		if known == run {
			return uint64(i%maxRuns+1)<<rowBits | row
		}
	}
	r.runs = append(r.runs, run)
	return uint64((len(r.runs)-1)%maxRuns+1)<<rowBits | row
}

// Split returns the rows' own numbers by run, those of this machine under "".
func (r *Revised) Split(numbers []uint64) map[string][]uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	rows := map[string][]uint64{}
	for _, n := range numbers {
		run := ""
		if i := int(n >> rowBits); i > 0 && i <= len(r.runs) {
			run = r.runs[i-1]
		}
		rows[run] = append(rows[run], n&(1<<rowBits-1))
	}
	return rows
}

// Runs are the runs of the machines that a list can be of: this one's, and those of the others that have not gone.
func (p *Peers) Runs() map[string]bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	runs := map[string]bool{p.o.Engine.Run(): true}
	for _, m := range p.others {
		runs[m.Run] = true
	}
	return runs
}

// ThisRun is the name of this machine's run.
func (p *Peers) ThisRun() string { return p.o.Engine.Run() }

// Node is the name of this machine.
func (p *Peers) Node() string { return p.o.Engine.Node() }
