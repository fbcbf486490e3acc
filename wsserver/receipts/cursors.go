package receipts

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"
)

// cursor is how far one person has received and read one topic, or everyone and private. All of the person's devices
// share it.
type cursor struct {
	received, read ranges
	timeline       timeline
	// archives say where each archive ends in the timeline, the oldest first.
	archives []archive
	// coarse: there were too many ranges, so beginnings that cover nothing are not kept any more. A device that comes back
	// is then known to continue a range only if that is received up to there.
	coarse bool
}

// maxRanges bounds the ranges of a cursor, received and read separately: a client that says hello again and again, each time
// from a different position, could otherwise make any number of them.
const maxRanges = 64

// begin marks where a range begins.
func (c *cursor) begin(after uint64) {
	if !c.coarse {
		c.received = c.received.add(after+1, after)
		c.bound()
	}
}

// bound makes the cursor coarse if it has too many ranges.
func (c *cursor) bound() {
	if len(c.received) > maxRanges {
		c.coarse, c.received = true, slices.DeleteFunc(c.received, func(r seqRange) bool { return r.To < r.From })
	}
}

// cursor returns a person's cursor, and adds one if there is none. mu is held.
func (c *core) cursor(userID, topic string) *cursor {
	m := c.member(userID)
	cur := m.cursors[topic]
	if cur == nil {
		cur = &cursor{}
		m.cursors[topic] = cur
	}
	return cur
}

// cursorKey is the key of a cursor's record.
func cursorKey(userID, topic string) string { return userID + "\x00" + topic }

// BeginRange notes that a device of a person is sent topic ("": everyone and private) without a gap from after on. It
// returns the position that the device's receipts count from: after, or an earlier one where resumed says that the device
// continues a range that it had before.
func (l *Deliveries) BeginRange(userID, topic string, after uint64, resumed bool) (from uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := l.cursor(userID, topic)
	if i := c.received.find(after + 1); resumed && i >= 0 && (!c.coarse || after <= c.received[i].To) {
		return c.received[i].From - 1
	}
	c.begin(after)
	l.markDirty(recordCursor, cursorKey(userID, topic))
	return after
}

// Advance notes that a device has received, or with read also shown, everything of topic after from up to seq. from is
// BeginRange's result.
func (l *Deliveries) Advance(userID, topic string, from, seq uint64, read bool) {
	if seq <= from {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	c := l.cursor(userID, topic)
	a := advance{l, userID, topic, from + 1, seq, time.Now().UnixMilli()}
	changed := a.apply(&c.received, &c.timeline.Received)
	if read { // received too: both may become known at once
		changed = a.apply(&c.read, &c.timeline.Read) || changed
	}
	if changed {
		l.archiveOld(c, cursorKey(userID, topic))
	}
}

// advance is one step of a cursor: everything of a topic from from to to was received, or read, now.
type advance struct {
	*Deliveries
	userID, topic string
	from, to      uint64
	now           int64 // Unix ms
}

// apply adds the step to covered, and to times where a message of the operator's is newly covered. It reports whether
// anything changed. mu is held.
func (a advance) apply(covered *ranges, times *[]interval) bool {
	from := a.from
	if i := covered.find(from); i >= 0 {
		if a.to <= (*covered)[i].To {
			return false
		}
		from = max(from, (*covered)[i].To+1)
	}
	if len(*covered) >= maxRanges && !covered.touch(from, a.to) {
		return false // better to lose one receipt than to have a record that grows with each
	}
	fresh, first := false, from
	for _, o := range *covered { // covered messages keep their time, so intervals do not overlap
		if o.From > first && o.From <= a.to && o.From <= o.To {
			fresh = a.addInterval(times, first, o.From-1) || fresh
			first = o.To + 1
		}
	}
	if fresh = a.addInterval(times, first, a.to) || fresh; fresh {
		a.rev++
	}
	a.updateCounts(a.userID, a.affected(a.userID, a.topic, from, a.to), func() { *covered = covered.add(from, a.to) })
	return true
}

// addInterval adds to times that all from from to to was covered now, where a message of the operator's is among it. mu
// is held.
func (a advance) addInterval(times *[]interval, from, to uint64) bool {
	if from > to || !a.broadcastBetween(from-1, to) {
		return false
	}
	*times = append(*times, interval{from, to, a.now})
	return true
}

// record is the cursor's record as JSON, encoded by hand: ten thousand readers of one announcement write ten thousand of
// them. It holds only the newest intervals.
func (c *cursor) record() []byte {
	b := make([]byte, 0, 512)
	b = appendRanges(append(b, `{"received":`...), c.received)
	b = appendRanges(append(b, `,"read":`...), c.read)
	if c.coarse {
		b = append(b, `,"coarse":true`...)
	}
	recent := c.recent()
	b = appendIntervals(append(b, `,"got":`...), recent.Received)
	b = appendIntervals(append(b, `,"saw":`...), recent.Read)
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

// readCursor reads a cursor's record, after its archives.
func (l *Deliveries) readCursor(key string, value []byte) error {
	userID, topic, _ := strings.Cut(key, "\x00")
	c := l.cursor(userID, topic)
	var record struct {
		Received ranges     `json:"received"`
		Read     ranges     `json:"read"`
		Got      []interval `json:"got"`
		Saw      []interval `json:"saw"`
		Coarse   bool       `json:"coarse"`
	}
	err := json.Unmarshal(value, &record)
	c.received, c.read, c.coarse = record.Received, record.Read, record.Coarse
	c.bound()
	c.timeline.Received = append(c.timeline.Received, record.Got...)
	c.timeline.Read = append(c.timeline.Read, record.Saw...)
	return err
}
