package storm

import (
	"fmt"

	"belfry/build/load/tally"
)

// Join lets people come who were never here.
func Join(p JoinPlan) (*tally.Row, error) {
	if err := descriptors(p.People); err != nil {
		return nil, err
	}
	c, err := gather(p.Room)
	if err != nil {
		return nil, err
	}
	defer c.leave()
	if p.Code {
		if err := c.lock(); err != nil {
			return nil, err
		}
	}
	var times tally.Times
	c.entered = func(p *person) { times.Add(c.at - p.asked) }
	c.stormy = true
	c.server.ForgetPeak()
	before, began := c.server.Usage(), c.now()
	for i := range p.People {
		newcomer := c.person("p", i)
		c.after(c.within(p.Spread), func() {
			newcomer.asked = c.now()
			newcomer.dial()
		})
	}
	err = c.until(p.Limit, func() bool { return c.in == p.People })
	c.report()
	if err != nil {
		return nil, fmt.Errorf("%d of %d are in: %w", c.in, p.People, err)
	}
	took, after := c.now()-began, c.server.Usage()
	way := "open"
	if p.Code {
		way = "code"
	}
	row := &tally.Row{}
	row.Add("access", "%s", way)
	row.Add("people", "%d", p.People)
	row.Add("within", "%v", p.Spread)
	row.Add("all in s", "%.2f", took.Seconds())
	row.Percentiles("welcome", &times)
	row.Add("CPU us/join", "%.0f", tally.Us(after.CPU-before.CPU, p.People))
	row.Add("B written each", "%.0f", float64(after.Written-before.Written)/float64(max(1, p.People)))
	row.Add("RSS MB", "%d", before.Memory>>20)
	row.Add("peak", "%d", after.Peak>>20)
	return row, nil
}

// lock makes the join code necessary.
func (c *crowd) lock() error {
	if _, err := c.operator.must("set_access", fields{"access": "code"}); err != nil {
		return err
	}
	answer, err := c.operator.must("new_code", nil)
	if err != nil {
		return err
	}
	if c.code = textIn(answer, "code"); c.code == "" {
		return fmt.Errorf("new_code: %s", answer)
	}
	return nil
}
