package receipts

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"belfry/wsserver/msglog"
)

// Deliveries are the receipts of the operator's messages: whom each was sent to, and who has received, read and
// acknowledged it.
type Deliveries struct {
	*core
	// guests are how many connections that never said hello a message was sent to, by seq and run: that of a server that is
	// alone is "".
	guests map[uint64]map[string]int
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
	if l.shared != nil { // the log has told Applied of it
		l.addGuests(e.Seq, l.shared.run, guests)
		return
	}
	b := l.track(e)
	b.Sent = l.openMemberships[b.audience] // every present member joined before this message
	for guestID := range l.visitors {
		l.markDirty(recordMember, guestID) // a guest is kept once it is a recipient
	}
	l.addGuests(e.Seq, "", guests)
	l.rev++
}

// addGuests notes how many guests of a run a message was sent to. mu is held.
func (l *Deliveries) addGuests(seq uint64, run string, guests int) {
	if guests == 0 || l.broadcasts[seq] == nil {
		return
	}
	l.setGuests(seq, run, guests)
	if l.rev++; run == "" {
		l.markDirty(recordGuests, guestsKey(seq, run))
	} else {
		l.shared.noteCommon(recordGuests, guestsKey(seq, run))
	}
}

// setGuests sets a number of guests. mu is held.
func (l *Deliveries) setGuests(seq uint64, run string, guests int) {
	if l.guests[seq] == nil {
		l.guests[seq] = map[string]int{}
	}
	l.guests[seq][run] = guests
}

// guestsOf returns how many guests a message was sent to. mu is held.
func (l *Deliveries) guestsOf(seq uint64) (guests int) {
	for _, n := range l.guests[seq] {
		guests += n
	}
	return guests
}

// guestsKey is the key of a record of guests; run is "" where no other server shares the log.
func guestsKey(seq uint64, run string) string {
	if run == "" {
		return seqKey(seq)
	}
	return seqKey(seq) + "\x00" + run
}

// splitGuestsKey reads what guestsKey wrote.
func splitGuestsKey(key string) (seq uint64, run string, err error) {
	number, run, _ := strings.Cut(key, "\x00")
	seq, err = strconv.ParseUint(number, 10, 64)
	return seq, run, err
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
	if l.shared == nil { // else the log has told Applied of it
		l.withdraw(seq)
	}
}

// withdraw is Withdraw. mu is held.
func (l *Deliveries) withdraw(seq uint64) {
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
			for run := range l.guests[s] {
				l.markDirty(recordGuests, guestsKey(s, run))
			}
			delete(l.guests, s)
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
	seq, run, err := splitGuestsKey(key)
	if err != nil {
		return err
	}
	var n int
	err = json.Unmarshal(value, &n)
	l.setGuests(seq, run, n)
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
	switch {
	case l.shared != nil: // Applied was told, and of what others have done since
	case at == 0:
		delete(l.closed, seq)
	default:
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

// applyClosed takes that an announcement was closed, or opened again, at whichever server. mu is held.
func (l *Deliveries) applyClosed(r *msglog.Record) error {
	if l.rev++; !r.Erased() {
		return l.readClosed(r.Key, r.Value)
	}
	seq, err := strconv.ParseUint(r.Key, 10, 64)
	delete(l.closed, seq)
	return err
}
