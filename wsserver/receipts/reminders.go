package receipts

import (
	"cmp"
	"context"
	"encoding/json"
	"strconv"
	"sync"
	"time"

	"belfry/wsserver/msglog"
)

const recordRepeat = "repeat"

const MaxRepeatEvery = 24 * 60 // minutes

const MaxRepeatTimes = 100

// Repeat asks for reminders of a message: every so many minutes, so many times.
type Repeat struct {
	Every int `json:"every"`
	Times int `json:"times"`
}

// repeat is what is left of a Repeat.
type Reminder struct {
	Every int   `json:"every"` // minutes
	Left  int   `json:"left"`
	Next  int64 `json:"next"` // Unix ms
}

// after is one interval after now, Unix ms.
func (r Reminder) After(now time.Time) int64 {
	return now.Add(time.Duration(r.Every) * time.Minute).UnixMilli()
}

// repeats are the messages that are being repeated, by seq.
type Reminders struct {
	mu sync.Mutex
	by map[uint64]Reminder
}

func (p *Reminders) Load(ctx context.Context, log msglog.Log) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.by = map[uint64]Reminder{}
	var err error
	failed := msglog.Load(ctx, log, recordRepeat, func(key string, r Reminder) {
		seq, parseErr := strconv.ParseUint(key, 10, 64)
		if parseErr != nil {
			err = parseErr
			return
		}
		p.by[seq] = r
	})
	return cmp.Or(failed, err)
}

// set begins, changes or (Left 0) ends the repetition of a message. It holds at once, and is durable when it returns: a
// disk that is full must not make it remind people every few seconds. One that has ended is remembered, so that the
// broadcast that asked for it, sent again, does not begin it anew.
func (p *Reminders) Set(b msglog.Keeper, seq uint64, r Reminder) error {
	value, err := json.Marshal(r)
	if err != nil {
		return err
	}
	p.mu.Lock()
	p.by[seq] = r
	p.mu.Unlock()
	return b.Keep(msglog.Record{Kind: recordRepeat, Key: strconv.FormatUint(seq, 10), Value: value})
}

// end ends the repetition of a message, where there is one.
func (p *Reminders) End(b msglog.Keeper, seq uint64) error {
	r, ok := p.Get(seq)
	if !ok || r.Left == 0 {
		return nil
	}
	r.Left = 0
	return p.Set(b, seq, r)
}

func (p *Reminders) Get(seq uint64) (Reminder, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	r, ok := p.by[seq]
	return r, ok
}

// forget drops what belongs to messages before seq, and returns the records to erase.
func (p *Reminders) Prune(seq uint64) (erased []msglog.Record) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for s := range p.by {
		if s < seq {
			delete(p.by, s)
			erased = append(erased, msglog.Record{Kind: recordRepeat, Key: strconv.FormatUint(s, 10)})
		}
	}
	return erased
}

// due lists what is to be repeated now. Where the clock was set back, it is never later than one interval from now.
func (p *Reminders) Due(now time.Time) map[uint64]Reminder {
	p.mu.Lock()
	defer p.mu.Unlock()
	list := map[uint64]Reminder{}
	for seq, r := range p.by {
		if latest := r.After(now); r.Next > latest {
			r.Next = latest
			p.by[seq] = r
		}
		if r.Left > 0 && r.Next <= now.UnixMilli() {
			list[seq] = r
		}
	}
	return list
}
