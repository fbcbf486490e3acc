package table

import (
	"strings"
	"unicode/utf8"
)

// maxQuotedLines and maxQuotedBytes bound a quoted field with line breaks: whoever reads on for an end that never comes
// would read a file of quotation marks once for each of its lines.
const (
	maxQuotedLines = 32
	maxQuotedBytes = 16 << 10
	// maxFields is how many fields a row has at most; the last one has the rest of it.
	maxFields = 1000
)

// The reasons why a line is no row.
const (
	reasonQuote  = "A quotation mark in this line is not closed. Remove it, or write it twice."
	reasonBinary = "This line contains characters that are not text."
	reasonUnread = "Some letters in this line cannot be read. Choose another encoding."
)

// row is one row of a table as it was read.
type row struct {
	line   int // of its first line, from 1
	fields []string
	reason string // why it cannot be read, "" if it can
}

// breaks turns each way to end a line into "\n", so that lines are counted as an editor counts them.
var breaks = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u0085", "\n", "\u2028", "\n", "\u2029", "\n")

// splitLines returns the lines of a text, without a byte order mark.
func splitLines(text string) []string {
	text = strings.ToValidUTF8(strings.TrimPrefix(text, "\ufeff"), "\ufffd")
	return strings.Split(breaks.Replace(text), "\n")
}

// declaredSeparator is the one that a first line "sep=;" names, as Excel writes and reads it; 0 if there is none. skip is
// how many lines stand before the table.
func declaredSeparator(lines []string) (sep rune, skip int) {
	for i, line := range lines {
		line = strings.Trim(line, " \"")
		if line == "" {
			continue
		}
		if rest, ok := cutPrefixFold(line, "sep="); ok {
			if r, size := utf8.DecodeRuneInString(rest); rest == `\t` {
				return '\t', i + 1
			} else if size > 0 && strings.Trim(rest[size:], ",;\t ") == "" {
				return r, i + 1
			}
		}
		break
	}
	return 0, 0
}

func cutPrefixFold(s, prefix string) (string, bool) {
	if len(s) < len(prefix) || !strings.EqualFold(s[:len(prefix)], prefix) {
		return s, false
	}
	return s[len(prefix):], true
}

// parser splits lines into rows. sep 0 makes each line one field. width is how many fields most rows have, 0 while that is
// not known: it tells a line break inside quotation marks from a quotation mark without a partner.
type parser struct {
	lines []string
	sep   rune
	width int
}

// rows reads all rows that are not blank, from the line with index skip on.
func (p *parser) rows(skip int) (rows []row) {
	for i := skip; i < len(p.lines); {
		if strings.TrimSpace(p.lines[i]) == "" {
			i++
			continue
		}
		r, next := p.row(i)
		rows = append(rows, r)
		i = next
	}
	return rows
}

// row reads the row that begins at a line, and says where the next one begins.
func (p *parser) row(at int) (row, int) {
	line := p.lines[at]
	switch {
	case strings.IndexFunc(line, isBinary) >= 0:
		return row{line: at + 1, fields: p.bare(line), reason: reasonBinary}, at + 1
	case strings.ContainsRune(line, utf8.RuneError):
		return row{line: at + 1, fields: p.bare(line), reason: reasonUnread}, at + 1
	}
	if fields, open := p.split(line); !open {
		return row{line: at + 1, fields: fields}, at + 1
	}
	if fields, next := p.splitLong(at); fields != nil {
		return row{line: at + 1, fields: fields}, next
	}
	return row{line: at + 1, fields: p.bare(line), reason: reasonQuote}, at + 1
}

func isBinary(r rune) bool { return r < ' ' && r != '\t' && r != '\v' && r != '\f' || r == 0x7f }

// bare splits a line as if it had no quotation marks.
func (p *parser) bare(line string) []string {
	if p.sep == 0 {
		return []string{line}
	}
	return strings.SplitN(line, string(p.sep), maxFields)
}

// splitLong reads a row whose quoted field goes on in the next lines. It returns nil if the quotation mark has no partner,
// or where the field would swallow other rows.
func (p *parser) splitLong(at int) (fields []string, next int) {
	if p.width < 2 || len(p.bare(p.lines[at])) >= p.width {
		return nil, 0
	}
	text := p.lines[at]
	for i := at + 1; i < len(p.lines) && i-at < maxQuotedLines && len(text) < maxQuotedBytes; i++ {
		line := p.lines[i]
		text += "\n" + line
		if !strings.Contains(line, `"`) {
			if len(p.bare(line)) >= p.width { // a row of its own
				return nil, 0
			}
			continue
		}
		fields, open := p.split(text)
		if !open {
			if len(fields) > p.width {
				return nil, 0
			}
			return fields, i + 1
		}
	}
	return nil, 0
}

// split reads fields, open where a quotation mark has no partner. A field in quotation marks that are followed by other
// text, and one with a quotation mark inside, stand as they are written.
func (p *parser) split(text string) (fields []string, open bool) {
	for {
		if len(fields) == maxFields-1 {
			return append(fields, text), false
		}
		field, rest, more, ok := p.field(text)
		if !ok {
			return nil, true
		}
		fields = append(fields, field)
		if !more {
			return fields, false
		}
		text = rest
	}
}

// field reads one field, and what stands behind its separator. ok is false where its quotation mark has no partner.
func (p *parser) field(text string) (field, rest string, more, ok bool) {
	if opened := strings.TrimLeft(text, " \u00a0"); strings.HasPrefix(opened, `"`) {
		content, after, closed := quoted(opened[1:])
		after = strings.TrimLeft(after, " \u00a0")
		switch {
		case !closed:
			return "", "", false, false
		case after == "":
			return content, "", false, true
		case p.sep != 0 && strings.HasPrefix(after, string(p.sep)):
			return content, after[utf8.RuneLen(p.sep):], true, true
		case strings.HasPrefix(after, "\n"), strings.Contains(content, "\n"):
			return "", "", false, false
		}
	}
	if p.sep == 0 {
		return text, "", false, !endsAQuote(text)
	}
	field, rest, more = strings.Cut(text, string(p.sep))
	return field, rest, more, !strings.Contains(field, "\n") && !endsAQuote(field)
}

// quoted reads up to the quotation mark that ends a field: two together are one of the text.
func quoted(text string) (content, after string, closed bool) {
	var b strings.Builder
	for {
		part, rest, found := strings.Cut(text, `"`)
		b.WriteString(part)
		if !found {
			return "", "", false
		}
		if !strings.HasPrefix(rest, `"`) {
			return b.String(), rest, true
		}
		b.WriteByte('"')
		text = rest[1:]
	}
}

// endsAQuote reports whether a field ends with the only quotation mark that it has: that of a field which began in a line
// above.
func endsAQuote(field string) bool {
	field = strings.TrimSpace(field)
	return strings.HasSuffix(field, `"`) && strings.Count(field, `"`) == 1
}
