package receipts

import (
	"context"
	"time"

	"belfry/wsserver/msglog"
)

// FlushEvery is how often the owner of the Ledger has its changes written.
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
	recordDelta   = "delta"  // a batch, by the number of its first delta
	recordMerged  = "merged" // the number of the first delta that is not merged
)

type recordKey struct{ kind, key string }

// Ledger is both halves of the package, and how they are loaded from a log and written to it.
type Ledger struct {
	*Membership
	*Deliveries
	core   *core
	pruned uint64            // Prune has looked at everything before this seq
	rows   []recordKey       // that the next pieces of Flush write
	most   int               // records in one piece
	toMove map[string]string // the names that MoveNames makes records of, by user_id
}

// NewLedger returns an empty Ledger.
func NewLedger() *Ledger {
	c := &core{now: time.Now, news: nobody}
	l := &Ledger{
		core: c, most: pieceRecords,
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
	l.rows = nil
}

// Revisions returns the revisions of receipts and of the list of Away: each rises when those change.
func (l *Ledger) Revisions() (receipts, away uint64) {
	l.core.mu.Lock()
	defer l.core.mu.Unlock()
	return l.Deliveries.rev, l.Membership.rev
}

// Load replaces everything by a log's data: the rows, the operator's messages, and the deltas that are not in the rows. It
// blocks for a disk. After an error the Ledger is incomplete.
func (l *Ledger) Load(ctx context.Context, log msglog.Log) error {
	l.core.mu.Lock()
	defer l.core.mu.Unlock()
	l.reset()
	err := l.core.readArchives(func(read func(string, []byte) error) error { return log.Records(ctx, recordArchive, read) })
	for kind, read := range map[string]func(string, []byte) error{
		recordMember: l.core.readMember, recordCursor: l.core.readCursor, recordAck: l.readAck, recordGuests: l.readGuests,
		recordClosed: l.readClosed, recordTold: l.readTold,
	} {
		if err == nil {
			err = log.Records(ctx, kind, read)
		}
	}
	if err == nil {
		err = l.readBroadcasts(ctx, log)
	}
	if err == nil {
		read := loader{l.core, map[string]bool{}}
		err = read.readDeltas(ctx, log)
	}
	if err != nil {
		return err
	}
	if err := l.loadNames(ctx, log); err != nil {
		return err
	}
	l.closeAfterCrash(log.Last(), l.core.now().UnixMilli())
	l.core.recallPresence(l.core.now().UnixMilli())
	l.core.countAll()
	return nil
}

// Damaged returns how many records of receipts could not be read by Load, or only in part. What was in them is lost.
func (l *Ledger) Damaged() int { return l.core.damaged }

// readBroadcasts reads the operator's messages. mu is held.
func (l *Ledger) readBroadcasts(ctx context.Context, log msglog.Log) error {
	return log.Announced(ctx, func(a msglog.Announcement) {
		e := msglog.Entry{Seq: a.Seq, Audience: a.Stream.Audience, Ack: a.Ack, ReplyTo: a.ReplyTo, Priority: a.Priority}
		if e.Audience == msglog.AudienceTopic {
			e.Topic = a.Stream.Name
		} else {
			e.UserID = a.Stream.Name
		}
		l.core.track(&e)
	})
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
