package client

import (
	"belfry/wsserver/hub"
	"belfry/wsserver/transport"
	"belfry/wsserver/wire"
)

// This file is catching up: how a client is sent from the log what it was not sent live because it was away or its socket
// was full. In both cases it gets page after page as the socket drains, until it joins: with the log up to the hub's
// position, and live messages from there on.

// rejoinDistance is how many messages a client may be behind the hub to join again: live messages are queued until it has
// been sent those.
const rejoinDistance = 200

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
		turn, err := c.service.source.serving.Take(ctx)
		if err != nil {
			break
		}
		streams := c.Streams()
		position := h.Position()
		joins := position-after <= rejoinDistance
		if joins {
			c.PauseLive(func() bool { position = h.Resume(&c.Peer); return true })
		}
		began := after
		after, err = pages{ctx, c, turn, streams}.advance(after, position, joins)
		turn.End()
		if c.service.source.log.Pruned(streams) > began {
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

// advance sends a part of what comes up to position, or all of it.
func (p pages) advance(after, position uint64, all bool) (uint64, error) {
	if all {
		return position, p.send(after, position+1)
	}
	reached, _, err := p.sendOne(after, position+1)
	return reached, err
}
