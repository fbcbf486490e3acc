package transport

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// This file sends the same bytes to many connections on several processors, where that pays. Each takes the next few connections
// until none are left. A call returns once all have finished: one connection is sent what one call sends before what the next
// one does.

const (
	// spreadMin is the least number of connections for which a second processor may pay: with 1,000 it saves two milliseconds, and costs
	// a tenth more of the processors.
	spreadMin = 16 * uringSize
	// spreadMost is how many processors take part at most, so that some are left for what people send.
	spreadMost = 4
	// spreadGain is how many times as fast it must be: where others keep the processors busy, it costs more and gains little.
	spreadGain = 1.5
	// Each spreadTrial-th time that is found out. spreadWeight is how much a trial counts beside the earlier ones.
	spreadTrial  = 16
	spreadWeight = 0.25
)

// Spread sends to many connections, for one goroutine, which calls Close in the end. Its zero value is ready. It keeps a Batch
// for each processor from one use to the next.
type Spread struct {
	parts [spreadMost]part
	calls int     // of SendLive for which several may pay
	gain  float64 // how many times as fast several have been
}

// part is of one processor.
type part struct {
	batch   Batch
	stalled []*Conn
}

// SendLive is Batch.SendLive.
func (s *Spread) SendLive(list []*Conn, b []byte, stalled func(*Conn)) {
	n := min(len(list)/(spreadMin/2), runtime.GOMAXPROCS(0), spreadMost)
	if n < 2 {
		s.parts[0].batch.SendLive(list, b, stalled)
		return
	}
	trial := s.calls%spreadTrial == 0
	s.calls++
	switch {
	case trial:
		s.try(n, list, b, stalled)
	case s.gain >= spreadGain:
		s.sendOnSeveral(n, list, b, stalled)
	default:
		s.parts[0].batch.SendLive(list, b, stalled)
	}
}

// try sends to one half of the list on one processor and to the other on n, and notes how many times as fast that was.
func (s *Spread) try(n int, list []*Conn, b []byte, stalled func(*Conn)) {
	half := len(list) / 2
	began := time.Now()
	s.parts[0].batch.SendLive(list[:half], b, stalled)
	middle := time.Now()
	s.sendOnSeveral(n, list[half:], b, stalled)
	gain := min(float64(n), float64(middle.Sub(began))/float64(max(1, time.Since(middle))))
	if s.calls == 1 {
		s.gain = gain
	}
	s.gain += (gain - s.gain) * spreadWeight
}

// sendOnSeveral sends on n processors.
func (s *Spread) sendOnSeveral(n int, list []*Conn, b []byte, stalled func(*Conn)) {
	var next atomic.Int64
	var others sync.WaitGroup
	for i := range n - 1 {
		others.Go(func() { s.parts[i+1].sendLive(list, b, &next) })
	}
	s.parts[0].sendLive(list, b, &next)
	others.Wait()
	for i := range n {
		p := &s.parts[i]
		for _, c := range p.stalled {
			stalled(c)
		}
		clear(p.stalled) // keep no connection alive until the next use
		p.stalled = p.stalled[:0]
	}
}

// sendLive sends to connections of the list, from the next one that nobody has taken.
func (p *part) sendLive(list []*Conn, b []byte, next *atomic.Int64) {
	for {
		end := int(next.Add(uringSize))
		if end-uringSize >= len(list) {
			return
		}
		p.batch.SendLive(list[end-uringSize:min(end, len(list))], b, func(c *Conn) { p.stalled = append(p.stalled, c) })
	}
}

// Send is Batch.Send, for a few.
func (s *Spread) Send(list []*Conn, b []byte) { s.parts[0].batch.Send(list, b) }

// Close is Batch.Close.
func (s *Spread) Close() {
	for i := range s.parts {
		s.parts[i].batch.Close()
	}
}
