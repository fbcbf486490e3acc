package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"belfry/build/load/server"
)

// ingest measures what a message costs that is sent with notify, and with POST /api/v1/messages: from so many connections, each
// of which waits until its message is kept before it sends the next one.
func ingest(p fanoutPlan, connections int) error {
	fmt.Println("door     connections   messages/s   CPU us/message")
	var cost [2]time.Duration
	for i, door := range []string{"notify", "POST"} {
		sent, took, cpu, err := ingestBy(p, door, connections)
		if err != nil {
			return err
		}
		cost[i] = cpu / time.Duration(max(1, sent))
		fmt.Printf("%-8s %11d %12.0f %16.1f\n", door, connections, float64(sent)/took.Seconds(), float64(cost[i].Nanoseconds())/1e3)
	}
	fmt.Printf("POST costs %.2f times as much CPU as notify\n", float64(cost[1])/float64(max(1, cost[0])))
	return nil
}

// sender sends one message, and returns once it is kept.
type sender func(n int64) error

// ingestBy fills a new server through one door.
func ingestBy(p fanoutPlan, door string, connections int) (sent int64, took, cpu time.Duration, err error) {
	if p.data == "memory" {
		return 0, 0, 0, errors.New("-ingest needs a log: leave -data out")
	}
	s, err := server.Start(p.bin, p.data)
	if err != nil {
		return 0, 0, 0, err
	}
	defer s.Stop()
	open := func() (sender, error) { return notifier(s.URL()) }
	if door == "POST" {
		token, err := s.Token()
		if err != nil {
			return 0, 0, 0, err
		}
		time.Sleep(2 * time.Second) // the server finds the token
		address := "http://" + s.Host + "/api/v1/messages"
		open = func() (sender, error) { return poster(address, token), nil }
	}
	senders := make([]sender, connections)
	for i := range senders {
		if senders[i], err = open(); err != nil {
			return 0, 0, 0, err
		}
	}
	before, began := s.Usage(), time.Now()
	sent, err = sendAll(senders, p.length)
	return sent, time.Since(began), s.Usage().CPU - before.CPU, err
}

// sendAll lets all senders send for a time.
func sendAll(senders []sender, length time.Duration) (int64, error) {
	var (
		running sync.WaitGroup
		number  atomic.Int64
		mu      sync.Mutex
		failed  error
	)
	began := time.Now()
	for _, send := range senders {
		running.Go(func() {
			for time.Since(began) < length {
				if err := send(number.Add(1)); err != nil {
					mu.Lock()
					failed = errors.Join(failed, err)
					mu.Unlock()
					return
				}
			}
		})
	}
	running.Wait()
	return number.Load(), failed
}

// textOf is the text of message n.
func textOf(n int64) string { return fmt.Sprintf("message %d %s", n, strings.Repeat("x", 100)) }

// notifier sends over a WebSocket of its own.
func notifier(url string) (sender, error) {
	c, err := dial(url)
	if err != nil {
		return nil, err
	}
	return func(n int64) error {
		if err := c.WriteJSON(map[string]any{"action": "notify", "id": fmt.Sprint(n), "topic": "general", "message": textOf(n)}); err != nil {
			return err
		}
		for {
			_, frame, err := c.ReadMessage()
			if err != nil {
				return err
			}
			if bytes.HasPrefix(frame, []byte(`{"type":"accepted"`)) {
				return nil
			}
			if bytes.HasPrefix(frame, []byte(`{"type":"error"`)) {
				return fmt.Errorf("notify: %s", frame)
			}
		}
	}, nil
}

// poster sends over an HTTP connection of its own, which is kept.
func poster(address, token string) sender {
	client := &http.Client{Transport: &http.Transport{}}
	return func(n int64) error {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		body, err := json.Marshal(map[string]any{"id": fmt.Sprint(n), "topic": "general", "message": textOf(n)})
		if err != nil {
			return err
		}
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
		if err != nil {
			return err
		}
		r.Header.Set("Authorization", "Bearer "+token)
		answer, err := client.Do(r)
		if err != nil {
			return err
		}
		text, err := io.ReadAll(answer.Body)
		if err = errors.Join(err, answer.Body.Close()); err == nil && answer.StatusCode != http.StatusOK {
			err = fmt.Errorf("POST: %s %s", answer.Status, text)
		}
		return err
	}
}
