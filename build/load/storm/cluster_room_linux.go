package storm

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"belfry/build/load/tally"
	"belfry/build/machines"
)

// fullRoom measures the operator's messages to each of so many people at each machine.
func (s *site) fullRoom(p ClusterPlan, each int) (*tally.Row, error) {
	var times tally.Times
	var orders []*tally.Order
	for machine := range s.targets {
		for i := range each {
			o := &tally.Order{}
			orders = append(orders, o)
			s.person(fmt.Sprintf("person-%d-%d", machine, i), machine, []string{}, func(frame []byte) {
				if n, sent, ok := tally.Parse(frame); ok {
					o.See(n)
					times.Add(s.at - sent)
				}
			})
			if len(orders)-s.ready >= atOnce {
				if err := s.until(patience, func() bool { return len(orders)-s.ready < atOnce/2 }); err != nil {
					return nil, err
				}
			}
		}
	}
	if err := s.allIn(len(orders)); err != nil {
		return nil, err
	}
	operator, err := dashboardOf(s.loop, s.room.Key)
	if err != nil {
		return nil, err
	}
	before, own, sent := s.used(), ownCPU(), uint64(0)
	stop := s.every(p.Rate, func() {
		operator.ask("broadcast", fields{"message": tally.Text(sent, s.now(), 128)}, func(answer []byte) {
			if kindOf(answer) == "error" {
				s.fail(fmt.Errorf("broadcast: %.200s", answer))
			}
		})
		sent++
	})
	err = s.run(p.Length)
	stop()
	if err == nil {
		err = s.until(patience, func() bool { return times.Count() >= len(orders)*int(sent) })
	}
	var faults tally.Faults
	for _, o := range orders {
		faults.Add(o, sent)
	}
	if err != nil || faults.Any() {
		return nil, errors.Join(err, fmt.Errorf("lost/doubled/reordered: %s", &faults))
	}
	row := &tally.Row{}
	row.Add("machines", "%d", len(s.targets))
	row.Add("people at each", "%d", each)
	row.Add("rate/s", "%g", p.Rate)
	row.Percentiles("delivery", &times)
	row.Add("CPU us/delivery", "%.2f", tally.Us(s.used()-before, times.Count()))
	row.Add("own", "%.2f", tally.Us(ownCPU()-own, times.Count()))
	row.Add("RSS MB", "%s", s.memory())
	return row, nil
}

// idle measures what machines use that have nothing to do.
func (s *site) idle(length time.Duration) (*tally.Row, error) {
	if err := s.run(settle); err != nil {
		return nil, err
	}
	before := s.used()
	if err := s.run(length); err != nil {
		return nil, err
	}
	row := &tally.Row{}
	row.Add("machines", "%d", len(s.targets))
	row.Add("CPU % of a core, each", "%.2f", 100*float64(s.used()-before)/float64(length)/float64(len(s.targets)))
	row.Add("RSS MB", "%s", s.memory())
	return row, nil
}

// faults measures how long nothing is accepted at the first machine while something happens to another one, and until people
// can connect to that one again.
func (p *ClusterPlan) faults(show func(string, *tally.Row)) error {
	s, err := p.open(p.Machines)
	if err != nil {
		return err
	}
	defer s.leave()
	v := s.volley()
	if err := s.allIn(1); err != nil {
		return err
	}
	s.begin(v, 32)
	title := "32 in flight at the first machine, while something happens to another one"
	for _, f := range []struct {
		name string
		do   func(*machines.Machine) error
	}{
		{"none", func(*machines.Machine) error { return nil }},
		{"SIGTERM", func(m *machines.Machine) error { m.Terminate(); return m.Start() }},
		{"kill -9", func(m *machines.Machine) error { m.Kill(); return m.Start() }},
		{"kill -9, an empty folder", func(m *machines.Machine) error {
			m.Kill()
			return errors.Join(clear(m.Dir), m.Start())
		}},
	} {
		for _, m := range s.room.Machines[1:] {
			v.pause, v.last = 0, s.now()
			began := s.now()
			if err := f.do(m); err != nil {
				return err
			}
			if err := s.until(comeBack, func() bool { return m.Await(0) == nil }); err != nil {
				return fmt.Errorf("%s: %w", f.name, m.Await(0))
			}
			back := s.now() - began
			if err := s.run(10 * time.Second); err != nil { // an election may follow
				return err
			}
			row := &tally.Row{}
			row.Add("machine", "%s", m.Name)
			row.Add("nothing accepted, ms", "%.0f", tally.Ms(max(v.pause, s.now()-v.last)))
			row.Add("back after, s", "%.1f", back.Seconds())
			row.Add("messages so far", "%d", v.accepted.Count())
			row.Add("fault", "%s", f.name)
			show(title, row)
			title = ""
		}
	}
	return nil
}

// clear removes everything in a folder.
func clear(dir string) error {
	list, err := os.ReadDir(dir)
	for _, e := range list {
		err = errors.Join(err, os.RemoveAll(filepath.Join(dir, e.Name())))
	}
	return err
}
