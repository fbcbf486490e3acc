package client

import (
	"context"

	"belfry/wsserver/hub"
	"belfry/wsserver/msglog"
	"belfry/wsserver/transport"
	"belfry/wsserver/wire"
)

// This file is catching up: how a client is sent from the log what it was not sent live because it was away or its socket
// was full. In both cases it gets page after page as the socket drains, until it joins: with the log up to the hub's
// position, and live messages from there on.

const (
	maxMissed = 1000
	// pageBytes and pageMessages bound one page of the log.
	pageBytes    = 128 << 10
	pageMessages = 500
	// rejoinDistance is how many messages a client may be behind the hub to join again: live messages are queued until it
	// has been sent those.
	rejoinDistance = 200
)

// pages sends a client what the log has of some streams, page by page.
type pages struct {
	ctx     context.Context
	client  *Client
	streams []msglog.Stream
}

// markPruned adjusts f for entries that retention has removed.
func (p pages) markPruned(f *wire.RecoveredFrame, since uint64) {
	if pruned := p.client.service.log.Pruned(p.streams); pruned > since {
		f.From, f.Complete, f.Gone = max(f.From, pruned+1), false, true
	}
}

// send sends the entries between after and before, both exclusive, waiting for the socket.
func (p pages) send(after, before uint64) error {
	for more := after+1 < before; more; {
		var err error
		if after, more, err = p.sendOne(after, before); err != nil {
			return err
		}
	}
	return nil
}

// sendOne sends one page, waiting for the socket, and returns the position up to which the client was sent everything.
func (p pages) sendOne(after, before uint64) (reached uint64, more bool, err error) {
	c := p.client
	var entries []*msglog.Entry
	err = c.service.turns.do(p.ctx, func() (err error) {
		entries, more, err = c.service.log.Page(p.ctx, msglog.Query{
			Streams: p.streams, After: after, Before: before, Forward: true, Limit: pageMessages, Bytes: pageBytes,
		})
		return err
	})
	if err != nil {
		return after, false, err
	}
	me := c.Identity()
	for _, e := range entries {
		if !c.service.mayRead(me, e) {
			continue
		}
		if !c.AwaitDrained(transport.LowWater) {
			return before - 1, false, nil // nobody is left to read it
		}
		c.SetSentTo(e.Seq)
		c.Send(append(msglog.EncodeEntry(e), c.service.ackFrame(e, c.UserID())...))
		after = e.Seq
	}
	if !more {
		after = before - 1
	}
	return after, more, nil
}

// Stalled takes a client whose socket is full, and that was sent everything up to position, out of the fan-out and begins
// its catch-up. The fan-out calls it.
func (s *Service) Stalled(c *transport.Conn, position uint64) {
	if s.hub.Pause(hub.PeerOf(c), position) {
		s.news.CaughtUp()
		s.running.Go(c.Handler().(*Client).catchUp)
	}
}

// catchUp sends a client that was too slow what it has missed, and has it join again. It ends early if the socket makes no
// progress.
func (c *Client) catchUp() {
	c.catching <- struct{}{}
	defer func() { <-c.catching }()
	c.catchUpNow()
}

// catchUpNow is catchUp where catching is held.
func (c *Client) catchUpNow() {
	ctx, cancel := c.whileConnected()
	defer cancel()
	h := c.service.hub
	after, paused := c.PausedAt()
	for paused && c.AwaitDrained(transport.LowWater) {
		streams := c.Streams()
		position := h.Position()
		joins := position-after <= rejoinDistance
		if joins {
			c.PauseLive(func() bool { position = h.Resume(&c.Peer); return true })
		}
		var err error
		began := after
		after, err = pages{ctx, c, streams}.advance(after, position, joins)
		if c.service.log.Pruned(streams) > began {
			c.EndTooSlow() // some messages are gone: its next connection will be told so
		}
		if joins {
			c.ResumeLive()
		}
		if err != nil && ctx.Err() == nil {
			c.service.logger.Error("catch-up", "user_id", c.UserID(), "error", err)
			c.End(nil, wire.CloseGoingAway, transport.RetryReason(hub.ReconnectAfter))
		}
		if joins || err != nil {
			return
		}
	}
	if paused {
		c.EndTooSlow() // takes it out of the hub if its socket has ended
	}
}

// advance sends a page towards position, or all of it.
func (p pages) advance(after, position uint64, all bool) (uint64, error) {
	if all {
		return position, p.send(after, position+1)
	}
	reached, _, err := p.sendOne(after, position+1)
	return reached, err
}
