// Package cli has the verbs of the command line: "belfry token" and those beside it. Without a verb Belfry is the program that
// serves a room.
//
// A verb reads its arguments and environment, writes its answer to the output and what went wrong to the error output, and
// returns the status of the process. It holds nothing between calls.
package cli
