package receipts

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"belfry/wsserver/identity"
	"belfry/wsserver/msglog"
)

// FlushEvery is how long a change may wait for a commit: if no message is committed in that time, the owner of the Ledger
// makes an empty commit.
const FlushEvery = 500 * time.Millisecond

// Kinds of records, as they are called in the log.
const (
	recordMember  = "member"
	recordCursor  = "cursor"
	recordArchive = "steps"
	recordAck     = "ack"
	recordGuests  = "guests"
	recordClosed  = "closed"
	recordTold    = "told"
)

type recordKey struct{ kind, key string }

// Ledger is both halves of the package, and how they are loaded from a log and written to it.
type Ledger struct {
	*Membership
	*Deliveries
	core   *core
	pruned uint64 // Prune has looked at everything before this seq
}

// NewLedger returns an empty Ledger.
func NewLedger() *Ledger {
	c := &core{now: time.Now, news: nobody}
	l := &Ledger{
		core:       c,
		Membership: &Membership{core: c, rev: 1},
		Deliveries: &Deliveries{core: c, rev: 1, pendingAcks: map[string]int64{}},
	}
	l.reset()
	return l
}

// SetClock sets the time by which memberships and names age, time.Now at first. It is called before anything else, and now
// under the Ledger's lock.
func (l *Ledger) SetClock(now func() time.Time) { l.core.now = now }

func (l *Ledger) reset() {
	l.core.reset()
	l.reserved, l.guests, l.closed, l.pruned = map[string]string{}, map[uint64]int{}, map[uint64]int64{}, 0
}

// Revisions returns the revisions of receipts and of the list of Away: each rises when those change.
func (l *Ledger) Revisions() (receipts, away uint64) {
	l.core.mu.Lock()
	defer l.core.mu.Unlock()
	return l.Deliveries.rev, l.Membership.rev
}

// Load replaces everything by a log's data: the records, and the operator's messages. It blocks for a disk. After an
// error the Ledger is incomplete.
func (l *Ledger) Load(ctx context.Context, log msglog.Log) error {
	l.core.mu.Lock()
	defer l.core.mu.Unlock()
	l.reset()
	err := l.readArchives(func(read func(string, []byte) error) error { return log.Records(ctx, recordArchive, read) })
	for kind, read := range map[string]func(string, []byte) error{
		recordMember: l.readMember, recordCursor: l.readCursor, recordAck: l.readAck, recordGuests: l.readGuests,
		recordClosed: l.readClosed, recordTold: l.readTold,
	} {
		if err == nil {
			err = log.Records(ctx, kind, read)
		}
	}
	if err != nil {
		return err
	}
	if err := l.readBroadcasts(ctx, log); err != nil {
		return err
	}
	l.closeAfterCrash(log.Last(), l.core.now().UnixMilli())
	l.core.recallPresence(l.core.now().UnixMilli())
	l.core.countAll()
	return nil
}

// readBroadcasts reads the operator's messages. mu is held.
func (l *Ledger) readBroadcasts(ctx context.Context, log msglog.Log) error {
	return log.Announced(ctx, func(a msglog.Announcement) {
		e := msglog.Entry{Seq: a.Seq, Audience: a.Stream.Audience, Ack: a.Ack, ReplyTo: a.ReplyTo}
		if e.Audience == msglog.AudienceTopic {
			e.Topic = a.Stream.Name
		} else {
			e.UserID = a.Stream.Name
		}
		l.core.track(&e)
	})
}

// recordsPerLock is how many records are made before others may have the lock.
const recordsPerLock = 200

// Flush returns the records that have changed since the last Flush, for the caller to write with its next commit. If that
// fails, the caller must give them to MarkDirty.
func (l *Ledger) Flush() (records []msglog.Record) {
	l.core.mu.Lock()
	defer l.core.mu.Unlock()
	for left := len(l.core.dirty); left > 0; left -= recordsPerLock { // changes made meanwhile are for the next Flush
		n := 0
		for k := range l.core.dirty {
			records = append(records, msglog.Record{Kind: k.kind, Key: k.key, Value: l.recordValue(k)})
			delete(l.core.dirty, k)
			if n++; n == recordsPerLock {
				break
			}
		}
		l.core.mu.Unlock()
		l.core.mu.Lock()
	}
	return records
}

// Dirty reports whether Flush would return anything.
func (l *Ledger) Dirty() bool {
	l.core.mu.Lock()
	defer l.core.mu.Unlock()
	return len(l.core.dirty) > 0
}

// MarkDirty marks records dirty again, after the commit that was to write them has failed.
func (l *Ledger) MarkDirty(records []msglog.Record) {
	l.core.mu.Lock()
	defer l.core.mu.Unlock()
	for _, r := range records {
		l.core.markDirty(r.Kind, r.Key)
	}
}

// Prune removes what belongs to messages before seq, which are not kept any more.
func (l *Ledger) Prune(seq uint64) {
	if l.pruneMessages(seq) {
		l.Membership.prune(seq)
	}
}

// pruneMessages is Prune without memberships. It reports false if there is nothing new: retention asks each minute, and
// looking through everything takes time.
func (l *Ledger) pruneMessages(seq uint64) bool {
	l.core.mu.Lock()
	defer l.core.mu.Unlock()
	if seq == l.pruned {
		return false
	}
	l.pruned = seq
	l.core.pruneBroadcasts(seq)
	l.Deliveries.prune(seq)
	return true
}

// recordValue returns a record's present value; nil if it must be erased. mu is held.
func (l *Ledger) recordValue(k recordKey) []byte {
	var v any
	userID, topic, _ := strings.Cut(k.key, "\x00")
	m := l.core.members[userID]
	switch k.kind {
	case recordMember, recordCursor, recordArchive:
		if m == nil || identity.IsGuest(userID) && !l.core.isRecipient(m) {
			return nil // forgotten, or a guest of whom nothing counts
		}
	}
	switch k.kind {
	case recordMember:
		v = m
	case recordCursor:
		if c := m.cursors[topic]; c != nil {
			return c.record()
		}
		return nil
	case recordArchive:
		topic, number, _ := strings.Cut(topic, "\x00")
		if n, err := strconv.Atoi(number); err != nil || m.cursors[topic] == nil || n >= len(m.cursors[topic].archives) {
			return nil // of a person who was forgotten and came back
		}
		v = l.archivedTimeline(userID, topic, number)
	case recordGuests:
		seq, _ := strconv.ParseUint(k.key, 10, 64) // seqKey wrote it
		if l.guests[seq] == 0 {
			return nil
		}
		v = l.guests[seq]
	case recordTold:
		seq, _ := strconv.ParseUint(k.key, 10, 64) // seqKey wrote it
		if !l.core.told[seq] {
			return nil
		}
		v = true
	case recordAck, recordClosed: // written when it is given; dirty only when it is pruned
		return nil
	}
	b, err := json.Marshal(v)
	if err != nil {
		return nil // plain numbers and strings always encode
	}
	return b
}
