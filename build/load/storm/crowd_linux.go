package storm

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"runtime/debug"
	"slices"
	"syscall"
	"time"

	"belfry/build/load/server"
	"belfry/build/load/tally"
)

const (
	// patience bounds each step that prepares a storm.
	patience = 5 * time.Minute
	// settle is how long the server has for what is left to do, before something is measured.
	settle = 1500 * time.Millisecond
	// atOnce is how many handshakes are in progress while a room is filled.
	atOnce = 200
	// inFlight is how many messages the dashboard has in flight while it fills a log.
	inFlight = 64
	// firstTry and lastTry bound the pause before somebody whose connection has ended tries again.
	firstTry, lastTry = 500 * time.Millisecond, 20 * time.Second
)

// person is one client, across its connections.
type person struct {
	*conn
	id, token string
	order     tally.Order
	seq       uint64 // of the newest message that has come

	away  bool   // has been here, and says since when it was away
	since uint64 // the seq that it had then
	from  uint64 // the number of the message that should have come next
	in    bool   // has got its welcome; where it was away, its recovery
	tries int
	asked time.Duration // when it dialled first
}

// crowd is everybody in the room, and the operator.
type crowd struct {
	*loop
	plan     Room
	server   *server.Server
	operator *dashboard
	people   []*person
	code     string
	newest   int  // how many messages a recovery asks for; 0: as many as the server gives
	stormy   bool // connections may end

	in         int // how many people are in
	epoch      string
	sent, kept uint64 // messages of the operator, and those of them that are in the log
	errors     map[string]int
	heard      func(p *person, sent time.Duration) // called with each message that comes
	entered    func(p *person)
	recovery   recoveries
}

// recoveries adds up what those who come back are sent.
type recoveries struct {
	messages uint64
	failed   uint64 // answered by an error instead
	leftOut  uint64 // messages that were too many for one recovery
}

// gather starts a server, and the crowd's loop with the operator in it.
func gather(plan Room) (*crowd, error) {
	debug.SetGCPercent(400) // memory there is; the machine's time is the server's
	s, err := server.Start(plan.Bin, plan.Data)
	if err != nil {
		return nil, err
	}
	l, err := newLoop(s.Host)
	if err != nil {
		s.Stop()
		return nil, err
	}
	c := &crowd{loop: l, plan: plan, server: s, errors: map[string]int{}, entered: func(*person) {}, heard: func(*person, time.Duration) {}}
	if c.operator, err = dashboardOf(l, s.Key); err != nil {
		c.leave()
		return nil, err
	}
	return c, nil
}

// leave ends everything.
func (c *crowd) leave() {
	c.close()
	c.server.Stop()
}

// descriptors is an error if so many connections cannot be open.
func descriptors(connections int) error {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return err
	}
	if need := uint64(connections + 100); limit.Max < need {
		return fmt.Errorf("it needs %d open files, and may have %d (ulimit -Hn)", need, limit.Max)
	}
	return nil
}

// person adds one, who has not dialled yet. Each has a different prefix and number.
func (c *crowd) person(prefix string, number int) *person {
	p := &person{id: fmt.Sprintf("%s%07d", prefix, number), token: fmt.Sprintf("token-of-%s%07d", prefix, number)}
	p.conn = &conn{
		loop: c.loop, path: "/ws/client", opened: func() { p.say(c.hello(p)) },
		frame: func(frame []byte) { c.take(p, frame) }, ended: func(err error) { c.ended(p, err) },
	}
	c.people = append(c.people, p)
	return p
}

// hello is what a person says first.
func (c *crowd) hello(p *person) []byte {
	f := fields{"action": "hello", "name": "Name " + p.id, "user_id": p.id, "token": p.token, "topics": []string{"general"}}
	if p.away {
		f["since"], f["epoch"] = p.since, c.epoch
		if c.newest > 0 {
			f["limit"] = c.newest
		}
	}
	if c.code != "" {
		f["code"] = c.code
	}
	return f.encode()
}

// take is called with each frame that a person is sent.
func (c *crowd) take(p *person, frame []byte) {
	switch kindOf(frame) {
	case "message":
		p.seq = numberIn(frame, "seq")
		if n, sent, ok := tally.Parse(frame); ok {
			p.order.See(n)
			if p.away && !p.in {
				c.recovery.messages++
			}
			c.heard(p, sent)
		}
	case "welcome":
		c.epoch = textIn(frame, "epoch")
		if !p.away {
			p.seq = numberIn(frame, "seq")
			c.enter(p)
		}
	case "recovered":
		if !isTrue(frame, "complete") {
			c.recovery.leftOut += p.order.LeftOut()
		}
		c.enter(p)
	case "error":
		c.errors[textIn(frame, "code")]++
		if p.away && !p.in { // in place of its recovery: the page tries again too
			c.recovery.failed++
			p.end(errors.New("no recovery"))
		}
	}
}

func (c *crowd) enter(p *person) {
	if !p.in {
		p.in = true
		c.in++
		c.entered(p)
	}
}

// ended is called when a connection ends that should not have. Its person comes back, as the page does.
func (c *crowd) ended(p *person, err error) {
	if !c.stormy {
		c.fail(fmt.Errorf("%s: %w", p.id, err))
		return
	}
	c.errors[err.Error()]++
	if p.in {
		p.in = false
		c.in--
		p.from, p.since = p.order.Next(), p.seq
	}
	p.away = p.away || p.seq > 0
	limit := min(firstTry<<min(p.tries, 10), lastTry)
	p.tries++
	c.after(c.within(limit), func() { c.back(p) })
}

// back dials again, and asks for what came after p.from.
func (c *crowd) back(p *person) {
	if p.away {
		p.order.Resume(p.from)
	}
	p.dial()
}

// arrive lets people come, a few at once, until all of them are in.
func (c *crowd) arrive(list []*person) error {
	before, i := c.in, 0
	err := c.until(patience, func() bool {
		for ; i < len(list) && i-(c.in-before) < atOnce; i++ {
			list[i].dial()
		}
		return c.in == before+len(list)
	})
	if err != nil {
		return fmt.Errorf("%d of %d came: %w", c.in-before, len(list), err)
	}
	return nil
}

// broadcast sends the next message, to everyone or to a topic. more are further fields.
func (c *crowd) broadcast(more fields, answered func(answer []byte)) {
	f := fields{"message": tally.Text(c.sent, c.now(), c.plan.Size)}
	maps.Copy(f, more)
	c.sent++
	c.operator.ask("broadcast", f, func(answer []byte) {
		if kindOf(answer) == "error" {
			c.fail(fmt.Errorf("broadcast: %.200s", answer))
			return
		}
		c.kept++
		if answered != nil {
			answered(answer)
		}
	})
}

// fill sends messages as fast as some in flight are kept, every second one to the topic general.
func (c *crowd) fill(messages int) error {
	end := c.sent + uint64(messages)
	return c.until(patience, func() bool {
		for c.sent < end && c.sent-c.kept < inFlight {
			var f fields
			if c.sent%2 == 1 {
				f = fields{"topic": "general"}
			}
			c.broadcast(f, nil)
		}
		return c.kept == end
	})
}

// report prints what went wrong with connections, below the table.
func (c *crowd) report() {
	for _, what := range slices.Sorted(maps.Keys(c.errors)) {
		fmt.Fprintf(os.Stderr, "  %d times: %s\n", c.errors[what], what)
	}
}
