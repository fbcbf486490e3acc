package client

import (
	"context"

	"belfry/wsserver/msglog"
	"belfry/wsserver/wire"
)

// This file is the recovery: what a hello or a subscribe with since is sent from the log. It has its own goroutine, which may
// wait for its turn at the log and for the socket as long as it takes, while the connection's reader goes on answering
// pings. The client's next text frame waits until the recovery has ended.

// recovery is what a client that has just joined must be sent.
type recovery struct {
	client   *Client
	since    *uint64 // nil: it asks for nothing
	epoch    string
	limit    int
	streams  []msglog.Stream
	topics   []string
	position uint64   // at which it joined
	counted  []string // topics in which receipts count from what it was sent; in the others they count from position
	before   []string
}

// recoveryOf returns the recovery that a frame asks for.
func recoveryOf(c *Client, r *wire.Request, j *joined, topics []string) recovery {
	return recovery{
		client: c, since: r.Since, epoch: r.Epoch, limit: r.Limit, streams: j.streams, topics: topics, position: j.position,
		counted: topics, before: j.before,
	}
}

// start sends the recovery and then lets live messages through. catching is held, and live messages are paused; start ends
// both. An error is answered as the error of the frame with head.
func (r recovery) start(head wire.RequestHead) {
	if r.since != nil {
		r.startAside(head)
		return
	}
	r.end(nil)
}

func (r recovery) startAside(head wire.RequestHead) {
	c := r.client
	ended := make(chan struct{})
	c.recovering = ended
	c.service.running.Go(func() {
		defer close(ended)
		ctx, cancel := c.whileConnected()
		defer cancel()
		f, err := r.send(ctx)
		r.end(f)
		if err != nil && ctx.Err() == nil {
			c.fail(err, head)
		}
	})
}

// end notes where receipts begin, and lets live messages through and the client's next catch-up begin. Sending may have taken
// long, so the time for the client's next frame begins now.
func (r recovery) end(f *wire.RecoveredFrame) {
	r.client.beginRanges(r.counted, r.position, r.since, f)
	r.client.beginRanges(r.before, r.position, nil, nil)
	r.client.ResumeLive()
	<-r.client.catching
	r.client.SetBusy(false)
}

// send sends what the client missed after since, up to position, and then the recovered frame that says so.
func (r recovery) send(ctx context.Context) (*wire.RecoveredFrame, error) {
	c, log := r.client, r.client.service.log
	since, other := c.service.placeOf(*r.since, r.epoch)
	limit := limitOf(r.limit)
	var seqs []uint64
	err := c.service.turns.do(ctx, func() (err error) {
		seqs, err = log.Seqs(ctx, msglog.Query{Streams: r.streams, After: since, Before: r.position + 1, Limit: limit + 1})
		return err
	})
	if err != nil {
		return nil, err
	}
	f := wire.RecoveredFrame{
		Type: "recovered", Topics: append([]string{}, r.topics...), From: since + 1, To: r.position,
		Complete: !other, Gone: other, Epoch: log.Epoch(),
	}
	if len(seqs) > limit { // messages before the newest ones were left out
		f.From, f.Complete = seqs[0]+1, false
	}
	c.SetBusy(true) // pings wait behind what is sent; a socket without progress is still ended
	streams := append([]msglog.Stream{{Audience: msglog.AudienceWithdrawn}}, r.streams...)
	p := pages{ctx, c, streams}
	p.markPruned(&f, since)
	// Withdrawals are sent even of messages that are left out.
	if err := (pages{ctx, c, streams[:1]}).send(since, f.From); err != nil {
		return nil, err
	}
	if err := p.send(f.From-1, r.position+1); err != nil {
		return nil, err
	}
	p.markPruned(&f, since) // retention may have been faster than the socket
	c.Send(wire.Encode(f))
	c.service.news.Recovered(f.Complete)
	return &f, nil
}

// placeOf returns the place in this log that since and epoch name. other: they name one in another log, and all of this one is
// new to the page.
func (s *Service) placeOf(since uint64, epoch string) (place uint64, other bool) {
	if since > s.log.Last() || epoch != "" && !s.log.Knows(epoch, since) {
		return 0, true
	}
	return since, false
}

// limitOf returns how many messages a recovery has at most. asked is the frame's limit; 0: it names none.
func limitOf(asked int) int {
	if asked == 0 || asked > maxMissed {
		return maxMissed
	}
	return asked
}

// whileConnected is a context that ends with the connection.
func (c *Client) whileConnected() (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(context.Background())
	c.leaving.add(cancel)
	if c.Ending() {
		cancel()
	}
	return ctx, cancel
}

// Leaving removes the client from the hub, and ends its wait for the log.
func (c *Client) Leaving() {
	c.Peer.Leaving()
	c.leaving.callAll()
}
