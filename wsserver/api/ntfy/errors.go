package ntfy

import (
	"encoding/json"
	"errors"
	"net/http"

	"belfry/wsserver/api/gate"
	"belfry/wsserver/wire"
)

// Codes of errors, as ntfy's clients know them: the HTTP status and two digits.
const (
	codeInvalid      = 40000
	codeNoEmail      = 40001
	codeDelay        = 40004
	codePriority     = 40007
	codeSince        = 40008
	codeTopic        = 40009
	codeNotUTF8      = 40011
	codeNoAttachment = 40014
	codeNoUpgrade    = 40016
	codeActions      = 40018
	codeIcon         = 40021
	codeJSON         = 40024
	codeNoCalls      = 40032
	codeTemplate     = 40041
	codeSequence     = 40049
	codeUnauthorized = 40101
	codeForbidden    = 40301
	codeTooLarge     = 41301
	codeJSONTooLarge = 41303
	codeTooMany      = 42903
)

// Error is a refusal in the shape in which ntfy's clients read it.
type Error struct {
	Code    int    `json:"code"`
	Status  int    `json:"http"`
	Message string `json:"error"`
	Link    string `json:"link,omitempty"`
	// RetryMS is when to try again; 0: any time.
	RetryMS int64 `json:"retry_ms,omitempty"`
}

// Error returns the sentence.
func (e *Error) Error() string { return e.Message }

// links are the parts of ntfy's documentation that say how to do it right.
var links = map[int]string{
	codePriority:     "https://ntfy.sh/docs/publish/#message-priority",
	codeJSON:         "https://ntfy.sh/docs/publish/#publish-as-json",
	codeJSONTooLarge: "https://ntfy.sh/docs/publish/#publish-as-json",
	codeUnauthorized: "https://ntfy.sh/docs/publish/#authentication",
	codeForbidden:    "https://ntfy.sh/docs/publish/#authentication",
}

func newError(code int, message string) *Error {
	return &Error{Code: code, Status: code / 100, Message: message, Link: links[code]}
}

func badRequest(sentence string) *Error { return newError(codeInvalid, "invalid request: "+sentence) }

// AsError returns err as ntfy's clients read it: its code is the status and 01, or 00 for what is wrong with the request.
func AsError(err error) *Error {
	var own *Error
	if errors.As(err, &own) {
		return own
	}
	status, refusal := gate.Status(err)
	code := status*100 + 1
	switch {
	case status == http.StatusBadRequest:
		code = codeInvalid
	case refusal.Code == "too_many_connections":
		code = codeTooMany
	}
	e := newError(code, refusal.Message)
	e.RetryMS = wire.NewRefusal(refusal).RetryMS
	return e
}

// refuse answers a request with an error.
func refuse(w http.ResponseWriter, err error) {
	e := AsError(err)
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(e.Status)
	_ = json.NewEncoder(w).Encode(e) // the peer may be gone
}
