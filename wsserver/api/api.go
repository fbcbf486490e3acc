// Package api is the doors for programs: it has their routes, and gives each request to the door that it is for. The doors
// know nothing but package gate.
package api

import (
	"net/http"

	"belfry/wsserver/api/gate"
)

// Options are what the doors need.
type Options struct {
	Gate *gate.Gate
	// Next answers what is no program's request.
	Next http.Handler
}

// New makes the handler of all doors.
func New(o Options) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", o.Next)
	return mux
}
