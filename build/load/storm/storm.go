// Package storm measures what a whole room does at once: coming back, telling what it has received, joining; and a log with
// many messages. One thread plays all people, on raw sockets with epoll, so that 10,000 of them leave the server its share of
// a small machine. That is Linux alone: elsewhere each storm returns ErrSystem.
//
// # Fidelity
//
// People say what the client page says, when it says it, and check each message that they are sent. What loopback has not:
// the radio, and packets that are lost.
package storm

import (
	"errors"
	"time"
)

// ErrSystem is returned where there is no epoll.
var ErrSystem = errors.New("the storms run on Linux alone")

// Room is what each storm has.
type Room struct {
	Bin, Data string // Data "": a fresh folder
	People    int
	Size      int           // bytes of each text
	Rate      float64       // live messages a second
	Limit     time.Duration // after which it gives up
}

// ReturnPlan is a storm in which all but Stay leave at the same instant, miss messages, and come back within Spread.
type ReturnPlan struct {
	Room
	Missed, Stay int
	Spread       time.Duration
	// Newest is how many messages a recovery asks for; 0: as many as the server gives.
	Newest int
	// HalfOpen: the server does not hear that they have left, as behind an access point that loses its power.
	HalfOpen bool
}

// ReceiptsPlan is a room in which everyone tells what they have received.
type ReceiptsPlan struct {
	Room
	Length time.Duration
	// Ack: each message asks for an acknowledgement, which everyone gives within ackWithin.
	Ack bool
	// Read is the share of the pages that somebody looks at.
	Read float64
	// Wait is how long a page waits before it tells, and Spread up to how much longer, at random.
	Wait, Spread time.Duration
}

// JoinPlan is a storm of people who were never here.
type JoinPlan struct {
	Room
	Spread time.Duration
	// Code: they need the join code.
	Code bool
}

// BigPlan is a log with Messages, which is filled first.
type BigPlan struct {
	Room
	Messages int
	Length   time.Duration // of each measurement
}

// ClusterPlan compares several machines that are one room with one machine.
type ClusterPlan struct {
	Bin string
	// Machines is how many there are, People how many are at each of them in the full room, Rate the messages a second there.
	Machines, People int
	Rate             float64
	// InFlight is how many messages one sender has in flight.
	InFlight []int
	// Length is that of each measurement, Turns how often each is made.
	Length time.Duration
	Turns  int
}
