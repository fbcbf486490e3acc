package msglog

import "time"

// Began is a time before the first Belfry: a message with an older one was written while the clock was wrong.
var Began = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)

// future is how far a message's time may be ahead of the sure time. Beyond it the clock was wrong.
const future = 24 * time.Hour

// Span is messages whose times may be too old: those from From to To (0: all from there on) are no older than Until; zero: of no
// age that is known.
type Span struct {
	From  uint64    `json:"from"`
	To    uint64    `json:"to"`
	Until time.Time `json:"until"`
}

// Age says which entries are old: those written before Before, by a clock that shows Now. Unsure are those whose times
// may be wrong.
type Age struct {
	Now, Before time.Time
	Unsure      []Span
}

// TimeOf is the latest time at which an entry may have been written, going by its own; known is false if that is no
// time at which a message can have been written. Its age is then that of the entry behind it: order is by seq.
func (a Age) TimeOf(seq uint64, written time.Time) (t time.Time, known bool) {
	for _, s := range a.Unsure {
		if seq < s.From || s.To > 0 && seq > s.To {
			continue
		}
		if s.Until.IsZero() {
			return time.Time{}, false
		}
		if written.Before(s.Until) {
			written = s.Until
		}
	}
	if from, to := a.Between(); written.Before(from) || written.After(to) {
		return time.Time{}, false
	}
	return written, true
}

// Oldest counts how many of the first n entries are old, all before them too: an entry without an age is as old as the
// next one that has one, and stays where none follows. at returns the seq and the time of the entry of an index. open: no
// entry is too young, so that the age of the last ones depends on those behind the n.
func (a Age) Oldest(n int, at func(int) (uint64, time.Time)) (old int, open bool) {
	for i := range n {
		t, known := a.TimeOf(at(i))
		switch {
		case !known:
		case t.Before(a.Before):
			old = i + 1
		default:
			return old, false
		}
	}
	return old, true
}

// Between are the times between which an entry's own is one at which a message can have been written.
func (a Age) Between() (from, to time.Time) { return Began, a.Now.Add(future) }
