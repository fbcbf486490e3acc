package receipts

import (
	"context"
	"encoding/json"
	"strconv"
	"sync"
	"time"

	"belfry/wsserver/msglog"
)

const recordRepeat = "repeat"

// Bounds of a Repeat.
const (
	MaxRepeatEvery = 24 * 60 // minutes
	MaxRepeatTimes = 100
)

// Repeat asks for reminders of a message: one every Every minutes, Times times.
type Repeat struct {
	Every int `json:"every"`
	Times int `json:"times"`
}

// Reminder is what is left of a Repeat.
type Reminder struct {
	Every int   `json:"every"` // minutes
	Left  int   `json:"left"`  // how many times; 0: it has ended
	Next  int64 `json:"next"`  // Unix ms
}

// After returns the time one interval after now, Unix ms.
func (r Reminder) After(now time.Time) int64 {
	return now.Add(time.Duration(r.Every) * time.Minute).UnixMilli()
}

// Reminders are the messages that people are reminded of. Load comes before every other method. They have a lock of their
// own, under which nothing is called.
type Reminders struct {
	mu    sync.Mutex
	bySeq map[uint64]Reminder
}

// Load replaces all reminders by those that a log holds. It blocks for a disk.
func (p *Reminders) Load(ctx context.Context, log msglog.Log) error {
	p.mu.Lock()
	p.bySeq = map[uint64]Reminder{}
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
	p.bySeq[seq] = is
	return nil
}

// Set begins, changes or, with Left 0, ends the reminders of a message. They take effect at once, and are durable when Set
// returns: on a full disk, people must not be reminded every few seconds. Reminders that have ended are kept, so that the
// broadcast that asked for them, sent again under the same id, does not begin them anew. It blocks for the Keeper.
func (p *Reminders) Set(k msglog.Keeper, seq uint64, r Reminder) error {
	value, err := json.Marshal(r)
	if err != nil {
		return err
	}
	p.mu.Lock()
	p.bySeq[seq] = r
	p.mu.Unlock()
	return k.Keep(msglog.Record{Kind: recordRepeat, Key: strconv.FormatUint(seq, 10), Value: value})
}

// End ends the reminders of a message, if there are any. It blocks for the Keeper.
func (p *Reminders) End(k msglog.Keeper, seq uint64) error {
	r, ok := p.Get(seq)
	if !ok || r.Left == 0 {
		return nil
	}
	r.Left = 0
	return p.Set(k, seq, r)
}

// Get returns the reminders of a message, even those that have ended; false if there never were any.
func (p *Reminders) Get(seq uint64) (Reminder, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	r, ok := p.bySeq[seq]
	return r, ok
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
			list[seq] = r
		}
	}
	return list
}
