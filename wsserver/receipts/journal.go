package receipts

import (
	"fmt"

	"belfry/wsserver/identity"
	"belfry/wsserver/msglog"
	"belfry/wsserver/receipts/delta"
)

// This file turns changes of persons and cursors into deltas, and takes them up again. A person's rows are written only
// when the deltas are merged into them. Guests have no deltas: their rows are written as they change, if anything counts.

const (
	// batchBytes is the size from which a batch is full: one commit of a few milliseconds.
	batchBytes = 64 << 10
	// batchOverhead is about what a batch takes beside its bytes.
	batchOverhead = 64
	// Deltas are merged into rows once they take mergeFrom, or rowBytes for each row that they have changed; at mergeMost
	// in any case. Rarely, because it writes every row that was changed; not too rarely, because a start reads all deltas.
	mergeFrom = 512 << 10
	mergeMost = 8 << 20
	rowBytes  = 512
)

// journal is the deltas that are not in their rows yet. Guarded by core.mu.
type journal struct {
	writer  delta.Writer
	sealed  []msglog.Record // batches that are to be written
	batches []batch         // of this generation
	size    int             // of all of them
	touched []recordKey     // rows that deltas of this generation have changed
	due     bool            // Merge was called
	people  bool            // some of what is not written is about persons, not cursors
	told    []recordKey     // rows of what was told, which are to be written

	// Of deltas that are being merged: their rows are among the dirty ones, and their batches are erased after those are
	// durable. That they are void is written first, as void: some batches cannot be read without those before them.
	old     []batch
	void    uint64 // number of the first delta that is not merged
	voidDue bool   // void is to be written
}

// batch is the key of a batch's record, and its size.
type batch struct {
	key  string
	size int
}

func batchKey(first uint64) string { return fmt.Sprintf("%016d", first) }

func (j *journal) reset(generation, next uint64) {
	*j = journal{}
	j.writer.Restart(generation, next)
}

// last is the number of the newest delta.
func (j *journal) last() uint64 { return j.writer.Next() - 1 }

// change has a change of a person take effect, and has it written. mu is held.
func (c *core) change(d *delta.Delta) {
	c.member(d.UserID).apply(d)
	c.note(d)
}

// note has a change that has taken effect written. mu is held.
func (c *core) note(d *delta.Delta) {
	if identity.IsGuest(d.UserID) {
		if ofCursor(d) {
			c.markDirty(recordCursor, cursorKey(d.UserID, d.Topic))
		} else {
			c.markDirty(recordMember, d.UserID)
		}
		return
	}
	m := c.member(d.UserID)
	c.journal.writer.Add(d, &m.number)
	if ofCursor(d) {
		c.touchCursor(d.UserID, d.Topic, c.cursor(d.UserID, d.Topic))
	} else {
		c.touchMember(d.UserID, m)
		c.journal.people = true
	}
	if c.journal.writer.Size() >= batchBytes {
		c.journal.seal()
	}
}

// ofCursor reports whether a delta changes a cursor, not the person.
func ofCursor(d *delta.Delta) bool { return d.Kind == delta.Begin || d.Kind == delta.Advance }

// touchMember has a person's row written when deltas are merged. mu is held.
func (c *core) touchMember(userID string, m *member) {
	if g := c.journal.writer.Generation(); m.touched != g {
		m.touched = g
		c.journal.touched = append(c.journal.touched, recordKey{recordMember, userID})
	}
}

// touchCursor has a cursor's row written when deltas are merged. mu is held.
func (c *core) touchCursor(userID, topic string, cur *cursor) {
	if g := c.journal.writer.Generation(); cur.touched != g {
		cur.touched = g
		c.journal.touched = append(c.journal.touched, recordKey{recordCursor, cursorKey(userID, topic)})
	}
}

// seal ends the batch that is being filled: it is to be written.
func (j *journal) seal() {
	value, first := j.writer.Take()
	if value == nil {
		return
	}
	key := batchKey(first)
	j.sealed = append(j.sealed, msglog.Record{Kind: recordDelta, Key: key, Value: value})
	j.batches = append(j.batches, batch{key, len(value)})
	j.size += len(value) + batchOverhead
}

// isLarge reports whether it is time to merge.
func (j *journal) isLarge() bool {
	return j.size >= min(max(mergeFrom, rowBytes*len(j.touched)), mergeMost)
}

// merge begins to merge the deltas of this generation into their rows. The next delta begins another one. mu is held.
func (c *core) merge() {
	j := &c.journal
	j.due = false
	if len(j.batches)+len(j.touched) == 0 {
		return
	}
	for _, k := range j.touched {
		c.dirty[k] = true
	}
	j.old = append(j.old, j.batches...)
	j.batches, j.size, j.touched = nil, 0, nil
	j.void, j.voidDue = j.writer.Next(), true
	j.writer.Restart(j.writer.Generation()+1, j.writer.Next())
}

// Merge has the deltas merged into their rows by the next Flush, whatever their size.
func (l *Ledger) Merge() {
	l.core.mu.Lock()
	defer l.core.mu.Unlock()
	l.core.journal.due = true
}

// apply has a delta take effect on a person.
func (m *member) apply(d *delta.Delta) {
	switch d.Kind {
	case delta.Open, delta.Reopen, delta.Close:
		m.applyMembership(d)
	case delta.Connected:
		m.Seen = 0
	case delta.Seen:
		m.Seen = d.At
	case delta.Name:
		m.Name = d.Text
	case delta.Reserved:
		m.ReservedName = d.Text
	case delta.Here, delta.Gone:
		m.Here = d.Kind == delta.Here
	case delta.Looked:
		m.Looked = d.To
	case delta.Settled:
		m.Settled = d.To
	case delta.Assigned:
		m.Assigned = d.List
	case delta.Removed:
		m.Removed = d.List
	}
}

// applyMembership opens or closes a membership. One that is already so stays.
func (m *member) applyMembership(d *delta.Delta) {
	list := m.In[d.Topic]
	n := len(list)
	switch {
	case list.isOpen() != (d.Kind == delta.Close):
		return
	case d.Kind == delta.Open || d.Kind == delta.Reopen && n == 0:
		list = append(list, seqRange{From: max(d.To, 1)})
	case d.Kind == delta.Reopen:
		list[n-1].To = 0
	case list[n-1].From > d.To:
		list = list[:n-1] // no message falls into it
	default:
		list[n-1].To = d.To
	}
	if m.In[d.Topic] = list; len(list) == 0 {
		delete(m.In, d.Topic)
	}
}
