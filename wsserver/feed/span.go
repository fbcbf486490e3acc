package feed

import (
	"slices"

	"belfry/wsserver/msglog"
)

const (
	// spanFrames and spanBytes bound one Read: what is joined into one write.
	spanFrames = 64
	spanBytes  = 32 << 10
	// spanSteps is how many entries one Read looks at, which bounds how long it holds the lock.
	spanSteps = 2048
)

// Span is what somebody is to be sent: the entries of some streams between After and Before, both exclusive, without those
// that retention has removed.
type Span struct {
	Streams       []msglog.Stream
	After, Before uint64

	pruned, prunedWithdrawals uint64
}

// NewSpan asks the log what retention has removed up to now.
func NewSpan(log msglog.Log, streams []msglog.Stream, after, before uint64) Span {
	return Span{
		Streams: streams, After: after, Before: before,
		// Retention removes no message before an older one: what is gone of one stream is gone of all.
		pruned: log.Pruned(streams), prunedWithdrawals: log.Pruned(withdrawals),
	}
}

var withdrawals = []msglog.Stream{{Audience: msglog.AudienceWithdrawn}}

func (s *Span) has(k *kept) bool {
	return k.frame != nil && slices.Contains(s.Streams, k.stream) && !s.isPruned(k)
}

// isPruned reports whether retention has removed an entry of the span's streams.
func (s *Span) isPruned(k *kept) bool {
	if k.isWithdrawal() {
		return k.seq <= s.prunedWithdrawals
	}
	return k.seq <= s.pruned
}

// Frame is an entry as clients are sent it.
type Frame struct {
	Seq    uint64
	Stream msglog.Stream
	Ack    bool   // it asks for an acknowledgement
	Bytes  []byte // must not be changed
}

// FrameOf is the frame of an entry that was read from the log.
func FrameOf(e *msglog.Entry) Frame {
	return Frame{e.Seq, e.Stream(), e.Ack != "", msglog.EncodeEntry(e)}
}

// Read appends to frames as many of a span as one write should have, and returns the seq up to which that is all of it, at
// the end Before-1. ok is false where the feed lacks the beginning.
func (f *Feed) Read(s Span, frames []Frame) (list []Frame, reached uint64, ok bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if s.After < f.after {
		return frames, s.After, false
	}
	size, n := 0, len(frames)
	for i, steps := f.ring.find(s.After+1), 0; i < f.ring.n; i, steps = i+1, steps+1 {
		k := f.ring.at(i)
		if k.seq >= s.Before {
			break
		}
		if steps == spanSteps || len(frames)-n == spanFrames {
			return frames, k.seq - 1, true
		}
		if !s.has(k) {
			continue
		}
		if size += len(k.frame); size > spanBytes && len(frames) > n {
			return frames, k.seq - 1, true
		}
		frames = append(frames, Frame{k.seq, k.stream, k.ack, k.frame})
	}
	return frames, s.Before - 1, true
}

// Count counts a span's entries from its end on, up to limit, and returns the seq of the oldest that it has counted, and the
// one after which the feed has everything.
func (f *Feed) Count(s Span, limit int) (n int, oldest, begins uint64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := f.ring.find(s.Before) - 1; i >= 0 && n < limit; i-- {
		k := f.ring.at(i)
		if k.seq <= s.After {
			break
		}
		if s.has(k) {
			n, oldest = n+1, k.seq
		}
	}
	return n, oldest, f.after
}

// Begins is the seq after which the feed has everything.
func (f *Feed) Begins() uint64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.after
}
