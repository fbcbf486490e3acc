package operator

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"
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
		if got := safeCell(text); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}

// begun is a cell from where a spreadsheet looks for a formula.
func begun(cell, separator string) string {
	return strings.TrimLeftFunc(cell, func(r rune) bool { return r == '"' || separator != "," && passedOver(r) })
}

// checkTable fails where a table with the cell cannot be read back, or a cell in it is a formula for a reader that
// separates by commas, semicolons or tabs.
func checkTable(t *testing.T, text string) {
	t.Helper()
	var table bytes.Buffer
	c, err := newCSV(&table, "seq", "message")
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Write(safe("1", text)); err != nil {
		t.Fatal(err)
	}
	c.Flush()
	raw := strings.TrimPrefix(table.String(), "\ufeff")
	rows, err := csv.NewReader(strings.NewReader(raw)).ReadAll()
	if err != nil || len(rows) != 2 || len(rows[1]) != 2 || rows[1][1] != safeCell(text) {
		t.Errorf("%q is read as %q (%v)", text, rows, err)
	}
	for _, separator := range []string{";", ",", "\t"} {
		for _, cell := range strings.FieldsFunc(raw, func(r rune) bool { return strings.ContainsRune(separator+"\r\n", r) }) {
			if cell = begun(cell, separator); cell != "" && strings.ContainsRune("=+-@＝＋－＠", []rune(cell)[0]) {
				t.Errorf("%q has the cell %q where %q separates", text, cell, separator)
			}
		}
		r := csv.NewReader(strings.NewReader(raw))
		r.Comma, r.LazyQuotes, r.FieldsPerRecord = []rune(separator)[0], true, -1
		rows, err := r.ReadAll()
		if err != nil {
			t.Errorf("%q where %q separates: %v", text, separator, err)
		}
		for _, row := range rows {
			for _, cell := range row {
				if cell = begun(cell, separator); cell != "" && strings.ContainsRune("=+-@＝＋－＠", []rune(cell)[0]) {
					t.Errorf("%q is read as %q where %q separates", text, cell, separator)
				}
			}
		}
	}
}

func FuzzSafeCell(f *testing.F) {
	for _, seed := range []string{"", "plain", "a\rb", "=1+1", "a;=1", "a;\"=1\"", "x\n\"\"=1", "\x00=1", "\u2028@", "＝1；＝", "+49 30 1234", "a,\"b\",-c"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		cell := safeCell(text)
		if !utf8.ValidString(cell) || strings.ContainsFunc(cell, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }) {
			t.Errorf("%q is %q", text, cell)
		}
		if again := safeCell(cell); again != cell {
			t.Errorf("%q is %q, and that is %q", text, cell, again)
		}
		if len(cell) > 2*len(text)+len("\ufffd")*len(text) {
			t.Errorf("%q grew to %q", text, cell)
		}
		checkTable(t, text)
	})
}
