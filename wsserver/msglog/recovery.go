package msglog

import (
	"time"

	"belfry/wsserver/wire"
)

// This file is what every recovery says of itself, whether a client asks for it or a program that follows.

// PlaceOf returns the place in a log that since and epoch ("": the present run) name. other: they name one in another log, and
// all of this one is new to whoever asks. It never blocks.
func PlaceOf(l Log, since uint64, epoch string) (place uint64, other bool) {
	if since > l.Last() || epoch != "" && !l.Knows(epoch, since) {
		return 0, true
	}
	return since, false
}

// AheadTimeout is how long whoever is ahead of a server waits for it.
const AheadTimeout = 5 * time.Second

// IsAhead reports whether whoever is at the place that since and epoch name has seen more than a server that has told all up to
// the seq told, and will have the rest: it was at another server of the same log. A place that the log does not know, and will
// not, is none to wait for. It never blocks.
func IsAhead(l Log, since uint64, epoch string, told uint64) bool {
	if since <= told {
		return false
	}
	_, other := PlaceOf(l, since, epoch)
	return !other || l.Expects(epoch, since)
}

// Recovered returns the frame that ends a recovery of all that came after a place up to the seq to. topics is not nil.
func Recovered(l Log, topics []string, place uint64, other bool, to uint64) wire.RecoveredFrame {
	return wire.RecoveredFrame{
		Type: "recovered", Topics: topics, From: place + 1, To: to, Complete: !other, Gone: other, Epoch: l.Epoch(),
	}
}

// NotePruned says in the frame what retention has removed of streams after the place. It never blocks.
func NotePruned(f *wire.RecoveredFrame, l Log, streams []Stream, place uint64) {
	if pruned := l.Pruned(streams); pruned > place {
		f.From, f.Complete, f.Gone = max(f.From, pruned+1), false, true
	}
}
