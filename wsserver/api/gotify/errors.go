package gotify

import (
	"encoding/json"
	"net/http"

	"belfry/wsserver/api/gate"
	"belfry/wsserver/wire"
)

// Error is a refusal in the shape in which Gotify's clients read it.
type Error struct {
	Error       string `json:"error"` // the status in words
	Code        int    `json:"errorCode"`
	Description string `json:"errorDescription"`
	RetryMS     int64  `json:"retry_ms,omitempty"`
}

// AsError returns err as Gotify's clients read it.
func AsError(err error) Error {
	status, refusal := gate.Status(err)
	return Error{Error: http.StatusText(status), Code: status, Description: refusal.Message, RetryMS: wire.NewRefusal(refusal).RetryMS}
}

// refuse answers a request with an error.
func refuse(w http.ResponseWriter, err error) {
	e := AsError(err)
	answer(w, e.Code, e)
}

// answer answers a request with JSON.
func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the peer may be gone
}
