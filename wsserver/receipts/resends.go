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

// copied notes whether a private message is a copy, maybe of a copy. mu is held.
func (l *Ledger) copied(e *msglog.Entry, h *head) {
	of := l.Heads[e.ReplyTo]
	if of == nil || of.ack != e.Ack || of.Key == "" && of.UserID != e.UserID {
		return
	}
	h.of = e.ReplyTo
	l.copies[e.UserID] = append(l.copies[e.UserID], e.Seq)
}

// origin is what a message is a copy of in the end, as far as that is kept: itself, where it is none. mu is held.
func (l *Ledger) Origin(seq uint64) uint64 {
	for h := l.Heads[seq]; h != nil && l.Heads[h.of] != nil; h = l.Heads[seq] {
		seq = h.of
	}
	return seq
}

// copiesOf lists the copies of seq that a person was written. mu is held.
func (l *Ledger) copiesOf(seq uint64, userID string) (list []uint64) {
	for _, c := range l.copies[userID] {
		if c != seq && l.Heads[c] != nil && l.Origin(c) == seq {
			list = append(list, c)
		}
	}
	return list
}

// together lists what one press of a button answers: seq first, then what it is a copy of, and the other copies that
// this person was sent. mu is held.
func (l *Ledger) together(seq uint64, userID string) []uint64 {
	list := []uint64{seq}
	origin := l.Origin(seq)
	if m := l.Members[userID]; origin != seq && m != nil && l.Heads[origin].covered(origin, m).Sent > 0 {
		list = append(list, origin)
	}
	for _, c := range l.copiesOf(origin, userID) {
		if c != seq {
			list = append(list, c)
		}
	}
	return list
}

// concerned lists the messages in whose count a person's part may change when their cursor of topic moves over
// from to to. mu is held.
func (l *Ledger) concerned(userID, topic string, from, to uint64) []uint64 {
	if topic != "" {
		return seqsBetween(l.spokenIn[topic], from, to)
	}
	list := seqsBetween(l.spokenIn[InEveryone], from, to)
	copies := seqsBetween(l.copies[userID], from, to)
	if len(copies) == 0 {
		return list
	}
	list = slices.Clone(list)
	for _, c := range copies {
		if o := l.Origin(c); !slices.Contains(list, o) {
			list = append(list, o)
		}
	}
	return list
}

// acknowledged is one message that a press of a button has answered, and when that first was.
type acknowledged struct {
	Seq uint64
	At  time.Time
}

// ack makes an acknowledgement durable, for all that it answers together, seq first: when each was given, now or the
// first time.
func (l *Ledger) Ack(b msglog.Keeper, seq uint64, userID string) (list []acknowledged, err error) {
	var records []msglog.Record
	l.mu.Lock()
	seqs := l.together(seq, userID)
	for _, s := range seqs {
		if _, already := l.acks[s][userID]; !already {
			key := ackKey(s, userID)
			records = append(records, msglog.Record{Kind: recordAck, Key: key, Value: []byte(strconv.FormatInt(l.acking(key), 10))})
		}
	}
	l.mu.Unlock()
	if len(records) > 0 {
		err = b.Keep(records...)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, r := range records {
		at := l.underWay[r.Key]
		delete(l.underWay, r.Key)
		if err == nil && at > 0 {
			s, _, _ := splitAckKey(r.Key) // ackKey wrote it
			l.recount(userID, []uint64{s}, func() { l.acked(s, userID, at) })
			l.rev++
		}
	}
	if err != nil {
		return nil, err
	}
	for _, s := range seqs {
		if at, ok := l.acks[s][userID]; ok {
			list = append(list, acknowledged{s, time.UnixMilli(at)})
		}
	}
	return list, nil
}

// acking is when an acknowledgement that is not durable yet was first given: two devices may give it at once. mu is
// held.
func (l *Ledger) acking(key string) int64 {
	if l.underWay[key] == 0 {
		l.underWay[key] = time.Now().UnixMilli()
	}
	return l.underWay[key]
}
