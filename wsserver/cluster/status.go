package cluster

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"belfry/wsserver/peers"
	"belfry/wsserver/wire"
)

// This file is how this machine is: whom it hears, and whether it can accept anything.

const (
	watchEvery = 250 * time.Millisecond
	// beatEvery is how often machines say that they are there, and silentAfter how long after its last word one is missing.
	beatEvery   = 500 * time.Millisecond
	silentAfter = 2 * time.Second
	// probeAfter is how long after it was last heard the stream's leader is asked whether it is there. cutOffAfter is how long
	// after that, or with a group whose outcome is not known, this machine is cut off.
	probeAfter  = time.Second
	cutOffAfter = 2 * time.Second
)

// beat is what a machine says of itself.
type beat struct {
	Node      string `json:"node"`
	Run       string `json:"run"`
	Applied   uint64 `json:"applied"`
	Digest    string `json:"digest,omitempty"`
	Order     string `json:"order,omitempty"`
	Untouched bool   `json:"untouched,omitempty"` // its log is empty
	Witness   bool   `json:"witness,omitempty"`
	Leads     bool   `json:"leads,omitempty"` // the order

	heard time.Time
}

// watch is what is known of the machines.
type watch struct {
	mu       sync.Mutex // guards what follows
	heard    map[string]beat
	status   peers.Status
	onStatus func()
	own      beat      // what is said of this machine
	leader   time.Time // when the stream's leader was last heard
	under    time.Time // since when a group is being put into the order; zero: none is
	newest   uint64    // the highest position that was heard of
	copies   replicas  // of the order
	looked   time.Time // when they were last asked for
	looking  bool
	said     told // what was last told
	probing  bool
}

// Status is how this machine is.
func (w *watch) Status() peers.Status {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.status
}

// OnStatus has f called after each change of it but of positions.
func (w *watch) OnStatus(f func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.onStatus = f
}

// hear takes what another machine says of itself.
func (w *watch) hear(from string, data []byte) []byte {
	var b beat
	if json.Unmarshal(data, &b) != nil {
		return nil
	}
	b.Node, b.heard = from, time.Now()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.heard[from] = b
	w.newest = max(w.newest, b.Applied)
	return nil
}

// forget notes that another machine has stopped.
func (w *watch) forget(from string, _ []byte) []byte {
	w.mu.Lock()
	defer w.mu.Unlock()
	if b, ok := w.heard[from]; ok {
		b.heard = time.Time{}
		w.heard[from] = b
	}
	return nil
}

// beats are those of the machines that are there, by their names.
func (w *watch) beats() (list []beat) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.present()
}

func (w *watch) present() (list []beat) {
	for _, b := range w.heard {
		if time.Since(b.heard) < silentAfter {
			list = append(list, b)
		}
	}
	slices.SortFunc(list, func(a, b beat) int { return strings.Compare(a.Node, b.Node) })
	return list
}

// others are the names of the rooms that are there.
func (w *watch) others() (names []string) {
	for _, b := range w.beats() {
		if !b.Witness {
			names = append(names, b.Node)
		}
	}
	return names
}

// noteLeader notes that the leader was heard, and has the order up to a position.
func (w *watch) noteLeader(position uint64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.leader = time.Now()
	w.newest = max(w.newest, position)
}

// noteUnder notes since when a group, or a part of one, is being put into the order.
func (w *watch) noteUnder(since time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.under = since
}

// say notes what is said of this machine.
func (w *watch) say(change func(*beat)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	change(&w.own)
}

// watchAll is a loop until the engine closes.
func (e *Engine) watchAll(p *parts) {
	e.noteLeader(0) // it is not cut off before it has tried
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	var said time.Time
	for {
		if time.Since(said) >= beatEvery {
			said = time.Now()
			e.beat(p)
		}
		e.lookAtCopiesIfDue(p)
		e.probeIfSilent(p)
		e.judge(p)
		select {
		case <-tick.C:
		case <-p.ctx.Done():
			return
		}
	}
}

// beat says that this machine is there.
func (e *Engine) beat(p *parts) {
	e.watch.mu.Lock()
	b := e.own
	e.watch.mu.Unlock()
	b.Node, b.Run, b.Witness = e.o.Node, e.run, e.o.Witness
	data, err := json.Marshal(b)
	if err == nil {
		e.publishTo(p, subjectBeat, data)
	}
}

// probeIfSilent asks whether the stream's leader is there, where nothing was heard of it for a while: an expectation that
// cannot hold is refused by the leader, and by nobody else.
func (e *Engine) probeIfSilent(p *parts) {
	e.watch.mu.Lock()
	ask := !e.probing && time.Since(e.leader) >= probeAfter
	e.probing = e.probing || ask
	e.watch.mu.Unlock()
	if !ask {
		return
	}
	p.begin(func() {
		ctx, cancel := context.WithTimeout(p.ctx, probeAfter)
		defer cancel()
		m := nats.NewMsg(e.o.logSubject())
		m.Header.Set(nats.ExpectedLastSeqHdr, fmt.Sprint(uint64(1)<<62))
		if answer, err := p.nc.RequestMsgWithContext(ctx, m); err == nil && len(answer.Data) > 0 {
			e.noteLeader(0)
		}
		e.watch.mu.Lock()
		e.probing = false
		e.watch.mu.Unlock()
	})
}

// judge finds out how this machine is, and tells of it where that has changed.
func (e *Engine) judge(p *parts) {
	failed, leads := e.failure(), p.leads(e.o.streamName())
	log := e.logOf(p)
	w := &e.watch
	w.mu.Lock()
	present := w.present()
	s := statusOf(e, p, log, failed, present)
	w.own.Leads = leads
	said := toldOf(e.o.Node, s, leads, present)
	said.waiting = log == nil && failed == nil && !e.o.Witness
	differs := log != nil && failed == nil && log.digests.outvoted(present)
	changed := s.CutOff != w.status.CutOff || s.Trouble != w.status.Trouble || !slices.Equal(s.Missing, w.status.Missing)
	changed = changed || !slices.Equal(said.present, w.said.present)
	written := changed || said.leader != w.said.leader || said.waiting != w.said.waiting
	w.status, w.said = s, said
	tell := w.onStatus
	w.mu.Unlock()
	if differs {
		stepAside(e, differsMessage)
	}
	if written {
		e.writeState(s, said)
	}
	if changed {
		e.o.Logger.Info("machines", "cut_off", s.CutOff, "missing", s.Missing, "trouble", s.Trouble, "applied", s.Applied)
		if tell != nil {
			tell()
		}
	}
}

// statusOf is how this machine is beside those that are there, and notes how far its log is. The watch's lock is held.
func statusOf(e *Engine, p *parts, log *Log, failed *wire.Problem, present []beat) peers.Status {
	w := &e.watch
	s := peers.Status{Since: w.status.Since}
	if log != nil {
		at := log.Place()
		s.Applied, s.Digest = at.Position, at.Digest
		w.own.Applied, w.own.Digest = at.Position, at.Digest
	}
	s.Behind = max(w.newest, s.Applied) - s.Applied
	for _, name := range w.members(e.o.Node, e.o.External == "") {
		if name != e.o.Node && !slices.ContainsFunc(present, func(b beat) bool { return b.Node == name }) {
			s.Missing = append(s.Missing, name)
		}
	}
	s.Trouble = w.copies.trouble(s.Missing)
	if failed != nil {
		s.Trouble = failed.Message
	}
	s.CutOff = failed != nil || !e.isMajority(p, len(present)) || time.Since(w.leader) > cutOffAfter ||
		!w.under.IsZero() && time.Since(w.under) > cutOffAfter
	if s.CutOff != w.status.CutOff {
		s.Since = time.Now()
	}
	return s
}

// isMajority reports whether this machine and so many others are most of all.
func (e *Engine) isMajority(p *parts, others int) bool {
	if e.o.External != "" {
		return p.nc.IsConnected()
	}
	return 2*(others+1) > len(e.o.Others)+1
}

// members are the names of the machines that keep the order, where all of them do, and else of those that were heard too: a NATS
// of one's own keeps it for them. own is this machine's. The watch's lock is held.
func (w *watch) members(own string, keep bool) []string {
	names := slices.DeleteFunc(slices.Clone(w.copies.keepers), func(name string) bool { return name == notHeardYet })
	unnamed := len(w.copies.keepers) - len(names)
	others := slices.Sorted(maps.Keys(w.heard))
	if keep && unnamed > 0 {
		others = append([]string{own}, others...)
	}
	for _, name := range others {
		switch known := slices.Contains(names, name); {
		case known || keep && len(w.copies.keepers) > 0 && unnamed == 0:
			continue
		case unnamed > 0:
			unnamed--
		}
		names = append(names, name)
	}
	for range unnamed {
		names = append(names, notHeardYet)
	}
	slices.Sort(names)
	return names
}

// sayWaiting says for whom this machine waits: who is there, by name, and where the others are looked for.
func (e *Engine) sayWaiting(err error) {
	var names []string
	for _, b := range e.beats() {
		names = append(names, b.Node)
	}
	said := []any{"here", e.o.Node, "reached", names, "others", e.o.Others}
	if err != nil {
		said = append(said, "error", err)
	}
	e.o.Logger.Info("waiting for the other machines", said...)
}

// awaitMajority waits until most machines are there. What is wrong with one that does not answer is looked for beside that: it
// takes longer than most starts.
func (e *Engine) awaitMajority(ctx context.Context, p *parts) error {
	began, said := time.Now(), time.Time{}
	probed, probing := make(chan error, 1), false
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for !e.isMajority(p, len(e.beats())) {
		if !probing && time.Since(began) >= probeFirst {
			probing = true
			p.begin(func() { probed <- e.probeOthers(p.ctx) })
		}
		if time.Since(said) > waitingSays {
			said = time.Now()
			e.sayWaiting(nil)
		}
		select {
		case err := <-probed:
			if probing = false; err != nil {
				return err
			}
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// waitingSays is how often a machine that waits for others says so.
const waitingSays = 10 * time.Second

// pause waits, or returns why not.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
