package receipts

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"belfry/wsserver/msglog"
	"belfry/wsserver/wire"
)

// This file is what became of the operator's messages: received, read, acknowledged. Cursors are per person and
// topic; what a message's receipts are follows from them.

// cursor is how far one person has received and read one topic, or everyone and private. Devices are merged.
type cursor struct {
	Received ranges `json:"received"`
	Read     ranges `json:"read"`
	timeline
	// archives are how many steps the first, the second, … shelf and all before it hold.
	archives []archive
}

func (l *Ledger) readAck(key string, value []byte) error {
	seq, userID, err := splitAckKey(key)
	if err != nil {
		return err
	}
	var at int64
	if err := json.Unmarshal(value, &at); err != nil {
		return err
	}
	l.setAck(seq, userID, at)
	return nil
}

// setAck notes an acknowledgement. mu is held.
func (l *Ledger) setAck(seq uint64, userID string, at int64) {
	by := l.acks[seq]
	if by == nil {
		by = map[string]int64{}
		l.acks[seq] = by
	}
	if _, ok := by[userID]; !ok {
		by[userID] = at
	}
}

func (l *Ledger) cursor(userID, topic string) *cursor {
	m := l.member(userID)
	c := m.cursors[topic]
	if c == nil {
		c = &cursor{}
		m.cursors[topic] = c
	}
	return c
}

// begin notes that a device of a person is sent topic (or everyone and private, "") without a gap from after on, and
// returns where its span begins: further back, where resumed says that it goes on with one it had.
func (l *Ledger) BeginRange(userID, topic string, after uint64, resumed bool) (base uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := l.cursor(userID, topic)
	if i := c.Received.find(after + 1); resumed && i >= 0 {
		return c.Received[i].From - 1
	}
	c.Received = c.Received.add(after+1, after)
	l.dirty[recordKey{recordCursor, userID + "\x00" + topic}] = true
	return after
}

// reached notes that a device has received, or shown, everything of topic after base up to seq.
func (l *Ledger) Advance(userID, topic string, base, seq uint64, read bool) {
	if seq <= base {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	c := l.cursor(userID, topic)
	now := time.Now().UnixMilli()
	moved := advance{l, userID, topic, base + 1, seq, now}
	changed := moved.apply(&c.Received, &c.Got)
	if read { // what is read was received
		changed = moved.apply(&c.Read, &c.Saw) || changed
	}
	if changed {
		l.archiveOld(c, userID+"\x00"+topic)
	}
}

// advance is what a device says that it has, or has shown: everything of a topic from from to to.
type advance struct {
	*Ledger
	userID, topic string
	from, to      uint64
	now           int64
}

// apply adds it to s, with the time where a message of the operator's is newly in it. mu is held.
func (l advance) apply(s *ranges, steps *[]interval) bool {
	from := l.from
	if i := s.find(from); i >= 0 {
		if l.to <= (*s)[i].To {
			return false
		}
		from = max(from, (*s)[i].To+1)
	}
	fresh, first := false, from
	for _, o := range *s { // steps do not overlap: what was covered before keeps its time
		if o.From > first && o.From <= l.to && o.From <= o.To {
			fresh = l.addInterval(steps, first, o.From-1, l.now) || fresh
			first = o.To + 1
		}
	}
	if fresh = l.addInterval(steps, first, l.to, l.now) || fresh; fresh {
		l.rev++
	}
	l.updateCounts(l.userID, l.affected(l.userID, l.topic, from, l.to), func() { *s = s.add(from, l.to) })
	return true
}

// addInterval notes that all from from to to was covered now, where a message of the operator's is in it. mu is held.
func (l *Ledger) addInterval(steps *[]interval, from, to uint64, now int64) bool {
	if from > to || !l.broadcastBetween(from-1, to) {
		return false
	}
	*steps = append(*steps, interval{from, to, now})
	return true
}

// at is when seq was covered, 0 where it was not.
func at(s ranges, steps []interval, seq uint64) int64 {
	if !s.has(seq) {
		return 0
	}
	for i := len(steps) - 1; i >= 0; i-- { // the newest are asked for most
		if p := steps[i]; p.From <= seq && seq <= p.To {
			return p.At
		}
	}
	return 0
}

// Receipts is what became of one message of the operator's. Sent counts the persons it was for; Guests, beside them,
// the connections that never said hello.
type Receipts struct {
	Seq      uint64 `json:"seq"`
	Sent     int    `json:"sent"`
	Received int    `json:"received"`
	Read     int    `json:"read"`
	Acked    int    `json:"acked"`
	Guests   int    `json:"guests"`
	// Who is each of them, by name; only where asked for.
	Who []Recipient `json:"who,omitempty"`
}

// Recipient is one person a message was for. Times are RFC 3339, "" where it has not happened.
type Recipient struct {
	UserID    string `json:"user_id"`
	Name      string `json:"name"`
	Connected bool   `json:"connected"` // then; else away
	Received  string `json:"received"`
	Read      string `json:"read"`
	Acked     string `json:"acked"`
}

// receipts is what became of a message of the operator's, false where it is none that is kept.
func (l *Ledger) Receipts(seq uint64, detail bool) (r Receipts, ok bool) {
	l.mu.Lock()
	h := l.broadcasts[seq]
	if h == nil {
		l.mu.Unlock()
		return r, false
	}
	t := h.counts
	if m := l.members[h.userID]; m != nil && h.audience == "" {
		t = l.contribution(seq, h, h.userID, m)
	}
	r = Receipts{Seq: seq, Sent: t.Sent, Received: t.Received, Read: t.Read, Acked: t.Acked, Guests: l.guests[seq]}
	l.mu.Unlock()
	if detail {
		r.Who = l.recipients(seq, h)
	}
	return r, true
}

// recipientsPerLock is how many recipients are looked at before others may have the lock.
const recipientsPerLock = 200

// candidate is somebody a message may have been for.
type candidate struct {
	userID string
	*member
}

// recipients lists a message's recipients, by name.
func (l *Ledger) recipients(seq uint64, h *broadcast) (list []Recipient) {
	for some := range slices.Chunk(l.candidates(h), recipientsPerLock) {
		l.mu.Lock()
		for _, p := range some {
			if h.audience == "" || p.belongedAt(h.audience, seq) {
				list = append(list, l.recipient(seq, h, p))
			}
		}
		l.mu.Unlock()
	}
	slices.SortFunc(list, func(a, b Recipient) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.UserID, b.UserID))
	})
	return list
}

// candidates lists all who may have been meant.
func (l *Ledger) candidates(h *broadcast) (list []candidate) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if h.audience == "" {
		if m := l.members[h.userID]; m != nil {
			list = append(list, candidate{h.userID, m})
		}
		return list
	}
	list = make([]candidate, 0, len(l.members))
	for userID, m := range l.members {
		list = append(list, candidate{userID, m})
	}
	return list
}

// recipient is one person's part in a message, the earlier of it and its copies. mu is held.
func (l *Ledger) recipient(seq uint64, h *broadcast, p candidate) Recipient {
	acked := l.acks[seq][p.userID]
	var got, saw int64
	if c := p.cursors[h.cursorTopic()]; c != nil {
		got, saw = at(c.Received, c.Got, seq), at(c.Read, c.Saw, seq)
	}
	for _, o := range l.resendsOf(seq, p.userID) {
		if c := p.cursors[""]; c != nil {
			got, saw = earlier(got, at(c.Received, c.Got, o)), earlier(saw, at(c.Read, c.Saw, o))
		}
	}
	got, saw = cmp.Or(got, acked), cmp.Or(saw, acked) // who pressed the button has it before their eyes
	return Recipient{p.userID, p.Name, p.belongedAt(Present, seq), stamp(got), stamp(saw), stamp(acked)}
}

// earlier of two times, 0 being never.
func earlier(a, b int64) int64 {
	if a == 0 || b == 0 {
		return max(a, b)
	}
	return min(a, b)
}

func stamp(ms int64) string {
	if ms == 0 {
		return ""
	}
	return wire.Time(time.UnixMilli(ms)).String()
}

// isFor reports whether a message was for a person.
func (l *Ledger) IsRecipient(e *msglog.Entry, userID string) bool {
	if e.Audience == msglog.AudiencePrivate {
		return e.UserID == userID
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	m := l.members[userID]
	if m == nil {
		return false
	}
	if e.Audience == msglog.AudienceTopic {
		return m.belongedAt(e.Topic, e.Seq)
	}
	return m.belongedAt(InEveryone, e.Seq)
}

// ackOf is when a person acknowledged seq.
func (l *Ledger) AckTime(seq uint64, userID string) (at int64, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	at, ok = l.acks[seq][userID]
	return at, ok
}

func ackKey(seq uint64, userID string) string { return fmt.Sprintf("%d\x00%s", seq, userID) }

// splitAckKey reads what ackKey wrote.
func splitAckKey(key string) (seq uint64, userID string, err error) {
	number, userID, _ := strings.Cut(key, "\x00")
	seq, err = strconv.ParseUint(number, 10, 64)
	return seq, userID, err
}
