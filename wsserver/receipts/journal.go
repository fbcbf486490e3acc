package receipts

import (
	"belfry/wsserver/identity"
	"belfry/wsserver/msglog"
	"belfry/wsserver/receipts/delta"
)

// This file turns changes of persons and cursors into deltas, and takes them up again. A person's rows are written only
// when the deltas are merged into them. Guests have no deltas: their rows are written as they change, if anything counts.

const (
	// batchBytes is the size from which a batch is full: one commit of a few milliseconds.
	batchBytes = 64 << 10
	// sharedBytes is that where servers share the log: all apply a batch under the ledger's lock.
	sharedBytes = 8 << 10
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
	batches []batch         // of the next merge
	size    int             // of all of them
	merges  uint64          // how many there were, with the next one
	touched []recordKey     // rows that deltas of the next merge have changed
	due     bool            // Merge was called
	people  bool            // some of what is not written is about persons, not cursors
	told    []recordKey     // rows of what was told, which are to be written
	// forgotten has the numbers of the deltas that forgot somebody, by user_id, until the batches with what was before are
	// erased. Where servers share the log only: such a delta counts if the person was not here since, which the rows of a later
	// time do not say.
	forgotten map[string]uint64

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

func (j *journal) reset(generation, next uint64) {
	*j = journal{merges: 1, forgotten: map[string]uint64{}}
	j.writer.Restart(generation, next)
}

// lastNumber is the number of the newest delta that the rows may have. mu is held.
func lastNumber(c *core) uint64 {
	if c.shared != nil {
		return c.shared.last
	}
	return c.journal.writer.Next() - 1
}

// change has a change of a person take effect, and has it written. mu is held.
func (c *core) change(d *delta.Delta) {
	m := c.member(d.UserID)
	if c.shared != nil {
		c.shared.changeAhead(d, m)
		return
	}
	m.apply(d)
	c.note(d)
}

// note has a change that has taken effect written. mu is held.
func (c *core) note(d *delta.Delta) {
	if c.shared != nil {
		c.shared.noteShared(d)
		return
	}
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
	if n := c.journal.merges; m.touched != n {
		m.touched = n
		c.journal.touched = append(c.journal.touched, recordKey{recordMember, userID})
	}
}

// touchCursor has a cursor's row written when deltas are merged. mu is held.
func (c *core) touchCursor(userID, topic string, cur *cursor) {
	if n := c.journal.merges; cur.touched != n {
		cur.touched = n
		c.journal.touched = append(c.journal.touched, recordKey{recordCursor, cursorKey(userID, topic)})
	}
}

// seal ends the batch that is being filled: it is to be written.
func (j *journal) seal() {
	value, first := j.writer.Take()
	if value == nil {
		return
	}
	r := msglog.Record{Kind: recordDelta, Value: value}
	if j.writer.Shared {
		r.Numbers = j.writer.Next() - first // and is noted once the order has it
	} else {
		r.Key = msglog.NumberKey(first)
		j.written(r)
	}
	j.sealed = append(j.sealed, r)
}

// written notes a batch, which the next merge erases.
func (j *journal) written(r msglog.Record) {
	j.batches = append(j.batches, batch{r.Key, len(r.Value)})
	j.size += len(r.Value) + batchOverhead
}

// isLarge reports whether it is time to merge.
func (j *journal) isLarge() bool {
	return j.size >= min(max(mergeFrom, rowBytes*len(j.touched)), mergeMost)
}

// merge begins to merge the deltas that are written into their rows. The next delta of this server's begins another
// generation. mu is held.
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
	j.merges++
	if j.void, j.voidDue = lastNumber(c)+1, true; c.shared == nil {
		j.writer.Restart(j.writer.Generation()+1, j.writer.Next())
	}
}

// Merge has the deltas merged into their rows by the next Flush, whatever their size.
func (l *Ledger) Merge() {
	l.core.mu.Lock()
	defer l.core.mu.Unlock()
	l.core.journal.due = true
}

// apply has a delta take effect on a person. It reports whether it has changed anything that is told to others: who belongs
// to what, and who is here.
func (m *person) apply(d *delta.Delta) (changed bool) {
	switch d.Kind {
	case delta.Open, delta.Reopen, delta.Resume, delta.Close, delta.Left:
		return m.applyMembership(d)
	case delta.Expired, delta.RunEnded, delta.Pruned:
		return m.applyToAll(d)
	case delta.Connected:
		m.Seen = 0
	case delta.Seen:
		m.Seen = d.At
	case delta.Name:
		m.Name = d.Text
	case delta.Reserved:
		m.ReservedName = d.Text
	case delta.Here, delta.Gone:
		changed = m.Here != (d.Kind == delta.Here)
		m.Here = d.Kind == delta.Here
	case delta.Looked:
		m.Looked = max(m.Looked, d.To)
	case delta.Settled:
		m.Settled = max(m.Settled, d.To)
	case delta.Assigned:
		m.Assigned = d.List
	case delta.Removed:
		m.Removed = d.List
	}
	return changed
}

// applyMembership opens or closes a membership. One that is already so stays.
func (m *person) applyMembership(d *delta.Delta) (changed bool) {
	list := m.In[d.Topic]
	closes := d.Kind == delta.Close || d.Kind == delta.Left
	if list.isOpen() != closes {
		return false
	}
	if list = list.changed(d, closes); len(list) > 0 {
		m.In[d.Topic] = list
	} else {
		delete(m.In, d.Topic)
	}
	switch {
	case d.Kind == delta.Left && !m.isPresent():
		m.Seen = d.At
	case !closes && isRunPresence(d.Topic):
		m.Seen = 0
	}
	return true
}

// changed are the ranges of a membership after it was opened or closed.
func (s ranges) changed(d *delta.Delta, closes bool) ranges {
	n := len(s)
	resumes := d.Kind == delta.Reopen || d.Kind == delta.Resume
	switch {
	case closes && s[n-1].From > d.To:
		return s[:n-1] // no message falls into it
	case closes:
		s[n-1].To = d.To
	case n > 0 && (resumes || d.To <= s[n-1].To+1): // the last one has ended behind that, at another server
		s[n-1].To = 0
	default:
		s = append(s, seqRange{From: max(d.To, 1)})
	}
	return s
}
