package gotify

import (
	"encoding/json"
	"net/http"

	"belfry/wsserver/wire"
)

// Error is a refusal in the shape in which Gotify's clients read it.
type Error struct {
	Error       string `json:"error"` // the status in words
	Code        int    `json:"errorCode"`
	Description string `json:"errorDescription"`
	RetryMS     int64  `json:"retry_ms,omitempty"`
}

// statuses are the HTTP statuses of this server's refusals.
var statuses = map[string]int{
	"bad_frame":            http.StatusBadRequest,
	"closing":              http.StatusServiceUnavailable,
	"full":                 http.StatusServiceUnavailable,
	"id_conflict":          http.StatusConflict,
	"not_allowed":          http.StatusForbidden,
	"not_kept":             http.StatusServiceUnavailable,
	"rate_limited":         http.StatusTooManyRequests,
	"too_large":            http.StatusRequestEntityTooLarge,
	"too_many_connections": http.StatusTooManyRequests,
	"unauthorized":         http.StatusUnauthorized,
	"unknown_topic":        http.StatusNotFound,
	"unknown_user":         http.StatusNotFound,
}

// AsError returns err as Gotify's clients read it.
func AsError(err error) Error {
	refusal := wire.AsError(err)
	status, ok := statuses[refusal.Code]
	if !ok {
		status = http.StatusInternalServerError
	}
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
