package faults

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"sync/atomic"
	"time"
)

// This file is people with two devices each, who tell what they have received and read, and acknowledge what asks for it.

// device is one of a person's.
type device struct {
	*listener
	asked   map[uint64]time.Time // what it has yet to acknowledge: when it last did
	read    uint64               // up to where it has told that it has read
	when    time.Time            // when it did
	pressed int                  // messages that asked for it
	settled atomic.Bool          // it has told everything
}

func (r *room) device(userID string, number int) *device {
	d := &device{listener: r.listener(userID, number), asked: map[uint64]time.Time{}}
	d.heard, d.idle = d.hear, d.tell
	entered := d.entered
	d.entered = func(welcome frame) error {
		d.read = 0 // what it told on another connection may not have been kept
		d.settled.Store(false)
		return entered(welcome)
	}
	return d
}

// hear notes what is to be acknowledged. Every second device presses the button: the other one is told of it.
func (d *device) hear(f frame) {
	d.settled.Store(false)
	switch {
	case f.Type == "message" && f.Ack != "" && f.Audience == "everyone":
		if d.pressed++; (d.pressed+len(d.name))%2 == 0 {
			d.asked[f.Seq] = time.Time{}
		}
	case f.Type == "acked":
		d.told.ack(d.name, f.Seq)
		delete(d.asked, f.Seq)
	case f.Type == "error" && !f.passes():
		d.told.fault("%s is refused at %s: %s", d.name, d.home.Name, f.text)
	}
}

// tell tells what is untold. What is not answered is told again.
func (d *device) tell() {
	now := time.Now()
	for seq, at := range d.asked {
		if now.Sub(at) > 2*time.Second {
			d.asked[seq] = now
			_ = d.line.send(fields{"action": "ack", "seq": seq}) // it is told again on the next connection
		}
	}
	if d.place > d.read && now.Sub(d.when) > 500*time.Millisecond {
		d.read, d.when = d.place, now
		for _, f := range []fields{{}, {"topic": "general"}} {
			f["action"], f["seq"] = "read", d.place
			_ = d.line.send(f) // as above
		}
	}
	d.settled.Store(len(d.asked) == 0 && d.place == d.read)
}

// command is the operator at one dashboard after the other, who writes to everyone.
func (c *client) command(ctx context.Context) {
	defer c.leave()
	for n := 1; c.gate.enter(ctx); n++ {
		ok := c.broadcast(ctx, n)
		c.gate.exit()
		if !ok {
			return
		}
		if c.random.IntN(5) == 0 {
			c.leave()
			c.moveOn()
		}
		pause(ctx, c.between(4*c.think, 12*c.think))
	}
}

// broadcast sends message n until it is accepted; false if ctx has ended.
func (c *client) broadcast(ctx context.Context, n int) bool {
	f := fields{"action": "broadcast", "id": fmt.Sprint("v", n), "message_id": fmt.Sprint(n), "message": textOf(c.name, n)}
	if n%2 == 0 {
		f["ack"] = "Understood"
	}
	for ctx.Err() == nil {
		answer, err := c.ask(ctx, f)
		if err == nil && answer.Type == "result" {
			c.told.accepted(c.name, n, answer.Seq)
			return true
		}
		if err == nil {
			c.refused(ctx, answer)
			continue
		}
		c.leave()
		c.moveOn()
		pause(ctx, c.between(100*time.Millisecond, 500*time.Millisecond))
	}
	return false
}

// ask asks for a verb at the dashboard of the present machine.
func (c *client) ask(ctx context.Context, verb fields) (answer frame, err error) {
	if c.line == nil {
		if c.line, err = dial(ctx, c.home, c.key); err != nil {
			return answer, err
		}
	}
	if err := c.line.send(verb); err != nil {
		return answer, err
	}
	return c.line.until(unanswered, nil, func(f *frame) bool {
		return (f.Type == "result" || f.Type == "error") && f.ID == verb["id"]
	})
}

// sinceWhich is the number in from.
func (f *frame) sinceWhich() uint64 {
	n, _ := strconv.ParseUint(string(bytes.TrimSpace(f.From)), 10, 64) // of recovered, which has a number there
	return n
}

// receipt is what a dashboard tells of a message.
type receipt struct {
	Seq      uint64 `json:"seq"`
	Sent     int    `json:"sent"`
	Received int    `json:"received"`
	Read     int    `json:"read"`
	Acked    int    `json:"acked"`
	Who      []struct {
		UserID    string `json:"user_id"`
		Name      string `json:"name"`
		Connected bool   `json:"connected"`
		Received  string `json:"received"`
		Read      string `json:"read"`
		Acked     string `json:"acked"`
	} `json:"who"`
}

// receiptsOf asks for the receipts of messages, and returns them as they came too.
func (c *client) receiptsOf(ctx context.Context, seqs []uint64) (list []receipt, text string, err error) {
	answer, err := c.ask(ctx, fields{"action": "receipts", "id": "r", "seqs": seqs, "detail": true})
	if err == nil && answer.Type == "error" {
		err = refusal{answer}
	}
	if err != nil {
		return nil, "", err
	}
	var told struct {
		Receipts []receipt `json:"receipts"`
	}
	err = json.Unmarshal([]byte(answer.text), &told)
	return told.Receipts, answer.text, err
}
