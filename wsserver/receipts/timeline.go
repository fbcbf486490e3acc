package receipts

import (
	"encoding/binary"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"belfry/wsserver/internal/packed"
	"belfry/wsserver/receipts/delta"
)

// This file is about when each message of the operator's was received and read. A cursor's row is written again with each
// merge, so it holds only the newest intervals: older ones are archived in rows that are written once.

// maxRecentIntervals is how many intervals a cursor's own record holds at most.
const maxRecentIntervals = 16

// interval is when messages of the operator's were first received, or read: all from From to To at At, Unix ms.
type interval struct {
	From uint64 `json:"f"`
	To   uint64 `json:"t"`
	At   int64  `json:"at"`
}

// timeline is the intervals of receiving and of reading, each in the order of their times.
type timeline struct {
	Received []interval `json:"got"`
	Read     []interval `json:"saw"`
}

// archive is how many intervals of a timeline it and the archives before it hold.
type archive struct{ received, read int }

// recent is the part of the timeline that the cursor's own record holds.
func (c *progress) recent() timeline {
	var from archive
	if n := len(c.archives); n > 0 {
		from = c.archives[n-1]
	}
	return timeline{c.timeline.Received[from.received:], c.timeline.Read[from.read:]}
}

// archived is the part of the timeline that archive n holds, counted from 0.
func (c *progress) archived(n int) timeline {
	var from archive
	if n > 0 {
		from = c.archives[n-1]
	}
	to := c.archives[n]
	return timeline{c.timeline.Received[from.received:to.received], c.timeline.Read[from.read:to.read]}
}

// at returns when seq was covered, in Unix ms; 0 if it was not.
func at(covered ranges, times []interval, seq uint64) int64 {
	if !covered.has(seq) {
		return 0
	}
	for i := len(times) - 1; i >= 0; i-- { // the newest are asked for most
		if p := times[i]; p.From <= seq && seq <= p.To {
			return p.At
		}
	}
	return 0
}

// archiveOld moves the cursor's intervals into an archive if there are many, and returns its row; nil if there are few.
func (c *progress) archiveOld() []byte {
	recent := c.recent()
	if len(recent.Received)+len(recent.Read) < maxRecentIntervals {
		return nil
	}
	c.archives = append(c.archives, archive{len(c.timeline.Received), len(c.timeline.Read)})
	return recent.row()
}

// archiveForm is the first byte of an archive's row. Earlier versions wrote JSON.
const archiveForm = 1

func (t timeline) row() []byte {
	b := make([]byte, 0, 8+8*(len(t.Received)+len(t.Read)))
	return appendIntervals(appendIntervals(append(b, archiveForm), t.Received), t.Read)
}

func readTimeline(value []byte) (t timeline, err error) {
	if len(value) == 0 || value[0] != archiveForm {
		err = json.Unmarshal(value, &t)
		return t, err
	}
	n := packed.NumbersOf(value[1:], delta.ErrDamaged)
	t.Received, t.Read = readIntervals(n), readIntervals(n)
	return t, n.Err()
}

// appendIntervals codes intervals: each by how far it is from the one before, in seqs and in time.
func appendIntervals(b []byte, list []interval) []byte {
	b = binary.AppendUvarint(b, uint64(len(list)))
	var before interval
	for _, i := range list {
		b = binary.AppendVarint(b, int64(i.From-before.To)) //nolint:gosec // it wraps, and is read the same way
		b = binary.AppendUvarint(b, i.To-i.From)
		b = binary.AppendVarint(b, i.At-before.At)
		before = i
	}
	return b
}

func readIntervals(n *packed.Numbers) (list []interval) {
	var i interval
	for range n.Count() {
		i.From = i.To + uint64(n.Varint()) //nolint:gosec // it wraps, as it was written
		i.To = i.From + n.Uvarint()
		i.At += n.Varint()
		n.Refuse(i.To < i.From)
		list = append(list, i)
	}
	return list
}

// readArchives reads all archives from records, which calls its argument for each. mu is held.
func (c *core) readArchives(records func(func(key string, value []byte) error) error) error {
	byCursor := map[string]map[int]timeline{}
	err := records(func(key string, value []byte) error {
		i := strings.LastIndexByte(key, 0)
		n, err := strconv.Atoi(key[i+1:])
		if err != nil || i < 0 {
			return err
		}
		if byCursor[key[:i]] == nil {
			byCursor[key[:i]] = map[int]timeline{}
		}
		byCursor[key[:i]][n], err = readTimeline(value)
		return err
	})
	for key, archives := range byCursor {
		userID, topic, _ := strings.Cut(key, "\x00")
		cur := c.cursor(userID, topic)
		numbers := make([]int, 0, len(archives))
		for n := range archives {
			numbers = append(numbers, n)
		}
		slices.Sort(numbers)
		for _, n := range numbers {
			cur.timeline.Received = append(cur.timeline.Received, archives[n].Received...)
			cur.timeline.Read = append(cur.timeline.Read, archives[n].Read...)
			cur.archives = append(cur.archives, archive{len(cur.timeline.Received), len(cur.timeline.Read)})
		}
	}
	return err
}
