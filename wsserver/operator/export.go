package operator

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode"

	"belfry/wsserver/msglog"
	"belfry/wsserver/wire"
)

// Formats of an export.
const (
	ExportCSV    = "csv"    // one row a message; opens in a spreadsheet
	ExportLines  = "jsonl"  // one JSON object a line, as messages travel
	ExportReport = "report" // CSV: one announcement with its receipts, a row a recipient
)

const exportPage = 500

// ExportQuery selects what to export: everything that a search with the same fields finds, or, as a report, the
// announcement Seq and its receipts.
type ExportQuery struct {
	FindQuery
	Format string `json:"format"`
	Seq    uint64 `json:"seq"`
}

// ExportName is a file name for the export, with the time.
func (q ExportQuery) ExportName(now time.Time) string {
	stamp := now.Format("2006-01-02-1504")
	switch q.Format {
	case ExportLines:
		return "belfry-" + stamp + ".jsonl"
	case ExportReport:
		return fmt.Sprintf("belfry-report-%d-%s.csv", q.Seq, stamp)
	}
	return "belfry-" + stamp + ".csv"
}

// Export writes what q selects to out, the newest first, and calls progress with how many seqs are done, of how many. Where
// ctx ends, or an error is returned, out is incomplete. Errors: bad_frame, too_large, not_allowed.
func (s *Messages) Export(ctx context.Context, q ExportQuery, out io.Writer, progress func(done, of uint64)) error {
	if err := wire.CheckNumbers(&q); err != nil {
		return err
	}
	w := bufio.NewWriterSize(out, 64<<10)
	var rows int
	var err error
	switch q.Format {
	case ExportReport:
		rows, err = s.exportReport(ctx, q, w)
	case ExportCSV, ExportLines:
		rows, err = s.exportMessages(ctx, q, w, progress)
	default:
		err = wire.ErrBadFrame.WithMessage(`A format is "csv", "jsonl" or "report".`)
	}
	if err == nil {
		err = w.Flush()
	}
	if err == nil {
		s.exported(ctx, q, "exported", rows)
	}
	return err
}

// exported notes an export: what is "export_began" before its first byte, so that one that was cut off is known, and
// "exported" with its rows at the end.
func (s *Messages) exported(ctx context.Context, q ExportQuery, what string, rows int) {
	e := AuditEntry{What: what, Detail: q.Format, Count: rows}
	if q.Format == ExportReport {
		e.Seq = q.Seq
	} else {
		e.Topic, e.UserID = q.Topic, q.UserID
	}
	s.audit.note(ctx, e)
}

// rowWriter writes one message in the format of an export.
type rowWriter func(*msglog.Entry) error

func rowsTo(format string, w io.Writer) (row rowWriter, end func() error, err error) {
	if format == ExportLines {
		enc := json.NewEncoder(w)
		enc.SetEscapeHTML(false)
		return func(e *msglog.Entry) error { return enc.Encode(e.Message()) }, func() error { return nil }, nil
	}
	c, err := newCSV(w, "seq", "time", "kind", "topic", "person", "user_id", "title", "message", "priority", "reply_to")
	if err != nil {
		return nil, nil, err
	}
	row = func(e *msglog.Entry) error {
		return c.Write(safe(strconv.FormatUint(e.Seq, 10), wire.Time(e.Time).String(), msglog.KindOf(e), e.Topic, e.From.Name,
			e.SenderKey(), e.Title, e.Text, given(uint64(max(e.Priority, 0))), given(e.ReplyTo)))
	}
	return row, func() error { c.Flush(); return c.Error() }, nil
}

// given is n as a cell, empty for 0: not given.
func given(n uint64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatUint(n, 10)
}

// newCSV starts a table as spreadsheets expect it: UTF-8 with a byte order mark, lines that end with CR LF.
func newCSV(w io.Writer, head ...string) (*csv.Writer, error) {
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return nil, err
	}
	c := csv.NewWriter(w)
	c.UseCRLF = true
	return c, c.Write(safe(head...))
}

// safe returns cells as every spreadsheet can take them.
func safe(cells ...string) []string {
	for i, c := range cells {
		cells[i] = safeCell(c)
	}
	return cells
}

// formulaSigns are what a spreadsheet may take for the beginning of a formula, their wide and small forms too.
const formulaSigns = "=+-@＝＋－＠﹦﹢﹣﹫−"

// Where in a text a cell may begin. Half of Europe separates cells by semicolons, so that is behind any separator or line
// break, and behind a quotation mark there; spreadsheets pass over blanks and what cannot be seen. Commas stand in quotation
// marks, for every reader: behind one a blank ends it, so that "yes, @Ana" stays as it is.
const (
	cellGoesOn = iota
	cellBeginsStrictly
	cellBegins
)

// safeCell returns a text for a cell: every line break is LF, other control characters but tabs are left out, and an
// apostrophe stands before what a spreadsheet would take for a formula.
func safeCell(text string) string {
	var out strings.Builder
	at := cellBegins
	for i, r := range plainBreaks(text) {
		if at != cellGoesOn && strings.ContainsRune(formulaSigns, r) || i == 0 && (r == '\t' || r == '\n') {
			out.WriteByte('\'')
		}
		out.WriteRune(r)
		switch {
		case strings.ContainsRune(";；\t\n", r):
			at = cellBegins
		case strings.ContainsRune(",，|｜", r):
			at = max(at, cellBeginsStrictly)
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

func (s *Messages) exportMessages(ctx context.Context, q ExportQuery, w io.Writer, progress func(done, of uint64)) (rows int, err error) {
	log, err := s.openLog()
	if err != nil {
		return 0, err
	}
	query, err := q.parse()
	if err != nil {
		return 0, err
	}
	s.exported(ctx, q, "export_began", 0)
	row, end, err := rowsTo(q.Format, w)
	if err != nil {
		return 0, err
	}
	query.Limit, query.Whole = exportPage, true // a file says nothing of what is missing from it
	for last := log.Last(); ; {
		found, err := log.Search(ctx, query)
		if err != nil {
			return rows, err
		}
		for _, e := range found.Entries {
			if err := ctx.Err(); err != nil {
				return rows, err
			}
			if err := row(e); err != nil {
				return rows, err
			}
			rows++
			query.Before = e.Seq
		}
		if !found.More {
			progress(last, last)
			return rows, end()
		}
		progress(last-min(last, query.Before), last)
	}
}

func (s *Messages) exportReport(ctx context.Context, q ExportQuery, w io.Writer) (rows int, err error) {
	e, err := s.announcement(ctx, q.Seq)
	if err != nil {
		return 0, err
	}
	s.exported(ctx, q, "export_began", 0)
	r, _ := s.ledger.Receipts(q.Seq, true) // announcement has found it
	c, err := newCSV(w, "announcement", strconv.FormatUint(q.Seq, 10))
	if err != nil {
		return 0, err
	}
	table := [][]string{
		{"time", wire.Time(e.Time).String()},
		{"topic", e.Topic},
		{"title", e.Title},
		{"message", e.Text},
		{"sent", strconv.Itoa(r.Sent)},
		{"received", strconv.Itoa(r.Received)},
		{"read", strconv.Itoa(r.Read)},
		{"acknowledged", strconv.Itoa(r.Acked)},
		{"without a name", strconv.Itoa(r.Guests)},
		{},
		{"person", "user_id", "connected then", "received", "read", "acknowledged"},
	}
	for _, who := range r.Who {
		table = append(table, []string{who.Name, who.UserID, strconv.FormatBool(who.Connected), who.Received, who.Read, who.Acked})
	}
	for _, cells := range table {
		if err := c.Write(safe(cells...)); err != nil {
			return 0, err
		}
	}
	c.Flush()
	return len(r.Who), c.Error()
}
