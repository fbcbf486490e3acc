package table

import (
	"encoding/csv"
	"io"
	"strings"
	"time"
	"unicode"

	"belfry/wsserver/wire"
)

// Style is how a table is written.
type Style struct {
	Separator rune           // of cells: a comma or a semicolon
	Zone      *time.Location // of times; nil: as they travel
}

// Time writes a time for people: "2026-01-31 10:00:00 +01:00". Without a zone it is RFC 3339 in UTC, to the millisecond.
func (s Style) Time(t wire.Time) string {
	if s.Zone == nil {
		return t.String()
	}
	return time.Time(t).In(s.Zone).Format("2006-01-02 15:04:05 -07:00")
}

// Text is Time of one that travels as text; what is no time, as "", stays as it is.
func (s Style) Text(text string) string {
	var t wire.Time
	if s.Zone == nil || t.UnmarshalText([]byte(text)) != nil {
		return text
	}
	return s.Time(t)
}

// Writer writes a table as spreadsheets expect it: UTF-8 with a byte order mark, lines that end with CR LF.
type Writer struct{ csv *csv.Writer }

// NewWriter begins a table with its head.
func NewWriter(w io.Writer, style Style, head ...string) (Writer, error) {
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return Writer{}, err
	}
	t := Writer{csv.NewWriter(w)}
	t.csv.Comma, t.csv.UseCRLF = style.Separator, true
	return t, t.Row(head...)
}

// Row writes cells as every spreadsheet can take them: see [SafeCell].
func (t Writer) Row(cells ...string) error {
	for i, c := range cells {
		cells[i] = SafeCell(c, t.csv.Comma)
	}
	return t.csv.Write(cells)
}

// End writes what is still held back.
func (t Writer) End() error {
	t.csv.Flush()
	return t.csv.Error()
}

// formulaSigns are what a spreadsheet may take for the beginning of a formula, their wide and small forms too.
const formulaSigns = "=+-@＝＋－＠﹦﹢﹣﹫−"

// Where in a text a cell may begin. Half of Europe separates cells by semicolons and the rest by commas, whatever the file
// does, so that is behind any separator or line break, and behind a quotation mark there; spreadsheets pass over blanks and
// what cannot be seen. A text with the file's own separator stands in quotation marks, for every reader: behind one a blank
// ends it, so that "yes, @Ana" stays as it is.
const (
	cellGoesOn = iota
	cellBeginsStrictly
	cellBegins
)

// SafeCell returns a text for a cell: every line break is LF, other control characters but tabs are left out, and an
// apostrophe stands before what a spreadsheet would take for a formula. own is the file's separator.
func SafeCell(text string, own rune) string {
	var out strings.Builder
	at := cellBegins
	for i, r := range plainBreaks(text) {
		if at != cellGoesOn && strings.ContainsRune(formulaSigns, r) || i == 0 && (r == '\t' || r == '\n') {
			out.WriteByte('\'')
		}
		out.WriteRune(r)
		switch {
		case r == own || strings.ContainsRune("，|｜", r):
			at = max(at, cellBeginsStrictly)
		case strings.ContainsRune(",;；\t\n", r):
			at = cellBegins
		case r == '"' || r == '＂' || at == cellBegins && passedOver(r):
		default:
			at = cellGoesOn
		}
	}
	return out.String()
}

// passedOver reports whether a spreadsheet may not see a character at the beginning of a cell.
func passedOver(r rune) bool {
	return unicode.IsSpace(r) || unicode.In(r, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

var lineBreaks = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\v", "\n", "\f", "\n", "\u0085", "\n", "\u2028", "\n", "\u2029", "\n")

// plainBreaks returns text as UTF-8 with LF for every line break, and without control characters but that and tabs.
func plainBreaks(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, lineBreaks.Replace(strings.ToValidUTF8(text, "\ufffd")))
}
