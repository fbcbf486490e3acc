package table

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// read reads every row that is neither blank nor a head.
func (r *reader) read(t *Table) []Row {
	out := []Row{}
	last := r.lastFilled()
	for i, one := range r.rows {
		if i == r.head || i > last {
			continue
		}
		row := Row{Line: one.line}
		switch {
		case i < r.head:
			row.Name, row.Reason = r.text(one), reasonAbove
		case one.reason != "":
			row.Name, row.Reason = r.text(one), one.reason
		case t.ColumnNeeded:
			row.Name, row.Reason = r.text(one), reasonColumn
		case r.again(i):
			continue
		case r.title(i):
			row.Name, row.Reason = r.text(one), reasonTitle
		default:
			row.Name, row.Reason = r.name(one)
		}
		out = append(out, row)
	}
	return out
}

// lastFilled is the index of the last row that has more than separators: spreadsheets write empty rows below a table.
func (r *reader) lastFilled() int {
	for i := len(r.rows) - 1; i >= 0; i-- {
		if len(filled(r.rows[i].fields)) > 0 || r.rows[i].reason != "" {
			return i
		}
	}
	return -1
}

// again reports whether the i-th row is the head once more, as reports repeat it on each page; a head with other columns
// takes its place.
func (r *reader) again(i int) bool {
	if r.head < 0 || r.choice.explicit || i <= r.head {
		return false
	}
	fields := r.rows[i].fields
	if slices.Equal(filled(fields), filled(r.rows[r.head].fields)) {
		return true
	}
	if scoreHead(fields) < 5 || onlyPersons(fields) {
		return false
	}
	c, ok := chooseByHead(fields, r.rows[i+1:])
	if ok {
		r.choice, r.split = c, false
	}
	return ok
}

// title reports whether the i-th row is a title: of a further table, with one field and a head below, or of a list of names
// that has no head, with a number that no name has.
func (r *reader) title(i int) bool {
	if i == 0 && r.head < 0 && r.sep == 0 && len(r.rows) > 2 && !r.choice.explicit {
		first := shapeOf(r.rows[:1], 0)
		rest := shapeOf(r.rows[1:], 0)
		return !r.bullets && first.digits > 0 && rest.names == rest.values && len(strings.Fields(r.rows[0].fields[0])) > 1
	}
	if r.head < 0 || i+1 >= len(r.rows) || len(filled(r.rows[i].fields)) != 1 || r.choice.explicit {
		return false
	}
	next := r.rows[i+1].fields
	return len(filled(next)) > 1 && (slices.Equal(filled(next), filled(r.rows[r.head].fields)) || scoreHead(next) >= 5 && !onlyPersons(next))
}

// text is a row as it is shown where it is not taken.
func (r *reader) text(one row) string {
	if r.choice.full >= 0 || len(r.choice.parts) > 0 {
		if name := r.raw(one); name != "" && one.reason == "" {
			return name
		}
	}
	return strings.Join(filled(one.fields), " ")
}

// raw is the name of a row as its columns have it.
func (r *reader) raw(one row) string {
	if v := field(one.fields, r.choice.full); v != "" {
		return v
	}
	var parts []string
	for _, c := range r.choice.parts {
		if v := field(one.fields, c); v != "" {
			parts = append(parts, v)
		}
	}
	if r.choice.eastern && len(parts) > 1 && joinsWithoutBlanks(parts) {
		return strings.Join(parts, "")
	}
	return strings.Join(parts, " ")
}

// joinsWithoutBlanks reports whether all parts are of Chinese or Korean letters.
func joinsWithoutBlanks(parts []string) bool {
	return !slices.ContainsFunc(parts, func(p string) bool {
		return strings.ContainsFunc(p, func(r rune) bool { return !unicode.In(r, unicode.Han, unicode.Hangul) })
	})
}

// name is the name of a row, or the reason why it has none.
func (r *reader) name(one row) (name, reason string) {
	if r.split && len(one.fields) == r.width && strings.HasPrefix(one.fields[r.choice.full+1], " ") {
		at := r.choice.full
		return strings.TrimSpace(field(one.fields, at+1) + " " + field(one.fields, at)), ""
	}
	name = r.raw(one)
	switch {
	case name == "":
		return strings.Join(filled(one.fields), " "), reasonNoName
	case r.width > 1 && len(filled(one.fields[min(r.width, len(one.fields)):])) > 0:
		return strings.Join(filled(one.fields), " "), reasonWide
	case strings.Contains(name, "\n"):
		return strings.Join(strings.Fields(name), " "), reasonBreak
	}
	if r.choice.explicit {
		if turned, ok := turn(name); ok && r.swap {
			return turned, ""
		}
		return name, ""
	}
	if r.bullets {
		name = unbullet(name)
	}
	if name = withoutMail(name); strings.Contains(name, "@") && !strings.Contains(name, " ") {
		return name, reasonMail
	}
	switch {
	case !strings.ContainsFunc(name, unicode.IsLetter):
		return name, reasonLetter
	case isTotal(name), r.label(one, name):
		return name, reasonTotal
	}
	if turned, ok := turn(name); ok && r.swap {
		return turned, ""
	}
	return name, ""
}

// label reports whether a name that has only one of its parts is a word of heads: a row "Date" below them.
func (r *reader) label(one row, name string) bool {
	if r.choice.full >= 0 && field(one.fields, r.choice.full) != "" || len(r.choice.parts) < 2 || len(name) > maxHead {
		return false
	}
	m := read(name)
	return m.sure && (m.kind == kindKnown || m.kind == kindID)
}

// afterName are what stands after a comma and is no first name.
var afterName = []string{"jr", "sr", "ii", "iii", "iv", "phd", "md", "dr", "esq", "mba", "msc", "bsc", "ba", "ma", "rn", "dds", "prof", "med", "dipling", "mag"}

// turn makes "First Last" of "Last, First"; ok is false if a name is not written so.
func turn(name string) (string, bool) {
	sign := strings.IndexAny(name, ",，،")
	if sign < 0 {
		return name, false
	}
	last, first := trim(name[:sign]), trim(strings.TrimLeft(name[sign:], ",，،"))
	if last == "" || first == "" || strings.ContainsAny(first, ",，،;") {
		return name, false
	}
	if slices.Contains(afterName, strings.Join(words(first), "")) {
		return name, false
	}
	return first + " " + last, true
}

var (
	mailAfter = regexp.MustCompile(`^(.*\S)\s*[<(\[][^<>()\[\]\s]+@[^<>()\[\]\s]+[>)\]]\s*;?$`)
	bullet    = regexp.MustCompile(`^(?:[-*•·–—▪◦‣☐□✓]|\(?\d{1,5}[.):]|\d{1,5}\t)[\s\x{a0}]+`)
)

// withoutMail is a name without the address behind it: "Ana Lima <ana@example.org>".
func withoutMail(name string) string {
	if m := mailAfter.FindStringSubmatch(name); m != nil && strings.Contains(name, "@") {
		return strings.Trim(m[1], `"' `)
	}
	return name
}

func unbullet(name string) string { return bullet.ReplaceAllString(name, "") }

// isTotal reports whether a name is the label of a row that counts or adds up: "Total: 25", "Points Possible".
func isTotal(name string) bool {
	if len(name) > maxHead {
		return false
	}
	counted := strings.ContainsFunc(name, func(r rune) bool { return r == ':' || r == '：' || unicode.IsDigit(r) })
	w := slices.DeleteFunc(words(name), func(s string) bool { return !strings.ContainsFunc(s, unicode.IsLetter) })
	if len(w) == 0 {
		return false
	}
	if has(strings.Join(w, ""), kindTotal) || counted && has(w[0], kindTotal) {
		return true
	}
	return has(w[0], kindTotal) && !slices.ContainsFunc(w[1:], func(s string) bool {
		return !has(s, kindPerson) && !has(s, kindFiller) && !has(s, kindTotal)
	})
}
