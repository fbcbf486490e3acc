// Package process is what the program owes to the system that runs it: which signals end it and which do not, and output
// that never makes it wait.
package process
