package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"slices"
	"strconv"
	"time"

	"belfry/build/load/server"
	"belfry/build/load/tally"
)

// patience bounds the duration of each step.
const patience = 30 * time.Second

// fanoutPlan is one run of the fan-out: messages from one client to all subscribers.
type fanoutPlan struct {
	bin, data string
	clients   int
	rate      float64 // messages a second; 0: as many as window allows in flight
	window    int
	size      int // bytes of text
	length    time.Duration
	stalled   bool // one more subscriber, which never reads
}

// fanout is the command without a verb.
func fanout(flags *flag.FlagSet, args []string) error {
	var p fanoutPlan
	var table bool
	var senders int
	common(flags, &p.bin, &p.data)
	flags.IntVar(&p.clients, "n", 1000, "subscribers")
	flags.Float64Var(&p.rate, "rate", 20, "messages a second; 0: as many as -window allows")
	flags.IntVar(&p.window, "window", 32, "messages in flight, with -rate 0")
	flags.IntVar(&p.size, "size", 128, "bytes of each text")
	flags.DurationVar(&p.length, "dur", 5*time.Second, "how long")
	flags.BoolVar(&p.stalled, "stalled", false, "one more subscriber that never reads")
	flags.IntVar(&senders, "ingest", 0, "what a message costs from so many connections, by notify and by POST /api/v1/messages")
	flags.BoolVar(&table, "table", false, "several sizes of room and rates, one after another")
	if err := parse(flags, args); err != nil {
		return err
	}
	if senders > 0 {
		return ingest(p, senders)
	}
	plans := []fanoutPlan{p}
	if table {
		plans = growth(p)
	}
	fmt.Println(header)
	for _, p := range plans {
		r, err := run(p)
		if err != nil {
			return err
		}
		fmt.Println(r.line(p))
		if r.faults.Any() {
			return errFaults
		}
	}
	return nil
}

// growth is how cost grows with the room, and with the rate.
func growth(p fanoutPlan) (list []fanoutPlan) {
	for _, n := range []int{10, 100, 1000, 10_000} {
		q := p
		q.clients, q.rate = n, 10
		list = append(list, q)
	}
	for _, rate := range []float64{1, 10, 100, 1000, 10_000} {
		q := p
		q.clients, q.rate = 10, rate
		list = append(list, q)
	}
	return list
}

// result is the measurements of one run. Latencies count from the sending of a message.
type result struct {
	sent, deliveries int64
	faults           tally.Faults
	each             tally.Times     // to each subscriber
	last             []time.Duration // to the last one of each message
	took             time.Duration
	cpu              time.Duration // of the server, over the run
	memory           int64         // bytes a connection, -1: not known
	perConn          time.Duration // CPU time of the server, a handshake
}

const header = "clients   rate/s   deliveries     deliveries/s  CPU us/delivery   p50 ms   p99 ms  p99 last ms  B/connection  us/handshake  lost/doubled/reordered"

func (r *result) line(p fanoutPlan) string {
	rate := strconv.FormatFloat(p.rate, 'f', -1, 64)
	if p.rate == 0 {
		rate = fmt.Sprintf("max(%d)", p.window)
	}
	var last time.Duration
	if n := len(r.last); n > 0 {
		last = r.last[min(n-1, n*99/100)]
	}
	return fmt.Sprintf("%7d %8s %12d %16.0f %16.2f %8.2f %8.2f %12.2f %13d %13.0f  %s", p.clients, rate, r.deliveries,
		float64(r.deliveries)/r.took.Seconds(), tally.Us(r.cpu, r.deliveries), tally.Ms(r.each.At(50)), tally.Ms(r.each.At(99)),
		tally.Ms(last), r.memory, tally.Us(r.perConn, 1), &r.faults)
}

func run(p fanoutPlan) (*result, error) {
	s, err := server.Start(p.bin, p.data)
	if err != nil {
		return nil, err
	}
	defer s.Stop()
	r := &result{memory: -1}
	m := newRoom(s.URL())
	defer m.close()
	before := s.Usage()
	for range p.clients {
		if err := m.join(); err != nil {
			return nil, err
		}
	}
	if p.stalled {
		if _, err := subscribe(m.url); err != nil {
			return nil, err
		}
	}
	time.Sleep(2 * time.Second) // until the server has finished the handshakes
	joined := s.Usage()
	if before.OK {
		r.perConn = (joined.CPU - before.CPU) / time.Duration(p.clients)
		r.memory = (joined.Memory - before.Memory) / int64(p.clients)
	}
	if err := m.speak(p, r); err != nil {
		return nil, err
	}
	r.cpu = s.Usage().CPU - joined.CPU
	m.close()
	m.count(r)
	return r, nil
}

// speak sends the run's messages and waits until all are delivered.
func (m *room) speak(p fanoutPlan, r *result) error {
	c, err := dial(m.url)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	if err := c.WriteJSON(map[string]any{"action": "hello", "name": "Load", "user_id": "load", "token": "the-one-who-speaks"}); err != nil {
		return err
	}
	answers := make(chan struct{}, 1<<20)
	m.group.Go(func() {
		for {
			_, frame, err := c.ReadMessage()
			if err != nil {
				return
			}
			if bytes.HasPrefix(frame, []byte(`{"type":"accepted"`)) {
				answers <- struct{}{}
			}
		}
	})
	began := time.Now()
	m.left.Store(1) // for the run itself: nothing is complete before all is sent
	for time.Since(began) < p.length {
		if err := pause(p, r.sent, began, answers); err != nil {
			return err
		}
		m.left.Add(int64(len(m.subs)))
		text := tally.Text(uint64(r.sent), time.Since(m.began), p.size)
		err := c.WriteJSON(map[string]any{"action": "notify", "id": fmt.Sprint(r.sent), "topic": "general", "message": text})
		if err != nil {
			return err
		}
		r.sent++
	}
	if m.left.Add(-1) != 0 {
		select {
		case <-m.whole:
		case <-time.After(patience): // messages missing by then are lost
		}
	}
	r.took = time.Since(began)
	return nil
}

// pause waits until message n is due.
func pause(p fanoutPlan, n int64, began time.Time, answers <-chan struct{}) error {
	if p.rate > 0 {
		time.Sleep(time.Until(began.Add(time.Duration(float64(n) / p.rate * float64(time.Second)))))
		return nil
	}
	if n < int64(p.window) {
		return nil
	}
	select {
	case <-answers:
		return nil
	case <-time.After(patience):
		return errors.New("the server answers no more")
	}
}

// count adds up what the subscribers received.
func (m *room) count(r *result) {
	r.last = make([]time.Duration, r.sent)
	for _, s := range m.subs {
		r.deliveries += s.order.Received
		r.faults.Add(&s.order, uint64(r.sent))
		for i, d := range s.delays {
			r.last[i] = max(r.last[i], d)
			r.each.Add(d)
		}
	}
	slices.Sort(r.last)
}
