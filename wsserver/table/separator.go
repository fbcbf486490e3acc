package table

import (
	"slices"
	"strings"
)

// separators are what stands between fields, the likeliest first where a table could be read with several.
var separators = []rune{'\t', ';', '|', ',', '；', '，', '؛', '،'}

// sample is how many rows are looked at to find the separator.
const sample = 1000

// parse splits a text into rows by the separator that it is read best with, 0 where each line is one field.
func parse(text string) (rows []row, sep rune) {
	lines := splitLines(text)
	sep, skip := declaredSeparator(lines)
	if sep == 0 {
		sep = findSeparator(lines)
	}
	p := parser{lines: lines, sep: sep}
	if sep != 0 {
		p.width, _ = commonWidth(singles(&p, skip, len(lines)))
	}
	return p.rows(skip), sep
}

// singles are the numbers of fields of the lines that can be read by themselves, blank ones left out.
func singles(p *parser, skip, most int) (widths []int) {
	for _, line := range p.lines[skip:] {
		if len(widths) >= most {
			break
		}
		if strings.TrimSpace(line) == "" {
			continue
		}
		if fields, open := p.split(line); !open {
			widths = append(widths, len(fields))
		}
	}
	return widths
}

// commonWidth is the number of fields, two at least, that most rows have, and how many have it.
func commonWidth(widths []int) (width, rows int) {
	count := map[int]int{}
	for _, w := range widths {
		if count[w]++; w > 1 && (count[w] > rows || count[w] == rows && w > width) {
			width, rows = w, count[w]
		}
	}
	return width, rows
}

// findSeparator is the separator by which most lines have the same number of fields; one by which a head is known goes
// before all others. 0: each line is one field.
func findSeparator(lines []string) (best rune) {
	most, known := 0, false
	for _, sep := range separators {
		p := parser{lines: lines, sep: sep}
		widths := singles(&p, 0, sample)
		_, rows := commonWidth(widths)
		head := hasHead(&p)
		if rows == 0 || !head && rows*2 < len(widths) {
			continue
		}
		if head && !known || head == known && rows > most {
			best, most, known = sep, rows, head
		}
	}
	return best
}

// hasHead reports whether one of the first lines is a head of several columns, one of names among them.
func hasHead(p *parser) bool {
	seen := 0
	return slices.ContainsFunc(p.lines, func(line string) bool {
		if seen++; seen > headWithin {
			return false
		}
		fields, open := p.split(line)
		return !open && len(fields) > 1 && scoreHead(fields) >= 4
	})
}
