package wstest

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/gorilla/websocket"
)

// This file reads the frames that a client was sent.

// unasked are the types of frames that may come at any time.
var unasked = map[string]bool{"counts": true, "event": true, "muted": true, "room": true, "seen": true, "joined": true, "parted": true}

// Expect returns the next frame of a type. Those that may come at any time are skipped, unless asked for; any other frame
// before it fails the test.
func (c *Client) Expect(kind string) Frame {
	c.t.Helper()
	f := c.next(kind, func(f Frame) bool { return f.Type == kind || !unasked[f.Type] })
	if f.Type != kind {
		c.t.Fatalf("got %s, want %s", f.Text, kind)
	}
	return f
}

// ExpectAfter is Expect that also skips frames of another type.
func (c *Client) ExpectAfter(kind, other string) Frame {
	c.t.Helper()
	f := c.next(kind, func(f Frame) bool { return f.Type == kind || f.Type != other && !unasked[f.Type] })
	if f.Type != kind {
		c.t.Fatalf("got %s, want %s", f.Text, kind)
	}
	return f
}

// ExpectError returns the next error and fails the test where its code is another.
func (c *Client) ExpectError(code string) Frame {
	c.t.Helper()
	f := c.Expect("error")
	if f.Code != code {
		c.t.Fatalf("got error %s, want %s", f.Text, code)
	}
	return f
}

// ExpectCounts waits until the client is sent these counts.
func (c *Client) ExpectCounts(subscribers, clients int) {
	c.t.Helper()
	c.next(fmt.Sprintf("counts %d of %d", subscribers, clients), func(f Frame) bool {
		return f.Type == "counts" && f.Subscribers == subscribers && f.Count() == clients
	})
}

// next removes and returns the first frame that fits, with those before it; it waits where there is none yet.
func (c *Client) next(what string, fits func(Frame) bool) Frame {
	c.t.Helper()
	late := time.NewTimer(patience)
	defer late.Stop()
	for {
		c.mu.Lock()
		for i, f := range c.frames {
			if fits(f) {
				c.frames = c.frames[i+1:]
				c.mu.Unlock()
				return f
			}
		}
		arrived, seen, closed := c.arrived, c.frames, c.closed
		c.mu.Unlock()
		if closed != nil {
			c.t.Fatalf("waiting for %s: closed: %v; sent before: %s", what, closed, texts(seen))
		}
		select {
		case <-arrived:
		case <-c.done:
		case <-late.C:
			c.t.Fatalf("waiting for %s: nothing came; sent before: %s", what, texts(seen))
		}
	}
}

func texts(frames []Frame) (list []string) {
	for _, f := range frames[:min(len(frames), 20)] {
		list = append(list, f.Text[:min(len(f.Text), 200)])
	}
	return list
}

// Drain removes and returns the frames that the client was sent so far.
func (c *Client) Drain() []Frame {
	c.mu.Lock()
	defer c.mu.Unlock()
	frames := c.frames
	c.frames = nil
	return frames
}

// Messages is Drain that returns the texts of messages alone.
func (c *Client) Messages() (list []string) {
	for _, f := range c.Drain() {
		if f.Type == "message" {
			list = append(list, f.Message)
		}
	}
	return list
}

// Ask sends a dashboard's verb and reads the result into answer, or returns the error frame.
func (c *Client) Ask(verb string, args map[string]any, answer any) *Frame {
	c.t.Helper()
	frame := fields{"action": verb, "id": "ask"}
	for k, v := range args {
		frame[k] = v
	}
	c.Send(frame)
	f := c.next("result of "+verb, func(f Frame) bool { return f.ID == "ask" && (f.Type == "result" || f.Type == "error") })
	if f.Type == "error" {
		return &f
	}
	if answer != nil {
		if err := json.Unmarshal([]byte(f.Text), answer); err != nil {
			c.t.Fatalf("result of %s: %v: %s", verb, err, f.Text)
		}
	}
	return nil
}

// ExpectClosed waits for the end of the connection and returns the close code and reason: 1006 without a close frame.
func (c *Client) ExpectClosed() (code int, reason string) {
	c.t.Helper()
	late := time.NewTimer(6 * patience)
	defer late.Stop()
	select {
	case <-c.done:
	case <-late.C:
		c.t.Fatal("the connection was not closed")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	var e *websocket.CloseError
	if errors.As(c.closed, &e) {
		return e.Code, e.Text
	}
	return websocket.CloseAbnormalClosure, fmt.Sprint(c.closed)
}

// Closed reports whether the connection has ended.
func (c *Client) Closed() bool {
	select {
	case <-c.done:
		return true
	default:
		return false
	}
}
