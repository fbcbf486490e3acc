// Package hosts reads host names, origins and forwarded addresses as browsers, people and proxies write them, and brings
// each into one form, so that what is the same compares equal. It decides nothing: which names are this server's and which
// proxies are believed, package limiter knows.
//
// All functions are pure and safe for concurrent use.
package hosts
