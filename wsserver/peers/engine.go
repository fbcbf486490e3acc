// Package peers is what the machines of one room tell one another beside the log: who is where, how many there are, and how
// each of them is. None of it is durable, and any of it may be lost: it is said again.
//
// A machine has the name of its node; a run is one start of it.
package peers

import (
	"context"
	"time"
)

// Network reaches the other machines of the room. It is safe for concurrent use.
type Network interface {
	// Publish sends to all others that are connected. It may be lost, and does not block.
	Publish(subject string, data []byte)
	// Handle has f called for each message on a subject, with the name of the node that it is from; what it returns answers
	// an Ask, nil is no answer. There is one f for each subject. It is called from several goroutines at once, and for what
	// one node publishes in its order.
	Handle(subject string, f func(from string, data []byte) (answer []byte))
	// Ask asks all others, and calls each with their answers, one after another, until all that are known have answered or
	// ctx ends.
	Ask(ctx context.Context, subject string, data []byte, each func(from string, answer []byte))
}

// Engine connects a server with the other machines. It is safe for concurrent use.
type Engine interface {
	Network
	// Node is the name of this machine, Run is drawn at random at each start.
	Node() string
	Run() string
	// Machines is how many machines serve the room where all are there, this one included; at least 1.
	Machines() int
	// Status is how this machine is. It never blocks.
	Status() Status
	// OnStatus has f called after each change of Status. f must not block.
	OnStatus(f func())
}

// Status is how a machine is, as its engine sees it.
type Status struct {
	// CutOff: it cannot reach enough of the other machines to accept anything, since Since.
	CutOff bool
	Since  time.Time
	// Applied is its position in the common order, Behind how many groups it has yet to apply.
	Applied, Behind uint64
	// Digest is that of everything up to Applied: it is the same on all machines that are there.
	Digest string
	// Missing are the names of the machines that belong to the room and are not connected.
	Missing []string
	// Trouble is a sentence for the operator, "" where there is none.
	Trouble string
}
