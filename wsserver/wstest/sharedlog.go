package wstest

import (
	"context"
	"crypto/rand"
	"maps"
	"slices"
	"sync"
	"time"

	"belfry/wsserver/msglog"
	"belfry/wsserver/wire"
)

// SharedLog is one order of groups in memory, which its views apply, each to a log of its own: what several machines have
// of one room, without the network between them. It is safe for concurrent use, and works in a synctest bubble.
type SharedLog struct {
	epoch string

	mu      sync.Mutex // guards what follows, and the views' fields
	changed sync.Cond  // broadcast with each change
	order   []sharedGroup
	views   int
}

// sharedGroup is one group in the order. n counts the groups of its view: the same one may be in the order twice, as where a
// sender has tried again without knowing that its first try was heard.
type sharedGroup struct {
	view    int
	n       int
	time    time.Time
	changes []msglog.Change
}

// NewSharedLog returns an empty order with an epoch of its own.
func NewSharedLog() *SharedLog {
	s := &SharedLog{epoch: rand.Text()}
	s.changed.L = &s.mu
	return s
}

// Applier is a log of one's own, to which a view applies the order.
type Applier interface {
	msglog.Log
	Apply(ctx context.Context, now time.Time, changes []msglog.Change) ([]msglog.Appended, error)
	// NextPrune returns what a step of Prune would remove.
	NextPrune(ctx context.Context, age msglog.Age, maxBytes int64) (p msglog.Prune, more bool, err error)
}

// View is the log of one machine on a SharedLog. Seqs, times and the epoch are the same in all of them. It embeds the log of
// its own, which answers everything that is read.
type View struct {
	Applier
	shared *SharedLog
	id     int

	delay    time.Duration
	cut      bool // nothing reaches the order, nor comes from it
	twice    bool // what is appended here is in the order twice
	appended int  // groups
	applied  int  // groups of the order
	newest   map[int]int
	results  map[int][]msglog.Appended // of groups of its own that nobody has fetched yet, by n
	own      map[int][]msglog.Change   // those groups, as Append was given them
	follow   func(msglog.Committed)
	closed   bool
	running  sync.WaitGroup
}

// View returns a further view over an empty log, which has applied all that there is.
func (s *SharedLog) View(own Applier) *View { return s.view(own, 0, map[int]int{}) }

// Reopen ends v as a kill does, unless it is closed, and returns the view of its machine after a restart. own has what the log
// of v has applied, or is that very log. What v has appended and not applied comes to the new view as of another.
func (v *View) Reopen(own Applier) *View {
	v.set(func() { v.closed = true })
	v.running.Wait()
	return v.shared.view(own, v.applied, maps.Clone(v.newest))
}

func (s *SharedLog) view(own Applier, applied int, newest map[int]int) *View {
	v := &View{Applier: own, shared: s, applied: applied, newest: newest, results: map[int][]msglog.Appended{}, own: map[int][]msglog.Change{}}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.views++
	v.id = s.views
	for v.applied < len(s.order) {
		v.applyNext()
	}
	v.running.Go(v.run) // ended by Close
	return v
}

// SetDelay has groups reach this view so long after they are in the order, its own ones too.
func (v *View) SetDelay(d time.Duration) { v.set(func() { v.delay = d }) }

// SetCut says whether the view is cut off: Append fails, and nothing more is applied until it is back. What it has appended
// before is waited for.
func (v *View) SetCut(cut bool) { v.set(func() { v.cut = cut }) }

// SetTwice says whether each group that is appended here comes to all views twice.
func (v *View) SetTwice(twice bool) { v.set(func() { v.twice = twice }) }

func (v *View) set(change func()) {
	v.shared.mu.Lock()
	defer v.shared.mu.Unlock()
	change()
	v.shared.changed.Broadcast()
}

// Append puts a group into the order, and waits until it has been applied here.
func (v *View) Append(_ context.Context, changes []msglog.Change) ([]msglog.Appended, error) {
	s := v.shared
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case v.closed:
		return nil, wire.ErrClosing
	case v.cut:
		return nil, wire.ErrCutOff
	}
	v.appended++
	n := v.appended
	g := sharedGroup{view: v.id, n: n, time: time.Now(), changes: copyOf(changes)}
	v.own[n] = changes
	s.order = append(s.order, g)
	if v.twice {
		s.order = append(s.order, g)
	}
	s.changed.Broadcast()
	for v.results[n] == nil {
		if v.closed { // whether it will be applied elsewhere, nobody is told
			return nil, wire.ErrClosing
		}
		s.changed.Wait()
	}
	results := v.results[n]
	delete(v.results, n)
	return results, nil
}

// Prune has all views remove what is old here.
func (v *View) Prune(ctx context.Context, age msglog.Age, maxBytes int64) (more bool, err error) {
	p, more, err := v.NextPrune(ctx, age, maxBytes)
	if err == nil && p != (msglog.Prune{}) {
		_, err = v.Append(ctx, []msglog.Change{{Prune: p}})
	}
	return more, err
}

// Appended returns how many groups were appended here.
func (v *View) Appended() int {
	v.shared.mu.Lock()
	defer v.shared.mu.Unlock()
	return v.appended
}

// Follow begins to apply what others append.
func (v *View) Follow(each func(msglog.Committed)) { v.set(func() { v.follow = each }) }

// run applies group after group until Close.
func (v *View) run() {
	s := v.shared
	s.mu.Lock()
	defer s.mu.Unlock()
	for !v.closed {
		if v.cut || v.applied == len(s.order) || v.follow == nil && s.order[v.applied].view != v.id {
			s.changed.Wait()
			continue
		}
		if wait := time.Until(s.order[v.applied].time.Add(v.delay)); wait > 0 {
			time.AfterFunc(wait, func() { v.set(func() {}) })
			s.changed.Wait()
			continue // it may have been cut off or closed in the meantime
		}
		v.applyNext()
	}
}

// applyNext applies the next group of the order, unless it was applied before. mu is held, but not while each view's own log
// and its server work: they may wait for one another.
func (v *View) applyNext() {
	s := v.shared
	g := s.order[v.applied]
	v.applied++
	if g.n <= v.newest[g.view] {
		return
	}
	v.newest[g.view] = g.n
	changes, own := v.own[g.n], g.view == v.id
	if !own {
		changes = copyOf(g.changes)
	}
	follow := v.follow
	s.mu.Unlock()
	results, err := v.Apply(context.Background(), g.time, changes)
	if err != nil {
		panic(err) // a machine that cannot apply must stop, and never skip
	}
	if follow != nil {
		follow(msglog.Committed{Changes: changes, Results: results, Own: own})
	}
	s.mu.Lock()
	if own {
		delete(v.own, g.n)
		v.results[g.n] = results
		s.changed.Broadcast()
	}
}

// copyOf returns changes as another machine reads them.
func copyOf(changes []msglog.Change) []msglog.Change {
	out := slices.Clone(changes)
	for i := range out {
		if e := out[i].Entry; e != nil {
			entry := *e
			entry.Tags = slices.Clone(e.Tags)
			out[i].Entry = &entry
		}
		out[i].Records = slices.Clone(out[i].Records)
	}
	return out
}

// Epoch is the same for all views.
func (v *View) Epoch() string { return v.shared.epoch }

// Knows reports whether the order has the run of that epoch, and this view has come so far.
func (v *View) Knows(epoch string, seq uint64) bool {
	return epoch == v.shared.epoch && seq <= v.Last()
}

// Expects reports whether another view may have what this one has not applied yet.
func (v *View) Expects(epoch string, seq uint64) bool {
	return (epoch == "" || epoch == v.shared.epoch) && seq > v.Last()
}

// Shared reports true.
func (v *View) Shared() bool { return true }

// Close ends the view and its own log.
func (v *View) Close() error {
	v.set(func() { v.closed = true })
	v.running.Wait()
	return v.Applier.Close()
}

var _ msglog.Log = (*View)(nil)
