// Package wire is the protocol between the server and its clients, as docs/protocol.md describes it: the frames and how
// they are read and written, limits and close codes, and errors as people may read them.
//
// Nothing here blocks, keeps state between calls, or takes a lock that others see; every function may be called from any
// goroutine. What Encode and its like return is a complete WebSocket frame with its header, made once and written to any
// number of connections: it must never be changed.
//
// JSON that is read or written for each message is handled by hand and the rest by encoding/json; tests hold both to the
// same result.
package wire
