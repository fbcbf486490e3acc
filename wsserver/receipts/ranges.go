package receipts

import "slices"

// span is the seqs from From to To, both included; To 0 in a membership: still open. A span with To = From-1 is empty
// and marks a beginning.
type seqRange struct {
	From uint64 `json:"f"`
	To   uint64 `json:"t"`
}

// spans are in rising order and do not touch.
type ranges []seqRange

// add joins [from, to] to s, merging what it touches. from = to+1 marks a beginning.
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

func (s ranges) has(seq uint64) bool {
	i := s.find(seq)
	return i >= 0 && seq <= s[i].To
}

// find is the index of the last span that begins at or before seq, -1 where none does.
func (s ranges) find(seq uint64) int {
	i, found := slices.BinarySearchFunc(s, seq, func(o seqRange, seq uint64) int {
		if o.From <= seq {
			return -1
		}
		return 1
	})
	_ = found // the comparison never says equal: i is the first that begins later
	return i - 1
}
