package msglog

import "belfry/wsserver/wire"

// This file is what every recovery says of itself, whether a client asks for it or a program that follows.

// PlaceOf returns the place in a log that since and epoch ("": the present run) name. other: they name one in another log, and
// all of this one is new to whoever asks. It never blocks.
func PlaceOf(l Log, since uint64, epoch string) (place uint64, other bool) {
	if since > l.Last() || epoch != "" && !l.Knows(epoch, since) {
		return 0, true
	}
	return since, false
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
