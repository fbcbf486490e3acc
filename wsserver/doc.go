// Package wsserver is one room: the HTTP server with its routes and pages, and the wiring of the packages below it. The
// desktop window, the dashboard in a browser and the page on the LAN are doors to it; each door calls the same methods of
// [Server], which are those of package operator.
//
// # Life
//
// [New] makes the parts and does no I/O. [Server.Start] locks the folder, opens the log, listens, and starts the loops;
// where it fails, everything is released and it may be called again. [Server.Close] ends everything for good. The server's
// own lock guards how far it is, and is held during Start; nothing else is taken under it but the locks of the parts that
// Start sets up.
//
// # Protocol
//
// One JSON object a text frame, as docs/protocol.md fixes it. Unknown fields are ignored. An unknown action, bad
// JSON or a field of the wrong type is answered by one error frame and the connection lives on.
//
// # Ordering
//
// Every message is appended to one [msglog.Log], which gives it its seq, and only then fanned out. A connection is sent
// live messages in rising seq. The position at which a client joins is read under the lock that registers it, so
// messages up to it are history and later ones are live: no gap, no duplicate. A client that reconnects with a cursor
// is sent what it missed first, and whether that was all.
//
// # Durability
//
// A message is confirmed (accepted), and sent to anybody, only after the log's commit. The same holds for claimed user_ids
// before welcome, and for acknowledgements before acked. Memberships and cursors are written within half a second.
//
// # Slow clients
//
// Sending never waits. What a socket does not accept at once is queued, bounded in bytes, and written by a goroutine that
// exists only for that time. A client whose queue is full leaves the fan-out and is sent pages of the log instead, as its
// socket drains, until it has caught up. One whose socket makes no progress for ten seconds is disconnected, and its page
// reconnects by itself. Other clients are not affected.
//
// # Liveness
//
// Each connection is pinged every ten seconds and ended after 25 seconds without any frame from it.
//
// # Shutdown
//
// [Server.Close] refuses new work, commits what was accepted, ends every connection with 1001 and the time to reconnect,
// and returns when every goroutine has ended, within five seconds.
//
// # Errors
//
// An error for people is a [wire.Error]: a stable code and a sentence. Everything else is internal: it is logged where it
// happens and shown as "Belfry could not do that". Why a start failed is a [wire.Problem], with a hint.
package wsserver
