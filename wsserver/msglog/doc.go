// Package msglog is the log: the ordered record of all messages, which gives each its seq, and of what the server keeps
// beside them. It has the contract that every log fulfils, Log, and one that keeps everything in memory, Memory; wstest
// has the tests that any Log must pass.
//
// An entry of a log was accepted and is durable; no message is sent before that. A log is safe for use by several
// goroutines; which of its methods may block for a disk is said at each. Memory has one lock, under which nothing is
// called, and never blocks longer than that.
package msglog
