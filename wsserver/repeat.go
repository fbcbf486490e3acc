package wsserver

import (
	"context"
	"encoding/json"
	"strconv"
	"sync"
	"time"

	"belfry/wsserver/msglog"
	"belfry/wsserver/settings"
	"belfry/wsserver/wire"
)

// This file reminds those who have not acknowledged a message, every so many minutes, until they have, the limit is
// reached or the operator stops it. What is left of it outlives a restart.

const (
	recordRepeat   = "repeat"
	maxRepeatEvery = 24 * 60 // minutes
	maxRepeatTimes = 100
	remindTick     = 5 * time.Second
)

// Repeat asks for reminders of a message: every so many minutes, so many times.
type Repeat struct {
	Every int `json:"every"`
	Times int `json:"times"`
}

// repeat is what is left of a Repeat.
type repeat struct {
	Every int   `json:"every"` // minutes
	Left  int   `json:"left"`
	Next  int64 `json:"next"` // Unix ms
}

// after is one interval after now, Unix ms.
func (r repeat) after(now time.Time) int64 {
	return now.Add(time.Duration(r.Every) * time.Minute).UnixMilli()
}

// repeats are the messages that are being repeated, by seq.
type repeats struct {
	mu sync.Mutex
	by map[uint64]repeat
}

func (p *repeats) load(ctx context.Context, log msglog.Log) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.by = map[uint64]repeat{}
	return log.Records(ctx, recordRepeat, func(key string, value []byte) error {
		seq, err := strconv.ParseUint(key, 10, 64)
		if err != nil {
			return err
		}
		var r repeat
		if err := json.Unmarshal(value, &r); err != nil {
			return err
		}
		p.by[seq] = r
		return nil
	})
}

// set begins, changes or (Left 0) ends the repetition of a message. It holds at once, and is durable when it returns: a
// disk that is full must not make it remind people every few seconds. One that has ended is remembered, so that the
// broadcast that asked for it, sent again, does not begin it anew.
func (p *repeats) set(b msglog.Keeper, seq uint64, r repeat) error {
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
func (p *repeats) end(b msglog.Keeper, seq uint64) error {
	r, ok := p.get(seq)
	if !ok || r.Left == 0 {
		return nil
	}
	r.Left = 0
	return p.set(b, seq, r)
}

func (p *repeats) get(seq uint64) (repeat, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	r, ok := p.by[seq]
	return r, ok
}

// forget drops what belongs to messages before seq, and returns the records to erase.
func (p *repeats) forget(seq uint64) (erased []msglog.Record) {
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
func (p *repeats) due(now time.Time) map[uint64]repeat {
	p.mu.Lock()
	defer p.mu.Unlock()
	list := map[uint64]repeat{}
	for seq, r := range p.by {
		if latest := r.after(now); r.Next > latest {
			r.Next = latest
			p.by[seq] = r
		}
		if r.Left > 0 && r.Next <= now.UnixMilli() {
			list[seq] = r
		}
	}
	return list
}

// remindAll repeats what is due until ctx ends.
func (s *Server) remindAll(ctx context.Context) {
	tick := time.NewTicker(remindTick)
	defer tick.Stop()
	for {
		select {
		case now := <-tick.C:
			s.ledger.expire(now.Add(-settings.Hours(s.limits().MemberHours)), s.hub.at())
			for seq, r := range s.repeats.due(now) {
				if err := s.remind(ctx, seq, r, now); err != nil {
					s.logger.Warn("repeat a message", "seq", seq, "error", err)
				}
			}
		case <-ctx.Done():
			return
		}
	}
}

// remind sends one round, and ends the repetition where nobody is left to remind.
func (s *Server) remind(ctx context.Context, seq uint64, r repeat, now time.Time) error {
	e, err := s.log.Get(ctx, seq)
	if err != nil {
		return err
	}
	r.Left, r.Next = r.Left-1, r.after(now)
	var missing []Recipient
	if e != nil {
		missing = s.missing(e, missingAck)
	}
	if len(missing) == 0 {
		r.Left = 0
	}
	frame := wire.Encode(wire.RemindFrame{Type: "remind", Seq: seq})
	for _, who := range missing {
		s.sendAll(frame, s.hub.person(who.UserID))
	}
	if err := s.repeats.set(s.bus, seq, r); err != nil {
		return err
	}
	s.events.receiptsChanged()
	return nil
}

// What is missing of a receipt.
const (
	missingReceived = "received"
	missingRead     = "read"
	missingAck      = "ack"
)

// missing lists the recipients of a message who have not done something yet.
func (s *Server) missing(e *msglog.Entry, what string) (list []Recipient) {
	r, _ := s.ledger.receipts(e.Seq, true)
	for _, who := range r.Who {
		switch {
		case what == missingReceived && who.Received == "", what == missingRead && who.Read == "", what == missingAck && who.Acked == "":
			list = append(list, who)
		}
	}
	return list
}
