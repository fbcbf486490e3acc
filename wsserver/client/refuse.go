package client

import (
	"encoding/json"
	"fmt"
	"net/http"

	"belfry/wsserver/wire"
)

// This file is who may connect: Host, Origin, limits per address, and the operator's key.

const ()

// refuse answers a request that may not go on.
func Refuse(w http.ResponseWriter, code int, e *wire.Error) {
	RefuseWith(w, code, e, wire.NewRefusal(e))
}

func RefuseWith(w http.ResponseWriter, code int, e *wire.Error, body wire.Refusal) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	if e.Retry > 0 {
		w.Header().Set("Retry-After", fmt.Sprint(int(max(1, e.Retry.Seconds()))))
	}
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(body) // the peer may be gone
}
