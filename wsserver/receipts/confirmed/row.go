// Package confirmed keeps what the common order has of a row, while this server is ahead of it: a change takes effect in
// memory at once, and is in the order a moment later, maybe behind changes of other servers.
package confirmed

import (
	"slices"

	"belfry/wsserver/receipts/delta"
)

// Row is a row of which this server has made changes that the order does not have yet. Where others change it in the
// meantime, its value in memory is State with the changes in Ahead applied again; else it is what it was. It is guarded by
// its owner.
type Row[T any] struct {
	state T             // without the first applied of own
	own   []delta.Delta // what was changed here, the oldest first
	// applied are how many of own the order has. They are not applied to state before anybody needs it, which most often is
	// never.
	applied int
	mixed   bool
	apply   func(*T, *delta.Delta) (changed bool)
}

// NewRow returns a row that is not ahead yet. state must not be changed by the caller any more; apply has a change take effect
// on it.
func NewRow[T any](state T, apply func(*T, *delta.Delta) (changed bool)) *Row[T] {
	return &Row[T]{state: state, apply: apply}
}

// Add notes a change that was made here.
func (r *Row[T]) Add(d *delta.Delta) { r.own = append(r.own, *d) }

// Own notes that the order has the oldest change in Ahead. It reports whether that has changed anything there, and whether the
// row is not ahead any more: then what is in memory is what the order has.
func (r *Row[T]) Own() (changed, done bool) {
	if changed = true; r.mixed {
		changed = r.apply(&r.state, &r.own[0])
		r.own = r.own[1:]
	} else {
		r.applied++
	}
	return changed, r.applied == len(r.own)
}

// Other has a change of another server take effect.
func (r *Row[T]) Other(d *delta.Delta) {
	r.mixed = true
	r.apply(r.State(), d)
}

// State is the row as the order has it. Where it is changed, memory must follow.
func (r *Row[T]) State() *T {
	for i := range r.own[:r.applied] {
		r.apply(&r.state, &r.own[i])
	}
	r.own, r.applied = slices.Delete(r.own, 0, r.applied), 0
	return &r.state
}

// Ahead are the changes that the order does not have.
func (r *Row[T]) Ahead() []delta.Delta { return r.own[r.applied:] }
