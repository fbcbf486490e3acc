// Package hub is the set of live connections: which clients and dashboards there are, whose they are, what each
// follows, and up to which position of the log each was sent everything.
//
// # What it promises
//
//   - Joining is one step: a connection that Join has put into a topic at position n is meant by every message after n,
//     and by none up to n.
//   - A connection that has left stays out, whatever is called for it afterwards.
//   - Once the hub is closed nobody is registered; who was registered before is in Close's answer.
//
// # Locks
//
// The hub has one mutex. Nothing under it blocks, logs or calls out, so that every method but the loops may be called
// from any goroutine, also with a person's lock (identity.Store.Lock) or a link's lock held: the order is person, link,
// hub. The fan-out copies who is meant under the mutex, and writes without it.
//
// SendCounts, PingAll and DisconnectSlowest are loops: each has a goroutine of its own until its context ends.
package hub
