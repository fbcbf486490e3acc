package storm

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"belfry/build/load/tally"
	"belfry/wsserver/sqlite"
)

const (
	// quietRate is how many messages a second go into a quiet room, so that each one costs what it costs by itself.
	quietRate = 2
	// keepShare is the share of the log that is kept once retention is told to remove something.
	keepShare = 0.75
)

// Big measures what a message costs in a log with many, beside an empty log, and what retention costs those who are live.
func Big(p BigPlan) (*tally.Row, error) {
	if err := descriptors(p.People); err != nil {
		return nil, err
	}
	none := p.Room
	none.Data = ""
	empty, err := gather(none)
	if err != nil {
		return nil, err
	}
	cost, err := quietCost(empty, p)
	empty.leave()
	if err != nil {
		return nil, fmt.Errorf("with an empty log: %w", err)
	}
	if p.Data == "" {
		if p.Data, err = os.MkdirTemp("", "belfry-load-"); err != nil {
			return nil, err
		}
		defer func() { _ = os.RemoveAll(p.Data) }()
	}
	if err := fillLog(context.Background(), p.Data, p.Messages); err != nil {
		return nil, fmt.Errorf("fill the log: %w", err)
	}
	file, err := os.Stat(filepath.Join(p.Data, sqlite.File))
	if err != nil {
		return nil, err
	}
	return full(p, cost, max(1<<20, int64(keepShare*float64(file.Size()))))
}

// full measures the full log. cost is that of a message in an empty one, keep how many bytes retention is to leave.
func full(p BigPlan, cost time.Duration, keep int64) (*tally.Row, error) {
	c, err := gather(p.Room)
	if err != nil {
		return nil, err
	}
	defer c.leave()
	row := &tally.Row{}
	row.Add("messages", "%d", p.Messages)
	row.Add("start ms", "%.0f", tally.Ms(c.server.Took))
	row.Add("start CPU ms", "%.0f", tally.Ms(c.server.Usage().CPU))
	row.Add("RSS MB", "%d", c.server.Usage().Memory>>20)
	began := c.now()
	if err := c.indexed(); err != nil {
		return nil, fmt.Errorf("the search index: %w", err)
	}
	row.Add("then indexed s", "%.1f", (c.now() - began).Seconds())
	now, err := quietCost(c, p)
	if err != nil {
		return nil, err
	}
	row.Add("CPU ms/message", "%.2f", tally.Ms(now))
	row.Add("empty log", "%.2f", tally.Ms(cost))
	row.Add("ratio", "%.2f", float64(now)/float64(max(1, cost)))
	return row, c.retention(p, keep, row)
}

// quietCost is the CPU time of a message in a quiet room.
func quietCost(c *crowd, p BigPlan) (time.Duration, error) {
	for i := range p.People {
		c.person("s", i)
	}
	if err := errors.Join(c.arrive(c.people), c.run(settle)); err != nil {
		return 0, err
	}
	before, sent := c.server.Usage(), c.sent
	stop := c.every(quietRate, func() { c.broadcast(nil, nil) })
	err := c.run(p.Length)
	stop()
	err = errors.Join(err, c.run(settle)) // the index takes the last ones
	return (c.server.Usage().CPU - before.CPU) / time.Duration(max(1, c.sent-sent)), err
}

// indexed waits until all messages can be searched.
func (c *crowd) indexed() error {
	for end := c.now() + patience; c.now() < end; {
		answer, err := c.operator.must("search", fields{"text": "zzzqq", "limit": 1})
		if err != nil {
			return err
		}
		if numberIn(answer, "indexed") >= numberIn(answer, "last") {
			return nil
		}
		if err := c.run(200 * time.Millisecond); err != nil {
			return err
		}
	}
	return errLate
}

// retention lets the server remove a part of the log while messages go on.
func (c *crowd) retention(p BigPlan, keep int64, row *tally.Row) error {
	var calm, live tally.Times
	times := &calm
	c.heard = func(_ *person, sent time.Duration) { times.Add(c.at - sent) }
	stop := c.every(p.Rate, func() { c.broadcast(nil, nil) })
	defer stop()
	if err := c.run(p.Length / 2); err != nil {
		return err
	}
	before, err := c.keptNow()
	if err != nil {
		return err
	}
	times = &live
	used, began, sent := c.server.Usage(), c.now(), c.sent
	if _, err := c.operator.must("set_settings", fields{"keep_bytes": keep}); err != nil {
		return err
	}
	after, last := before, before+1
	for after < last && c.now()-began < p.Length {
		if err := c.run(500 * time.Millisecond); err != nil {
			return err
		}
		last = after
		if after, err = c.keptNow(); err != nil {
			return err
		}
	}
	removed := int64(before) + int64(c.sent-sent) - int64(after)
	if removed < int64(p.Messages)/100 {
		return fmt.Errorf("retention removed %d of %d messages", removed, before)
	}
	since := c.server.Usage()
	row.Add("removed/s", "%.0f", float64(removed)/(c.now()-began).Seconds())
	row.Add("CPU us each", "%.0f", tally.Us(since.CPU-used.CPU, removed))
	row.Add("B written each", "%.0f", float64(since.Written-used.Written)/float64(max(1, removed)))
	row.Percentiles("calm", &calm)
	row.Percentiles("meanwhile", &live)
	return nil
}

// keptNow is how many messages the log has.
func (c *crowd) keptNow() (uint64, error) {
	answer, err := c.operator.must("state", nil)
	return numberIn(answer, "kept"), err
}
