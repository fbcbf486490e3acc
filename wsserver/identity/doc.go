// Package identity has the identities: the user_ids that people have claimed, the tokens that prove them, and the ids of
// guests.
//
// # What it promises
//
//   - A claimed user_id belongs only to its token, even after a restart, until the operator frees it.
//   - A claim and a release are durable when they return nil, and change nothing if they return an error.
//   - Only a hash of a token is kept. A token that was freed is refused for good, with any user_id.
//
// # Locks
//
// Store.Lock locks a person: its comment says which callers need it, over what it may be held, and its place in the order
// of locks.
// Claim, Free and Offer need it held. The store's own mutex guards its maps, and nothing is called under it; all
// other methods may be called from any goroutine. Load, Claim and Free may block for a commit, the others do not.
package identity
