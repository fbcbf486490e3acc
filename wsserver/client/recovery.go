package client

import (
	"context"
	"sync"

	"belfry/wsserver/hub"
	"belfry/wsserver/internal/turns"
	"belfry/wsserver/msglog"
	"belfry/wsserver/transport"
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
	ctx, cancel := c.whileConnected()
	c.service.running.Add(1)
	c.service.source.serving.Go(ctx, func(turn *turns.Turn, err error) {
		defer c.service.running.Done()
		defer close(ended)
		defer cancel()
		var f *wire.RecoveredFrame
		if err == nil {
			f, err = r.send(ctx, turn)
		}
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
func (r recovery) send(ctx context.Context, turn *turns.Turn) (*wire.RecoveredFrame, error) {
	c, log := r.client, r.client.service.source.log
	since, other := msglog.PlaceOf(log, *r.since, r.epoch)
	limit := limitOf(r.limit)
	leftOut, err := pages{ctx, c, turn, r.streams}.leftOut(since, r.position+1, limit)
	if err != nil {
		return nil, err
	}
	f := msglog.Recovered(log, append([]string{}, r.topics...), since, other, r.position)
	if leftOut > 0 { // messages before the newest ones
		f.From, f.Complete = leftOut+1, false
	}
	c.SetBusy(true) // pings wait behind what is sent; a socket without progress is still ended
	streams := append([]msglog.Stream{{Audience: msglog.AudienceWithdrawn}}, r.streams...)
	p := pages{ctx, c, turn, streams}
	msglog.NotePruned(&f, log, streams, since)
	// Withdrawals are sent even of messages that are left out.
	if err := (pages{ctx, c, turn, streams[:1]}).send(since, f.From); err != nil {
		return nil, err
	}
	if err := p.send(f.From-1, r.position+1); err != nil {
		return nil, err
	}
	msglog.NotePruned(&f, log, streams, since) // retention may have been faster than the socket
	c.Send(wire.Encode(f))
	c.service.news.Recovered(f.Complete)
	return &f, nil
}

// awaitPlace waits until this server has fanned out all that a client has that was at another server of the same log. Where
// that takes too long, it ends the client, which may do better elsewhere, and reports false.
func awaitPlace(c *Client, r *wire.Request) bool {
	h := c.service.hub
	if r.Since == nil || !msglog.IsAhead(c.service.source.log, *r.Since, r.Epoch, h.Position()) {
		return true
	}
	ctx, cancel := c.whileConnected()
	defer cancel()
	ctx, stop := context.WithTimeout(ctx, msglog.AheadTimeout)
	defer stop()
	if hub.Await(ctx, h, *r.Since) != nil {
		c.End(nil, wire.CloseGoingAway, transport.RetryReason(hub.ReconnectAfter))
		return false
	}
	return true
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

// cancels are the things that must end with a connection: the wait before a recovery, the recovery, and a catch-up that
// waits for it.
type cancels struct {
	mu   sync.Mutex
	list []context.CancelFunc
}

// cancelsKept is how many of them a connection may have under way: those that have ended need not be called.
const cancelsKept = 3

func (l *cancels) add(f context.CancelFunc) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.list = append(l.list[max(0, len(l.list)-cancelsKept+1):], f)
}

func (l *cancels) callAll() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, f := range l.list {
		f()
	}
}
