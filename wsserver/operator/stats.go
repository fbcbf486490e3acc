package operator

import (
	"context"
	"slices"
	"sync"
	"time"

	"belfry/wsserver/wire"
)

const (
	StatsStep    = 5 * time.Second
	StatsSamples = 120 // ten minutes
)

// samples samples the room for the dashboard's chart.
type samples struct {
	mu          sync.Mutex
	clients     []int
	subscribers []int
	messages    []int
}

func NewSamples() *samples {
	return &samples{clients: []int{0}, subscribers: []int{0}, messages: []int{0}}
}

// count adds messages to the current sample.
func (s *samples) Count(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.messages[len(s.messages)-1] += n
}

// note sets the current sample's counts; next begins another one.
func (s *samples) note(c wire.CountsFrame, next bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	last := len(s.clients) - 1
	s.clients[last], s.subscribers[last] = c.Clients, c.Subscribers
	if next {
		s.clients = push(s.clients, c.Clients)
		s.subscribers = push(s.subscribers, c.Subscribers)
		s.messages = push(s.messages, 0)
	}
}

func push(list []int, v int) []int {
	if len(list) == StatsSamples {
		list = append(list[:0], list[1:]...)
	}
	return append(list, v)
}

func (s *samples) get() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	return Stats{
		Step: int(StatsStep / time.Second), Clients: slices.Clone(s.clients),
		Subscribers: slices.Clone(s.subscribers), Messages: slices.Clone(s.messages),
	}
}

// sample begins a new sample every step until ctx ends.
func (s *Operator) SampleStats(ctx context.Context) {
	tick := time.NewTicker(StatsStep)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			s.Samples.note(s.Hub.Counts(), true)
		case <-ctx.Done():
			return
		}
	}
}
