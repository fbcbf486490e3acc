package receipts

import (
	"encoding/binary"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"belfry/wsserver/internal/packed"
	"belfry/wsserver/receipts/confirmed"
	"belfry/wsserver/receipts/delta"
)

// cursor is how far one person has received and read one topic, or everyone and private. All of the person's devices
// share it.
type cursor struct {
	progress
	upto    uint64                   // number of the last delta that the cursor's row has
	touched uint64                   // the merge for which the row was noted
	ahead   *confirmed.Row[progress] // the row as the order has it; nil: it is the same
}

// progress is what a cursor's rows say.
type progress struct {
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
func (c *progress) begin(after uint64) {
	c.received = c.received.add(after+1, after)
	c.bound()
}

// canBegin reports whether a beginning there would change anything.
func (c *progress) canBegin(after uint64) bool {
	i := c.received.find(after + 1)
	return !c.coarse && (i < 0 || c.received[i].To < after)
}

// bound makes the cursor coarse if it has too many ranges.
func (c *progress) bound() {
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
	p := l.roomy(c)
	if i := p.received.find(after + 1); resumed && i >= 0 && (!p.coarse || after <= p.received[i].To) {
		return p.received[i].From - 1
	}
	if p.canBegin(after) {
		l.changeCursor(&delta.Delta{Kind: delta.Begin, UserID: userID, Topic: topic, To: after}, c)
	}
	return after
}

// changeCursor has a change of a cursor take effect, and has it written. mu is held.
func (l *Deliveries) changeCursor(d *delta.Delta, c *cursor) {
	if l.shared != nil {
		l.shared.changeCursorAhead(d, c)
		l.rev++
		return
	}
	if d.Kind == delta.Begin {
		l.applyToProgress(&c.progress, d)
	} else {
		l.updateCounts(d.UserID, l.affected(d.UserID, d.Topic, d.From, d.To), func() {
			if l.applyToProgress(&c.progress, d) {
				l.rev++
			}
		})
	}
	l.note(d)
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
	p := l.roomy(c)
	d := delta.Delta{Kind: delta.Advance, UserID: userID, Topic: topic, From: seq, To: seq, At: time.Now().UnixMilli()}
	var first uint64
	if first, d.Received = p.received.fresh(from+1, seq); d.Received {
		d.From = first
	}
	if read {
		if first, d.Read = p.read.fresh(from+1, seq); d.Read {
			d.From = min(d.From, first)
		}
	}
	if !d.Received && !d.Read {
		return
	}
	l.changeCursor(&d, c)
}

// fresh returns where the part of from to to begins that s does not have; false if it has all, or cannot have more ranges:
// better to lose one receipt than to have a row that grows with each.
func (s ranges) fresh(from, to uint64) (first uint64, ok bool) {
	if i := s.find(from); i >= 0 {
		if to <= s[i].To {
			return 0, false
		}
		from = max(from, s[i].To+1)
	}
	return from, len(s) < maxRanges || s.touch(from, to)
}

// makeRoom joins ranges between which the operator wrote nothing, if there are too many: nothing that counts lies between them.
// So whoever comes back again and again after more messages than a recovery has is still counted. mu is held.
func (c *core) makeRoom(s *ranges) {
	if len(*s) < maxRanges {
		return
	}
	joined := (*s)[:1:1]
	for _, r := range (*s)[1:] {
		last := &joined[len(joined)-1]
		if empty := r.To < r.From || last.To < last.From; empty || c.broadcastBetween(last.To, r.From-1) {
			joined = append(joined, r)
			continue
		}
		last.To = r.To
	}
	*s = joined
}

// roomy is a cursor with room for one more range, if that can be made. Where servers share the log it is a copy: what is in
// memory changes by deltas alone. mu is held.
func (l *Deliveries) roomy(cur *cursor) *progress {
	p := &cur.progress
	if len(p.received) < maxRanges && len(p.read) < maxRanges {
		return p
	}
	if l.shared != nil {
		p = new(p.clone())
	}
	l.makeRoom(&p.received)
	l.makeRoom(&p.read)
	return p
}

// applyToProgress has a delta take effect on a cursor. It reports whether a message of the operator's was newly received or
// read. mu is held.
func (c *core) applyToProgress(cur *progress, d *delta.Delta) (news bool) {
	if d.Kind == delta.Begin {
		if c.makeRoom(&cur.received); cur.canBegin(d.To) {
			cur.begin(d.To)
		}
		return false
	}
	if d.Received {
		news = c.cover(&cur.received, &cur.timeline.Received, d)
	}
	if d.Read { // received too: both may become known at once
		news = c.cover(&cur.read, &cur.timeline.Read, d) || news
	}
	return news
}

// cover adds what a delta says to covered, and to times where a message of the operator's is newly covered. mu is held.
func (c *core) cover(covered *ranges, times *[]interval, d *delta.Delta) (news bool) {
	c.makeRoom(covered)
	from, ok := covered.fresh(d.From, d.To)
	if !ok {
		return false
	}
	first := from
	for _, o := range *covered { // covered messages keep their time, so intervals do not overlap
		if o.From > first && o.From <= d.To && o.From <= o.To {
			news = c.addInterval(times, interval{first, o.From - 1, d.At}) || news
			first = o.To + 1
		}
	}
	news = c.addInterval(times, interval{first, d.To, d.At}) || news
	*covered = covered.add(from, d.To)
	return news
}

// addInterval adds an interval to times where a message of the operator's is in it. mu is held.
func (c *core) addInterval(times *[]interval, i interval) bool {
	if i.From > i.To || !c.broadcastBetween(i.From-1, i.To) {
		return false
	}
	*times = append(*times, i)
	return true
}

// cursorForm is the first byte of a cursor's row. Earlier versions wrote JSON.
const cursorForm = 1

// row is the cursor's row, which has the deltas up to a number, with the newest intervals alone.
func (c *progress) row(upto uint64) []byte {
	recent := c.recent()
	b := make([]byte, 0, 32+8*(len(c.received)+len(c.read)+len(recent.Received)+len(recent.Read)))
	b = binary.AppendUvarint(append(b, cursorForm), upto)
	coarse := byte(0)
	if c.coarse {
		coarse = 1
	}
	b = append(b, coarse)
	b = appendRanges(appendRanges(b, c.received), c.read)
	return appendIntervals(appendIntervals(b, recent.Received), recent.Read)
}

// appendRanges codes ranges: each as how far it begins after the end of the one before, and how many seqs it has.
func appendRanges(b []byte, list ranges) []byte {
	b = binary.AppendUvarint(b, uint64(len(list)))
	end := uint64(0)
	for _, s := range list {
		b = binary.AppendUvarint(b, s.From-end)
		b = binary.AppendUvarint(b, s.To+1-s.From)
		end = s.To
	}
	return b
}

func readRanges(n *packed.Numbers) (list ranges) {
	end := uint64(0)
	for range n.Count() {
		from := end + n.Uvarint()
		end = from + n.Uvarint() - 1
		n.Refuse(from == 0 || end < from-1)
		list = append(list, seqRange{from, end})
	}
	return list
}

// readCursor reads a cursor's row, after its archives. mu is held.
func (c *core) readCursor(key string, value []byte) error {
	userID, topic, _ := strings.Cut(key, "\x00")
	cur := c.cursor(userID, topic)
	if len(value) == 0 || value[0] != cursorForm {
		return cur.readJSON(value)
	}
	n := packed.NumbersOf(value[1:], delta.ErrDamaged)
	cur.upto = n.Uvarint()
	cur.coarse = n.Byte() == 1
	cur.received, cur.read = readRanges(n), readRanges(n)
	cur.timeline.Received = append(cur.timeline.Received, readIntervals(n)...)
	cur.timeline.Read = append(cur.timeline.Read, readIntervals(n)...)
	cur.bound()
	return n.Err()
}

// readJSON reads the row as earlier versions wrote it.
func (c *cursor) readJSON(value []byte) error {
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

// seqRange is the seqs from From to To, both included. To 0 in a membership: it is still open. A range with To = From-1
// is empty and marks where one begins.
type seqRange struct {
	From uint64 `json:"f"`
	To   uint64 `json:"t"`
}

// ranges are in rising order and do not touch.
type ranges []seqRange

// add joins [from, to] to s, merging what it touches. from = to+1 marks where a range begins.
func (s ranges) add(from, to uint64) ranges {
	i := 0
	for i < len(s) && s[i].To+1 < from { // ends before, with a gap
		i++
	}
	j := i
	for j < len(s) && s[j].From <= to+1 && (from <= to || s[j].To+1 >= from) {
		from, to = min(from, s[j].From), max(to, s[j].To)
		j++
	}
	return slices.Replace(s, i, j, seqRange{from, to})
}

// touch reports whether [from, to] can be joined to s without one more range.
func (s ranges) touch(from, to uint64) bool {
	return slices.ContainsFunc(s, func(o seqRange) bool { return o.From <= to+1 && from <= o.To+1 })
}

func (s ranges) has(seq uint64) bool {
	i := s.find(seq)
	return i >= 0 && seq <= s[i].To
}

// find is the index of the last range that begins at or before seq, -1 if none does.
func (s ranges) find(seq uint64) int {
	// The comparison never says equal, so the result is the first range that begins later.
	i, _ := slices.BinarySearchFunc(s, seq, func(o seqRange, seq uint64) int {
		if o.From <= seq {
			return -1
		}
		return 1
	})
	return i - 1
}

// isOpen reports whether the last range of a membership has not ended.
func (s ranges) isOpen() bool { return len(s) > 0 && s[len(s)-1].To == 0 }
