package tally

import "fmt"

// Order checks the messages that one subscriber receives: they are numbered from 0, and each must come once, in order.
type Order struct {
	Received, Doubled, Reordered int64

	from, next uint64 // where it began, and the number that should come next
	missing    []span // what was passed over since, in rising order
}

// span is the numbers from ≤ n < to.
type span struct{ from, to uint64 }

// See is called with the number of each message that comes.
func (o *Order) See(n uint64) {
	switch {
	case n >= o.next:
		if n > o.next {
			o.missing = append(o.missing, span{o.next, n})
		}
		o.next = n + 1
	case o.fill(n):
		o.Reordered++
	default:
		o.Doubled++
		return
	}
	o.Received++
}

// fill takes a number that comes late out of the missing ones; false if it is none of them.
func (o *Order) fill(n uint64) bool {
	for i, s := range o.missing {
		if n < s.from || n >= s.to {
			continue
		}
		var left []span
		if s.from < n {
			left = append(left, span{s.from, n})
		}
		if n+1 < s.to {
			left = append(left, span{n + 1, s.to})
		}
		o.missing = append(o.missing[:i:i], append(left, o.missing[i+1:]...)...)
		return true
	}
	return false
}

// Next is the number that should come next.
func (o *Order) Next() uint64 { return o.next }

// Resume is called when the subscriber comes back, and asks for everything from a number on. What an earlier attempt was sent
// from there is sent again.
func (o *Order) Resume(from uint64) {
	o.from, o.next = from, from
	for i, s := range o.missing {
		if s.to > from {
			o.missing = o.missing[:i]
			if s.from < from {
				o.missing = append(o.missing, span{s.from, from})
			}
			return
		}
	}
}

// LeftOut is called when the server has said that it does not send the first messages since Resume. They are not lost; it
// returns how many they are.
func (o *Order) LeftOut() uint64 {
	for i, s := range o.missing {
		if s.from == o.from {
			o.missing = append(o.missing[:i:i], o.missing[i+1:]...)
			return s.to - s.from
		}
	}
	return 0
}

// Lost is how many of all messages have not come.
func (o *Order) Lost(all uint64) (n uint64) {
	for _, s := range o.missing {
		n += s.to - s.from
	}
	if all > o.next {
		n += all - o.next
	}
	return n
}

// Faults adds up what several subscribers did not receive as they should.
type Faults struct{ Lost, Doubled, Reordered int64 }

// Add adds a subscriber, to whom so many messages were sent.
func (f *Faults) Add(o *Order, all uint64) {
	f.Lost += int64(o.Lost(all))
	f.Doubled += o.Doubled
	f.Reordered += o.Reordered
}

// Any reports whether there is a fault.
func (f *Faults) Any() bool { return f.Lost+f.Doubled+f.Reordered > 0 }

func (f *Faults) String() string { return fmt.Sprintf("%d/%d/%d", f.Lost, f.Doubled, f.Reordered) }
