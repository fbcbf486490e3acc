package sqlite

import (
	"context"
	"slices"
	"strings"

	"belfry/wsserver/msglog"
)

// This file searches: what people type and choose becomes one query of the index, and its hits are read from the log.

// foundMost is how many hits are looked up at once where the first ones were not enough.
const foundMost = 1000

// hits lists seqs that match, newest first.
func (s *search) hits(ctx context.Context, match string, after, before int64, limit int) (seqs []uint64, err error) {
	rows, err := s.read.QueryContext(ctx,
		"SELECT rowid FROM search WHERE search MATCH ? AND rowid > ? AND rowid < ? ORDER BY rowid DESC LIMIT ?",
		match, after, before, limit)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // its error is rows.Err's
	for rows.Next() {
		var seq uint64
		if err := rows.Scan(&seq); err != nil {
			return nil, err
		}
		seqs = append(seqs, seq)
	}
	return seqs, rows.Err()
}

// Search finds messages; newest first.
func (l *Log) Search(ctx context.Context, q msglog.SearchQuery) (found msglog.SearchResult, err error) {
	found = msglog.SearchResult{Indexed: l.search.reached.Load(), Last: l.Last()}
	found.Indexed = min(found.Indexed, found.Last)
	m := msglog.NewMatcher(q)
	if m.Nothing() {
		return found, nil
	}
	ranges, err := l.ranges(ctx, q)
	if err != nil {
		return found, err
	}
	for i := len(ranges) - 1; i >= 0 && !found.More; i-- {
		r := ranges[i]
		if indexed := int64(found.Indexed); q.Whole && r.before > indexed+1 {
			if err := l.searchIn(ctx, seqRange{max(r.after, indexed), r.before}, "", &m, &found); err != nil {
				return found, err
			}
			r.before = indexed + 1
		}
		if !found.More {
			err = l.searchIn(ctx, r, matchOf(&m), &m, &found)
		}
		if err != nil {
			return found, err
		}
	}
	return found, nil
}

// searchIn adds what is found in a range, up to the query's limit. The index offers what matches, or, where match is "", the
// log all that it has; each is compared as a whole.
func (l *Log) searchIn(ctx context.Context, r seqRange, match string, m *msglog.Matcher, found *msglog.SearchResult) (err error) {
	for limit, more := m.Limit+1, true; more; limit = min(2*limit, foundMost) {
		var page []*msglog.Entry
		if match == "" {
			page, more, err = l.plain(ctx, &r, limit)
		} else {
			page, more, err = l.matching(ctx, match, &r, limit)
		}
		if err != nil {
			return err
		}
		for _, e := range page {
			if !m.Match(e) {
				continue
			}
			if len(found.Entries) == m.Limit {
				found.More = true
				return nil
			}
			found.Entries = append(found.Entries, e)
		}
	}
	return nil
}

// plain reads along the log itself, where no words narrow the search, and moves r behind what it has read.
func (l *Log) plain(ctx context.Context, r *seqRange, limit int) (page []*msglog.Entry, more bool, err error) {
	if r.before <= r.after+1 {
		return nil, false, nil
	}
	page, more, err = l.Page(ctx, msglog.Query{After: uint64(r.after), Before: uint64(r.before), Limit: limit})
	if len(page) > 0 {
		r.before = int64(page[0].Seq)
	}
	slices.Reverse(page)
	return page, more, err
}

// matching reads the next hits, and moves r behind them, also where none of them is in the log any more.
func (l *Log) matching(ctx context.Context, match string, r *seqRange, limit int) (page []*msglog.Entry, more bool, err error) {
	seqs, err := l.search.hits(ctx, match, r.after, r.before, limit)
	if err != nil || len(seqs) == 0 {
		return nil, false, err
	}
	r.before = int64(seqs[len(seqs)-1])
	marks := strings.TrimSuffix(strings.Repeat("?,", len(seqs)), ",")
	args := make([]any, len(seqs))
	for i, s := range seqs {
		args[i] = int64(s)
	}
	rows, err := l.read.QueryContext(ctx, "SELECT "+columns+" FROM message WHERE seq IN ("+marks+
		") AND withdrawn = 0 ORDER BY seq DESC", args...)
	if err != nil {
		return nil, false, err
	}
	defer func() { _ = rows.Close() }() // its error is rows.Err's
	for rows.Next() {
		e, _, err := scan(rows, l.checker)
		if err != nil {
			return nil, false, err
		}
		page = append(page, e)
	}
	return page, len(seqs) == limit, rows.Err()
}

// matchMost is how many words of a search the index is asked for: each costs it memory, and those in a search that was pasted
// are many. The others are compared in what it finds.
const matchMost = 32

// matchOf returns a query in FTS5's syntax, "" if nothing narrows it. No word can be taken for that syntax: none has a
// quotation mark.
func matchOf(m *msglog.Matcher) string {
	var parts []string
	left := matchMost
	for _, p := range m.Phrases {
		if left <= 0 {
			break
		}
		part := phraseOf(p.Words, p.Beginning, left)
		if p.Joined != nil {
			part = "(" + part + " OR " + phraseOf(p.Joined, false, left) + ")"
		}
		parts = append(parts, part)
		left -= len(p.Words)
	}
	if m.UserID != "" || m.Topic != "" || m.Kind != "" {
		parts = append(parts, `"`+tag(m.UserID, m.Topic, m.Kind)+`"`)
	}
	return strings.Join(parts, " AND ")
}

// phraseOf returns the first words of a phrase in FTS5's syntax; beginning: the last of all of them may be cut short.
func phraseOf(words []string, beginning bool, most int) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, w := range words[:min(len(words), most)] {
		addWord(&b, w)
	}
	b.WriteByte('"')
	if beginning && len(words) <= most {
		b.WriteString(" *")
	}
	return b.String()
}
