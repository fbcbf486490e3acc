package receipts

import (
	"encoding/json"
	"slices"
	"strconv"
	"sync"
	"time"

	"belfry/wsserver/msglog"
)

// Deliveries are the receipts of the operator's messages: whom each was sent to, and who has received, read and
// acknowledged it.
type Deliveries struct {
	*core
	guests map[uint64]int // how many connections that never said hello a message was sent to, by seq
	// pendingAcks has the times of acknowledgements that are not durable yet, in Unix ms by their record's key.
	pendingAcks map[string]int64
	rev         uint64           // rises with each receipt, and when an announcement is closed or reopened
	closing     sync.Mutex       // held while an announcement is closed or reopened, including the commit
	closed      map[uint64]int64 // when each closed announcement was closed, Unix ms
}

// Broadcast records a message of the operator's and its recipients: those who belong to its audience now, and guests, the
// number of other connections, which never said hello.
func (l *Deliveries) Broadcast(e *msglog.Entry, guests int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.track(e)
	b.Sent = l.openMemberships[b.audience] // every present member joined before this message
	for guestID := range l.visitors {
		l.markDirty(recordMember, guestID) // a guest is kept once it is a recipient
	}
	if guests > 0 {
		l.guests[e.Seq] = guests
		l.markDirty(recordGuests, seqKey(e.Seq))
	}
	l.rev++
}

// Quoted returns a message of the operator's that is kept.
func (l *Deliveries) Quoted(seq uint64) (q msglog.Quoted, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.broadcasts[seq]
	if b == nil {
		return q, false
	}
	return msglog.Quoted{Private: b.audience == "", Ack: b.ack}, true
}

// LastAnnouncement returns the seq of the newest message to many, 0 if none is kept.
func (l *Deliveries) LastAnnouncement() (seq uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for audience, seqs := range l.seqsByAudience {
		if n := len(seqs); n > 0 && audience != "" {
			seq = max(seq, seqs[n-1])
		}
	}
	return seq
}

// WrotePrivately reports whether the operator has written privately to a person after a seq.
func (l *Deliveries) WrotePrivately(userID string, after uint64) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.ContainsFunc(l.broadcastsAfter("", after), func(seq uint64) bool { return l.broadcasts[seq].userID == userID })
}

// Withdraw removes a message that was withdrawn. What became of a resend does not count any more, except for an
// acknowledgement.
func (l *Deliveries) Withdraw(seq uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.broadcasts[seq]
	if b == nil {
		return
	}
	if b.audience == "" {
		l.updateCounts(b.userID, []uint64{l.origin(seq)}, func() { delete(l.broadcasts, seq) })
	}
	l.untrack(seq, b)
	l.dropClosed(seq)
	l.dropTold(seq)
}

// prune removes what belongs to messages before seq. mu is held.
func (l *Deliveries) prune(seq uint64) {
	for s := range l.guests {
		if s < seq {
			delete(l.guests, s)
			l.markDirty(recordGuests, seqKey(s))
		}
	}
	for s := range l.closed {
		if s < seq {
			l.dropClosed(s)
		}
	}
	for s := range l.told {
		if s < seq {
			l.dropTold(s)
		}
	}
	for s, by := range l.acks {
		if s >= seq {
			continue
		}
		for userID := range by {
			l.markDirty(recordAck, ackKey(s, userID))
		}
		delete(l.acks, s)
	}
}

// seqKey is the key of a record about a message.
func seqKey(seq uint64) string { return strconv.FormatUint(seq, 10) }

func (l *Deliveries) readGuests(key string, value []byte) error {
	seq, err := strconv.ParseUint(key, 10, 64)
	if err != nil {
		return err
	}
	var n int
	err = json.Unmarshal(value, &n)
	l.guests[seq] = n
	return err
}

// Close durably closes an announcement: it reminds nobody and waits for nobody any more. Its receipts are still recorded.
// changed is false if it was already closed. ok is false if seq is not a message from the operator to many, or is not kept any
// more. It blocks for the Keeper, whose error it returns: then nothing has changed.
func (l *Deliveries) Close(k msglog.Keeper, seq uint64) (changed, ok bool, err error) {
	return l.setClosed(k, seq, time.Now().UnixMilli())
}

// Reopen undoes Close.
func (l *Deliveries) Reopen(k msglog.Keeper, seq uint64) (changed, ok bool, err error) {
	return l.setClosed(k, seq, 0)
}

// setClosed notes when an announcement was closed, in Unix ms; 0 opens it.
func (l *Deliveries) setClosed(k msglog.Keeper, seq uint64, at int64) (changed, ok bool, err error) {
	l.closing.Lock()
	defer l.closing.Unlock()
	l.mu.Lock()
	b := l.broadcasts[seq]
	ok, changed = b != nil && b.audience != "", (l.closed[seq] == 0) != (at == 0)
	l.mu.Unlock()
	if !ok || !changed {
		return false, ok, nil
	}
	r := msglog.Record{Kind: recordClosed, Key: seqKey(seq)}
	if at != 0 {
		r.Value = strconv.AppendInt(nil, at, 10)
	}
	if err := k.Keep(r); err != nil {
		return false, ok, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if at == 0 {
		delete(l.closed, seq)
	} else {
		l.closed[seq] = at
	}
	l.rev++
	return true, ok, nil
}

// dropClosed forgets that a message was closed, because the message is not kept any more. mu is held.
func (l *Deliveries) dropClosed(seq uint64) {
	if l.closed[seq] != 0 {
		delete(l.closed, seq)
		l.markDirty(recordClosed, seqKey(seq))
	}
}

func (l *Deliveries) readClosed(key string, value []byte) error {
	seq, err := strconv.ParseUint(key, 10, 64)
	if err != nil {
		return err
	}
	var at int64
	err = json.Unmarshal(value, &at)
	l.closed[seq] = at
	return err
}
