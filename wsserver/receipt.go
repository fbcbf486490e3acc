package wsserver

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// This file is what became of the operator's messages: received, read, acknowledged. Cursors are per person and
// topic; what a message's receipts are follows from them.

// cursor is how far one person has received and read one topic, or everyone and private. Devices are merged.
type cursor struct {
	Received spans `json:"received"`
	Read     spans `json:"read"`
	steps
	// shelves are how many steps the first, the second, … shelf and all before it hold.
	shelves []shelf
}

func (l *ledger) readAck(key string, value []byte) error {
	seqText, userID, _ := strings.Cut(key, "\x00")
	seq, err := strconv.ParseUint(seqText, 10, 64)
	if err != nil {
		return err
	}
	var at int64
	if err := json.Unmarshal(value, &at); err != nil {
		return err
	}
	l.acked(seq, userID, at)
	return nil
}

// acked notes an acknowledgement. mu is held.
func (l *ledger) acked(seq uint64, userID string, at int64) {
	by := l.acks[seq]
	if by == nil {
		by = map[string]int64{}
		l.acks[seq] = by
	}
	if _, ok := by[userID]; !ok {
		by[userID] = at
	}
}

func (l *ledger) cursor(userID, topic string) *cursor {
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
func (l *ledger) begin(userID, topic string, after uint64, resumed bool) (base uint64) {
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
func (l *ledger) reached(userID, topic string, base, seq uint64, read bool) {
	if seq <= base {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	c := l.cursor(userID, topic)
	now := time.Now().UnixMilli()
	changed := l.cover(&c.Received, &c.Got, base+1, seq, now)
	if read { // what is read was received
		changed = l.cover(&c.Read, &c.Saw, base+1, seq, now) || changed
	}
	if changed {
		l.shelve(c, userID+"\x00"+topic)
	}
}

// cover adds [from, to] to s, with the time where a message of the operator's is newly in it. mu is held.
func (l *ledger) cover(s *spans, steps *[]step, from, to uint64, now int64) bool {
	if i := s.find(from); i >= 0 {
		if to <= (*s)[i].To {
			return false
		}
		from = max(from, (*s)[i].To+1)
	}
	fresh, first := false, from
	for _, o := range *s { // steps do not overlap: what was covered before keeps its time
		if o.From > first && o.From <= to && o.From <= o.To {
			fresh = l.step(steps, first, o.From-1, now) || fresh
			first = o.To + 1
		}
	}
	if fresh = l.step(steps, first, to, now) || fresh; fresh {
		l.rev++
	}
	*s = s.add(from, to)
	return true
}

// step notes that all from from to to was covered now, where a message of the operator's is in it. mu is held.
func (l *ledger) step(steps *[]step, from, to uint64, now int64) bool {
	if from > to || !l.spokeBetween(from-1, to) {
		return false
	}
	*steps = append(*steps, step{from, to, now})
	return true
}

// at is when seq was covered, 0 where it was not.
func at(s spans, steps []step, seq uint64) int64 {
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

// receipts computes what became of a message.
func (l *ledger) receipts(e *Entry, guests int, detail bool) Receipts {
	l.mu.Lock()
	defer l.mu.Unlock()
	r := Receipts{Seq: e.Seq, Guests: guests}
	if e.Audience == AudiencePrivate {
		if m := l.members[e.UserID]; m != nil {
			l.count(&r, e, e.UserID, m, "", detail)
		}
		return r
	}
	key := inEveryone
	if e.Audience == AudienceTopic {
		key = e.Topic
	}
	for userID, m := range l.members {
		if m.was(key, e.Seq) {
			l.count(&r, e, userID, m, topicOf(e), detail)
		}
	}
	slices.SortFunc(r.Who, func(a, b Recipient) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.UserID, b.UserID))
	})
	return r
}

// topicOf is the cursor that tells of e.
func topicOf(e *Entry) string {
	if e.Audience == AudienceTopic {
		return e.Topic
	}
	return ""
}

// count adds one recipient. mu is held.
func (l *ledger) count(r *Receipts, e *Entry, userID string, m *member, topic string, detail bool) {
	acked := l.acks[e.Seq][userID]
	var got, saw int64
	if c := m.cursors[topic]; c != nil {
		got, saw = at(c.Received, c.Got, e.Seq), at(c.Read, c.Saw, e.Seq)
	}
	if acked > 0 { // who pressed the button has it before their eyes
		got, saw = cmp.Or(got, acked), cmp.Or(saw, acked)
	}
	r.Sent++
	for _, p := range []struct {
		at int64
		n  *int
	}{{got, &r.Received}, {saw, &r.Read}, {acked, &r.Acked}} {
		if p.at > 0 {
			*p.n++
		}
	}
	if detail {
		r.Who = append(r.Who, Recipient{userID, m.Name, m.was(present, e.Seq), stamp(got), stamp(saw), stamp(acked)})
	}
}

func stamp(ms int64) string {
	if ms == 0 {
		return ""
	}
	return wireTime(time.UnixMilli(ms)).String()
}

// isFor reports whether a message was for a person.
func (l *ledger) isFor(e *Entry, userID string) bool {
	if e.Audience == AudiencePrivate {
		return e.UserID == userID
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	m := l.members[userID]
	if m == nil {
		return false
	}
	if e.Audience == AudienceTopic {
		return m.was(e.Topic, e.Seq)
	}
	return m.was(inEveryone, e.Seq)
}

// ackOf is when a person acknowledged seq.
func (l *ledger) ackOf(seq uint64, userID string) (at int64, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	at, ok = l.acks[seq][userID]
	return at, ok
}

func ackKey(seq uint64, userID string) string { return fmt.Sprintf("%d\x00%s", seq, userID) }

// acking is when an acknowledgement that is not durable yet was first given: two devices may give it at once.
func (l *ledger) acking(key string) int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.underWay[key] == 0 {
		l.underWay[key] = time.Now().UnixMilli()
	}
	return l.underWay[key]
}

// ack makes an acknowledgement durable and returns when it was given: now, or the first time.
func (l *ledger) ack(b *bus, seq uint64, userID string) (time.Time, error) {
	if at, ok := l.ackOf(seq, userID); ok {
		return time.UnixMilli(at), nil
	}
	key := ackKey(seq, userID)
	now := l.acking(key)
	err := b.keep(Record{recordAck, key, []byte(strconv.FormatInt(now, 10))})
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.underWay, key)
	if err != nil {
		return time.Time{}, err
	}
	l.acked(seq, userID, now)
	l.rev++
	return time.UnixMilli(l.acks[seq][userID]), nil
}
