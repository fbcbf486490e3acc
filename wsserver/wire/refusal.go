package wire

import (
	"encoding/json"
	"fmt"
	"net/http"
)

// Refuse answers an HTTP request that may not go on, with an Error as its JSON and, where it says when to try again, the
// header Retry-After.
func Refuse(w http.ResponseWriter, status int, e *Error) {
	RefuseWith(w, status, e, NewRefusal(e))
}

// RefuseWith is Refuse with another body.
func RefuseWith(w http.ResponseWriter, status int, e *Error, body Refusal) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	retryAfter(w, e)
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the peer may be gone
}

// retryAfter says when to try again, where an Error does.
func retryAfter(w http.ResponseWriter, e *Error) {
	if e.Retry > 0 {
		w.Header().Set("Retry-After", fmt.Sprint(int(max(1, e.Retry.Seconds()))))
	}
}
