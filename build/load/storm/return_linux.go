package storm

import (
	"errors"
	"fmt"
	"syscall"
	"time"

	"belfry/build/load/tally"
)

// silence is how long the server does not hear that a half-open connection has ended: by then no access point is left that
// would answer for it.
const silence = 25 * time.Second

// Return lets everyone leave, miss messages and come back, while live messages go on.
func Return(p ReturnPlan) (*tally.Row, tally.Faults, error) {
	connections := p.People + p.Stay
	if p.HalfOpen {
		connections += p.People
	}
	if err := descriptors(connections); err != nil {
		return nil, tally.Faults{}, err
	}
	c, err := gather(p.Room)
	if err != nil {
		return nil, tally.Faults{}, err
	}
	defer c.leave()
	c.newest = p.Newest
	s := &returning{crowd: c, plan: p}
	row, faults, err := s.storm()
	if err != nil {
		err = fmt.Errorf("%d of %d are in: %w", c.in, p.People+p.Stay, err)
	}
	c.report()
	return row, faults, err
}

// returning is one storm of Return.
type returning struct {
	*crowd
	plan          ReturnPlan
	leaving, stay []*person
	calm, live    tally.Times // live messages to those who stay, before and during the storm
	times         tally.Times // from the first attempt to connect until recovered
	took          time.Duration
	count         func(sent time.Duration) // of a live message to somebody who stays
}

func (s *returning) storm() (*tally.Row, tally.Faults, error) {
	if err := s.fillRoom(); err != nil {
		return nil, tally.Faults{}, err
	}
	s.stormy = true
	for _, p := range s.leaving {
		s.lose(p)
	}
	if err := s.run(2 * time.Second); err != nil {
		return nil, tally.Faults{}, err
	}
	if err := s.fill(s.plan.Missed); err != nil {
		return nil, tally.Faults{}, err
	}
	if err := s.run(settle); err != nil {
		return nil, tally.Faults{}, err
	}
	stop, err := s.startLive()
	if err != nil {
		return nil, tally.Faults{}, err
	}
	row, err := s.comeBack()
	stop()
	if err != nil {
		return nil, tally.Faults{}, err
	}
	faults, err := s.check()
	row.Add("lost/doubled/reordered", "%s", &faults)
	return row, faults, err
}

// fillRoom lets everyone come for the first time.
func (s *returning) fillRoom() error {
	for i := range s.plan.Stay {
		s.stay = append(s.stay, s.person("s", i))
	}
	for i := range s.plan.People {
		s.leaving = append(s.leaving, s.person("p", i))
	}
	if err := s.arrive(s.people); err != nil {
		return err
	}
	if err := s.fill(4); err != nil { // so that everyone has a place
		return err
	}
	s.count = func(time.Duration) {}
	s.heard = func(p *person, sent time.Duration) {
		if !p.away {
			s.count(sent)
		}
	}
	s.entered = func(p *person) { s.times.Add(s.at - p.asked) }
	return s.run(settle)
}

// lose ends a person's connection, with or without the server's knowledge.
func (s *returning) lose(p *person) {
	p.away, p.in, p.since, p.from = true, false, p.seq, p.order.Next()
	s.in--
	if !s.plan.HalfOpen {
		p.close()
		return
	}
	fd := p.abandon()
	s.after(silence, func() { _ = syscall.Close(fd) })
}

// startLive begins the live messages, and measures them for a second of calm.
func (s *returning) startLive() (stop func(), err error) {
	stop = s.every(s.plan.Rate, func() { s.broadcast(nil, nil) })
	if err := s.run(500 * time.Millisecond); err != nil {
		return stop, err
	}
	s.count = func(sent time.Duration) { s.calm.Add(s.at - sent) }
	return stop, s.run(time.Second)
}

// comeBack lets all of them come back, and measures it.
func (s *returning) comeBack() (*tally.Row, error) {
	s.count = func(sent time.Duration) { s.live.Add(s.at - sent) }
	s.server.ForgetPeak()
	before, began, own := s.server.Usage(), s.now(), ownCPU()
	for _, p := range s.leaving {
		s.after(s.within(s.plan.Spread), func() {
			p.asked = s.now()
			s.back(p)
		})
	}
	if err := s.until(s.plan.Limit, func() bool { return s.in == len(s.people) }); err != nil {
		return nil, err
	}
	s.took = s.now() - began
	after, own := s.server.Usage(), ownCPU()-own
	s.count = func(time.Duration) {}
	row := &tally.Row{}
	row.Add("clients", "%d", s.plan.People)
	row.Add("missed", "%d", s.plan.Missed)
	row.Add("within", "%v", s.plan.Spread)
	row.Add("live/s", "%g", s.plan.Rate)
	row.Add("all back s", "%.2f", s.took.Seconds())
	row.Percentiles("recovered", &s.times)
	row.Add("CPU us/message", "%.2f", tally.Us(after.CPU-before.CPU, s.recovery.messages))
	row.Add("us/client", "%.0f", tally.Us(after.CPU-before.CPU, s.plan.People))
	row.Add("RSS MB", "%d", before.Memory>>20)
	row.Add("peak", "%d", after.Peak>>20)
	row.Percentiles("calm", &s.calm)
	row.Percentiles("live", &s.live)
	row.Add("left out", "%d", s.recovery.leftOut)
	row.Add("failed", "%d", s.recovery.failed)
	row.Add("own cores", "%.2f", own.Seconds()/s.took.Seconds())
	return row, nil
}

// check waits for the last messages, and looks at what each person was sent.
func (s *returning) check() (faults tally.Faults, err error) {
	err = s.until(patience/10, func() bool {
		for _, p := range s.people {
			if p.order.Next() < s.sent {
				return false
			}
		}
		return true
	})
	if errors.Is(err, errLate) {
		err = nil // what has not come by now is lost
	}
	for _, p := range s.people {
		faults.Add(&p.order, s.sent)
	}
	return faults, err
}
