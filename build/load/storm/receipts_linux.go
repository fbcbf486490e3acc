package storm

import (
	"fmt"
	"time"

	"belfry/build/load/server"
	"belfry/build/load/tally"
)

// ackWithin is the time in which everyone presses the button of a message.
const ackWithin = 5 * time.Second

// Receipts measures the same room twice: with pages that tell nothing, then with pages that tell what they have received.
func Receipts(p ReceiptsPlan) (*tally.Row, error) {
	if err := descriptors(p.People); err != nil {
		return nil, err
	}
	without, err := receiptsOf(p, false)
	if err != nil {
		return nil, fmt.Errorf("without receipts: %w", err)
	}
	with, err := receiptsOf(p, true)
	if err != nil {
		return nil, fmt.Errorf("with receipts: %w", err)
	}
	row := &tally.Row{}
	row.Add("clients", "%d", p.People)
	row.Add("rate/s", "%g", p.Rate)
	row.Add("receipts", "%d", with.receipts)
	row.Add("acks", "%d", with.acks)
	row.Add("B written each", "%.0f", float64(with.written)/float64(max(1, with.receipts+with.acks)))
	row.Add("CPU us/message/client", "%.2f", with.perDelivery())
	row.Add("without", "%.2f", without.perDelivery())
	row.Percentiles("delivery", &with.deliveries)
	row.Percentiles("without", &without.deliveries)
	row.Add("p99 ratio", "%.2f", float64(with.deliveries.At(99))/float64(max(1, without.deliveries.At(99))))
	if p.Ack {
		row.Percentiles("ack seen", &with.seen)
	}
	row.Add("RSS MB", "%d", with.used.Memory>>20)
	return row, nil
}

// telling is one of the two measurements.
type telling struct {
	*crowd
	plan           ReceiptsPlan
	tells          bool
	receipts, acks int
	deliveries     tally.Times
	seen           tally.Times // from an ack to the dashboard that counts it
	asked          uint64      // the seq of the newest message that asks for an ack
	pressed        []time.Duration
	counted        int  // how many of pressed the dashboard has seen
	looking        bool // a question of the dashboard is open
	written        int64
	used           server.Usage
	cpu            time.Duration
}

func receiptsOf(p ReceiptsPlan, tells bool) (*telling, error) {
	c, err := gather(p.Room)
	if err != nil {
		return nil, err
	}
	defer c.leave()
	s := &telling{crowd: c, plan: p, tells: tells}
	for i := range p.People {
		c.person("p", i)
	}
	if err := c.arrive(c.people); err != nil {
		return nil, err
	}
	if err := c.run(settle); err != nil {
		return nil, err
	}
	if tells {
		s.listen()
	} else {
		c.heard = func(_ *person, sent time.Duration) { s.deliveries.Add(c.at - sent) }
	}
	return s, s.measure()
}

// perDelivery is the CPU time of a message and client, in microseconds.
func (s *telling) perDelivery() float64 { return tally.Us(s.cpu, s.deliveries.Count()) }

// listen lets each page tell as the client page does: some time after the first news, in one frame. It says "read" where
// somebody looks at it, else "received".
func (s *telling) listen() {
	tell := map[*person]func(){}
	waiting := map[*person]bool{}
	for i, p := range s.people {
		action := "received"
		if float64(i) < s.plan.Read*float64(len(s.people)) {
			action = "read"
		}
		tell[p] = func() {
			waiting[p] = false
			s.receipts++
			p.say(fields{"action": action, "seq": p.seq}.encode())
		}
	}
	s.heard = func(p *person, sent time.Duration) {
		s.deliveries.Add(s.at - sent)
		if !waiting[p] {
			waiting[p] = true
			s.after(s.plan.Wait+s.within(s.plan.Spread), tell[p])
		}
		if s.plan.Ack {
			seq := p.seq
			s.after(s.within(ackWithin), func() { s.press(p, seq) })
		}
	}
	s.operator.event = func([]byte) { s.look() }
}

// press acknowledges a message.
func (s *telling) press(p *person, seq uint64) {
	s.acks++
	if seq == s.asked {
		s.pressed = append(s.pressed, s.now())
	}
	p.say(fields{"action": "ack", "seq": seq}.encode())
}

// look asks for the receipts of the newest message, one question at a time, as the dashboard does at an event.
func (s *telling) look() {
	if s.looking || s.asked == 0 {
		return
	}
	s.looking = true
	asked := s.asked
	s.operator.ask("receipts", fields{"seqs": []uint64{asked}}, func(answer []byte) {
		s.looking = false
		if asked != s.asked {
			return // about an older one
		}
		for ; s.counted < min(int(numberIn(answer, "acked")), len(s.pressed)); s.counted++ {
			s.seen.Add(s.now() - s.pressed[s.counted])
		}
	})
}

// measure sends the messages.
func (s *telling) measure() error {
	var more fields
	if s.plan.Ack {
		more = fields{"ack": "Understood"}
	}
	before := s.server.Usage()
	stop := s.every(s.plan.Rate, func() {
		s.broadcast(more, func(answer []byte) {
			if s.plan.Ack {
				s.asked, s.pressed, s.counted = numberIn(answer, "seq"), nil, 0
			}
		})
	})
	err := s.run(s.plan.Length)
	stop()
	if err != nil {
		return err
	}
	wait := settle + s.plan.Wait + s.plan.Spread
	if s.plan.Ack {
		wait += ackWithin
	}
	if err := s.run(wait); err != nil {
		return err
	}
	s.report()
	s.used = s.server.Usage()
	s.cpu, s.written = s.used.CPU-before.CPU, s.used.Written-before.Written
	var faults tally.Faults
	for _, p := range s.people {
		faults.Add(&p.order, s.sent)
	}
	if faults.Any() {
		return fmt.Errorf("lost/doubled/reordered: %s", &faults)
	}
	return nil
}
