package receipts

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"belfry/wsserver/identity"
	"belfry/wsserver/msglog"
)

// This file gives what has changed to be written, in pieces of a few milliseconds each.

const (
	// pieceRecords and pieceBytes bound one piece; a single record may be larger.
	pieceRecords = 500
	pieceBytes   = 128 << 10
	// rowsPerLock is how many rows are made before others may have the lock.
	rowsPerLock = 100
)

// piece is what one Flush returns.
type piece struct {
	records []msglog.Record
	most    int // records
	bytes   int
}

func (p *piece) isFull() bool { return len(p.records) >= p.most || p.bytes >= pieceBytes }

func (p *piece) add(r msglog.Record, bytes int) {
	p.records = append(p.records, r)
	p.bytes += bytes
}

// Flush returns a piece of what has changed, for the caller to write with its next commit. If that fails, the caller must
// give the piece to MarkDirty. more reports whether anything is left of what there was at the first piece. Only one
// goroutine may call Flush, FlushLocal and MarkDirty.
//
// The deltas come first, the newest included; then rows; and the batches that are merged into rows are erased last. Where
// other servers share the log, the rows and the erasing are FlushLocal's.
func (l *Ledger) Flush() (records []msglog.Record, more bool) {
	l.core.mu.Lock()
	defer l.core.mu.Unlock()
	j := &l.core.journal
	j.seal()
	p := piece{most: l.most}
	if l.core.shared != nil {
		l.addTold(&p)
		l.addSealed(&p)
		return p.records, len(j.sealed)+len(j.told) > 0
	}
	l.nextRows()
	l.addSealed(&p)
	more = l.addMerged(&p) || len(j.sealed) > 0
	return p.records, more
}

// FlushLocal returns a piece of what this server alone writes: rows, and the erasing of batches that are merged into them. It
// is nothing where no other shares the log. What is said of Flush holds here too.
func (l *Ledger) FlushLocal() (records []msglog.Record, more bool) {
	l.core.mu.Lock()
	defer l.core.mu.Unlock()
	if l.core.shared == nil {
		return nil, false
	}
	p := piece{most: l.most}
	l.nextRows()
	more = l.addMerged(&p)
	return p.records, more
}

// nextRows has this and the next pieces write the rows that have changed, unless earlier ones still are. mu is held, and
// released in between.
func (l *Ledger) nextRows() {
	if len(l.rows) > 0 {
		return
	}
	if j := &l.core.journal; j.due || j.isLarge() {
		l.core.merge()
	}
	l.takeDirty()
}

// addSealed adds batches. mu is held.
func (l *Ledger) addSealed(p *piece) {
	j := &l.core.journal
	for len(j.sealed) > 0 && !p.isFull() {
		p.add(j.sealed[0], len(j.sealed[0].Value))
		j.sealed = j.sealed[1:]
	}
	if j.people = j.people && len(j.sealed) > 0; len(j.sealed) == 0 {
		j.sealed = nil
	}
}

// addTold adds rows of what was told. mu is held.
func (l *Ledger) addTold(p *piece) {
	j := &l.core.journal
	for _, k := range j.told {
		if value := l.rowValue(k); value != nil || l.core.shared == nil {
			p.add(msglog.Record{Kind: k.kind, Key: k.key, Value: value}, len(value))
		}
	}
	j.told = nil
}

// addMerged adds rows, and behind them the erasing of batches that they have; more reports whether something of either is
// left. mu is held, and released in between.
func (l *Ledger) addMerged(p *piece) (more bool) {
	j := &l.core.journal
	l.addRows(p)
	if (len(j.sealed) == 0 || l.core.shared != nil) && len(l.rows) == 0 {
		j.erase(p)
	}
	if len(l.rows) == 0 { // give back their memory: it may have been the rows of everybody
		l.rows = nil
	}
	if len(j.old) == 0 {
		j.old = nil
		forgetForgotten(l.core)
	}
	return len(l.rows)+len(j.old) > 0
}

// FlushDeltas returns the deltas that wait, for the commit of an announcement or an acknowledgement: where some of them are
// about persons, so that after a crash too it was for those who have joined before. With all, it returns them in any case,
// and what was told: for the commit of what is told of them. They are few bytes each. What Flush says of a failed commit
// holds here too.
func (l *Ledger) FlushDeltas(all bool) (records []msglog.Record) {
	l.core.mu.Lock()
	defer l.core.mu.Unlock()
	j := &l.core.journal
	if !all && !j.people {
		return nil
	}
	j.seal()
	p := piece{records: j.sealed}
	j.sealed, j.people = nil, false
	l.addTold(&p)
	return p.records
}

// takeDirty has this and the next pieces write the rows that are dirty now, in the order in which they are on disk, so that
// fewer pages change. mu is held, and released in between.
func (l *Ledger) takeDirty() {
	if l.core.shared == nil {
		for _, k := range l.core.journal.told {
			l.core.dirty[k] = true
		}
		l.core.journal.told = nil
	}
	if len(l.core.dirty) == 0 {
		return
	}
	rows := make([]recordKey, 0, len(l.core.dirty))
	for k := range l.core.dirty {
		rows = append(rows, k)
	}
	clear(l.core.dirty)
	l.core.mu.Unlock()
	slices.SortFunc(rows, func(a, b recordKey) int { return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.key, b.key)) })
	l.core.mu.Lock()
	l.rows = rows
}

// addRows adds rows as they are now. mu is held, and released in between.
func (l *Ledger) addRows(p *piece) {
	for n := 1; len(l.rows) > 0 && !p.isFull(); n++ {
		k := l.rows[0]
		l.rows = l.rows[1:]
		if k.kind == recordCursor {
			l.addArchive(p, k.key)
		}
		value := l.rowValue(k)
		p.add(msglog.Record{Kind: k.kind, Key: k.key, Value: value}, len(value))
		if n%rowsPerLock == 0 {
			l.core.mu.Unlock()
			l.core.mu.Lock()
		}
	}
}

// addArchive moves the intervals of a cursor into an archive if there are many. mu is held.
func (l *Ledger) addArchive(p *piece, key string) {
	c := l.core.findCursor(key)
	if c == nil {
		return
	}
	userID, topic, _ := strings.Cut(key, "\x00")
	state := l.core.shared.confirmedProgress(userID, topic, c)
	n := len(state.archives)
	if value := state.archiveOld(); value != nil {
		c.archives = slices.Clone(state.archives)
		p.add(msglog.Record{Kind: recordArchive, Key: archiveKey(key, n), Value: value}, len(value))
	}
}

// erase adds the erasing of batches that are merged, after noting that they are void. mu is held.
func (j *journal) erase(p *piece) {
	if j.voidDue && len(j.old) > 0 {
		p.add(msglog.Record{Kind: recordMerged, Value: strconv.AppendUint(nil, j.void, 10)}, 0)
		j.voidDue = false
	}
	for len(j.old) > 0 && !p.isFull() {
		p.add(msglog.Record{Kind: recordDelta, Key: j.old[0].key}, j.old[0].size)
		j.old = j.old[1:]
	}
}

// forgetForgotten has the rows of those who were forgotten erased, or written without that, once no batch names them that was
// written before. mu is held.
func forgetForgotten(c *core) {
	for userID, number := range c.journal.forgotten {
		if number < c.journal.void {
			delete(c.journal.forgotten, userID)
			c.markDirty(recordMember, userID)
		}
	}
}

// Dirty reports whether Flush would return anything.
func (l *Ledger) Dirty() bool {
	l.core.mu.Lock()
	defer l.core.mu.Unlock()
	j := &l.core.journal
	return len(l.core.dirty)+len(j.told)+j.writer.Size()+len(j.sealed)+len(l.rows)+len(j.old) > 0 || j.due
}

// MarkDirty takes back a piece whose commit has failed.
func (l *Ledger) MarkDirty(records []msglog.Record) {
	l.core.mu.Lock()
	defer l.core.mu.Unlock()
	j := &l.core.journal
	var sealed []msglog.Record
	for _, r := range records {
		switch {
		case r.Kind == recordDelta && r.Value != nil:
			sealed = append(sealed, r)
		case r.Kind == recordDelta:
			j.old = append(j.old, batch{key: r.Key})
		case r.Kind == recordMerged:
			j.voidDue = true
		case r.Kind == recordArchive && r.Value != nil:
			l.core.unarchive(r.Key)
		case l.core.shared != nil && r.Value != nil && (r.Kind == recordGuests || r.Kind == recordTold):
			l.core.shared.noteCommon(r.Kind, r.Key)
		default:
			l.core.markDirty(r.Kind, r.Key)
		}
	}
	j.sealed = slices.Concat(sealed, j.sealed)
	j.people = j.people || len(sealed) > 0
	for _, k := range l.rows { // they begin anew, so that nothing is erased before all of them are written
		l.core.dirty[k] = true
	}
	l.rows = nil
}

// findCursor returns the cursor of a row; nil if there is none. mu is held.
func (c *core) findCursor(key string) *cursor {
	userID, topic, _ := strings.Cut(key, "\x00")
	if m := c.members[userID]; m != nil {
		return m.cursors[topic]
	}
	return nil
}

// unarchive takes an archive back that was not written, with what came after it. mu is held.
func (c *core) unarchive(key string) {
	i := strings.LastIndexByte(key, 0)
	n, err := strconv.Atoi(key[i+1:])
	if cur := c.findCursor(key[:i]); err == nil && cur != nil && n < len(cur.archives) {
		if cur.archives = cur.archives[:n]; cur.ahead != nil {
			cur.ahead.State().archives = slices.Clone(cur.archives)
		}
		c.markDirty(recordCursor, key[:i])
	}
}

// rowValue returns a row's present value; nil if it must be erased. mu is held.
func (l *Ledger) rowValue(k recordKey) []byte {
	switch k.kind {
	case recordMember, recordCursor, recordArchive:
		return l.core.personValue(k)
	case recordAck, recordClosed: // written when it is given; dirty only when it is pruned
		return nil
	}
	var v any
	seq, _ := strconv.ParseUint(k.key, 10, 64) // seqKey wrote it
	switch {
	case k.kind == recordGuests:
		seq, run, _ := splitGuestsKey(k.key) // guestsKey wrote it
		if l.guests[seq][run] == 0 {
			return nil
		}
		v = l.guests[seq][run]
	case k.kind == recordPruned:
		v = l.core.shared.pruned
	case k.kind == recordTold && l.core.told[seq]:
		v = true
	default:
		return nil
	}
	return encode(v)
}

// personValue is rowValue of a person's row. mu is held.
func (c *core) personValue(k recordKey) []byte {
	userID, topic, _ := strings.Cut(k.key, "\x00")
	m := c.members[userID]
	forgotten := c.journal.forgotten[userID]
	switch {
	case k.kind == recordMember && forgotten > 0 && (m == nil || !m.ordered):
		return encode(person{Forgotten: forgotten, Gone: true, Upto: lastNumber(c)})
	case m == nil || c.shared == nil && identity.IsGuest(userID) && !c.isRecipient(m):
		return nil // forgotten, or a guest of whom nothing counts
	case c.shared != nil && !m.ordered:
		return nil // the order does not know them yet, or has forgotten them
	}
	switch k.kind {
	case recordMember:
		row := *m.confirmed()
		row.Upto, row.Forgotten = lastNumber(c), forgotten
		return encode(row)
	case recordCursor:
		if cur := m.cursors[topic]; cur != nil {
			cur.upto = lastNumber(c)
			return c.shared.confirmedProgress(userID, topic, cur).row(cur.upto)
		}
		return nil
	}
	topic, number, _ := strings.Cut(topic, "\x00")
	cur := m.cursors[topic]
	n, err := strconv.Atoi(number)
	if err != nil || cur == nil || n >= len(cur.archives) {
		return nil // of a person who was forgotten and came back
	}
	return cur.archived(n).row()
}

func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		return nil // plain numbers and strings always encode
	}
	return b
}
