package storm

import (
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"strconv"
	"time"

	"belfry/build/load/server"
	"belfry/build/load/tally"
	"belfry/build/machines"
)

const (
	// readers is how many read along at each machine.
	readers = 10
	// comeBack is how long a machine has until people can connect to it again.
	comeBack = 2 * time.Minute
)

// Cluster compares several machines that are one room with one machine, in turns, and hands each row of its tables to show,
// with the title of a table where one begins.
func Cluster(p ClusterPlan, show func(title string, row *tally.Row)) error {
	if err := descriptors(p.Machines*p.People + 100); err != nil {
		return err
	}
	counts := []int{1, p.Machines}
	for turn := range p.Turns {
		for i, group := range p.InFlight {
			for j, count := range counts {
				title := ""
				if turn+i+j == 0 {
					title = "from sending to accepted, and to the last of 10 readers at each other machine (of one machine: there)"
				}
				err := p.at(count, func(s *site) (*tally.Row, error) { return s.flight(group, p.Length) }, title, show)
				if err != nil {
					return err
				}
			}
		}
	}
	for turn := range p.Turns {
		for j, count := range counts {
			title := ""
			if turn+j == 0 {
				title = "messages to everyone in a full room, to each client"
			}
			err := p.at(count, func(s *site) (*tally.Row, error) { return s.fullRoom(p, p.Machines*p.People/count) }, title, show)
			if err != nil {
				return err
			}
		}
	}
	for j, count := range counts {
		title := ""
		if j == 0 {
			title = "nobody there"
		}
		if err := p.at(count, func(s *site) (*tally.Row, error) { return s.idle(p.Length) }, title, show); err != nil {
			return err
		}
	}
	return p.faults(show)
}

// at measures something in a new room of so many machines.
func (p *ClusterPlan) at(count int, measure func(*site) (*tally.Row, error), title string, show func(string, *tally.Row)) error {
	s, err := p.open(count)
	if err != nil {
		return err
	}
	defer s.leave()
	row, err := measure(s)
	if err != nil {
		return fmt.Errorf("%d machines: %w", count, err)
	}
	show(title, row)
	return nil
}

// site is a room of machines on the loopback, and those who are in it.
type site struct {
	*loop
	room    *machines.Room
	targets []*target
	dir     string
	ready   int // how many are in
}

func (p *ClusterPlan) open(count int) (*site, error) {
	debug.SetGCPercent(400) // memory there is; the machine's time is the servers'
	dir, err := os.MkdirTemp("", "belfry-load-")
	if err != nil {
		return nil, err
	}
	s := &site{dir: dir}
	if s.room, err = machines.New(machines.Plan{Bin: p.Bin, Dir: dir, Machines: count}); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	if err = s.room.Start(comeBack); err == nil {
		s.loop, err = newLoop(s.room.Machines[0].Host)
	}
	for _, m := range s.room.Machines {
		to, e := targetOf(m.Host)
		s.targets, err = append(s.targets, to), errors.Join(err, e)
	}
	if err != nil {
		s.leave()
		return nil, err
	}
	return s, nil
}

func (s *site) leave() {
	if s.loop != nil {
		s.close()
	}
	_ = s.room.Close() // on the loopback there is nothing to remove
	_ = os.RemoveAll(s.dir)
}

// used is the CPU time of all machines.
func (s *site) used() (cpu time.Duration) {
	for _, m := range s.room.Machines {
		cpu += server.UsageOf(m.Pid()).CPU
	}
	return cpu
}

// memory is what each machine has, in MB.
func (s *site) memory() (text string) {
	for i, m := range s.room.Machines {
		if i > 0 {
			text += "/"
		}
		text += strconv.FormatInt(server.UsageOf(m.Pid()).Memory>>20, 10)
	}
	return text
}

// person dials a machine as somebody who is in the topics.
func (s *site) person(id string, machine int, topics []string, take func(frame []byte)) *conn {
	c := &conn{loop: s.loop, path: "/ws/client", to: s.targets[machine]}
	c.opened = func() {
		c.say(fields{"action": "hello", "user_id": id, "name": id, "token": "token-of-" + id + "-0123456789", "topics": topics}.encode())
	}
	c.frame = func(frame []byte) {
		if kindOf(frame) == "welcome" {
			s.ready++
		}
		take(frame)
	}
	c.ended = func(err error) { s.fail(fmt.Errorf("%s: %w", id, err)) }
	c.dial()
	return c
}

// allIn waits until so many are in.
func (s *site) allIn(count int) error {
	if err := s.until(patience, func() bool { return s.ready == count }); err != nil {
		return fmt.Errorf("%d of %d are in: %w", s.ready, count, err)
	}
	return s.run(settle)
}

// volley is one sender at the first machine, with so many messages in flight.
type volley struct {
	sender   *conn
	sent     uint64
	accepted tally.Times
	last     time.Duration // when the newest was accepted
	pause    time.Duration // the longest time between two
}

func (s *site) volley() *volley {
	v := &volley{}
	begun := map[string]time.Duration{}
	next := func() {
		id := strconv.FormatUint(v.sent, 10)
		begun[id] = s.now()
		v.sender.say(fields{"action": "notify", "id": id, "topic": "general", "message": tally.Text(v.sent, s.now(), 128)}.encode())
		v.sent++
	}
	v.sender = s.person("sender", 0, []string{}, func(frame []byte) {
		id := textIn(frame, "id")
		switch kindOf(frame) {
		case "accepted":
			v.accepted.Add(s.at - begun[id])
			delete(begun, id)
			v.pause, v.last = max(v.pause, s.at-v.last), s.at
			next()
		case "error": // nothing is accepted for now
			delete(begun, id)
			s.after(100*time.Millisecond, next)
		}
	})
	return v
}

// begin lets it send; every message that is accepted is followed by another one.
func (s *site) begin(v *volley, inFlight int) {
	v.last = s.now()
	v.accepted = tally.Times{}
	for range inFlight {
		v.sender.frame([]byte(`{"type":"error"}`))
	}
}

// flight measures one volley.
func (s *site) flight(inFlight int, length time.Duration) (*tally.Row, error) {
	v := s.volley()
	count := 1
	var last tally.Times
	have := map[uint64]int{}
	for machine := range s.targets {
		if machine == 0 && len(s.targets) > 1 {
			continue
		}
		for i := range readers {
			count++
			s.person(fmt.Sprintf("reader-%d-%d", machine, i), machine, []string{"general"}, func(frame []byte) {
				n, sent, ok := tally.Parse(frame)
				if !ok {
					return
				}
				if have[n]++; have[n] == readers*max(1, len(s.targets)-1) {
					delete(have, n)
					last.Add(s.at - sent)
				}
			})
		}
	}
	if err := s.allIn(count); err != nil {
		return nil, err
	}
	before, own := s.used(), ownCPU()
	s.begin(v, inFlight)
	if err := s.run(length); err != nil {
		return nil, err
	}
	cpu, accepted := s.used()-before, v.accepted.Count()
	row := &tally.Row{}
	row.Add("machines", "%d", len(s.targets))
	row.Add("in flight", "%d", inFlight)
	row.Add("messages/s", "%.0f", float64(accepted)/length.Seconds())
	row.Percentiles("accepted", &v.accepted)
	row.Percentiles("last reader", &last)
	row.Add("CPU us/message", "%.0f", tally.Us(cpu, accepted))
	row.Add("own cores", "%.2f", float64(ownCPU()-own)/float64(length))
	return row, nil
}
