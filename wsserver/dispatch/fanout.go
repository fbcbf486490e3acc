package dispatch

import (
	"cmp"
	"time"

	"belfry/wsserver/msglog"
	"belfry/wsserver/transport"
)

// This file writes committed messages to their recipients.

const (
	// maxRunBytes is how many bytes of messages are joined into one write for each connection.
	maxRunBytes = 64 << 10
	// After a group the fan-out pauses for a restShare-th of the time that it took, within minRest and maxRest. Pausing
	// lets the replies to a group arrive together; otherwise two half-size groups alternate indefinitely.
	restShare = 4
	maxRest   = 2 * time.Millisecond
	minRest   = 50 * time.Microsecond // a shorter pause costs more than it saves
)

// fanOutLoop fans out committed groups until the commits are done.
func (d *Dispatcher) fanOutLoop() {
	s := fanOut{dispatcher: d}
	defer s.out.Close()
	for g, ok := d.nextCommitted(); ok; g, ok = d.nextCommitted() {
		began := time.Now()
		d.sendGroup(&s, g)
		d.hooks.FannedOut(time.Since(began), s.takeDeliveries())
		// A single message does not bring a crowd of replies, so nobody waits after it.
		if rest := min(time.Since(began)/restShare, maxRest); rest >= minRest && len(g.posts) > 1 {
			time.Sleep(rest)
		}
	}
}

// sendGroup fans out one group and answers its senders.
func (d *Dispatcher) sendGroup(s *fanOut, g group) {
	for i := 0; i < len(g.posts); {
		i = s.sendRun(g, i)
	}
	d.answer(g, nil)
	d.hooks.Accepted(g.messages())
	d.release(g)
}

// messages is how many new messages the log accepted.
func (g *group) messages() (n int) {
	for i, p := range g.posts {
		if r := g.results[i]; p.Entry != nil && r.Err == nil && !r.Duplicate {
			n++
		}
	}
	return n
}

// answer answers the senders of a group; failed is the error of all of it, nil if it was committed.
// Consecutive answers to one client are one write.
func (d *Dispatcher) answer(g group, failed error) {
	var to Sender
	var frames []byte
	flush := func() {
		if len(frames) > 0 {
			to.Defer(frames)
		}
		frames = nil
	}
	for i, p := range g.posts {
		r := g.results[i]
		err := cmp.Or(failed, r.Err)
		if p.From == nil {
			if p.Done != nil { // else it is of others
				p.Done(r, err)
			}
			continue
		}
		if p.From != to || len(frames) > maxRunBytes {
			flush()
			to = p.From
		}
		frames = append(frames, p.From.Outcome(r, err, p.Head)...)
	}
	flush()
}

// fanOut writes frames to many connections, and keeps its slices from one run to the next.
type fanOut struct {
	dispatcher     *Dispatcher
	out            transport.Spread
	to, dashboards []*transport.Conn
	deliveries     int // messages sent live since takeDeliveries, once for each client
}

func (s *fanOut) takeDeliveries() int {
	n := s.deliveries
	s.deliveries = 0
	return n
}

// sendRun sends the run of messages of one stream that begins at the i-th, joined into one write for each connection, and
// returns where the next run begins. Each message stays a WebSocket frame of its own.
func (s *fanOut) sendRun(g group, i int) int {
	if g.posts[i].Entry == nil {
		return i + 1
	}
	stream := g.posts[i].Entry.Stream()
	var frames []byte
	var first, last uint64
	messages := 0
	for ; i < len(g.posts) && len(frames) < maxRunBytes; i++ {
		e, r := g.posts[i].Entry, g.results[i]
		if e == nil || e.Stream() != stream {
			break
		}
		if r.Err != nil || r.Duplicate {
			continue
		}
		switch {
		case e.Withdraws > 0:
			s.dispatcher.ledger.Withdraw(e.Withdraws)
		case !e.From.Person(): // before anybody can acknowledge it
			s.dispatcher.ledger.Broadcast(e, s.dispatcher.hub.CountSilent(stream))
		}
		f := msglog.EncodeEntry(e)
		s.dispatcher.hooks.Sent(e, f, g.posts[i].isOwn())
		if stream.Audience == msglog.AudiencePrivate {
			s.dispatcher.hooks.Private(e)
		}
		if frames == nil {
			frames, first = f, r.Seq
		} else {
			frames = append(frames, f...) // never into f itself, which has no room
		}
		last = r.Seq
		messages++
	}
	if last == 0 {
		return i
	}
	s.to, s.dashboards = s.dispatcher.hub.Advance(last, stream, s.to[:0], s.dashboards[:0])
	s.deliveries += messages * s.send(frames, first-1)
	return i
}

// send writes to the recipients and the dashboards, and returns how many recipients had room. Those without are reported as
// stalled at position.
func (s *fanOut) send(frames []byte, position uint64) (sent int) {
	sent = len(s.to)
	s.out.SendLive(s.to, frames, func(c *transport.Conn) {
		sent--
		s.dispatcher.hooks.Stalled(c, position)
	})
	s.out.Send(s.dashboards, frames)
	clear(s.to) // keep no connection alive until the next message
	clear(s.dashboards)
	return sent
}
