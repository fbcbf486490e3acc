package table

import (
	"bytes"
	"encoding/csv"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"
)

func TestSafeCell(t *testing.T) {
	for text, want := range map[string]string{
		"plain":                        "plain",
		"":                             "",
		"a\rb":                         "a\nb",
		"a\r\nb\n\rc":                  "a\nb\n\nc",
		"a\u2028b\u2029c\vd\fe\u0085f": "a\nb\nc\nd\ne\nf",
		"a\x00b\x1b[31m\x7f\u009b":     "ab[31m",
		"a\xffb":                       "a\ufffdb",
		"a\tb":                         "a\tb",
		"=1+1":                         "'=1+1",
		"+49 30 1234":                  "'+49 30 1234",
		"-5":                           "'-5",
		"@SUM(A1)":                     "'@SUM(A1)",
		"\t=1":                         "'\t'=1",
		"\r=1":                         "'\n'=1",
		"\x00=1":                       "'=1",
		"＝1":                           "'＝1",
		"＋1;－1,＠x":                     "'＋1;'－1,'＠x",
		"a;=1+1":                       "a;'=1+1",
		"a,+1":                         "a,'+1",
		"a\t@x":                        "a\t'@x",
		"a\n-1":                        "a\n'-1",
		"a\r=1":                        "a\n'=1",
		"a;\"=1\"":                     "a;\"'=1\"",
		"a; =1":                        "a; '=1",
		"hi;=1+1;":                     "hi;'=1+1;",
		"x;=cmd|' /C calc'!A1;y":       "x;'=cmd|' /C calc'!A1;y",
		"\ufeff=1":                     "\ufeff'=1",
		"\u200b\u00a0\u2060=1":         "\u200b\u00a0\u2060'=1",
		" \" =1;\u200f\ufe0f\u115f@x":  " \" '=1;\u200f\ufe0f\u115f'@x",
		"a；＝1，－2":                      "a；'＝1，'－2",
		";,=1; ,=2":                    ";,'=1; ,'=2",
		"−1+cmd|x!A1":                  "'−1+cmd|x!A1",
		"a|=1":                         "a|'=1",
		"yes, @Ana; 2-3 - no":          "yes, @Ana; 2-3 - no",
		"a=b+c":                        "a=b+c",
		"call +49 30 1234":             "call +49 30 1234",
	} {
		if got := SafeCell(text, ','); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}

// begun is a cell from where a spreadsheet looks for a formula.
func begun(cell string, separator, own rune) string {
	return strings.TrimLeftFunc(cell, func(r rune) bool { return r == '"' || separator != own && passedOver(r) })
}

func isFormula(cell string) bool {
	return cell != "" && strings.ContainsRune("=+-@＝＋－＠", []rune(cell)[0])
}

// checkTable fails where a table with the cell, separated by own, cannot be read back, or a cell in it is a formula for a
// reader that separates by commas, semicolons or tabs.
func checkTable(t *testing.T, text string, own rune) {
	t.Helper()
	var b bytes.Buffer
	w, err := NewWriter(&b, Style{Separator: own}, "seq", "message")
	if err == nil {
		err = errors.Join(w.Row("1", text), w.End())
	}
	if err != nil {
		t.Fatal(err)
	}
	raw := strings.TrimPrefix(b.String(), "\ufeff")
	rows, err := readBy(raw, own, false)
	if err != nil || len(rows) != 2 || len(rows[1]) != 2 || rows[1][1] != SafeCell(text, own) {
		t.Errorf("%q is read as %q (%v)", text, rows, err)
	}
	for _, separator := range ";,\t" {
		for _, cell := range strings.FieldsFunc(raw, func(r rune) bool { return r == separator || r == '\r' || r == '\n' }) {
			if cell = begun(cell, separator, own); isFormula(cell) {
				t.Errorf("%q has the cell %q where %q separates", text, cell, separator)
			}
		}
		rows, err := readBy(raw, separator, true)
		if err != nil {
			t.Errorf("%q where %q separates: %v", text, separator, err)
		}
		for _, cell := range slices.Concat(rows...) {
			if cell = begun(cell, separator, own); isFormula(cell) {
				t.Errorf("%q is read as %q where %q separates", text, cell, separator)
			}
		}
	}
}

func readBy(raw string, separator rune, lazy bool) ([][]string, error) {
	r := csv.NewReader(strings.NewReader(raw))
	r.Comma, r.LazyQuotes = separator, lazy
	if lazy {
		r.FieldsPerRecord = -1
	}
	return r.ReadAll()
}

func TestSafeCell_BySemicolons(t *testing.T) {
	for text, want := range map[string]string{
		"a,=1":                  "a,'=1",
		"a, =1":                 "a, '=1", // no quotation marks keep a comma together here
		"a;=1":                  "a;'=1",
		"yes; @Ana":             "yes; @Ana",
		"1,5;-2":                "1,5;'-2",
		"x,=cmd|' /C calc'!A1,": "x,'=cmd|' /C calc'!A1,",
	} {
		if got := SafeCell(text, ';'); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
		checkTable(t, text, ';')
	}
}

func TestStyle_Time(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	const winter, summer = "2026-11-22T23:36:04.123Z", "2026-07-01T10:00:00.000Z"
	for text, want := range map[string]string{winter: "2026-11-23 00:36:04 +01:00", summer: "2026-07-01 12:00:00 +02:00", "": ""} {
		if got := (Style{Zone: berlin}).Text(text); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
		if got := (Style{}).Text(text); got != text {
			t.Errorf("%q without a zone is %q", text, got)
		}
	}
}

func FuzzSafeCell(f *testing.F) {
	for _, seed := range []string{"", "plain", "a\rb", "=1+1", "a;=1", "a;\"=1\"", "x\n\"\"=1", "\x00=1", "\u2028@", "＝1；＝", "+49 30 1234", "a,\"b\",-c"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		cell := SafeCell(text, ',')
		if !utf8.ValidString(cell) || strings.ContainsFunc(cell, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }) {
			t.Errorf("%q is %q", text, cell)
		}
		if again := SafeCell(cell, ','); again != cell {
			t.Errorf("%q is %q, and that is %q", text, cell, again)
		}
		if len(cell) > 2*len(text)+len("\ufffd")*len(text) {
			t.Errorf("%q grew to %q", text, cell)
		}
		checkTable(t, text, ',')
		checkTable(t, text, ';')
	})
}
