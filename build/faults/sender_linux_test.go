package faults

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"belfry/build/machines"
)

// client is what everybody in the room has: a connection to one of the machines, and another one when that has ended.
type client struct {
	*room
	name   string
	random *rand.Rand
	home   *machines.Machine // where it connects next
	line   *line
	// entered is called with the welcome; its error ends the connection.
	entered func(welcome frame) error
	// asks is what it says in its hello.
	asks func() fields
}

func (r *room) client(name string, number int) *client {
	return &client{
		room: r, name: name, random: rand.New(rand.NewPCG(r.seed, uint64(number))), home: r.machines[number%len(r.machines)],
		entered: func(frame) error { return nil }, asks: func() fields { return nil },
	}
}

// connect returns when it is in the room, at whichever machine takes it in; false if ctx has ended.
func (c *client) connect(ctx context.Context) bool {
	for ctx.Err() == nil {
		if c.line != nil {
			return true
		}
		l, err := dial(ctx, c.home, "")
		if err == nil {
			c.line = l
			var welcome frame
			if welcome, err = l.hello(c.name, c.asks()); err == nil {
				err = c.entered(welcome)
			}
		}
		if err == nil {
			return true
		}
		var no refusal
		if errors.As(err, &no) && !no.passes() {
			c.told.fault("%s is not let in at %s: %s", c.name, c.home.Name, no.text)
		}
		c.leave()
		c.moveOn()
		pause(ctx, c.between(100*time.Millisecond, 700*time.Millisecond))
	}
	return false
}

// leave ends the connection.
func (c *client) leave() {
	c.line.close()
	c.line = nil
}

// moveOn chooses a machine at random, which may be the same.
func (c *client) moveOn() { c.home = c.machines[c.random.IntN(len(c.machines))] }

func (c *client) between(least, most time.Duration) time.Duration {
	return least + time.Duration(c.random.Int64N(int64(most-least)))
}

// pause waits, or until ctx ends.
func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// speak sends one message after the other, each until it is accepted, as long as the room is open.
func (c *client) speak(ctx context.Context) {
	defer c.leave()
	for n := 1; c.gate.enter(ctx); n++ {
		ok := c.deliver(ctx, n)
		if ok && n > 1 && c.random.IntN(40) == 0 {
			c.leave()
			c.moveOn()
			ok = c.deliver(ctx, 1+c.random.IntN(n-1)) // sent again, though it was accepted
		}
		c.gate.exit()
		if !ok {
			return
		}
		pause(ctx, c.between(c.think/2, 2*c.think))
	}
}

// deliver sends message n until it is accepted; false if ctx has ended.
func (c *client) deliver(ctx context.Context, n int) bool {
	id, text := fmt.Sprint(n), textOf(c.name, n)
	for c.connect(ctx) {
		err := c.line.send(fields{"action": "notify", "id": id, "topic": "general", "message": text})
		var answer frame
		if err == nil {
			answer, err = c.line.until(unanswered, nil, func(f *frame) bool {
				return (f.Type == "accepted" || f.Type == "error") && f.ID == id
			})
		}
		switch {
		case err != nil: // it has ended, or is silent
			c.leave()
			if c.random.IntN(2) == 0 {
				c.moveOn()
			}
		case answer.Type == "accepted":
			c.told.accepted(c.name, n, answer.Seq)
			return true
		default:
			c.refused(ctx, answer)
		}
	}
	return false
}

// refused waits as long as a refusal asks for; now and then it is another machine that is asked next.
func (c *client) refused(ctx context.Context, answer frame) {
	if !answer.passes() {
		c.told.fault("%s is refused at %s: %s", c.name, c.home.Name, answer.text)
	}
	if c.random.IntN(4) == 0 {
		c.leave()
		c.moveOn()
	}
	pause(ctx, max(c.between(200*time.Millisecond, 600*time.Millisecond), time.Duration(answer.RetryMS)*time.Millisecond))
}

// mumble sends messages without an id: they are never sent again, and each may come once or not at all.
func (c *client) mumble(ctx context.Context) {
	defer c.leave()
	for n := 1; c.gate.enter(ctx); n++ {
		ok := c.connect(ctx)
		if ok && c.line.send(fields{"action": "notify", "topic": "general", "message": fmt.Sprintf("%d", n)}) != nil {
			c.leave()
			c.moveOn()
		}
		c.gate.exit()
		pause(ctx, c.between(2*c.think, 4*c.think))
	}
}
