package operator

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"time"

	"belfry/wsserver/msglog"
	"belfry/wsserver/table"
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
// announcement Seq and its receipts. Zone and Separator apply only to tables: the IANA name of the time zone in which times
// are written, "" for UTC as on the wire; and what separates cells, "comma" or "semicolon", "" for commas.
type ExportQuery struct {
	FindQuery
	Format    string `json:"format"`
	Seq       uint64 `json:"seq"`
	Zone      string `json:"zone"`
	Separator string `json:"separator"`
}

// style is how the table of an export is written.
func (q ExportQuery) style() (table.Style, error) {
	s := table.Style{Separator: ','}
	if q.Format == ExportLines && q.Zone+q.Separator != "" {
		return s, wire.ErrBadFrame.WithMessage("JSON Lines contain messages as they were sent. Time zone and separator are for tables only.")
	}
	switch q.Separator {
	case "", "comma":
	case "semicolon":
		s.Separator = ';'
	default:
		return s, wire.ErrBadFrame.WithMessage(`A separator is "comma" or "semicolon".`)
	}
	if q.Zone != "" {
		zone, err := time.LoadLocation(q.Zone)
		if err != nil {
			return s, wire.ErrBadFrame.WithMessage("Belfry does not know that time zone. Choose UTC.")
		}
		s.Zone = zone
	}
	return s, nil
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
	style, err := q.style()
	if err != nil {
		return err
	}
	var rows int
	switch q.Format {
	case ExportReport:
		rows, err = s.exportReport(ctx, q, style, w)
	case ExportCSV, ExportLines:
		rows, err = s.exportMessages(ctx, q, style, w, progress)
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

func rowsTo(format string, style table.Style, w io.Writer) (row rowWriter, end func() error, err error) {
	if format == ExportLines {
		enc := json.NewEncoder(w)
		enc.SetEscapeHTML(false)
		return func(e *msglog.Entry) error { return enc.Encode(e.Message()) }, func() error { return nil }, nil
	}
	t, err := table.NewWriter(w, style, "seq", "time", "kind", "topic", "person", "user_id", "title", "message", "priority", "reply_to")
	if err != nil {
		return nil, nil, err
	}
	row = func(e *msglog.Entry) error {
		return t.Row(strconv.FormatUint(e.Seq, 10), style.Time(wire.Time(e.Time)), msglog.KindOf(e), e.Topic, e.From.Name,
			senderID(e), e.Title, e.Text, given(uint64(max(e.Priority, 0))), given(e.ReplyTo))
	}
	return row, t.End, nil
}

// senderID is who wrote a message: a user_id, or "operator". The name alone says which program it was.
func senderID(e *msglog.Entry) string {
	if e.From.Program {
		return ""
	}
	return e.SenderKey()
}

// given is n as a cell, empty for 0: not given.
func given(n uint64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatUint(n, 10)
}

func (s *Messages) exportMessages(ctx context.Context, q ExportQuery, style table.Style, w io.Writer, progress func(done, of uint64)) (rows int, err error) {
	log, err := s.openLog()
	if err != nil {
		return 0, err
	}
	query, err := q.parse()
	if err != nil {
		return 0, err
	}
	s.exported(ctx, q, "export_began", 0)
	row, end, err := rowsTo(q.Format, style, w)
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

func (s *Messages) exportReport(ctx context.Context, q ExportQuery, style table.Style, w io.Writer) (rows int, err error) {
	e, err := s.announcement(ctx, q.Seq)
	if err != nil {
		return 0, err
	}
	s.exported(ctx, q, "export_began", 0)
	r, _ := s.ledger.Receipts(q.Seq, true) // announcement has found it
	t, err := table.NewWriter(w, style, "announcement", strconv.FormatUint(q.Seq, 10))
	if err != nil {
		return 0, err
	}
	rest := [][]string{
		{"time", style.Time(wire.Time(e.Time))},
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
		rest = append(rest, []string{
			who.Name, who.UserID, strconv.FormatBool(who.Connected), style.Text(who.Received), style.Text(who.Read), style.Text(who.Acked),
		})
	}
	for _, cells := range rest {
		if err := t.Row(cells...); err != nil {
			return 0, err
		}
	}
	return len(r.Who), t.End()
}

// maxFound is the largest page of a search.
const maxFound = 200

// FindQuery is a search of the log. Empty fields do not narrow it; a field that fits nothing finds nothing, and one that
// cannot be used is an error. From and Until are RFC 3339. Limit is at most 200.
type FindQuery struct {
	Text   string `json:"text"`
	UserID string `json:"user_id"`
	Topic  string `json:"topic"`
	Kind   string `json:"kind"`
	From   string `json:"from"`
	Until  string `json:"until"`
	Before uint64 `json:"before"`
	Limit  int    `json:"limit"`
}

// FindPage is a page of the messages found, the newest first. Messages after Indexed are not in the index yet; Last is the
// newest message.
type FindPage struct {
	Messages []wire.Message `json:"messages"`
	More     bool           `json:"more"`
	Indexed  uint64         `json:"indexed"`
	Last     uint64         `json:"last"`
}

// parse checks a search and converts it for the log.
func (q FindQuery) parse() (msglog.SearchQuery, error) {
	s := msglog.SearchQuery{Text: q.Text, UserID: q.UserID, Topic: q.Topic, Kind: q.Kind, Before: q.Before, Limit: q.Limit}
	if s.Limit <= 0 || s.Limit > maxFound {
		s.Limit = maxFound
	}
	if len(q.Text) > wire.MaxMessage {
		return s, wire.ErrTooLarge.WithMessage("A search can have at most 64 KiB.")
	}
	switch q.Kind {
	case "", msglog.KindAnnouncement, msglog.KindPrivate, msglog.KindChat:
	default:
		return s, wire.ErrBadFrame.WithMessage(`A kind is "announcement", "private" or "chat".`)
	}
	for _, p := range []struct {
		text string
		t    *time.Time
	}{{q.From, &s.From}, {q.Until, &s.Until}} {
		if p.text == "" {
			continue
		}
		t, err := time.Parse(time.RFC3339Nano, p.text)
		if err != nil {
			return s, wire.ErrBadFrame.WithMessage("Write a time as 2026-01-31T10:00:00Z.")
		}
		if t.IsZero() {
			t = t.Add(1) // the first moment there is, which would stand for none
		}
		*p.t = t
	}
	return s, nil
}

// Search searches the whole log. Errors: bad_frame, too_large, closing.
func (s *Messages) Search(ctx context.Context, q FindQuery) (FindPage, error) {
	log, err := s.openLogFor(&q)
	if err != nil {
		return FindPage{}, err
	}
	query, err := q.parse()
	if err != nil {
		return FindPage{}, err
	}
	found, err := log.Search(ctx, query)
	page := FindPage{Messages: make([]wire.Message, len(found.Entries)), More: found.More, Indexed: found.Indexed, Last: found.Last}
	for i, e := range found.Entries {
		page.Messages[i] = e.Message()
	}
	return page, err
}
