package table

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// headWithin is how many rows may stand above a head at most: titles, dates, summaries.
const headWithin = 30

// scoreHead says how much a row reads as a head with a column of names, 0 if it does not. A head that is surely one has 4
// at least, one of which only some words are known 3 where another column is known.
func scoreHead(fields []string) (score int) {
	named := 0
	for _, f := range fields {
		switch m := read(f); {
		case m.kind == kindPerson:
			named = max(named, 2)
			score++
		case m.kind.isName() && m.sure:
			named = 3
			score++
		case m.kind.isName():
			named = max(named, 1)
			score++
		case m.kind != kindNone && m.kind != kindFiller:
			score++
		}
	}
	if named == 0 {
		return 0
	}
	return named + score
}

// findHead is the index of the row that is a head with a column of names, -1 if there is none.
func findHead(rows []row) int {
	best, most := -1, 0
	for i := range min(len(rows), headWithin) {
		fields := filled(rows[i].fields)
		score := scoreHead(rows[i].fields)
		switch {
		case score == 0 || rows[i].reason != "":
			continue
		case len(fields) == 1 && !singleHead(fields[0], i):
			continue
		case len(fields) > 1 && score < 3 && (i > 0 || !shaped(rows)), onlyPersons(rows[i].fields) && !alone(rows, i):
			continue
		}
		if len(fields) == 1 && i+1 < len(rows) && len(rows[i+1].fields) > len(rows[i].fields) && scoreHead(rows[i+1].fields) > 0 {
			continue // a title
		}
		if score > most {
			best, most = i, score
		}
	}
	return best
}

// singleHead reports whether the only field of the i-th row is a head.
func singleHead(field string, i int) bool {
	m := read(field)
	if m.sure {
		return m.kind != kindPerson && i < 5 || i == 0
	}
	return i == 0 && len(words(field)) != 2
}

// onlyPersons reports whether the columns of names in a head are of the kind "student", which is also what stands in columns
// of roles.
func onlyPersons(fields []string) bool {
	return !slices.ContainsFunc(fields, func(f string) bool {
		m := read(f)
		return m.kind.isName() && m.kind != kindPerson
	})
}

// alone reports whether no other row has a word for people in the column in which the i-th has it.
func alone(rows []row, i int) bool {
	for c, f := range rows[i].fields {
		if read(f).kind != kindPerson {
			continue
		}
		for j, other := range rows {
			if j == i || c >= len(other.fields) {
				continue
			}
			if k := read(other.fields[c]).kind; k == kindPerson || k == kindOther {
				return false
			}
		}
	}
	return i == 0 || len(rows[i].fields) > 1
}

// filled are the fields that are not blank.
func filled(fields []string) (some []string) {
	for _, f := range fields {
		if trim(f) != "" {
			some = append(some, f)
		}
	}
	return some
}

// trim removes the blanks around a field, also those of word processors.
func trim(s string) string {
	return strings.TrimFunc(s, func(r rune) bool { return unicode.IsSpace(r) || r == '\ufeff' || r == '\u200b' })
}

// shape is what the values of a column look like.
type shape struct {
	values, names, mails   int
	numbers, digits, codes int // values without a letter; with a digit; with a digit, and without a blank
	letters                int // values of one letter of an alphabet: codes
	different              int // values that occur once
}

func shapeOf(rows []row, column int) (s shape) {
	count := map[string]int{}
	for _, r := range rows {
		if column >= len(r.fields) || r.reason != "" {
			continue
		}
		v := trim(r.fields[column])
		if v == "" {
			continue
		}
		s.values++
		count[v]++
		if len(v) < 3 && utf8.RuneCountInString(v) == 1 {
			s.letters++
		}
		switch {
		case strings.Contains(v, "@") && !strings.ContainsAny(v, "<("):
			s.mails++
		case readsAsName(v):
			s.names++
		}
		digit := strings.ContainsFunc(v, unicode.IsDigit)
		if !strings.ContainsFunc(v, unicode.IsLetter) {
			s.numbers++
		}
		if digit {
			s.digits++
		}
		if digit && !strings.Contains(v, " ") {
			s.codes++
		}
	}
	s.different = len(count)
	return s
}

func (s shape) mostly(n int) bool { return s.values > 0 && n*5 >= s.values*4 }

// speaksAgainst reports whether a column cannot be what its head says: numbers or addresses of mail below "Name", and
// numbers of students below "Student".
func (s shape) speaksAgainst(k kind) bool {
	return s.mostly(s.numbers) || s.mostly(s.mails) || k == kindPerson && s.mostly(s.codes)
}

// readsAsName reports whether a value could be somebody's name: letters, and no digit.
func readsAsName(v string) bool {
	if utf8.RuneCountInString(v) > 80 || strings.Contains(v, "://") {
		return false
	}
	if i := strings.IndexAny(v, "<("); i > 0 {
		v = v[:i]
	}
	return strings.ContainsFunc(v, unicode.IsLetter) && !strings.ContainsFunc(v, unicode.IsDigit) && !strings.Contains(v, "@")
}

// choice is which columns hold the names.
type choice struct {
	full     int   // the column of whole names, -1 none
	parts    []int // the columns that a name is joined of, where there is no full one, or where it is blank
	eastern  bool  // the family name goes first, and nothing between where the script has no blanks
	unsure   bool  // somebody should look
	explicit bool  // somebody chose it: what stands there is taken
}

// chooseByHead picks the columns that a head names. ok is false if it names none.
func chooseByHead(head []string, body []row) (c choice, ok bool) {
	by := map[kind][]int{}
	for i, f := range head {
		m := read(f)
		if m.kind.isName() && shapeOf(body, i).speaksAgainst(m.kind) {
			continue
		}
		by[m.kind] = append(by[m.kind], i)
		if !m.sure && m.kind.isName() {
			by["unsure"] = append(by["unsure"], i)
		}
	}
	c = choice{full: -1}
	defer func() { c.unsure = c.unsure || c.full >= 0 && slices.Contains(by["unsure"], c.full) }()
	given, family, name := by[kindGiven], by[kindFamily], bestName(by[kindName], by["unsure"])
	if len(by[kindFull]) > 0 {
		c.full = by[kindFull][0]
	}
	switch {
	case len(given) > 0 && len(family) > 0:
		if c.full < 0 && name >= 0 && contains(body, name, given[0]) {
			c.full = name
		}
		c.join(given[0], by, family)
	case len(given) > 0 && name >= 0 && !contains(body, name, given[0]):
		c.join(given[0], by, []int{name})
	case len(family) > 0 && name >= 0 && !contains(body, name, family[0]):
		c.join(name, by, family)
	case c.full >= 0:
	case name >= 0:
		c.full = name
		c.unsure = len(by[kindName]) > 1
	case len(given) > 0:
		c.join(given[0], by, nil)
	case len(by[kindPerson]) > 0:
		c.full = by[kindPerson][0]
	case len(family) > 0:
		c.join(-1, by, family)
		c.unsure = true
	case len(by[kindOther]) > 0:
		c.full, c.unsure = by[kindOther][0], true
	default:
		return c, false
	}
	c.eastern = c.full < 0 && len(c.parts) > 1 && familyFirst(head, family)
	if c.eastern {
		c.parts = append(slices.Clone(family[:1]), slices.DeleteFunc(c.parts, func(i int) bool { return i == family[0] })...)
	}
	return c, true
}

// bestName is the column of kind name to take: one that is surely of that kind, if any. -1: there is none.
func bestName(names, unsure []int) int {
	for _, i := range names {
		if !slices.Contains(unsure, i) {
			return i
		}
	}
	if len(names) > 0 {
		return names[0]
	}
	return -1
}

// join makes a name of its parts, in the order in which they are said.
func (c *choice) join(given int, by map[kind][]int, family []int) {
	c.parts = nil
	if given >= 0 {
		c.parts = append(c.parts, given)
	}
	c.parts = append(c.parts, by[kindMiddle]...)
	c.parts = append(c.parts, by[kindInfix]...)
	if len(family) > 0 {
		c.parts = append(c.parts, family[0])
	}
	c.parts = append(c.parts, by[kindSecond]...)
	if c.full < 0 && len(c.parts) == 1 {
		c.full, c.parts = c.parts[0], nil
	}
}

// contains reports whether the names of one column hold those of another, in most rows that have both.
func contains(body []row, whole, part int) bool {
	both, held := 0, 0
	for _, r := range body {
		if whole >= len(r.fields) || part >= len(r.fields) {
			continue
		}
		w, p := strings.ToLower(trim(r.fields[whole])), strings.ToLower(trim(r.fields[part]))
		if w == "" || p == "" {
			continue
		}
		both++
		if w != p && strings.Contains(w, p) {
			held++
		}
	}
	return held*2 > both
}

// familyFirst reports whether the heads are of a language in which the family name stands first.
func familyFirst(head []string, family []int) bool {
	if len(family) == 0 {
		return false
	}
	first := strings.Join(words(head[family[0]]), "")
	switch first {
	case "vezeteknev", "csaladnev", "csaladinev", "ho", "hodem", "hovatendem":
		return true
	}
	r, _ := utf8.DecodeRuneInString(first)
	return unicode.In(r, unicode.Han, unicode.Hangul, unicode.Hiragana, unicode.Katakana)
}
