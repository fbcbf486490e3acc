// Package names cleans the names that people choose, and finds those that look alike, so that nobody can pose as somebody
// else, or as the operator, with characters that readers do not see or tell apart.
//
// It keeps no state and never blocks; every function may be called from any goroutine.
package names
