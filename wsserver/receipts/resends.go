package receipts

import (
	"slices"
	"strconv"
	"time"

	"belfry/wsserver/msglog"
)

// This file is about copies: what the operator writes to one person about a message that went out before, quoting it and
// asking for the same. What that person does with the copy counts for the announcement too, and an acknowledgement of
// either is one of both.

// trackResend notes whether a private message is a copy, maybe of a copy. mu is held.
func (l *Ledger) trackResend(e *msglog.Entry, h *broadcast) {
	of := l.broadcasts[e.ReplyTo]
	if of == nil || of.ack != e.Ack || of.audience == "" && of.userID != e.UserID {
		return
	}
	h.resendOf = e.ReplyTo
	l.resends[e.UserID] = append(l.resends[e.UserID], e.Seq)
}

// origin is what a message is a copy of in the end, as far as that is kept: itself, where it is none. mu is held.
func (l *Ledger) origin(seq uint64) uint64 {
	for h := l.broadcasts[seq]; h != nil && l.broadcasts[h.resendOf] != nil; h = l.broadcasts[seq] {
		seq = h.resendOf
	}
	return seq
}

// resendsOf lists the copies of seq that a person was written. mu is held.
func (l *Ledger) resendsOf(seq uint64, userID string) (list []uint64) {
	for _, c := range l.resends[userID] {
		if c != seq && l.broadcasts[c] != nil && l.origin(c) == seq {
			list = append(list, c)
		}
	}
	return list
}

// answeredTogether lists what one press of a button answers: seq first, then what it is a copy of, and the other copies that
// this person was sent. mu is held.
func (l *Ledger) answeredTogether(seq uint64, userID string) []uint64 {
	list := []uint64{seq}
	origin := l.origin(seq)
	if m := l.members[userID]; origin != seq && m != nil && l.broadcasts[origin].fromCursors(origin, m).Sent > 0 {
		list = append(list, origin)
	}
	for _, c := range l.resendsOf(origin, userID) {
		if c != seq {
			list = append(list, c)
		}
	}
	return list
}

// affected lists the messages in whose count a person's part may change when their cursor of topic moves over
// from to to. mu is held.
func (l *Ledger) affected(userID, topic string, from, to uint64) []uint64 {
	if topic != "" {
		return seqsBetween(l.seqsByAudience[topic], from, to)
	}
	list := seqsBetween(l.seqsByAudience[InEveryone], from, to)
	copies := seqsBetween(l.resends[userID], from, to)
	if len(copies) == 0 {
		return list
	}
	list = slices.Clone(list)
	for _, c := range copies {
		if o := l.origin(c); !slices.Contains(list, o) {
			list = append(list, o)
		}
	}
	return list
}

// Acknowledgement is one message that a press of a button has answered, and when that first was.
type Acknowledgement struct {
	Seq uint64
	At  time.Time
}

// ack makes an acknowledgement durable, for all that it answers together, seq first: when each was given, now or the
// first time.
func (l *Ledger) Ack(b msglog.Keeper, seq uint64, userID string) (list []Acknowledgement, err error) {
	var records []msglog.Record
	l.mu.Lock()
	seqs := l.answeredTogether(seq, userID)
	for _, s := range seqs {
		if _, already := l.acks[s][userID]; !already {
			key := ackKey(s, userID)
			records = append(records, msglog.Record{Kind: recordAck, Key: key, Value: []byte(strconv.FormatInt(l.pendingAckTime(key), 10))})
		}
	}
	l.mu.Unlock()
	if len(records) > 0 {
		err = b.Keep(records...)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, r := range records {
		at := l.pendingAcks[r.Key]
		delete(l.pendingAcks, r.Key)
		if err == nil && at > 0 {
			s, _, _ := splitAckKey(r.Key) // ackKey wrote it
			l.updateCounts(userID, []uint64{s}, func() { l.setAck(s, userID, at) })
			l.rev++
		}
	}
	if err != nil {
		return nil, err
	}
	for _, s := range seqs {
		if at, ok := l.acks[s][userID]; ok {
			list = append(list, Acknowledgement{s, time.UnixMilli(at)})
		}
	}
	return list, nil
}

// pendingAckTime is when an acknowledgement that is not durable yet was first given: two devices may give it at once. mu is
// held.
func (l *Ledger) pendingAckTime(key string) int64 {
	if l.pendingAcks[key] == 0 {
		l.pendingAcks[key] = time.Now().UnixMilli()
	}
	return l.pendingAcks[key]
}
