package admission

import (
	"strings"
	"testing"

	"belfry/wsserver/wire"
)

// Whatever a spreadsheet has written, reading its names ends, and each has the number of an existing line.
func FuzzReadNames(f *testing.F) {
	for _, table := range []string{
		"Ana Lima\nBen\n", "Name,Room\r\nAna,3\r\n", "\ufeffname;mail\nAna;a@x\n", "\"Lima, Ana\"\n\"Ben \"\"B\"\"\"\n", "\"never\nended",
		"\n\n\n", "a\tb\n", "\xff\xfe", "\"\"\"", "name\n\x00\n", strings.Repeat(";", 1000),
	} {
		f.Add(table)
	}
	f.Fuzz(func(t *testing.T, table string) {
		rows, err := readNames(table)
		if err != nil {
			if wire.AsError(err).Code != "bad_frame" {
				t.Fatalf("refused with %v", err)
			}
			return
		}
		lines := strings.Count(table, "\n") + 1
		last := 0
		for _, row := range rows {
			if row.name == "" || row.line <= last || row.line > lines {
				t.Fatalf("line %d of %d after %d: %q", row.line, lines, last, row.name)
			}
			last = row.line
		}
	})
}
