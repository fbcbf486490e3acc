package client

import (
	"context"
	"sync"

	"belfry/wsserver/feed"
	"belfry/wsserver/internal/turns"
	"belfry/wsserver/msglog"
)

// This file sends a client what it has missed of some streams: from the feed as far as that goes back, and what is older from
// the log. Both are the same bytes, joined into few writes.

const (
	maxMissed = 1000
	// pageBytes and pageMessages bound one page of the log.
	pageBytes    = 128 << 10
	pageMessages = 500
	// readersAtOnce is how many catch-ups read the log at once: one fewer than the log can serve, so that a whole room
	// coming back at once leaves a place for everything else.
	readersAtOnce = 3
)

// source is where everybody's recoveries and catch-ups read, and how many do so at once.
type source struct {
	log     msglog.Log // set by Start
	feed    *feed.Feed
	serving *turns.Turns // recoveries and catch-ups that do not wait
	reading *turns.Turns // those that read the log
	joining *turns.Turns // hellos that join
}

func newSource(f *feed.Feed) source {
	return source{feed: f, serving: turns.PerProcessor(), reading: turns.New(readersAtOnce), joining: turns.PerProcessor()}
}

// pages sends a client what there is of some streams, write by write. Its turn is one at serving.
type pages struct {
	ctx     context.Context
	client  *Client
	turn    *turns.Turn
	streams []msglog.Stream
}

func (p pages) source() *source { return &p.client.service.source }

// leftOut returns the seq of the newest entry between after and before that the newest limit leave out, 0 if they are all.
func (p pages) leftOut(after, before uint64, limit int) (seq uint64, err error) {
	s := p.source()
	n, oldest, begins := s.feed.Count(feed.NewSpan(s.log, p.streams, after, before), limit+1)
	switch {
	case n > limit:
		return oldest, nil
	case after >= begins:
		return 0, nil
	case p.fill():
		return p.leftOut(after, before, limit)
	}
	var seqs []uint64
	left := limit + 1 - n
	err = p.read(func() (err error) {
		q := msglog.Query{Streams: p.streams, After: after, Before: min(before, begins+1), Limit: left}
		seqs, err = s.log.Seqs(p.ctx, q)
		return err
	})
	if err == nil && len(seqs) == left {
		seq = seqs[0]
	}
	return seq, err
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

// sendOne sends a part, at least one write unless nothing is left, waiting for the socket, and returns the position up to
// which the client was sent everything.
func (p pages) sendOne(after, before uint64) (reached uint64, more bool, err error) {
	if there, err := p.awaitSocket(); !there || err != nil {
		return before - 1, false, err // nobody is left to read it
	}
	w := writes.Get().(*write)
	frames, reached, ok := p.source().feed.Read(feed.NewSpan(p.source().log, p.streams, after, before), w.frames[:0])
	if ok {
		w.frames = frames
		reached, _ = w.send(p.client, frames, reached)
	}
	w.release()
	if !ok {
		return p.sendFromLog(after, before)
	}
	return reached, reached+1 < before, nil
}

// sendFromLog is sendOne where the feed does not go back so far: it sends one page of the log.
func (p pages) sendFromLog(after, before uint64) (reached uint64, more bool, err error) {
	if p.fill() {
		return after, true, nil
	}
	s := p.source()
	before, end := min(before, s.feed.Begins()+1), before
	var entries []*msglog.Entry
	err = p.read(func() (err error) {
		entries, more, err = s.log.Page(p.ctx, msglog.Query{
			Streams: p.streams, After: after, Before: before, Forward: true, Limit: pageMessages, Bytes: pageBytes,
		})
		return err
	})
	if err != nil {
		return after, false, err
	}
	for len(entries) > 0 {
		if there, err := p.awaitSocket(); !there || err != nil {
			return end - 1, false, err
		}
		var n int
		after, n = sendEntries(p.client, entries)
		entries = entries[n:]
	}
	if !more {
		after = before - 1
	}
	return after, more || before < end, nil
}

// sendEntries sends the first of entries in one write, and returns how many those were, and the seq of the last one.
func sendEntries(c *Client, entries []*msglog.Entry) (reached uint64, n int) {
	w := writes.Get().(*write)
	defer w.release()
	w.frames = w.frames[:0]
	for size := 0; n < len(entries) && n < feed.WriteFrames && (n == 0 || size < feed.WriteBytes); n++ {
		f := feed.FrameOf(entries[n])
		w.frames, size = append(w.frames, f), size+len(f.Bytes)
	}
	return w.send(c, w.frames, entries[n-1].Seq)
}

// awaitSocket waits until nothing is queued for the client, without the turn. It reports false if the connection has ended.
func (p pages) awaitSocket() (there bool, err error) {
	if p.client.IsDrained(0) {
		return p.client.AwaitDrained(0), nil // whether it lives
	}
	err = p.turn.Pause(p.ctx, func() { there = p.client.AwaitDrained(0) })
	return there, err
}

// fill fills the feed if it lacks what is in the log and has room for it, and reports whether that may have changed it.
func (p pages) fill() bool {
	s := p.source()
	return s.feed.CanFill() && p.read(func() error { return s.feed.Fill(p.ctx, s.log) }) == nil
}

// read reads the log when that has a turn, without one's own.
func (p pages) read(read func() error) (err error) {
	again := p.turn.Pause(p.ctx, func() {
		var turn *turns.Turn
		if turn, err = p.source().reading.Take(p.ctx); err == nil {
			defer turn.End()
			err = read()
		}
	})
	if err == nil {
		err = again
	}
	return err
}

// write is what one write is made in.
type write struct {
	frames []feed.Frame
	out    []byte
	ends   []int // of the frames in out
}

var writes = sync.Pool{New: func() any { return new(write) }}

// maxKeptWrite keeps the memory of rare long frames out of the pool.
const maxKeptWrite = 2 * feed.WriteBytes

func (w *write) release() {
	clear(w.frames)
	if cap(w.out) <= maxKeptWrite {
		writes.Put(w)
	}
}

// send sends those frames that the client may read, as many as its socket takes, and returns the seq up to which it was sent
// everything: reached, or that of the last frame before the first that it was not sent, and how many were sent.
func (w *write) send(c *Client, frames []feed.Frame, reached uint64) (sentTo uint64, n int) {
	me := c.Identity()
	w.out, w.ends = w.out[:0], w.ends[:0]
	for i := range frames {
		f := &frames[i]
		if c.service.mayRead(me, f.Stream, f.Seq) {
			w.out = append(w.out, f.Bytes...)
			if f.Ack {
				w.out = append(w.out, c.service.ackFrame(f.Seq, me.UserID)...)
			}
		}
		w.ends = append(w.ends, len(w.out))
	}
	if len(w.out) == 0 {
		return reached, len(frames)
	}
	n = c.SendSome(w.out, w.ends)
	if n < len(frames) {
		reached = frames[n-1].Seq
	}
	c.SetSentTo(reached)
	return reached, n
}
