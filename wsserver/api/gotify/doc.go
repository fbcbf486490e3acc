// Package gotify reads and writes what Gotify's senders and readers send and expect, so that they work with this server.
// docs/ntfy.md says what works and what does not.
package gotify
