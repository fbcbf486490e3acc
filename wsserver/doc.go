// Package wsserver is Belfry itself: the hub of connected clients, the log of messages, and the verbs of whoever
// runs the room. The desktop window, the dashboard in a browser and the page on the LAN are doors to it; each door
// calls the same methods of [Server].
//
// # Protocol
//
// One JSON object a text frame, as docs/protocol.md fixes it. Unknown fields are ignored. An unknown action, bad
// JSON or a field of the wrong type is answered by one error frame and the connection lives on.
//
// # Ordering
//
// Every message is appended to one [Log], which gives it its seq, and only then fanned out. A connection is sent
// live messages in rising seq. The position at which a client joins is read under the lock that registers it, so
// what came before is history and what comes after is live: no gap, no double. A client that comes back with a place
// is sent what it missed first, and told whether that is all.
//
// # Durability
//
// Accepted is said, and anybody shown a message, only after the log's commit. So it is with claimed user_ids before
// welcome, and with acknowledgements before acked. Memberships and cursors follow within half a second.
//
// # Slow clients
//
// Sending never waits. What a socket does not take at once waits in a queue bounded in bytes, written by a
// goroutine that exists only meanwhile. A client whose queue is full leaves the fan-out and is read the log instead,
// as its socket drains, until it is live again. One whose socket makes no progress for ten seconds is ended and comes
// back by itself. Nobody else notices.
//
// # Liveness
//
// Each connection is pinged every ten seconds and ended after 25 seconds without any frame from it.
//
// # Shutdown
//
// [Server.Close] refuses new work, commits what was accepted, tells every client 1001 with the time to come back
// in, and returns when every goroutine has ended, within five seconds.
//
// # Errors
//
// What a person may read is an [Error]: a stable code and a sentence, with a hint where one helps. Everything else
// is internal: it is logged where it happens and shown as "Belfry could not do that".
package wsserver
