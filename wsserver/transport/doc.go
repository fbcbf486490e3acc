// Package transport is one WebSocket connection whose senders never wait.
//
// Conn is a connection of a client or of a dashboard. Upgrade makes it one; Read reads it until it ends and hands each
// text frame to its Handler. Send, Defer, SendFirst and End may be called from any goroutine and never block: what the
// socket does not take at once is queued, within bounds, and written by a goroutine that exists only while something is
// queued. A connection whose queue is full is ended. Batch sends the same bytes to many connections, if the kernel
// allows it with one system call for many of them.
//
// Only AwaitDrained and Read block. Read also sleeps if the peer sends faster than LimitReads allows, so TCP
// backpressure reaches the peer.
//
// Budget bounds what is queued for all connections together. Listener accepts connections and answers the handshakes of
// clients without the HTTP server.
//
// Each connection's link has one mutex, which is held for at most one non-blocking write. A Batch holds the locks of many
// links at once, and never waits for one while holding another, so batches cannot deadlock. The functions passed to
// PauseLive and SendFirst are called with the link's lock held; they may take the hub's lock, which in turn must not be
// held while anything here is called.
//
// Only this package uses gorilla's WebSocket library, system calls on sockets, and package unsafe.
package transport
