// Package hub is the set of live connections: which clients and dashboards there are, to whom they belong, what each
// follows, and up to which position of the log each was sent everything.
//
// # What it promises
//
//   - Joining is one step: a connection that Join has put into a topic at position n is a recipient of every message
//     after n, and of none up to n.
//   - A connection that has left stays out, whatever is called for it afterwards.
//   - Once the hub is closed nobody is registered any more; Close returns all who were.
//
// # Locks
//
// The hub has one mutex. Nothing under it blocks, logs or calls other packages, so that every method except the loops may be
// called from any goroutine, even with a person's lock (identity.Store.Lock) or a link's lock held: the order is person,
// link, hub. The fan-out copies the recipients under the mutex, and writes without it.
//
// SendCounts, PingAll and DisconnectSlowest are loops: each has a goroutine of its own until its context ends.
package hub
