package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
)

const (
	// patience bounds the duration of each step.
	patience = 30 * time.Second
	// mark begins the part of a text that holds the number of the message and the time of sending.
	mark = "load:"
)

// result is the measurements of one run. Latencies count from the sending of a message.
type result struct {
	sent, deliveries          int64
	lost, doubled, disordered int64
	each, last                []time.Duration // to each subscriber (a sample), to the last one of each message
	took                      time.Duration
	cpu                       time.Duration // of the server, over the run
	memory                    int64         // bytes a connection, -1: not known
	perConn                   time.Duration // CPU time of the server, a handshake
}

const header = "clients   rate/s   deliveries     deliveries/s  CPU us/delivery   p50 ms   p99 ms  p99 last ms  B/connection  us/handshake  lost/doubled/disordered"

func (r *result) line(p plan) string {
	rate := strconv.FormatFloat(p.rate, 'f', -1, 64)
	if p.rate == 0 {
		rate = fmt.Sprintf("max(%d)", p.window)
	}
	ms := func(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
	return fmt.Sprintf("%7d %8s %12d %16.0f %16.2f %8.2f %8.2f %12.2f %13d %13.0f  %d/%d/%d", p.clients, rate, r.deliveries,
		float64(r.deliveries)/r.took.Seconds(), float64(r.cpu.Microseconds())/float64(max(1, r.deliveries)),
		ms(at(r.each, 50)), ms(at(r.each, 99)), ms(at(r.last, 99)), r.memory, float64(r.perConn.Nanoseconds())/1e3,
		r.lost, r.doubled, r.disordered)
}

// at returns a percentile of sorted values.
func at(sorted []time.Duration, percent int) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(len(sorted)-1, len(sorted)*percent/100)]
}

// room is the clients of one run.
type room struct {
	url   string
	began time.Time
	subs  []*subscriber
	group sync.WaitGroup
	left  atomic.Int64 // deliveries still missing
	whole chan struct{}
}

// subscriber reads frames, in its own goroutine.
type subscriber struct {
	conn                *websocket.Conn
	next                int64 // the number of the next message
	doubled, disordered int64
	delays              []time.Duration
}

func run(p plan) (*result, error) {
	server, err := start(p)
	if err != nil {
		return nil, err
	}
	defer server.stop()
	r := &result{memory: -1}
	m := &room{url: server.url, began: time.Now(), whole: make(chan struct{})}
	defer m.close()
	before := server.usage()
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
	joined := server.usage()
	if before.ok {
		r.perConn = (joined.cpu - before.cpu) / time.Duration(p.clients)
		r.memory = (joined.memory - before.memory) / int64(p.clients)
	}
	if err := m.speak(p, r); err != nil {
		return nil, err
	}
	r.cpu = server.usage().cpu - joined.cpu
	m.close()
	m.count(r)
	return r, nil
}

// join adds one subscriber.
func (m *room) join() error {
	c, err := subscribe(m.url)
	if err != nil {
		return err
	}
	s := &subscriber{conn: c}
	m.subs = append(m.subs, s)
	m.group.Go(func() { s.read(m) })
	return nil
}

func subscribe(url string) (*websocket.Conn, error) {
	c, err := dial(url)
	if err != nil {
		return nil, err
	}
	return c, c.WriteJSON(map[string]any{"action": "subscribe", "topics": []string{"general"}})
}

func dial(url string) (*websocket.Conn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	c, answer, err := websocket.DefaultDialer.DialContext(ctx, url, nil)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	_ = answer.Body.Close()
	return c, nil
}

func (s *subscriber) read(m *room) {
	for {
		_, frame, err := s.conn.ReadMessage()
		if err != nil {
			return
		}
		i := bytes.Index(frame, []byte(mark))
		if i < 0 {
			continue // counts
		}
		var n, sent int64
		if _, err := fmt.Sscanf(string(frame[i+len(mark):]), "%d %d", &n, &sent); err != nil {
			continue
		}
		switch {
		case n < s.next:
			s.doubled++
			continue
		case n > s.next:
			s.disordered++
		}
		s.next = n + 1
		s.delays = append(s.delays, time.Since(m.began)-time.Duration(sent))
		if m.left.Add(-1) == 0 {
			close(m.whole)
		}
	}
}

// speak sends the run's messages and waits until all are delivered.
func (m *room) speak(p plan, r *result) error {
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
		if err := m.pause(p, r.sent, began, answers); err != nil {
			return err
		}
		m.left.Add(int64(len(m.subs)))
		text := fmt.Sprintf("%s%d %d ", mark, r.sent, time.Since(m.began))
		text += string(bytes.Repeat([]byte{'x'}, max(0, p.size-len(text))))
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
func (m *room) pause(p plan, n int64, began time.Time, answers <-chan struct{}) error {
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

func (m *room) close() {
	for _, s := range m.subs {
		_ = s.conn.Close()
	}
}

// count adds up what the subscribers received.
func (m *room) count(r *result) {
	for _, s := range m.subs {
		_ = s.conn.Close()
	}
	last := make([]time.Duration, r.sent)
	for _, s := range m.subs {
		r.deliveries += int64(len(s.delays))
		r.lost += r.sent - int64(len(s.delays))
		r.doubled += s.doubled
		r.disordered += s.disordered
		for i, d := range s.delays {
			last[i] = max(last[i], d)
		}
		r.each = append(r.each, s.delays...)
	}
	slices.Sort(r.each)
	slices.Sort(last)
	r.last = last
}
