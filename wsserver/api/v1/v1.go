// Package v1 is the HTTP API, version 1, below /api/v1: programs send messages, read and follow them, and see who is there
// (docs/api.md). It knows nothing of the server but package gate, and the shapes that gate's methods take and return.
//
// Every answer is JSON, but for the stream. A failure is the wire's error, {"code","message","retry_ms"}, with a status that
// fits; gate.Status has the table.
package v1

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"

	"belfry/wsserver/api/gate"
	"belfry/wsserver/api/stream"
	"belfry/wsserver/wire"
)

// Prefix is the path that all routes begin with.
const Prefix = "/api/v1"

// streamPath is the route whose answer outlives the request.
const streamPath = "/stream"

// handler answers a request of a caller. An error that it returns has not been answered yet.
type handler func(c *gate.Caller, w http.ResponseWriter, r *http.Request) error

// ErrNoRoute is of a path below Prefix where nothing is.
var ErrNoRoute = &wire.Error{Code: "not_found", Message: "There is nothing at this address. Its parts are in /api/v1/openapi.json."}

// Door is the API. Make it with New.
type Door struct {
	gate    *gate.Gate
	streams *stream.Set
	// described is the API's description, made when it is asked for first.
	described func() ([]byte, error)
}

// New makes the API. The streams of programs that listen are in a set.
func New(g *gate.Gate, streams *stream.Set) *Door {
	d := &Door{gate: g, streams: streams}
	d.described = sync.OnceValues(d.description)
	return d
}

// Mount adds everything below Prefix to mux.
func (d *Door) Mount(mux *http.ServeMux) {
	paths := map[string]map[string]handler{}
	for _, r := range d.routes() {
		if paths[r.path] == nil {
			paths[r.path] = map[string]handler{}
		}
		paths[r.path][r.method] = r.handle
	}
	for path, methods := range paths {
		handler := d.enter(methods)
		if path == streamPath {
			handler = http.HandlerFunc(d.stream)
		}
		mux.Handle(Prefix+path, handler)
	}
	for _, nothing := range []string{Prefix, Prefix + "/"} {
		mux.Handle(nothing, d.enter(nil))
	}
}

// enter lets callers in, then gives each request to the handler of its method: who shows no token learns nothing more. methods
// is nil where there is no route.
func (d *Door) enter(methods map[string]handler) http.Handler {
	return d.gate.Handler(true, gate.Refuse, func(w http.ResponseWriter, r *http.Request, c *gate.Caller) error {
		handle := methods[r.Method]
		switch {
		case methods == nil:
			return ErrNoRoute
		case handle == nil:
			refuseMethod(w, slices.Sorted(maps.Keys(methods)))
			return nil
		}
		return handle(c, w, r)
	})
}

// refuseMethod answers a request whose method is none of these.
func refuseMethod(w http.ResponseWriter, methods []string) {
	list := strings.Join(methods, ", ")
	w.Header().Set("Allow", list)
	wire.Refuse(w, http.StatusMethodNotAllowed, wire.ErrBadFrame.WithMessage("This address takes "+list+" alone."))
}
