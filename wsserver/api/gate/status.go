package gate

import (
	"context"
	"errors"
	"net/http"

	"belfry/wsserver/wire"
)

// statuses are those of errors by code; every other one is 500.
var statuses = map[string]int{
	"bad_frame": http.StatusBadRequest, "unauthorized": http.StatusUnauthorized, "not_allowed": http.StatusForbidden,
	"blocked": http.StatusForbidden, "unknown_topic": http.StatusNotFound, "unknown_user": http.StatusNotFound, "unknown_message": http.StatusNotFound,
	"not_found":   http.StatusNotFound,
	"id_conflict": http.StatusConflict, "too_large": http.StatusRequestEntityTooLarge, "rate_limited": http.StatusTooManyRequests,
	"too_many_connections": http.StatusTooManyRequests, "full": http.StatusServiceUnavailable, "closing": http.StatusServiceUnavailable,
	"not_kept": http.StatusServiceUnavailable, "too_slow": http.StatusServiceUnavailable,
}

// Status is the HTTP status of an error, with the error as a program reads it.
func Status(err error) (int, *wire.Error) {
	if errors.Is(err, context.Canceled) { // the token has ended meanwhile; or the peer has gone, and reads nothing
		return http.StatusUnauthorized, ErrWrongToken
	}
	e := wire.AsError(err)
	if status, ok := statuses[e.Code]; ok {
		return status, e
	}
	return http.StatusInternalServerError, e
}

// Answer answers a request with v as JSON.
func Answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(append(wire.JSON(v), '\n')) // the peer may be gone
}
