package table

import (
	"slices"
	"strings"
	"unicode"
)

// This file picks the columns of tables without a head that is known.

// unknownHead reports whether the first row reads as a head though none of its words is known: no later row is like it.
func unknownHead(rows []row) bool {
	if len(rows) < 2 || len(filled(rows[0].fields)) < 2 {
		return false
	}
	known := 0
	for _, f := range rows[0].fields {
		m := read(f)
		if m.sure && (m.kind == kindKnown || m.kind == kindID || m.kind == kindNot) {
			known++
		}
	}
	for _, f := range filled(rows[0].fields) {
		if !readsAsName(trim(f)) {
			return known > 1 && known == len(filled(rows[0].fields))
		}
	}
	return known > 0 || shaped(rows)
}

// shaped reports whether the first row differs from all others in some column: words above numbers, a word above those of
// groups, small letters above names.
func shaped(rows []row) bool {
	for c, f := range rows[0].fields {
		if f = trim(f); f == "" || !readsAsName(f) {
			continue
		}
		s := shapeOf(rows[1:], c)
		if s.mostly(s.values-s.names) || groups(rows, c) || len(rows) > 2 && otherCase(rows, c) {
			return true
		}
	}
	return false
}

// groups reports whether every value of a column but the first occurs again: the names of groups, below their head.
func groups(rows []row, column int) bool {
	count := map[string]int{}
	for _, r := range rows[1:] {
		if column < len(r.fields) {
			count[trim(r.fields[column])]++
		}
	}
	for v, n := range count {
		if n < 2 || v == trim(rows[0].fields[column]) {
			return false
		}
	}
	return len(count) > 1
}

// otherCase reports whether the first value of a column is all in small letters, and the others begin with a capital.
func otherCase(rows []row, column int) bool {
	capital := func(v string) bool { return strings.IndexFunc(v, unicode.IsUpper) == 0 }
	first := trim(rows[0].fields[column])
	if first != strings.ToLower(first) || first == strings.ToUpper(first) {
		return false
	}
	return !slices.ContainsFunc(rows[1:], func(r row) bool {
		return column < len(r.fields) && trim(r.fields[column]) != "" && !capital(trim(r.fields[column]))
	})
}

// guess picks the columns of names by what stands in them. ok is false if that cannot be known.
func guess(rows []row, sep rune) (c choice, ok bool) {
	c = choice{full: -1}
	width := 0
	for _, r := range rows {
		width = max(width, len(r.fields))
	}
	if sep == 0 {
		c.full = 0
		return c, len(rows) > 0
	}
	var columns []int
	for i := range width {
		if s := shapeOf(rows, i); s.mostly(s.names) && s.values*2 > len(rows) && !s.mostly(s.letters) {
			columns = append(columns, i)
		}
	}
	if len(columns) == 2 && columns[0]+1 == columns[1] && width == columns[1]+1 && spaced(rows, sep, columns[1]) {
		c.parts = []int{columns[1], columns[0]} // "Müller, Anna"
		c.unsure = len(rows) == 1
		return c, true
	}
	if len(columns) > 1 {
		columns = slices.DeleteFunc(columns, func(i int) bool {
			s := shapeOf(rows, i)
			return s.different*2 <= s.values && (i > 0 || s.different*4 <= s.values)
		})
	}
	switch len(columns) {
	case 1:
		c.full = columns[0]
		return c, true
	case 2:
		c.parts, c.unsure = columns, true
		if whole(rows, columns[0]) { // "Anna Lee;Room Berlin"
			c.full, c.parts = columns[0], nil
		}
		return c, true
	}
	return c, false
}

// spaced reports whether a comma and a blank stand before a column in most rows, as people write "Last, First".
func spaced(rows []row, sep rune, column int) bool {
	if sep != ',' {
		return false
	}
	n, all := 0, 0
	for _, r := range rows {
		if column < len(r.fields) && r.fields[column] != "" {
			all++
			if strings.HasPrefix(r.fields[column], " ") {
				n++
			}
		}
	}
	return all > 0 && n*2 > all
}

// whole reports whether most values of a column have two words or more: whole names.
func whole(rows []row, column int) bool {
	n, all := 0, 0
	for _, r := range rows {
		if column < len(r.fields) {
			all++
			if len(strings.Fields(r.fields[column])) > 1 {
				n++
			}
		}
	}
	return n*4 >= all*3
}
