package receipts

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// This file is about when each message of the operator's was received and read. A cursor's record is written again with
// each receipt, so it holds only the newest intervals: older intervals are archived in write-once records.

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
func (c *cursor) recent() timeline {
	var from archive
	if n := len(c.archives); n > 0 {
		from = c.archives[n-1]
	}
	return timeline{c.timeline.Received[from.received:], c.timeline.Read[from.read:]}
}

// archived is the part of the timeline that archive n holds, counted from 0.
func (c *cursor) archived(n int) timeline {
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

// archiveOld marks a cursor as changed, and moves its intervals into an archive if there are many. mu is held.
func (l *Deliveries) archiveOld(c *cursor, key string) {
	l.markDirty(recordCursor, key)
	if recent := c.recent(); len(recent.Received)+len(recent.Read) >= maxRecentIntervals {
		l.markDirty(recordArchive, archiveKey(key, len(c.archives)))
		c.archives = append(c.archives, archive{len(c.timeline.Received), len(c.timeline.Read)})
	}
}

// archivedTimeline returns the value of an archive's record. mu is held.
func (l *Deliveries) archivedTimeline(userID, topic, number string) timeline {
	n, _ := strconv.Atoi(number) // archiveKey wrote it
	return l.cursor(userID, topic).archived(n)
}

// readArchives reads all archives from records, which calls its argument for each. mu is held.
func (l *Deliveries) readArchives(records func(func(key string, value []byte) error) error) error {
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
		var t timeline
		err = json.Unmarshal(value, &t)
		byCursor[key[:i]][n] = t
		return err
	})
	for key, archives := range byCursor {
		userID, topic, _ := strings.Cut(key, "\x00")
		c := l.cursor(userID, topic)
		numbers := make([]int, 0, len(archives))
		for n := range archives {
			numbers = append(numbers, n)
		}
		slices.Sort(numbers)
		for _, n := range numbers {
			c.timeline.Received = append(c.timeline.Received, archives[n].Received...)
			c.timeline.Read = append(c.timeline.Read, archives[n].Read...)
			c.archives = append(c.archives, archive{len(c.timeline.Received), len(c.timeline.Read)})
		}
	}
	return err
}
