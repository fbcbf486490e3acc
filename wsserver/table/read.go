package table

import (
	"slices"
	"strconv"
	"strings"

	"belfry/wsserver/wire"
)

// Column is one column of a table. Column counts from 1, Head is "" if the table has none, Values are those of the rows of
// Table.Sample, and Used says that names are read from it.
type Column struct {
	Column int      `json:"column"`
	Head   string   `json:"head"`
	Values []string `json:"values"`
	Used   bool     `json:"used"`
}

// Row is a row of a table: a name, or the reason why there is none. Line counts from 1.
type Row struct {
	Line   int
	Name   string
	Reason string
}

// Table is what was read of a table.
type Table struct {
	// Separator stands between the fields; "" where each line is one.
	Separator string
	// Head is the line of the head, 0 if there is none.
	Head    int
	Columns []Column
	// Sample are the lines of the first rows that have a name, or of the first rows where none has.
	Sample []int
	// Rows are all that are neither blank nor a head.
	Rows []Row
	// Sure is whether the columns of names are surely the right ones; ColumnNeeded whether none could be found: then no row
	// has a name.
	Sure         bool
	ColumnNeeded bool
}

// Options choose what Read would find out by itself.
type Options struct {
	// Columns are the columns that a name is joined of, in that order, each a number from 1 or its head.
	Columns []string
	// Head: whether the first row is a head.
	Head *bool
}

const (
	reasonNoName = "This row has no name."
	reasonAbove  = "This row is above the headings of the table."
	reasonTotal  = "This row is a count or a total, not a name."
	reasonMail   = "That is an e-mail address, not a name."
	reasonLetter = "That name has no letters."
	reasonBreak  = "That name contains a line break."
	reasonWide   = "This row has more columns than the others. Put quotation marks around a name that contains a comma."
	reasonColumn = "Belfry cannot tell which column has the names. Choose the column."
	reasonTitle  = "That looks like a title."
)

// maxColumns is how many columns are told, maxSample how many values of each, maxValue how many bytes of one.
const (
	maxColumns = 100
	maxSample  = 6
	maxValue   = 200
)

// maxRows is how many rows a table has at most: twice as many as the list holds.
const maxRows = 20_000

// Read reads a table. Errors: too_large, and bad_frame if the text is no table, or has no such column as was chosen.
func Read(text string, o Options) (Table, error) {
	if err := refuse([]byte(text)); err != nil {
		return Table{}, err
	}
	rows, sep := parse(text)
	if len(rows) > maxRows {
		return Table{}, wire.ErrTooLarge.WithMessage("That table has more than 20,000 rows. Import it in parts.")
	}
	t := Table{Sure: true, Sample: []int{}}
	if sep != 0 {
		t.Separator = string(sep)
	}
	head := findHead(rows)
	switch {
	case o.Head != nil && !*o.Head:
		head = -1
	case head < 0 && len(rows) > 0 && (o.Head != nil || hasFields(rows[0].fields, o.Columns)):
		head = 0
	}
	r := reader{rows: rows, sep: sep, head: head}
	if err := r.choose(o, &t); err != nil {
		return Table{}, err
	}
	t.Rows = r.read(&t)
	sample := r.sample(t.Rows)
	t.Columns = r.columns(sample)
	for _, one := range sample {
		t.Sample = append(t.Sample, one.line)
	}
	if r.head >= 0 {
		t.Head = rows[r.head].line
	}
	return t, nil
}

// reader reads names out of rows. head is the index of the head, -1 if there is none.
type reader struct {
	rows   []row
	sep    rune
	head   int
	choice choice
	// split: rows have one field more than the head, as names are written "Last, First" without quotation marks.
	split bool
	// swap: the values of the full column are "Last, First".
	swap bool
	// bullets: each line begins with a bullet or a number.
	bullets bool
	width   int
}

// choose decides which columns hold names.
func (r *reader) choose(o Options, t *Table) error {
	body := r.rows[r.head+1:]
	var headFields []string
	if r.head >= 0 {
		headFields = r.rows[r.head].fields
	}
	r.width, _ = commonWidth(widths(body))
	known, ok := choice{full: -1}, false
	switch {
	case r.head >= 0:
		known, ok = chooseByHead(headFields, body)
	case o.Head == nil && unknownHead(r.rows):
		r.head, headFields = 0, r.rows[0].fields
	default:
		known, ok = guess(body, r.sep)
	}
	if len(o.Columns) > 0 {
		parts, err := pick(o.Columns, headFields, r.rows)
		if err != nil {
			return err
		}
		known, ok = choice{full: -1, parts: parts, explicit: true}, true
		if len(parts) == 1 {
			known.full, known.parts = parts[0], nil
		}
	}
	r.choice = known
	t.ColumnNeeded = !ok && len(r.rows) > r.head+1
	t.Sure = ok && !known.unsure
	if !ok {
		r.choice = choice{full: -1}
		return nil
	}
	r.width = max(r.width, len(headFields))
	r.split = r.splitNames(headFields, r.rows[r.head+1:])
	r.swap = !r.split && r.swapped()
	r.bullets = r.bulleted()
	return nil
}

func widths(rows []row) (w []int) {
	for _, r := range rows {
		w = append(w, len(r.fields))
	}
	return w
}

// pick finds the chosen columns by number or head.
func pick(chosen, head []string, rows []row) (parts []int, err error) {
	width := 0
	for _, r := range rows {
		width = max(width, len(r.fields))
	}
	for _, one := range chosen {
		at := slices.IndexFunc(head, func(h string) bool { return trim(one) != "" && strings.EqualFold(trim(h), trim(one)) })
		if n, numeric := strconv.Atoi(trim(one)); at < 0 && numeric == nil {
			at = n - 1
		}
		if at < 0 || at >= width {
			return nil, &wire.Error{Code: wire.ErrBadFrame.Code, Message: "The table has no column “" + wire.Clip(trim(one), maxValue) + "”.", Field: "column"}
		}
		parts = append(parts, at)
	}
	return parts, nil
}

// hasFields reports whether all of some names of columns stand in a row.
func hasFields(fields, names []string) bool {
	return len(names) > 0 && !slices.ContainsFunc(names, func(name string) bool {
		_, numeric := strconv.Atoi(trim(name))
		return numeric == nil || !slices.ContainsFunc(fields, func(f string) bool { return trim(f) != "" && strings.EqualFold(trim(f), trim(name)) })
	})
}

// splitNames reports whether names are "Last, First" without quotation marks below a head of one column less.
func (r *reader) splitNames(head []string, body []row) bool {
	at := r.choice.full
	if at < 0 || len(head) == 0 || r.sep != ',' {
		return false
	}
	n, all := 0, 0
	for _, one := range body {
		all++
		if len(one.fields) == len(head)+1 && at+1 < len(one.fields) && strings.HasPrefix(one.fields[at+1], " ") && trim(one.fields[at]) != "" {
			n++
		}
	}
	return n*2 > all
}

// swapped reports whether most values of the full column are "Last, First".
func (r *reader) swapped() bool {
	if r.choice.full < 0 {
		return false
	}
	n, all := 0, 0
	for _, one := range r.rows[r.head+1:] {
		v := field(one.fields, r.choice.full)
		if v == "" || isTotal(v) {
			continue
		}
		all++
		if _, ok := turn(v); ok {
			n++
		}
	}
	return n*2 > all
}

// bulleted reports whether each name in a list of one column begins with a bullet or a number.
func (r *reader) bulleted() bool {
	if r.sep != 0 || r.choice.full < 0 {
		return false
	}
	body := r.rows[r.head+1:]
	return len(body) > 0 && !slices.ContainsFunc(body, func(one row) bool { return unbullet(field(one.fields, 0)) == field(one.fields, 0) })
}

// sample are the rows by which somebody sees whether the names are right.
func (r *reader) sample(read []Row) (rows []row) {
	named := slices.ContainsFunc(read, func(one Row) bool { return one.Reason == "" })
	wanted := map[int]bool{}
	for _, one := range read {
		if len(wanted) < maxSample && (one.Reason == "") == named && one.Reason != reasonAbove {
			wanted[one.Line] = true
		}
	}
	for _, one := range r.rows {
		if wanted[one.line] {
			rows = append(rows, one)
		}
	}
	return rows
}

// columns tells what the columns are.
func (r *reader) columns(sample []row) []Column {
	columns := []Column{}
	width := 0
	for _, one := range r.rows {
		width = max(width, len(one.fields))
	}
	for c := range min(width, maxColumns) {
		one := Column{Column: c + 1, Values: []string{}, Used: c == r.choice.full || slices.Contains(r.choice.parts, c)}
		if r.head >= 0 {
			one.Head = clip(field(r.rows[r.head].fields, c))
		}
		for _, row := range sample {
			one.Values = append(one.Values, clip(field(row.fields, c)))
		}
		columns = append(columns, one)
	}
	return columns
}

func clip(s string) string { return wire.Clip(strings.Join(strings.Fields(s), " "), maxValue) }

func field(fields []string, i int) string {
	if i < 0 || i >= len(fields) {
		return ""
	}
	return trim(fields[i])
}
