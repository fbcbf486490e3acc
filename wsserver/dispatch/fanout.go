package dispatch

import (
	"cmp"
	"time"

	"belfry/wsserver/msglog"
	"belfry/wsserver/transport"
)

// This file writes what was committed to everybody it is for.

const (
	// maxRunBytes is how much is joined into one write a connection.
	maxRunBytes = 64 << 10
	// restShare is what part of a round's time passes before the next begins. A round answers those who wrote; what they
	// write next then goes out together, instead of in two halves that take turns for ever.
	restShare = 4
	maxRest   = 2 * time.Millisecond
	minRest   = 50 * time.Microsecond // a shorter one costs more than it brings
)

// fanOutLoop sends what was committed until nothing more is.
func (b *Dispatcher) fanOutLoop() {
	s := fanOut{dispatcher: b}
	defer s.batch.Close()
	for g, ok := b.nextCommitted(); ok; g, ok = b.nextCommitted() {
		began := time.Now()
		b.sendGroup(&s, g)
		// Who writes after this pause has waited for nothing. A message alone brings no crowd of answers.
		if rest := min(time.Since(began)/restShare, maxRest); rest >= minRest && len(g.posts) > 1 {
			time.Sleep(rest)
		}
	}
}

// sendGroup sends one group and answers who wrote it.
func (b *Dispatcher) sendGroup(s *fanOut, g group) {
	for i := 0; i < len(g.posts); {
		i = s.sendRun(g, i)
	}
	b.answer(g, nil)
	b.accepted(g.messages())
	b.release(g)
}

// messages is how many messages the group brought.
func (g *group) messages() (n int) {
	for i, p := range g.posts {
		if r := g.results[i]; p.Entry != nil && r.Err == nil && !r.Duplicate {
			n++
		}
	}
	return n
}

// answer tells who posted a group what became of it; failed is why all of it did. What one client is told in a row is
// one write.
func (b *Dispatcher) answer(g group, failed error) {
	var to Sender
	var frames []byte
	tell := func() {
		if len(frames) > 0 {
			to.Defer(frames)
		}
		frames = nil
	}
	for i, p := range g.posts {
		r := g.results[i]
		err := cmp.Or(failed, r.Err)
		if p.From == nil {
			p.Done(r, err)
			continue
		}
		if p.From != to || len(frames) > maxRunBytes {
			tell()
			to = p.From
		}
		frames = append(frames, p.From.Outcome(r, err, p.Head)...)
	}
	tell()
}

// fanOut writes frames to many connections. Its slices are kept from one run to the next.
type fanOut struct {
	dispatcher *Dispatcher
	batch      transport.Batch
	to, boards []*transport.Conn
}

// sendRun sends the messages from the i-th on that are of the same stream, joined into one write a connection, and
// returns where the next run begins. Each stays a WebSocket frame of its own.
func (s *fanOut) sendRun(g group, i int) int {
	if g.posts[i].Entry == nil {
		return i + 1
	}
	stream := g.posts[i].Entry.Stream()
	var frames []byte
	var first, last uint64
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
		case e.From.Operator: // before anybody can answer
			s.dispatcher.ledger.Broadcast(e, s.dispatcher.hub.CountSilent(stream))
		}
		f := msglog.EncodeEntry(e)
		if frames == nil {
			frames, first = f, r.Seq
		} else {
			frames = append(frames, f...)
		}
		last = r.Seq
	}
	if last == 0 {
		return i
	}
	s.to, s.boards = s.dispatcher.hub.Advance(last, stream, s.to[:0], s.boards[:0])
	s.send(frames, first-1)
	return i
}

// send writes to everyone meant. Who has no room is told of by stalled: everything up to position was sent before.
func (s *fanOut) send(frames []byte, position uint64) {
	s.batch.SendLive(s.to, frames, func(c *transport.Conn) { s.dispatcher.Stalled(c, position) })
	s.batch.Send(s.boards, frames)
	clear(s.to) // keep no connection alive until the next message
	clear(s.boards)
}
