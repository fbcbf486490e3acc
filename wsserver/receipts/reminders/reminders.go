// Package reminders knows which messages people are still to be reminded of, and when. It works with a log that several servers
// share as with one of its own.
package reminders

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"sync"
	"time"

	"belfry/wsserver/msglog"
)

const recordRepeat = "repeat"

// Reminder is what is left of the reminders that the operator has asked for.
type Reminder struct {
	Every int   `json:"every"` // minutes
	Left  int   `json:"left"`  // how many times; 0: it has ended
	Next  int64 `json:"next"`  // Unix ms
}

// last is when the last reminder was sent or, before the first one, when they began, Unix ms.
func (r Reminder) last() int64 {
	return r.Next - time.Duration(r.Every*int(time.Minute)).Milliseconds()
}

// After returns the time one interval after now, Unix ms.
func (r Reminder) After(now time.Time) int64 {
	return now.Add(time.Duration(r.Every) * time.Minute).UnixMilli()
}

// idleTicks is how often reminders are due for nobody before they end. The recipients that have not acknowledged may be known
// to another server of the same log alone: that is faster.
const idleTicks = 12

// keptReminder is a Reminder in memory. Where the log could not be written, it is ahead of the log.
type keptReminder struct {
	Reminder
	value []byte // as it is in the log; nil: it is not there
	ahead bool
	sent  int64 // when this server's people were reminded last, Unix ms
	idle  int   // how often it was due for nobody, since the log has it
}

// Reminders are the messages that people are reminded of. Load comes before every other method. They have a lock of their
// own, under which nothing is called. Several servers of one log have the same: of two whose clocks say at once that a reminder
// is due, one writes that it was sent, and then each reminds the people that are connected to it.
type Reminders struct {
	mu    sync.Mutex
	bySeq map[uint64]keptReminder
}

// Load replaces all reminders by those that a log holds. It blocks for a disk.
func (p *Reminders) Load(ctx context.Context, log msglog.Log) error {
	p.mu.Lock()
	p.bySeq = map[uint64]keptReminder{}
	p.mu.Unlock()
	return msglog.Fill(ctx, log, p)
}

// Kinds are the kinds of record that Put takes.
func (p *Reminders) Kinds() []string { return []string{recordRepeat} }

// Put takes reminders as they are in the log.
func (p *Reminders) Put(r msglog.Record) error {
	seq, err := strconv.ParseUint(r.Key, 10, 64)
	if err != nil {
		return err
	}
	if r.Erased() {
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.bySeq, seq)
		return nil
	}
	is, err := msglog.Decode[Reminder](r)
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	sent := is.last()
	if known, ok := p.bySeq[seq]; ok {
		sent = known.sent
	}
	p.bySeq[seq] = keptReminder{Reminder: is, value: r.Value, sent: sent}
	return nil
}

// Begin begins the reminders of a message, durably when err is nil, unless it has or had some: the broadcast that asks for them,
// sent again under the same id, does not begin them anew. On a full disk they begin in memory. It blocks for the Keeper.
func (p *Reminders) Begin(k msglog.Keeper, seq uint64, r Reminder) error {
	if _, ok := p.Get(seq); ok {
		return nil
	}
	err := k.Keep(reminderRecord(seq, r).Expecting(nil))
	if errors.Is(err, msglog.ErrCondition) {
		return nil // at another server of the same log
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, ok := p.bySeq[seq]; !ok {
		p.bySeq[seq] = keptReminder{Reminder: r, ahead: true, sent: r.last()}
	}
	return err
}

// End ends the reminders of a message, if there are any: at once, and durably when err is nil. They are kept as ended. It
// blocks for the Keeper.
func (p *Reminders) End(k msglog.Keeper, seq uint64) error {
	p.mu.Lock()
	r, ok := p.bySeq[seq]
	if !ok || r.Left == 0 && !r.ahead {
		p.mu.Unlock()
		return nil
	}
	r.Left, r.ahead = 0, true
	p.bySeq[seq] = r
	p.mu.Unlock()
	return k.Keep(reminderRecord(seq, r.Reminder))
}

// Advance notes that a reminder is sent, of a message whose reminders were was and are next from now on, durably when err is
// nil. ours: they were that until now, so that this server sends it; otherwise another server of the same log has noted it, or
// they have ended. On a full disk they are next in memory: people must be reminded, but not every few seconds. It blocks for
// the Keeper.
func (p *Reminders) Advance(k msglog.Keeper, seq uint64, was, next Reminder) (ours bool, err error) {
	p.mu.Lock()
	r := p.bySeq[seq]
	p.mu.Unlock()
	if r.Reminder != was {
		return false, nil
	}
	err = k.Keep(reminderRecord(seq, next).Expecting(r.value))
	if errors.Is(err, msglog.ErrCondition) {
		return false, nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	now, ok := p.bySeq[seq]
	if now.Reminder == was {
		now.Reminder, now.ahead = next, true
	}
	if now.sent = next.last(); ok {
		p.bySeq[seq] = now
	}
	return now.Left > 0 || next.Left == 0, err
}

// Unsent reports whether the log has a reminder of a message that was not sent to this server's people, and notes that it is
// now. It is false where they were reminded less than half an interval before, as by a server that could not write.
func (p *Reminders) Unsent(seq uint64) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	r, ok := p.bySeq[seq]
	late := r.last() - r.sent
	r.sent = max(r.sent, r.last())
	if ok {
		p.bySeq[seq] = r
	}
	return ok && late > 0 && late >= (r.Next-r.last())/2
}

// IsIdle notes that reminders are due for nobody that this server knows of, and reports whether that was so for long enough to
// end them.
func (p *Reminders) IsIdle(seq uint64) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	r, ok := p.bySeq[seq]
	if r.idle++; ok {
		p.bySeq[seq] = r
	}
	return r.idle > idleTicks
}

// reminderRecord is the reminders of a message as they are kept.
func reminderRecord(seq uint64, r Reminder) msglog.Record {
	value, err := json.Marshal(r)
	if err != nil {
		value = nil // numbers always encode
	}
	return msglog.Record{Kind: recordRepeat, Key: strconv.FormatUint(seq, 10), Value: value}
}

// Get returns the reminders of a message, even those that have ended; false if there never were any.
func (p *Reminders) Get(seq uint64) (Reminder, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	r, ok := p.bySeq[seq]
	return r.Reminder, ok
}

// Prune removes what belongs to messages before seq, and returns the records to erase.
func (p *Reminders) Prune(seq uint64) (erased []msglog.Record) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for s := range p.bySeq {
		if s < seq {
			delete(p.bySeq, s)
			erased = append(erased, msglog.Record{Kind: recordRepeat, Key: strconv.FormatUint(s, 10)})
		}
	}
	return erased
}

// Due lists the reminders that are due, by seq. If the clock was set back, the next one is at most one interval away.
func (p *Reminders) Due(now time.Time) map[uint64]Reminder {
	p.mu.Lock()
	defer p.mu.Unlock()
	list := map[uint64]Reminder{}
	for seq, r := range p.bySeq {
		if latest := r.After(now); r.Next > latest {
			r.Next = latest
			p.bySeq[seq] = r
		}
		if r.Left > 0 && r.Next <= now.UnixMilli() {
			list[seq] = r.Reminder
		}
	}
	return list
}
