package receipts

import "slices"

// seqRange is the seqs from From to To, both included. To 0 in a membership: it is still open. A range with To = From-1
// is empty and marks where one begins.
type seqRange struct {
	From uint64 `json:"f"`
	To   uint64 `json:"t"`
}

// ranges are in rising order and do not touch.
type ranges []seqRange

// add joins [from, to] to s, merging what it touches. from = to+1 marks where a range begins.
func (s ranges) add(from, to uint64) ranges {
	i := 0
	for i < len(s) && s[i].To+1 < from { // ends before, with a gap
		i++
	}
	j := i
	for j < len(s) && s[j].From <= to+1 && (from <= to || s[j].To+1 >= from) {
		from, to = min(from, s[j].From), max(to, s[j].To)
		j++
	}
	return slices.Replace(s, i, j, seqRange{from, to})
}

// touch reports whether [from, to] can be joined to s without one more range.
func (s ranges) touch(from, to uint64) bool {
	return slices.ContainsFunc(s, func(o seqRange) bool { return o.From <= to+1 && from <= o.To+1 })
}

func (s ranges) has(seq uint64) bool {
	i := s.find(seq)
	return i >= 0 && seq <= s[i].To
}

// find is the index of the last range that begins at or before seq, -1 if none does.
func (s ranges) find(seq uint64) int {
	// The comparison never says equal, so the result is the first range that begins later.
	i, _ := slices.BinarySearchFunc(s, seq, func(o seqRange, seq uint64) int {
		if o.From <= seq {
			return -1
		}
		return 1
	})
	return i - 1
}

// isOpen reports whether the last range of a membership has not ended.
func (s ranges) isOpen() bool { return len(s) > 0 && s[len(s)-1].To == 0 }
