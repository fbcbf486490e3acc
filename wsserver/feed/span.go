package feed

import (
	"slices"

	"belfry/wsserver/msglog"
)

const (
	// WriteFrames and WriteBytes bound what is joined into one write, and so one Read.
	WriteFrames = 64
	WriteBytes  = 32 << 10
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
	return k.Bytes != nil && slices.Contains(s.Streams, k.Stream) && !s.isPruned(k)
}

// isPruned reports whether retention has removed an entry of the span's streams.
func (s *Span) isPruned(k *kept) bool {
	if k.isWithdrawal() {
		return k.Seq <= s.prunedWithdrawals
	}
	return k.Seq <= s.pruned
}

// Frame is an entry as clients are sent it.
type Frame struct {
	Seq    uint64
	Stream msglog.Stream
	Ack    bool   // it asks for an acknowledgement
	Bytes  []byte // must not be changed
}

func frameOf(e *msglog.Entry, frame []byte) Frame {
	return Frame{e.Seq, e.Stream(), e.Ack != "", frame}
}

// FrameOf is the frame of an entry that was read from the log.
func FrameOf(e *msglog.Entry) Frame {
	return frameOf(e, msglog.EncodeEntry(e))
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
		if k.Seq >= s.Before {
			break
		}
		if steps == spanSteps || len(frames)-n == WriteFrames {
			return frames, k.Seq - 1, true
		}
		if !s.has(k) {
			continue
		}
		if size += len(k.Bytes); size > WriteBytes && len(frames) > n {
			return frames, k.Seq - 1, true
		}
		frames = append(frames, k.Frame)
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
		if k.Seq <= s.After {
			break
		}
		if s.has(k) {
			n, oldest = n+1, k.Seq
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
