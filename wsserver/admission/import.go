package admission

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"time"

	"belfry/wsserver/msglog"
	"belfry/wsserver/names"
	"belfry/wsserver/table"
	"belfry/wsserver/wire"
)

// recordImport is the kind of record that says which import is the last one, lastKey its only key.
const (
	recordImport = "import"
	lastKey      = "last"
)

// ImportQuery asks for the names of a table to be put on the list.
type ImportQuery struct {
	// CSV is the table as text; otherwise File is the bytes of a file in base64, in any encoding.
	CSV  string `json:"csv"`
	File string `json:"file"`
	// Encoding is the file's, "" to find it; Language is the operator's ("de-AT"), which helps with that.
	Encoding string `json:"encoding"`
	Language string `json:"language"`
	// Column is the columns that a name is joined of, in that order; none to find them.
	Column Columns `json:"column"`
	// Head: whether the first row is a head; null to find out.
	Head *bool `json:"head"`
	// Preview: change nothing, and answer what would be done.
	Preview bool `json:"preview"`
}

// Columns are columns of a table, each a number from 1 or its head. On the wire it is one of those, or a list.
type Columns []string

// UnmarshalJSON reads a number, a text, a list of those, or null.
func (c *Columns) UnmarshalJSON(b []byte) error {
	var list []json.RawMessage
	if json.Unmarshal(b, &list) != nil {
		list = []json.RawMessage{b}
	}
	*c = nil
	for _, one := range list {
		var text string
		var number int
		switch {
		case string(one) == "null":
			continue
		case json.Unmarshal(one, &number) == nil:
			text = strconv.Itoa(number)
		case json.Unmarshal(one, &text) != nil:
			return &wire.Error{Code: wire.ErrBadFrame.Code, Message: "Give a column by its number or its heading.", Field: "column"}
		}
		*c = append(*c, text)
	}
	return nil
}

// AddedEntry is a name that an import added, its personal code, which is shown this once, and the line that it stands in. In a
// preview the id and the code are "".
type AddedEntry struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Code string `json:"code"`
	Line int    `json:"line"`
}

// SkippedLine is a row of a table that was not taken, by its first line from 1, and why.
type SkippedLine struct {
	Line   int    `json:"line"`
	Name   string `json:"name"`
	Reason string `json:"reason"`
}

// ImportAnswer is the result of an import, or of its preview.
type ImportAnswer struct {
	Added   []AddedEntry  `json:"added"`
	Skipped []SkippedLine `json:"skipped"`
	// Columns are those of the table, each with its values in the lines of Sample.
	Columns []table.Column `json:"columns"`
	Sample  []int          `json:"sample"`
	// Head is the line of the head, 0 if there is none; Separator "" where each line is one field.
	Head      int    `json:"head"`
	Separator string `json:"separator"`
	// Sure is whether the names are surely read from the right columns. ColumnNeeded: no column could be found, nobody is added.
	Sure         bool `json:"sure"`
	ColumnNeeded bool `json:"column_needed"`
	// Encoding is the one that the file was read in, null for a text; Encodings are others that it may be in.
	Encoding  *table.Encoding  `json:"encoding"`
	Encodings []table.Encoding `json:"encodings"`
}

// LastImport is the import that can be taken back: when it was, how many of its names are on the list, and how many of those
// have come in by their code.
type LastImport struct {
	Time   string `json:"time"`
	Count  int    `json:"count"`
	CameIn int    `json:"came_in"`
}

// UndoAnswer is how many names were removed, and how many of those had come in by their code.
type UndoAnswer struct {
	Removed int `json:"removed"`
	CameIn  int `json:"came_in"`
}

// importRecord is the last import as it is kept.
type importRecord struct {
	ID   string `json:"id"`
	Time string `json:"time"`
}

// Import puts the names of a table on the list, and says which rows it did not take: as one change, or in pieces where several
// servers share the log. Errors: bad_frame, too_large, and the Keeper's; of several pieces some may be on the list then.
func (l *List) Import(k msglog.Keeper, q ImportQuery) (ImportAnswer, error) {
	answer := ImportAnswer{Added: []AddedEntry{}, Skipped: []SkippedLine{}, Encodings: []table.Encoding{}}
	t, err := q.read(&answer)
	if err != nil {
		return ImportAnswer{}, err
	}
	answer.Columns, answer.Sample, answer.Head, answer.Separator = t.Columns, t.Sample, t.Head, t.Separator
	answer.Sure, answer.ColumnNeeded = t.Sure, t.ColumnNeeded
	l.changing.Lock()
	defer l.changing.Unlock()
	as := l.revision()
	entries := l.take(t.Rows, &answer)
	if q.Preview || len(entries) == 0 {
		return answer, nil
	}
	batch := importRecord{ID: entries[0].ID, Time: wire.Time(time.Now()).String()}
	for i := range entries {
		var code EntryCode
		entries[i].Import = batch.ID
		entries[i], code = entries[i].withCode()
		answer.Added[i].ID, answer.Added[i].Code = code.ID, code.Code
	}
	if err := l.addAll(k, as, batch, entries, &answer); err != nil {
		return ImportAnswer{}, err
	}
	return answer, nil
}

// importPiece is how many entries are in one change where several servers share the log: a change goes to all of them at once.
const importPiece = 500

// addAll adds the entries of an import, which were checked as of a revision. changing is held.
func (l *List) addAll(k msglog.Keeper, as []byte, batch importRecord, entries []Entry, answer *ImportAnswer) error {
	piece := len(entries)
	if l.shared {
		piece = importPiece
	}
	for tries := msglog.MaxTries; len(entries) > 0 && tries > 0; {
		some := entries[:min(piece, len(entries))]
		records := []msglog.Record{batch.record()}
		for _, e := range some {
			records = append(records, e.record())
		}
		switch next, err := l.add(k, as, records...); {
		case errors.Is(err, msglog.ErrCondition):
			tries--
			as = l.revision()
			entries = l.without(entries, answer)
		case err != nil:
			return err
		default:
			entries, as = entries[len(some):], next
		}
	}
	if len(entries) > 0 {
		return wire.ErrNotKept
	}
	return nil
}

// without leaves out the entries whose names were put on the list at another server meanwhile. changing is held.
func (l *List) without(entries []Entry, answer *ImportAnswer) (left []Entry) {
	for _, e := range entries {
		if _, err := l.check(e.Name, len(left)); err == nil {
			left = append(left, e)
			continue
		} else if i := slices.IndexFunc(answer.Added, func(a AddedEntry) bool { return a.ID == e.ID }); i >= 0 {
			answer.Skipped = append(answer.Skipped, SkippedLine{answer.Added[i].Line, e.Name, wire.AsError(err).Message})
			answer.Added = slices.Delete(answer.Added, i, i+1)
		}
	}
	return left
}

// read reads the table of a query, and notes the encoding.
func (q ImportQuery) read(answer *ImportAnswer) (table.Table, error) {
	text := q.CSV
	if q.File != "" {
		file, err := base64.StdEncoding.DecodeString(q.File)
		if err != nil {
			return table.Table{}, &wire.Error{Code: wire.ErrBadFrame.Code, Message: "A file must be sent in base64.", Field: "file"}
		}
		read, err := table.Decode(file, q.Encoding, q.Language)
		if err != nil {
			return table.Table{}, err
		}
		text, answer.Encoding, answer.Encodings = read.Text, &read.Encoding, read.Others
	}
	return table.Read(text, table.Options{Columns: q.Column, Head: q.Head})
}

// take sorts the rows of a table into names to add and rows to skip. changing is held.
func (l *List) take(rows []table.Row, answer *ImportAnswer) (entries []Entry) {
	seen := map[string]int{} // the line of a name, by its looks
	for _, row := range rows {
		name, reason := row.Name, row.Reason
		var keys []string
		if reason == "" {
			clean, err := l.check(row.Name, len(entries))
			if err != nil {
				reason = wire.AsError(err).Message
			} else {
				name, keys = clean, names.Spellings(clean)
			}
		}
		for _, k := range keys {
			if line := seen[k]; line > 0 && reason == "" {
				reason = "A name that looks the same is in line " + strconv.Itoa(line) + ". If it is another person, add something that tells them apart."
			}
		}
		if reason != "" {
			answer.Skipped = append(answer.Skipped, SkippedLine{row.Line, wire.Clip(row.Name, 4*wire.MaxName), reason})
			continue
		}
		for _, k := range keys {
			seen[k] = row.Line
		}
		entries = append(entries, blankEntry(name))
		answer.Added = append(answer.Added, AddedEntry{Name: name, Line: row.Line})
	}
	return entries
}

// LastImport is the import that can be taken back, nil if there is none.
func (l *List) LastImport() *LastImport {
	l.mu.RLock()
	defer l.mu.RUnlock()
	_, answer := l.imported()
	if answer.Removed == 0 {
		return nil
	}
	return &LastImport{Time: l.last.Time, Count: answer.Removed, CameIn: answer.CameIn}
}

// imported are the entries of the last import that are on the list still. mu is held.
func (l *List) imported() (gone map[string]bool, answer UndoAnswer) {
	gone = map[string]bool{}
	if l.last.ID == "" {
		return gone, answer
	}
	for id, e := range l.by {
		if e.Import != l.last.ID {
			continue
		}
		gone[id] = true
		answer.Removed++
		if e.Used != "" {
			answer.CameIn++
		}
	}
	return gone, answer
}

// UndoImport removes the entries of the last import, in changes as Import, and returns their ids. Only one import can be taken
// back: after that it removes nobody. Errors: the Keeper's.
func (l *List) UndoImport(k msglog.Keeper) (answer UndoAnswer, gone map[string]bool, err error) {
	l.changing.Lock()
	defer l.changing.Unlock()
	l.mu.RLock()
	gone, answer = l.imported()
	l.mu.RUnlock()
	if answer.Removed == 0 {
		return answer, gone, nil
	}
	var records []msglog.Record
	for id := range gone {
		records = append(records, msglog.Record{Kind: recordEntry, Key: id})
	}
	records = append(records, msglog.Record{Kind: recordImport, Key: lastKey}) // at last: until then it can be taken back
	piece := len(records)
	if l.shared {
		piece = importPiece
	}
	for some := range slices.Chunk(records, piece) {
		if err := k.Keep(some...); err != nil {
			return UndoAnswer{}, nil, err
		}
	}
	return answer, gone, nil
}

func (r importRecord) record() msglog.Record {
	value, err := json.Marshal(r)
	if err != nil {
		value = nil // strings always encode
	}
	return msglog.Record{Kind: recordImport, Key: lastKey, Value: value}
}
