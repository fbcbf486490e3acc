package admission

import (
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"

	"belfry/wsserver/wire"
)

// namedLine is a name in a table, and the number of its line, from 1.
type namedLine struct {
	line int
	name string
}

// nameHeads are the headers of columns of names, as spreadsheets write them.
var nameHeads = []string{"name", "full name", "first name", "last name", "given name", "family name", "surname"}

// readNames reads the names in a table: CSV with commas, semicolons or tabs, or one name a line. Where the first line is
// a header with columns of names, the name is in those; else it is the first cell of a line that is not empty.
// Lines without a name are left out. Errors: bad_frame.
func readNames(table string) ([]namedLine, error) {
	table = strings.TrimPrefix(table, "\ufeff")
	r := csv.NewReader(strings.NewReader(table))
	r.Comma, r.FieldsPerRecord, r.LazyQuotes, r.TrimLeadingSpace = separator(table), -1, true, true
	var list []namedLine
	var columns []int
	for first := true; ; first = false {
		fields, err := r.Read()
		if errors.Is(err, io.EOF) {
			return list, nil
		}
		if err != nil {
			return nil, wire.ErrBadFrame.WithMessage("That is not a table of names: one name a line, or CSV.")
		}
		if first {
			if columns = nameColumns(fields); columns != nil {
				continue
			}
		}
		line, _ := r.FieldPos(0)
		if name := nameIn(fields, columns); name != "" {
			list = append(list, namedLine{line, name})
		}
	}
}

// separator is the character between fields: the one that the first line has most of.
func separator(table string) rune {
	line, _, _ := strings.Cut(table, "\n")
	best := ','
	for _, c := range []rune{';', '\t'} {
		if strings.Count(line, string(c)) > strings.Count(line, string(best)) {
			best = c
		}
	}
	return best
}

// nameColumns are the indices of the columns of names where a line is a head, nil where it is none.
func nameColumns(head []string) (columns []int) {
	for i, h := range head {
		if slices.Contains(nameHeads, strings.ToLower(strings.Trim(h, " \ufeff"))) {
			columns = append(columns, i)
		}
	}
	return columns
}

// nameIn joins the fields of these columns, or is the first field that is not empty where columns is nil.
func nameIn(fields []string, columns []int) string {
	var parts []string
	for i, f := range fields {
		if f = strings.TrimSpace(f); f != "" && (slices.Contains(columns, i) || columns == nil && len(parts) == 0) {
			parts = append(parts, f)
		}
	}
	return strings.Join(parts, " ")
}
