// Package cluster makes several machines one room: each has the same log, whichever of them people write to.
//
// It uses NATS JetStream, in this program or outside it, for one thing alone: an ordered log of groups that is replicated to
// most of the machines' disks before anybody is told of it (a stream). Log.Append puts a group into that order, and every
// machine applies the order to its own SQLite file. What is read is read from that file. Whoever is the leader of the stream is
// NATS's affair; no machine is otherwise special.
//
// # What applying may use
//
// The command, its position, the time that the stream gave it, and the file: no clock, no setting, no order of a map. So all
// files become the same. A digest of everything that was applied says whether they have (Place.Digest).
//
// # Outcomes
//
// Where no leader hears a group, it was refused. Where one may have heard it and no answer comes, the outcome is not known: the
// group is put into the order again under the same number until it is, and no other one meanwhile. A group that is in the
// order twice is applied once: each file remembers the newest number of each run, for ever.
//
// # Goroutines and locks
//
// One goroutine applies (tail.go), and alone calls what Follow was given. One watches how this machine is (status.go). Handlers
// of others' questions have a goroutine each. Engine.mu and Log.mu guard fields, are held for moments, and never together.
package cluster
