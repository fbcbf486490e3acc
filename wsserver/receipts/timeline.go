package receipts

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// This file is when each message of the operator's was received and read. The row of a cursor is written again with
// each receipt, so it holds the newest steps alone; older ones go onto shelves, rows of their own that are written once.

const (
	recordSteps = "steps"
	// shelfSteps is how many steps a cursor's own row holds at most.
	shelfSteps = 16
)

// step is when a message of the operator's was first covered: all from From to To at At, Unix ms.
type step struct {
	From uint64 `json:"f"`
	To   uint64 `json:"t"`
	At   int64  `json:"at"`
}

// steps are those of receiving and of reading, in the order of their times.
type steps struct {
	Got []step `json:"got"`
	Saw []step `json:"saw"`
}

// shelf is how many steps it and those before it hold.
type shelf struct{ got, saw int }

func (s *steps) since(f shelf) steps { return steps{s.Got[f.got:], s.Saw[f.saw:]} }

// newest is what the cursor's own row holds.
func (c *cursor) newest() steps {
	if n := len(c.shelves); n > 0 {
		return c.since(c.shelves[n-1])
	}
	return c.steps
}

// on is what one shelf holds, counted from 0.
func (c *cursor) on(n int) steps {
	var from shelf
	if n > 0 {
		from = c.shelves[n-1]
	}
	to := c.shelves[n]
	return steps{c.Got[from.got:to.got], c.Saw[from.saw:to.saw]}
}

// row is the cursor's own row as JSON, written by hand: ten thousand readers of one announcement write ten thousand.
func (c *cursor) row() []byte {
	b := make([]byte, 0, 512)
	b = appendSpans(append(b, `{"received":`...), c.Received)
	b = appendSpans(append(b, `,"read":`...), c.Read)
	s := c.newest()
	b = appendSteps(append(b, `,"got":`...), s.Got)
	b = appendSteps(append(b, `,"saw":`...), s.Saw)
	return append(b, '}')
}

func appendSpans(b []byte, list Spans) []byte {
	b = append(b, '[')
	for i, s := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendUint(append(b, `{"f":`...), s.From, 10)
		b = append(strconv.AppendUint(append(b, `,"t":`...), s.To, 10), '}')
	}
	return append(b, ']')
}

func appendSteps(b []byte, list []step) []byte {
	b = append(b, '[')
	for i, s := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendUint(append(b, `{"f":`...), s.From, 10)
		b = strconv.AppendUint(append(b, `,"t":`...), s.To, 10)
		b = append(strconv.AppendInt(append(b, `,"at":`...), s.At, 10), '}')
	}
	return append(b, ']')
}

// shelve marks a cursor as changed, and moves its steps onto a shelf where they are many. mu is held.
func (l *Ledger) shelve(c *cursor, key string) {
	l.dirty[recordKey{recordCursor, key}] = true
	if row := c.newest(); len(row.Got)+len(row.Saw) >= shelfSteps {
		l.dirty[recordKey{recordSteps, fmt.Sprintf("%s\x00%d", key, len(c.shelves))}] = true
		c.shelves = append(c.shelves, shelf{len(c.Got), len(c.Saw)})
	}
}

// steps is what a shelf's record holds. mu is held.
func (l *Ledger) steps(userID, topic, number string) steps {
	n, _ := strconv.Atoi(number) // shelve wrote it
	return l.cursor(userID, topic).on(n)
}

func (l *Ledger) readCursor(key string, value []byte) error {
	userID, topic, _ := strings.Cut(key, "\x00")
	c := l.cursor(userID, topic)
	var row struct {
		Received Spans `json:"received"`
		Read     Spans `json:"read"`
		steps
	}
	err := json.Unmarshal(value, &row)
	c.Received, c.Read = row.Received, row.Read
	c.Got, c.Saw = append(c.Got, row.Got...), append(c.Saw, row.Saw...)
	return err
}

// readShelves reads all shelves, before the cursors' own rows.
func (l *Ledger) readShelves(each func(func(key string, value []byte) error) error) error {
	rows := map[string]map[int]steps{}
	err := each(func(key string, value []byte) error {
		i := strings.LastIndexByte(key, 0)
		n, err := strconv.Atoi(key[i+1:])
		if err != nil || i < 0 {
			return err
		}
		if rows[key[:i]] == nil {
			rows[key[:i]] = map[int]steps{}
		}
		var s steps
		err = json.Unmarshal(value, &s)
		rows[key[:i]][n] = s
		return err
	})
	for key, shelves := range rows {
		userID, topic, _ := strings.Cut(key, "\x00")
		c := l.cursor(userID, topic)
		numbers := make([]int, 0, len(shelves))
		for n := range shelves {
			numbers = append(numbers, n)
		}
		slices.Sort(numbers)
		for _, n := range numbers {
			c.Got, c.Saw = append(c.Got, shelves[n].Got...), append(c.Saw, shelves[n].Saw...)
			c.shelves = append(c.shelves, shelf{len(c.Got), len(c.Saw)})
		}
	}
	return err
}
