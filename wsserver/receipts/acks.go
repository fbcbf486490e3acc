package receipts

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"belfry/wsserver/msglog"
)

// Bounds of a Repeat.
const (
	MaxRepeatEvery = 24 * 60 // minutes
	MaxRepeatTimes = 100
)

// Repeat asks for reminders of a message: one every Every minutes, Times times.
type Repeat struct {
	Every int `json:"every"`
	Times int `json:"times"`
}

// Acknowledgement is one message that was acknowledged, and when that first happened.
type Acknowledgement struct {
	Seq uint64
	At  time.Time
}

// Ack makes an acknowledgement durable. It answers seq, the message that seq resends, and that message's other resends to
// the same person; list has all of them, seq first, each with the time of its first acknowledgement. It blocks for the
// Keeper, whose error it returns: then nothing counts as acknowledged that did not before.
func (l *Deliveries) Ack(k msglog.Keeper, seq uint64, userID string) (list []Acknowledgement, err error) {
	for range msglog.MaxTries {
		// Where another server of the log was faster, it is known by now.
		if err = l.ack(k, seq, userID); !errors.Is(err, msglog.ErrCondition) {
			break
		}
	}
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.answeredTogether(seq, userID) {
		if at, ok := l.acks[s][userID]; ok {
			list = append(list, Acknowledgement{s, time.UnixMilli(at)})
		}
	}
	return list, nil
}

// ack tries once to make an acknowledgement durable.
func (l *Deliveries) ack(k msglog.Keeper, seq uint64, userID string) (err error) {
	var records []msglog.Record
	l.mu.Lock()
	seqs := l.answeredTogether(seq, userID)
	fresh, at := false, int64(0)
	for _, s := range seqs {
		if _, already := l.acks[s][userID]; !already {
			key := ackKey(s, userID)
			fresh = fresh || l.pendingAcks[key] == 0
			at = l.pendingAckTime(key)
			r := msglog.Record{Kind: recordAck, Key: key, Value: []byte(strconv.FormatInt(at, 10))}
			if l.shared != nil {
				r = r.Expecting(nil) // the first one stays, at all servers
			}
			records = append(records, r)
		}
	}
	origin := l.origin(seq)
	l.mu.Unlock()
	switch {
	case fresh:
		told, done := l.news.Acknowledging(origin, userID, time.UnixMilli(at))
		err = k.Keep(slices.Concat(records, told)...)
		done(err == nil)
	case len(records) > 0:
		err = k.Keep(records...)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, r := range records {
		at := l.pendingAcks[r.Key]
		delete(l.pendingAcks, r.Key)
		if err == nil && at > 0 && l.shared == nil { // else Applied was told
			s, _, _ := splitAckKey(r.Key) // ackKey wrote it
			l.updateCounts(userID, []uint64{s}, func() { l.setAck(s, userID, at) })
			l.rev++
		}
	}
	return err
}

// applyAck takes an acknowledgement that the log has applied. mu is held.
func (l *Deliveries) applyAck(r *msglog.Record, own bool) error {
	seq, userID, err := splitAckKey(r.Key)
	if err != nil {
		return err
	}
	l.updateCounts(userID, []uint64{seq}, func() { err = l.readAck(r.Key, r.Value) })
	if l.rev++; own {
		l.shared.tellDone([]uint64{seq})
	}
	return err
}

// pendingAckTime returns when an acknowledgement that is not durable yet was first given: two devices may give the same
// at once. mu is held.
func (l *Deliveries) pendingAckTime(key string) int64 {
	if l.pendingAcks[key] == 0 {
		l.pendingAcks[key] = time.Now().UnixMilli()
	}
	return l.pendingAcks[key]
}

// setAck notes an acknowledgement that is durable; the first one stays. mu is held.
func (l *Deliveries) setAck(seq uint64, userID string, at int64) {
	by := l.acks[seq]
	if by == nil {
		by = map[string]int64{}
		l.acks[seq] = by
	}
	if _, ok := by[userID]; !ok {
		by[userID] = at
	}
}

// AckTime returns when a person acknowledged seq; false if they have not.
func (l *Deliveries) AckTime(seq uint64, userID string) (at time.Time, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	ms, ok := l.acks[seq][userID]
	return time.UnixMilli(ms), ok
}

// unansweredAmong is among how many of the operator's newest messages Unanswered looks.
const unansweredAmong = 1000

// LeftOut is what a page is not sent when it joins.
type LeftOut struct {
	// UpTo is the newest seq that it may not be sent.
	UpTo uint64
	// Since is the last seq that the page was sent before; an urgent message without a button is asked about after it alone.
	Since uint64
	// PrivateSince is up to where private messages are not the person's.
	PrivateSince uint64
}

// Unanswered lists what was left out, was not closed, and waits for a person: for their acknowledgement, or if it is urgent
// and has no button, to be read. It lists the newest, at most most, in rising order.
func (l *Deliveries) Unanswered(userID string, out LeftOut, most int) (list []uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	m := l.members[userID]
	if m == nil {
		return nil
	}
	end, found := slices.BinarySearch(l.seqs, out.UpTo)
	if found {
		end++
	}
	for _, seq := range slices.Backward(l.seqs[max(0, end-unansweredAmong):end]) {
		b := l.broadcasts[seq]
		if b == nil || l.closed[seq] != 0 || !l.waitsFor(userID, m, seq, b, out.Since) {
			continue
		}
		if b.audience != "" && !m.belongedTo(b.audience, seq) || b.audience == "" && (b.userID != userID || seq <= out.PrivateSince) {
			continue
		}
		if list = append(list, seq); len(list) == most {
			break
		}
	}
	slices.Reverse(list)
	return list
}

// waitsFor reports whether b waits for one of its recipients: with a button until it was pressed, and without one, where it is
// urgent and came after since, until it was read. mu is held.
func (l *Deliveries) waitsFor(userID string, m *member, seq uint64, b *broadcast, since uint64) bool {
	if b.ack != "" {
		_, acked := l.acks[seq][userID]
		return !acked
	}
	if !b.urgent || seq <= since {
		return false
	}
	c := m.cursors[b.cursorTopic()]
	return c == nil || !c.read.has(seq)
}

func (l *Deliveries) readAck(key string, value []byte) error {
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

// AckedBy returns what a record of an acknowledgement says; ok is false where it is no such record.
func AckedBy(r msglog.Record) (userID string, a Acknowledgement, ok bool) {
	if r.Kind != recordAck || r.Erased() {
		return "", a, false
	}
	seq, userID, err := splitAckKey(r.Key)
	at, badTime := strconv.ParseInt(string(r.Value), 10, 64)
	return userID, Acknowledgement{seq, time.UnixMilli(at)}, err == nil && badTime == nil
}

// IsOf reports whether a record is one of a Ledger's that all servers of a log follow.
func IsOf(r msglog.Record) bool {
	return slices.Contains([]string{recordDelta, recordAck, recordGuests, recordClosed, recordTold}, r.Kind)
}

// ackKey is the key of an acknowledgement's record.
func ackKey(seq uint64, userID string) string { return fmt.Sprintf("%d\x00%s", seq, userID) }

// splitAckKey reads what ackKey wrote.
func splitAckKey(key string) (seq uint64, userID string, err error) {
	number, userID, _ := strings.Cut(key, "\x00")
	seq, err = strconv.ParseUint(number, 10, 64)
	return seq, userID, err
}
