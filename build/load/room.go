package main

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"belfry/build/load/tally"
)

// room is the clients of one run of the fan-out.
type room struct {
	url   string
	began time.Time
	subs  []*subscriber
	group sync.WaitGroup
	left  atomic.Int64 // deliveries still missing
	whole chan struct{}
}

func newRoom(url string) *room { return &room{url: url, began: time.Now(), whole: make(chan struct{})} }

// subscriber reads frames, in its own goroutine.
type subscriber struct {
	conn   *websocket.Conn
	order  tally.Order
	delays []time.Duration
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

func (s *subscriber) read(m *room) {
	for {
		_, frame, err := s.conn.ReadMessage()
		if err != nil {
			return
		}
		n, sent, ok := tally.Parse(frame)
		if !ok {
			continue // counts
		}
		before := s.order.Received
		if s.order.See(n); s.order.Received == before {
			continue // it has come before
		}
		s.delays = append(s.delays, time.Since(m.began)-sent)
		if m.left.Add(-1) == 0 {
			close(m.whole)
		}
	}
}

// close ends all subscribers, and waits until they have read their last frames.
func (m *room) close() {
	for _, s := range m.subs {
		_ = s.conn.Close()
	}
	m.group.Wait()
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
