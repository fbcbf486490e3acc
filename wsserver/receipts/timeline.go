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
	// maxRecentIntervals is how many steps a cursor's own row holds at most.
	maxRecentIntervals = 16
)

// interval is when a message of the operator's was first covered: all from From to To at At, Unix ms.
type interval struct {
	From uint64 `json:"f"`
	To   uint64 `json:"t"`
	At   int64  `json:"at"`
}

// timeline are those of receiving and of reading, in the order of their times.
type timeline struct {
	Got []interval `json:"got"`
	Saw []interval `json:"saw"`
}

// archive is how many steps it and those before it hold.
type archive struct{ received, read int }

func (s *timeline) since(f archive) timeline { return timeline{s.Got[f.received:], s.Saw[f.read:]} }

// recent is what the cursor's own row holds.
func (c *cursor) recent() timeline {
	if n := len(c.archives); n > 0 {
		return c.since(c.archives[n-1])
	}
	return c.timeline
}

// archived is what one shelf holds, counted from 0.
func (c *cursor) archived(n int) timeline {
	var from archive
	if n > 0 {
		from = c.archives[n-1]
	}
	to := c.archives[n]
	return timeline{c.Got[from.received:to.received], c.Saw[from.read:to.read]}
}

// row is the cursor's own row as JSON, written by hand: ten thousand readers of one announcement write ten thousand.
func (c *cursor) row() []byte {
	b := make([]byte, 0, 512)
	b = appendRanges(append(b, `{"received":`...), c.Received)
	b = appendRanges(append(b, `,"read":`...), c.Read)
	s := c.recent()
	b = appendIntervals(append(b, `,"got":`...), s.Got)
	b = appendIntervals(append(b, `,"saw":`...), s.Saw)
	return append(b, '}')
}

func appendRanges(b []byte, list ranges) []byte {
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

func appendIntervals(b []byte, list []interval) []byte {
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

// archiveOld marks a cursor as changed, and moves its steps onto a shelf where they are many. mu is held.
func (l *Ledger) archiveOld(c *cursor, key string) {
	l.dirty[recordKey{recordCursor, key}] = true
	if row := c.recent(); len(row.Got)+len(row.Saw) >= maxRecentIntervals {
		l.dirty[recordKey{recordSteps, fmt.Sprintf("%s\x00%d", key, len(c.archives))}] = true
		c.archives = append(c.archives, archive{len(c.Got), len(c.Saw)})
	}
}

// archivedTimeline is what a shelf's record holds. mu is held.
func (l *Ledger) archivedTimeline(userID, topic, number string) timeline {
	n, _ := strconv.Atoi(number) // shelve wrote it
	return l.cursor(userID, topic).archived(n)
}

func (l *Ledger) readCursor(key string, value []byte) error {
	userID, topic, _ := strings.Cut(key, "\x00")
	c := l.cursor(userID, topic)
	var row struct {
		Received ranges `json:"received"`
		Read     ranges `json:"read"`
		timeline
	}
	err := json.Unmarshal(value, &row)
	c.Received, c.Read = row.Received, row.Read
	c.Got, c.Saw = append(c.Got, row.Got...), append(c.Saw, row.Saw...)
	return err
}

// readArchives reads all shelves, before the cursors' own rows.
func (l *Ledger) readArchives(each func(func(key string, value []byte) error) error) error {
	rows := map[string]map[int]timeline{}
	err := each(func(key string, value []byte) error {
		i := strings.LastIndexByte(key, 0)
		n, err := strconv.Atoi(key[i+1:])
		if err != nil || i < 0 {
			return err
		}
		if rows[key[:i]] == nil {
			rows[key[:i]] = map[int]timeline{}
		}
		var s timeline
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
			c.archives = append(c.archives, archive{len(c.Got), len(c.Saw)})
		}
	}
	return err
}
