// Package auth authenticates the operator in a browser: the key, the password that may replace it, the sessions
// that either opens, and the HTTP handler that signs in and out.
//
// # What it promises
//
// Only hashes of the password and of each session are kept, in files that nobody else may read. A session belongs to the
// key that it was opened under: with another key it is not loaded. Keys and passwords are compared in constant time,
// and wrong ones are limited per address by package limiter.
//
// # What may block
//
// Password.Verify and Password.Set compute argon2id, a tenth of a second and 32 MiB each, one at a time. What changes a
// secret or a session writes its file before it returns. Nothing else blocks.
//
// # Locks
//
// Key, Password and Sessions each have a mutex of their own; no other lock is taken under it, except that one hash is
// computed at a time. All methods are safe for concurrent use.
package auth
