package dispatch

import (
	"cmp"
	"time"

	"belfry/wsserver/msglog"
	"belfry/wsserver/transport"
)

// This file writes what was committed to everybody it is for.

const (
	// runBytes is how much is joined into one write a connection.
	runBytes = 64 << 10
	// restShare is what part of a round's time passes before the next begins. A round answers those who wrote; what they
	// write next then goes out together, instead of in two halves that take turns for ever.
	restShare = 4
	restMost  = 2 * time.Millisecond
	restLeast = 50 * time.Microsecond // a shorter one costs more than it brings
)

// fanOut sends what was committed until nothing more is.
func (b *Bus) fanOut() {
	s := spreader{bus: b}
	defer s.volley.Close()
	for g, ok := b.committed(); ok; g, ok = b.committed() {
		began := time.Now()
		b.round(&s, g)
		// Who writes after this pause has waited for nothing. A message alone brings no crowd of answers.
		if rest := min(time.Since(began)/restShare, restMost); rest >= restLeast && len(g.posts) > 1 {
			time.Sleep(rest)
		}
	}
}

// round sends one group and answers who wrote it.
func (b *Bus) round(s *spreader, g group) {
	for i := 0; i < len(g.posts); {
		i = s.run(g, i)
	}
	b.answer(g, nil)
	b.accepted(g.kept())
	b.passed(g)
}

// kept is how many messages the group brought.
func (g *group) kept() (n int) {
	for i, p := range g.posts {
		if r := g.results[i]; p.Entry != nil && r.Err == nil && !r.Duplicate {
			n++
		}
	}
	return n
}

// answer tells who posted a group what became of it; failed is why all of it did. What one client is told in a row is
// one write.
func (b *Bus) answer(g group, failed error) {
	var to sender
	var frames []byte
	tell := func() {
		if len(frames) > 0 {
			to.Tell(frames)
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
		if p.From != to || len(frames) > runBytes {
			tell()
			to = p.From
		}
		frames = append(frames, p.From.Outcome(r, err, p.Head)...)
	}
	tell()
}

// spreader writes frames to many connections. Its slices are kept from one run to the next.
type spreader struct {
	bus        *Bus
	volley     transport.Volley
	to, boards []*transport.Conn
}

// run sends the messages from the i-th on that are of the same stream, joined into one write a connection, and
// returns where the next run begins. Each stays a WebSocket frame of its own.
func (s *spreader) run(g group, i int) int {
	if g.posts[i].Entry == nil {
		return i + 1
	}
	stream := g.posts[i].Entry.Stream()
	var frames []byte
	var first, last uint64
	for ; i < len(g.posts) && len(frames) < runBytes; i++ {
		e, r := g.posts[i].Entry, g.results[i]
		if e == nil || e.Stream() != stream {
			break
		}
		if r.Err != nil || r.Duplicate {
			continue
		}
		switch {
		case e.Of > 0:
			s.bus.ledger.Withdrew(e.Of)
		case e.From.Operator: // before anybody can answer
			s.bus.ledger.Said(e, s.bus.hub.CountSilent(stream))
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
	s.to, s.boards = s.bus.hub.Advance(last, stream, s.to[:0], s.boards[:0])
	s.send(frames, first-1)
	return i
}

// send writes to everyone meant. Who has no room is told of by stalled: everything up to position was sent before.
func (s *spreader) send(frames []byte, position uint64) {
	s.volley.Send(s.to, frames, (*transport.Link).LiveLocked, func(c *transport.Conn) { s.bus.Stalled(c, position) })
	s.volley.Send(s.boards, frames, (*transport.Link).SendLocked, (*transport.Conn).TooSlow)
	clear(s.to) // keep no connection alive until the next message
	clear(s.boards)
}
