// Package receipts knows the recipients of each of the operator's messages, and their receipts. It works per person,
// not per connection, so that the operator also sees people whose phones are asleep.
//
// A Ledger has two halves. Membership knows who belongs to the room and to which topics, since which message, who is
// connected, and which names are reserved. Deliveries knows what each person has received, read and acknowledged, and
// keeps every message's counts up to date as that changes. Reminders are a package of their own.
//
// Promises:
//
//   - Changes take effect at once. They are written by the next Flush, which comes at most FlushEvery later; only an
//     acknowledgement is durable before its call returns.
//   - What Flush has returned is written, or handed to MarkDirty and returned again.
//   - A message's counts always equal what counting person by person would give, also after a restart.
//
// What changes with each receipt, and with each device that comes or goes, is written as a delta of a few bytes: see the
// package delta. From time to time the deltas are merged into the rows of the persons and cursors that they have changed. A
// row says which deltas it has, so a crash at any moment leaves rows and deltas that together are what was written last.
//
// Where several servers share the log, all apply the deltas of all in its order, and so know the same: Applied takes what the log
// has applied. What was changed here takes effect at once all the same, and is made anew where another server's change comes first.
// Each writes rows, and erases deltas, for itself.
//
// Every method may be called from any goroutine. Load, Ack and the methods that take a Keeper block for the log; all
// others return at once.
//
// Both halves share one mutex, core.mu: a message's counts follow from memberships and cursors together. It guards
// everything in this package. Nothing blocks while it is held, and nothing
// outside this package is called but the functions given to ReserveName, CanReserve and ReassignName: these may take the
// locks of the list and of grants, which therefore come after core.mu. Receipts with detail and Flush, which look at
// thousands of records, release it between chunks.
package receipts

import (
	"context"
	"crypto/rand"
	"time"

	"belfry/wsserver/msglog"
	"belfry/wsserver/receipts/delta"
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
	recordPruned  = "pruned" // up to where receipts were pruned, where servers share the log
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
	follow bool              // others share the log; set by Load alone
	run    string            // this run of the server
	node   string            // its machine
}

// NewLedger returns an empty Ledger.
func NewLedger() *Ledger {
	c := &core{now: time.Now, news: nobody}
	l := &Ledger{
		core: c, most: pieceRecords, run: rand.Text(),
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
	l.reserved, l.guests, l.closed, l.pruned = map[string]string{}, map[uint64]map[string]int{}, map[uint64]int64{}, 0
	l.rows = nil
}

// Revisions returns the revisions of receipts and of the list of Away: each rises when those change.
func (l *Ledger) Revisions() (receipts, away uint64) {
	l.core.mu.Lock()
	defer l.core.mu.Unlock()
	return l.Deliveries.rev, l.Membership.rev
}

// Load replaces everything by a log's data: the rows, the operator's messages, and the deltas that are not in the rows. It
// blocks for a disk. After an error the Ledger is incomplete. Where others share the log, Applied must be called with what the
// log applies from then on.
func (l *Ledger) Load(ctx context.Context, log msglog.Log) error {
	l.core.mu.Lock()
	defer l.core.mu.Unlock()
	l.reset()
	if l.follow = log.Shared(); l.follow {
		share(l)
	}
	err := l.core.readArchives(func(read func(string, []byte) error) error { return log.Records(ctx, recordArchive, read) })
	for kind, read := range map[string]func(string, []byte) error{
		recordMember: l.core.readMember, recordCursor: l.core.readCursor, recordAck: l.readAck, recordGuests: l.readGuests,
		recordClosed: l.readClosed, recordTold: l.readTold, recordPruned: l.readPruned,
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
	if l.core.shared != nil {
		err = l.joinOthers(ctx, log)
	} else {
		l.closeAfterCrash(log.Last(), l.core.now().UnixMilli())
		l.core.recallPresence(l.core.now().UnixMilli())
	}
	l.core.countAll()
	return err
}

// joinOthers begins to follow what all servers of the log do. mu is held.
func (l *Ledger) joinOthers(ctx context.Context, log msglog.Log) error {
	s := l.core.shared
	s.position = log.Last()
	l.core.pruneBroadcasts(s.pruned)
	l.Deliveries.prune(s.pruned)
	for _, m := range l.core.members {
		m.ordered = true
	}
	l.core.shared.endOwnRuns(s.position)
	l.core.shared.noteLeaving(l.core.now().UnixMilli())
	next := uint64(1)
	err := log.Records(ctx, msglog.RecordNumber, func(key string, value []byte) error {
		if key == recordDelta {
			next = msglog.NextNumber(value)
		}
		return nil
	})
	// Before anything that others write is applied: numbers go on behind those of the rows, and of a time without others.
	if s.last = max(s.last, next-1); err == nil && next != s.last+1 {
		err = log.KeepLocal(ctx, []msglog.Record{msglog.NumbersFrom(recordDelta, s.last+1)})
	}
	return err
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

// Prune removes what belongs to messages before seq, which are not kept any more. Where others share the log, all do so once it
// is in the order.
func (l *Ledger) Prune(seq uint64) {
	if l.pruneShared(seq) {
		return
	}
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

// pruneShared has pruning written for all servers, unless it was; false if no other shares the log.
func (l *Ledger) pruneShared(seq uint64) bool {
	l.core.mu.Lock()
	defer l.core.mu.Unlock()
	s := l.core.shared
	if s != nil && seq > max(s.pruned, s.asked) {
		s.asked = seq
		l.core.shared.noteShared(&delta.Delta{Kind: delta.Pruned, To: seq})
	}
	return s != nil
}
