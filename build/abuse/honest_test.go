package abuse

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"belfry/wsserver/wstest"
)

// perSecond is how many messages the crowd sends in all.
const perSecond = 20

// crowd is honest clients, who talk in the general topic and should notice nothing.
type crowd struct {
	t      testing.TB
	server *server
	stop   chan struct{}
	group  sync.WaitGroup
	people []*person

	mu       sync.Mutex               // guards what follows, and the persons
	sent     map[string]time.Time     // by text
	accepted map[string]bool          // texts
	last     map[string]time.Duration // from sending to the last delivery
}

// person is one of them.
type person struct {
	crowd *crowd
	conn  *websocket.Conn
	id    string

	last   uint64
	heard  map[string]int // how often each text of the crowd was received
	broken error
	leaves bool
}

// gather connects so many clients, from addresses that no attack uses, and begins to talk.
func gather(t testing.TB, s *server, count int) *crowd {
	t.Helper()
	c := &crowd{
		t: t, server: s, stop: make(chan struct{}),
		sent: map[string]time.Time{}, accepted: map[string]bool{}, last: map[string]time.Duration{},
	}
	for i := range count {
		address := fmt.Sprintf("127.0.0.%d", 2+i/8) // eight share one
		conn, err := s.dial(t.Context(), address)
		if err != nil {
			t.Fatal(err)
		}
		p := &person{crowd: c, conn: conn, id: fmt.Sprintf("honest%d", i), heard: map[string]int{}}
		hello := map[string]any{"action": "hello", "user_id": p.id, "name": fmt.Sprintf("Person %d", i), "topics": []string{"general"}}
		if err := conn.WriteJSON(hello); err != nil {
			t.Fatal(err)
		}
		if err := p.welcomed(); err != nil {
			t.Fatal(err)
		}
		c.people = append(c.people, p)
	}
	for i, p := range c.people {
		c.group.Go(p.read)
		c.group.Go(func() { p.talk(i) })
	}
	return c
}

func (p *person) welcomed() error {
	for {
		var f wstest.Frame
		if err := p.conn.ReadJSON(&f); err != nil || f.Type == "topics" {
			return err // the list of topics ends a welcome
		}
	}
}

func (p *person) read() {
	for {
		_, b, err := p.conn.ReadMessage()
		p.crowd.mu.Lock()
		if err == nil {
			p.take(b)
		} else if !p.leaves {
			p.broken = err
		}
		p.crowd.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// take records a received frame. mu is held.
func (p *person) take(b []byte) {
	var f wstest.Frame
	if err := json.Unmarshal(b, &f); err != nil {
		p.broken = fmt.Errorf("sent %q: %w", b, err)
		return
	}
	switch c := p.crowd; f.Type {
	case "accepted":
		c.accepted[p.text(f.ID)] = true
	case "message":
		if f.Seq <= p.last {
			p.broken = fmt.Errorf("seq %d after %d", f.Seq, p.last)
		}
		p.last = f.Seq
		if at, honest := c.sent[f.Message]; honest {
			p.heard[f.Message]++
			c.last[f.Message] = max(c.last[f.Message], time.Since(at))
		}
	case "error":
		p.broken = fmt.Errorf("refused: %s", b)
	}
}

// text is the text of the message with that id.
func (p *person) text(id string) string { return "honest " + p.id + " " + id }

// talk sends this client's messages, each at its time.
func (p *person) talk(turn int) {
	all := len(p.crowd.people)
	wait := time.Duration(turn) * time.Second / perSecond
	for n := 0; ; n++ {
		select {
		case <-p.crowd.stop:
			return
		case <-time.After(wait):
		}
		wait = time.Duration(all) * time.Second / perSecond
		id := fmt.Sprint(n)
		p.crowd.mu.Lock()
		p.crowd.sent[p.text(id)] = time.Now()
		p.crowd.mu.Unlock()
		frame := map[string]any{"action": "notify", "id": id, "topic": "general", "message": p.text(id)}
		if err := p.conn.WriteJSON(frame); err != nil {
			return // its reader reports it
		}
	}
}

// finish ends the talk, and fails where a client was disconnected or a message was lost, duplicated or out of order.
func (c *crowd) finish(most time.Duration) {
	c.t.Helper()
	close(c.stop)
	whole := eventually(c.complete)
	c.mu.Lock()
	defer c.group.Wait()
	defer c.mu.Unlock()
	if !whole {
		c.t.Errorf("%d messages were sent and %d accepted, or not everybody was sent those", len(c.sent), len(c.accepted))
	}
	for _, p := range c.people {
		p.leaves = true
		if p.broken != nil {
			c.t.Errorf("%s: %v", p.id, p.broken)
		}
		for text, n := range p.heard {
			if n != 1 {
				c.t.Errorf("%s was sent %q %d times", p.id, text, n)
			}
		}
		_ = p.conn.Close()
	}
	delays := slices.Sorted(maps.Values(c.last))
	if len(delays) == 0 {
		c.t.Fatal("nobody heard anything")
	}
	p99 := delays[len(delays)*99/100]
	c.t.Logf("%d honest people, %d messages; from sent to the last one: p50 %v, p99 %v, most %v", len(c.people), len(c.accepted),
		delays[len(delays)/2], p99, delays[len(delays)-1])
	if most > 0 && p99 > most {
		c.t.Errorf("p99 %v, want at most %v", p99, most)
	}
}

// complete reports whether all sent messages were accepted, and all clients have them.
func (c *crowd) complete() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, p := range c.people {
		for text := range c.accepted {
			if p.heard[text] == 0 && p.broken == nil {
				return false
			}
		}
	}
	return len(c.accepted) > 0 && len(c.accepted) == len(c.sent)
}

// eventually waits for a condition in real time: the program is another process.
func eventually(so func() bool) bool {
	for end := time.Now().Add(15 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if so() {
			return true
		}
	}
	return so()
}
