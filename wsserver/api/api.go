// Package api is the doors for programs: it has their routes, and gives each request to the door that it is for. The doors
// know nothing of the server but package gate.
package api

import (
	"net/http"

	"belfry/wsserver/api/gate"
	"belfry/wsserver/api/ntfy"
	"belfry/wsserver/api/stream"
)

// Options are what the doors need.
type Options struct {
	Gate *gate.Gate
	// Streams are the connections of programs that listen.
	Streams *stream.Set
	// Next answers what is no program's request.
	Next http.Handler
}

// New makes the handler of all doors.
func New(o Options) http.Handler {
	mux := http.NewServeMux()
	ntfy.New(o.Gate, o.Streams, o.Next).Mount(mux)
	mux.Handle("/", o.Next)
	return mux
}
