// Package api is the doors for programs: it has their routes, and gives each request to the door that it is for. The doors
// know nothing of the server but package gate.
package api

import (
	"net/http"

	"belfry/wsserver/api/gate"
	"belfry/wsserver/api/gotify"
	"belfry/wsserver/api/ntfy"
	"belfry/wsserver/api/stream"
	"belfry/wsserver/api/v1"
)

// Options are what the doors need.
type Options struct {
	Gate *gate.Gate
	// Streams are the connections of programs that listen.
	Streams *stream.Set
	// Room returns what the room is called, "" where it has no name.
	Room func() string
	// Version of this program.
	Version string
	// Healthy reports whether messages can be sent now.
	Healthy func() bool
	// Metrics answers with the server's measurements. It is asked only for a token with that right.
	Metrics http.Handler
	// Next answers what is no program's request.
	Next http.Handler
}

// New makes the handler of all doors.
func New(o Options) http.Handler {
	mux := http.NewServeMux()
	ntfy.New(o.Gate, o.Streams, o.Healthy, o.Next).Mount(mux)
	gotify.New(gotify.Options{Gate: o.Gate, Streams: o.Streams, Room: o.Room, Version: o.Version, Healthy: o.Healthy}).Mount(mux)
	v1.New(o.Gate, o.Streams).Mount(mux)
	mux.Handle("GET /metrics", measurements(o.Gate, o.Metrics))
	mux.Handle("/", o.Next)
	return mux
}
