package msglog

import (
	"cmp"
	"slices"
)

// between returns the part of list, which rises in seq, between after and before, both exclusive; before 0: to the end.
func between(list []*Entry, after, before uint64) []*Entry {
	find := func(seq uint64) int {
		i, _ := slices.BinarySearchFunc(list, seq, func(e *Entry, seq uint64) int { return cmp.Compare(e.Seq, seq) })
		return i
	}
	from, to := 0, len(list)
	if before > 0 {
		to = find(before)
	}
	if from = find(after); from < len(list) && list[from].Seq == after {
		from++
	}
	return list[min(from, to):to]
}

// pageBuilder collects a page up to its limits.
type pageBuilder struct {
	q       Query
	streams map[Stream]bool
	entries []*Entry
	bytes   int
}

func newPageBuilder(q Query) *pageBuilder {
	p := &pageBuilder{q: q}
	if q.Streams != nil {
		p.streams = make(map[Stream]bool, len(q.Streams))
		for _, s := range q.Streams {
			p.streams[s] = true
		}
	}
	return p
}

// add adds e where the query selects it, and reports false if it does not fit into the page any more.
func (p *pageBuilder) add(e *Entry, withdrawn map[uint64]bool) bool {
	if withdrawn[e.Seq] || !p.match(e) {
		return true
	}
	if p.q.Limit > 0 && len(p.entries) >= p.q.Limit {
		return false
	}
	if p.q.Bytes > 0 && len(p.entries) > 0 && p.bytes+len(e.Text) > p.q.Bytes {
		return false
	}
	p.entries = append(p.entries, e)
	p.bytes += len(e.Text)
	return true
}

// match reports whether the query selects e.
func (p *pageBuilder) match(e *Entry) bool {
	switch {
	case p.streams != nil && !p.streams[e.Stream()], p.streams == nil && e.Withdraws > 0 && !p.q.Withdrawals:
		return false
	case p.q.Topic != "" && e.Topic != p.q.Topic:
		return false
	}
	return p.q.UserID == "" || e.UserID == p.q.UserID || e.From.Person() && e.From.UserID == p.q.UserID
}
