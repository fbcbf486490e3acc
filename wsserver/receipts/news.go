package receipts

import (
	"encoding/json"
	"strconv"
	"time"

	"belfry/wsserver/identity"
	"belfry/wsserver/msglog"
	"belfry/wsserver/receipts/delta"
)

// This file tells others what happens to people and announcements.

// leaveGrace is how long after the last connection a person is said to have left: a page that is loaded again has not.
const leaveGrace = 15 * time.Second

// News are told to others. Of guests nothing is told. All but Acknowledging are called with the ledger's lock held: none
// may block, or call the ledger.
type News struct {
	// Acknowledging is called before an acknowledgement is committed. Its records are committed with it, and done is called
	// with whether that was so.
	Acknowledging func(seq uint64, userID string, at time.Time) (records []msglog.Record, done func(kept bool))
	// Presence reports whether anybody wants to be told Joined and Left: that a person has a connection, and had the last one
	// until a time.
	Presence     func() bool
	Joined, Left func(userID string, at time.Time)
	// Complete tells once that all recipients of an announcement have received it, or acknowledged it where it asks for
	// that. It reports whether anybody wanted to be told.
	Complete func(r Receipts) bool
}

// nobody is News that nobody wants.
var nobody = News{
	Acknowledging: func(uint64, string, time.Time) ([]msglog.Record, func(bool)) { return nil, func(bool) {} },
	Presence:      func() bool { return false },
	Joined:        func(string, time.Time) {}, Left: func(string, time.Time) {},
	Complete: func(Receipts) bool { return false },
}

// SetNews has news told from then on. It is called before anything else.
func (l *Ledger) SetNews(n News) { l.core.news = n }

// arrived tells that a person has a connection, unless that was told. mu is held.
func (c *core) arrived(userID string, m *member) {
	delete(c.leaving, userID)
	if m.Here || identity.IsGuest(userID) {
		return
	}
	c.change(&delta.Delta{Kind: delta.Here, UserID: userID})
	if c.shared == nil { // else it is told by the server that was first to say it
		c.news.Joined(userID, c.now())
	}
}

// departed notes that a person has no connection any more; TellLeft tells it later. mu is held.
func (c *core) departed(userID string, m *member, at int64) {
	switch {
	case !m.Here:
	case c.news.Presence():
		c.leaving[userID] = at
	default:
		c.change(&delta.Delta{Kind: delta.Gone, UserID: userID})
	}
}

// TellLeft tells who has left some time ago, and has not come back.
func (l *Membership) TellLeft() {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	for userID, seen := range l.leaving {
		if now.Sub(time.UnixMilli(seen)) < leaveGrace {
			continue
		}
		delete(l.leaving, userID)
		if m := l.members[userID]; m != nil && m.online == 0 && m.Here && !m.isPresent() {
			l.change(&delta.Delta{Kind: delta.Gone, UserID: userID})
			if l.shared == nil {
				l.news.Left(userID, time.UnixMilli(seen))
			}
		}
	}
}

// recallPresence has who was here when the log was last written be told as gone, unless they come back. mu is held.
func (c *core) recallPresence(now int64) {
	for userID, m := range c.members {
		if m.Here {
			c.leaving[userID] = now
		}
	}
}

// tellPerson tells what follows from a change of a person that was made here, now that the order has it: where two servers make
// the same change, the one that is second has changed nothing. mu is held.
func (s *shared) tellPerson(d *delta.Delta, m *member) {
	switch d.Kind {
	case delta.Here:
		s.news.Joined(d.UserID, s.now())
	case delta.Gone:
		s.news.Left(d.UserID, time.UnixMilli(m.Seen))
	case delta.Left:
		if !m.confirmed().isPresent() {
			s.departed(d.UserID, m, d.At)
		}
	default:
		s.tellDone(s.broadcastsAfter(d.Topic, d.To))
	}
}

// tellDone tells which of these announcements are complete, after a change that was made here. mu is held.
func (s *shared) tellDone(seqs []uint64) {
	for _, seq := range seqs {
		if b := s.broadcasts[seq]; b != nil && b.complete {
			s.tellCompleted(seq, b)
		}
	}
}

// isComplete reports whether all recipients have done what an announcement asks for.
func (b *broadcast) isComplete() bool {
	done := b.Received
	if b.ack != "" {
		done = b.Acked
	}
	return b.audience != "" && b.Sent > 0 && done >= b.Sent
}

// tellComplete notes which of these announcements are complete now, and tells which were not before; where servers share the
// log, tellDone does. mu is held.
func (c *core) tellComplete(seqs []uint64) {
	for _, seq := range seqs {
		b := c.broadcasts[seq]
		if b == nil {
			continue
		}
		was := b.complete
		if b.complete = b.isComplete(); b.complete && !was && c.shared == nil {
			c.tellCompleted(seq, b)
		}
	}
}

// tellCompleted tells that an announcement is complete, unless that was told. mu is held.
func (c *core) tellCompleted(seq uint64, b *broadcast) {
	if !c.told[seq] && c.news.Complete(Receipts{Seq: seq, Sent: b.Sent, Received: b.Received, Read: b.Read, Acked: b.Acked}) {
		c.told[seq] = true
		c.journal.told = append(c.journal.told, recordKey{recordTold, seqKey(seq)})
	}
}

// TellComplete tells which announcements after a seq are complete and were not told: a crash came between.
func (l *Deliveries) TellComplete(after uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, seq := range seqsBetween(l.seqs, after+1, ^uint64(0)) {
		if b := l.broadcasts[seq]; b != nil && b.complete {
			l.tellCompleted(seq, b)
		}
	}
}

// dropTold forgets what was told of a message that is not kept any more. mu is held.
func (c *core) dropTold(seq uint64) {
	if c.told[seq] {
		delete(c.told, seq)
		c.markDirty(recordTold, seqKey(seq))
	}
}

func (l *Deliveries) readTold(key string, value []byte) error {
	seq, err := strconv.ParseUint(key, 10, 64)
	if err != nil {
		return err
	}
	var told bool
	err = json.Unmarshal(value, &told)
	l.told[seq] = told
	return err
}
