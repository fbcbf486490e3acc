// Package clock has the time by which things age: messages, memberships, names.
//
// The machine's clock may jump: it was set wrong, its battery is empty, it had no network to ask. So a Clock keeps a sure
// time of its own. That follows the machine's while both agree, goes on by the program's running time where the machine's
// jumps, and is remembered in the log. What it does with a jump:
//
//   - Up to Few days, as after a night or a weekend: followed once the clock has stayed there for Soon of running.
//   - Back by more than that: followed once it has stayed there for Late. What ages by it until then is younger, not older.
//   - Ahead by more than that: after Late the sure time begins to catch up, by one more day for each day of running.
//   - At once if the operator confirms that the machine's clock is right.
//
// Any goroutine may call any method; none blocks but Load. Clock.mu is held for moments, and nothing is called under it
// but the machine's clock.
package clock

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"belfry/wsserver/msglog"
)

const (
	// Near is how far two clocks may differ and still agree.
	Near = time.Hour
	// Few is how far the machine's clock may jump without a doubt, Soon how long it then has to stay there.
	Few  = 3 * 24 * time.Hour
	Soon = time.Hour
	// Late is how long a clock that jumped further has to stay there before it is followed.
	Late = 24 * time.Hour
)

// recordClock is the kind of record in which a clock is remembered.
const recordClock = "clock"

// jump is a difference between the machine's clock and the sure time. Times are Unix ms, durations ms.
type jump struct {
	Wall   int64  `json:"wall"`   // the machine's clock at the last Tick
	Stayed int64  `json:"stayed"` // how long it has stayed there, of running time
	Far    bool   `json:"far"`    // it was more than Few
	From   uint64 `json:"from"`   // the first message whose time may be wrong
}

// saved is the record.
type saved struct {
	Sure   int64         `json:"sure"` // Unix ms; 0: not known yet
	Jump   *jump         `json:"jump,omitempty"`
	Unsure []msglog.Span `json:"unsure,omitempty"`
}

// Clock is the sure time. Make it with New.
type Clock struct {
	machine func() time.Time // the machine's clock
	started time.Time        // with the running time

	mu      sync.Mutex
	is      saved
	ticked  time.Duration // the running time of the last Tick; -1: there was none in this run
	firstOf uint64        // the first seq of this run
}

// New makes a clock that follows machine; nil: time.Now.
func New(machine func() time.Time) *Clock {
	if machine == nil {
		machine = time.Now
	}
	return &Clock{machine: machine, started: time.Now(), ticked: -1}
}

// Load reads what the log remembers. If that is nothing, the time of its newest message counts as seen last; if none can be
// read, the machine's clock is believed. It may block for a disk.
func (c *Clock) Load(ctx context.Context, log msglog.Log) error {
	var is saved
	if err := msglog.Load(ctx, log, recordClock, func(_ string, s saved) { is = s }); err != nil {
		return err
	}
	if is.Sure == 0 {
		newest, _, err := log.Page(ctx, msglog.Query{Limit: 1})
		if err == nil && len(newest) > 0 && !newest[0].Time.Before(msglog.Began) {
			is.Sure = newest[0].Time.UnixMilli()
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.is, c.firstOf, c.ticked = is, log.Last()+1, -1
	return nil
}

// Record is what the log is to remember.
func (c *Clock) Record() msglog.Record {
	c.mu.Lock()
	defer c.mu.Unlock()
	value, err := json.Marshal(c.is)
	if err != nil {
		value = []byte("{}") // numbers always encode
	}
	return msglog.Record{Kind: recordClock, Value: value}
}

// Now is the sure time, never ahead of the machine's clock. Between two ticks it goes on by the running time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	machine := c.machine()
	if c.is.Sure == 0 {
		return machine
	}
	sure := time.UnixMilli(c.is.Sure).Add(c.sinceTick())
	if machine.Before(sure) {
		return machine
	}
	return sure
}

// sinceTick is the running time since the last Tick. mu is held.
func (c *Clock) sinceTick() time.Duration {
	if c.ticked < 0 {
		return 0
	}
	return time.Since(c.started) - c.ticked
}

// Tick compares the clocks. Call it after Load, and then each minute. last is the log's newest seq. It
// reports whether a doubt began or ended.
func (c *Clock) Tick(last uint64) (changed bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	first, passed, wall := c.ticked < 0, c.sinceTick(), c.machine()
	c.ticked = time.Since(c.started)
	before := c.inDoubt()
	if c.is.Sure == 0 {
		c.follow(wall, last)
		return before
	}
	sure := time.UnixMilli(c.is.Sure).Add(passed)
	ahead := wall.Sub(sure)
	wasWrong := sure.Before(msglog.Began) && !wall.Before(msglog.Began)
	if ahead.Abs() <= Near {
		c.follow(wall, last)
		return before
	}
	c.is.Sure = sure.UnixMilli()
	j := c.stay(wall, passed, first)
	sure = time.UnixMilli(c.is.Sure)
	j.Far = j.Far || ahead.Abs() > Few
	need := Soon
	if ahead.Abs() > Few {
		need = Late
	}
	switch {
	case !wasWrong && time.Duration(j.Stayed)*time.Millisecond < need:
	case wasWrong || ahead <= Few:
		c.follow(wall, last)
	default:
		c.is.Sure = sure.Add(passed).UnixMilli()
	}
	return before != c.inDoubt()
}

// stay notes that the machine's clock is elsewhere, and for how long it has been. mu is held.
func (c *Clock) stay(wall time.Time, passed time.Duration, first bool) *jump {
	j := c.is.Jump
	if j == nil {
		j = &jump{Wall: wall.UnixMilli(), From: c.firstOf}
		c.is.Jump = j
		return j
	}
	moved := wall.Sub(time.UnixMilli(j.Wall).Add(passed))
	atRest := moved.Abs() <= Near || first && moved >= 0 && moved <= Few // while the program did not run, time passed
	if j.Wall = wall.UnixMilli(); !atRest {
		j.Stayed = 0
		return j
	}
	if first { // the sure time went on too, for a day at most
		c.is.Sure += min(max(0, moved), Late).Milliseconds()
	}
	j.Stayed += passed.Milliseconds()
	return j
}

// follow makes the machine's clock the sure time. What was written while that was in doubt is no older than now. mu is
// held.
func (c *Clock) follow(wall time.Time, last uint64) {
	if j := c.is.Jump; j != nil && j.Far && last >= j.From {
		c.is.Unsure = append(c.is.Unsure, msglog.Span{From: j.From, To: last, Until: wall})
	}
	c.is.Sure, c.is.Jump = wall.UnixMilli(), nil
}

// inDoubt reports whether the machine's clock is far from the sure time. mu is held.
func (c *Clock) inDoubt() bool {
	return c.is.Jump != nil && time.UnixMilli(c.is.Jump.Wall).Sub(time.UnixMilli(c.is.Sure)).Abs() > Few
}

// Doubt is the sure time, and the machine's clock where that is more than Few away; ok is false if it is not.
func (c *Clock) Doubt() (sure, machine time.Time, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.UnixMilli(c.is.Sure).Add(c.sinceTick()), c.machine(), c.inDoubt()
}

// Confirm follows the machine's clock at once. last is the log's newest seq.
func (c *Clock) Confirm(last uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ticked = time.Since(c.started)
	c.follow(c.machine(), last)
}

// Unsure are the messages whose times may be too old.
func (c *Clock) Unsure() []msglog.Span {
	c.mu.Lock()
	defer c.mu.Unlock()
	list := append([]msglog.Span(nil), c.is.Unsure...)
	if j := c.is.Jump; j != nil && j.Far {
		list = append(list, msglog.Span{From: j.From})
	}
	return list
}

// Forget removes what is known of messages before first, which are no longer kept.
func (c *Clock) Forget(first uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var left []msglog.Span
	for _, s := range c.is.Unsure {
		if s.To >= first {
			left = append(left, s)
		}
	}
	c.is.Unsure = left
}
