// Package client is one client's session: its frames in, its answers out, from the handshake to the end.
//
// # What it promises
//
//   - A client's frames are handled one after another, in the order in which they came.
//   - A hello or a subscribe is answered, including its recovery, before anything that others send afterwards: no
//     message in between is lost or sent twice.
//   - A claim, a grant and a mute are committed before the client's hello is answered.
//   - A client whose socket is full waits for nobody, and nobody waits for it: it is sent what it missed as it can
//     take it.
//
// # Goroutines and locks
//
// Each client has one reader, which handles its frames and may block for a commit, for the log, and for the client's own
// socket. A pending client's hello is also retried by goroutines that Service.Spawn runs. Everything else is called by the fan-out
// (Stalled, Outcome) or by the operator's verbs, and does not block.
//
// A goroutine takes locks in this order: pending.handling, catching, the person's (identity.Store.Lock), then those of
// stores, of the ledger, of a link, of the hub. Only the first two are held during a wait for a socket, and they belong
// to one client alone. Nothing but a lock is waited for with a turn at joining or at serving (pages.go).
package client
