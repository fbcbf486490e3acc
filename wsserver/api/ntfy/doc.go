// Package ntfy reads and writes what ntfy's clients send and expect, so that they work with this server: parameters of
// publishing and of subscribing, messages, and errors. docs/ntfy.md says what works and what does not.
package ntfy
