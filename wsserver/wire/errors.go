package wire

import (
	"encoding/json"
	"errors"
	"time"
)

// Error is what a person may read of a failure: a stable code (docs/protocol.md lists them) and a sentence.
type Error struct {
	Code    string
	Message string
	// Retry is when the same may be tried again; 0: no matter when.
	Retry time.Duration
	// Field is the field of the frame that the error is about ("user_id", "name"); "" where it is about all of it.
	Field string
	// Free is a name that may be had in place of one that is taken.
	Free string
}

func (e *Error) Error() string { return e.Message }

// Is reports whether target is an Error of the same code, whatever the sentence.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code
}

// Errors that callers tell apart with errors.Is.
var (
	ErrBadFrame      = &Error{Code: "bad_frame", Message: "That frame is not one JSON object with fields of the right kind."}
	ErrUnknownAction = &Error{Code: "unknown_action", Message: "This server does not know that action."}
	ErrTooLarge      = &Error{Code: "too_large", Message: "That is too long."}
	ErrUnknownTopic  = &Error{Code: "unknown_topic", Message: "There is no such topic."}
	ErrTopicExists   = &Error{Code: "topic_exists", Message: "There is a topic of that name already."}
	ErrUnknownUser   = &Error{Code: "unknown_user", Message: "Nobody of that user_id is connected."}
	ErrIDConflict    = &Error{Code: "id_conflict", Message: "That id was used for another message."}
	ErrIdentityTaken = &Error{Code: "identity_taken", Message: "That user_id belongs to somebody else.", Field: "user_id"}
	ErrNameRefused   = &Error{Code: "name_refused", Message: "That name cannot be taken here.", Field: "name"}
	ErrNotAllowed    = &Error{Code: "not_allowed", Message: "That is not allowed."}
	ErrNotKept       = &Error{Code: "not_kept", Message: "The message could not be kept, so it was not sent. Try again."}
	ErrClosing       = &Error{Code: "closing", Message: "Belfry is stopping. Nothing new is accepted."}
	// errSettingNotKept is of what the folder did not take.
	ErrSettingNotKept = &Error{Code: "not_kept", Message: "That could not be written to the folder. Is the disk full?"}
	// ErrDiskFull is joined to ErrNotKept where that is why.
	ErrDiskFull = errors.New("the disk is full")
	// ErrLogLocked is joined to ErrNotKept where that is why.
	ErrLogLocked = errors.New("another program holds the log's file")
	// ErrLogGone is joined to ErrNotKept where that is why: it does not pass before the program is started again.
	ErrLogGone  = errors.New("the log's file was removed or replaced")
	ErrInternal = &Error{Code: "internal", Message: "Belfry could not do that. Its own log says why."}
)

// because returns an Error of the same code with a sentence of its own.
func (e *Error) WithMessage(message string) *Error {
	c := *e
	c.Message = message
	return &c
}

// asError is err as people may see it: itself where it is an Error, else the internal one.
func AsError(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return ErrInternal
}

// ErrorJSON is err for a door that knows only strings: {"code","message","retry_ms"} as its text. Nil stays nil.
func ErrorJSON(err error) error {
	if err == nil {
		return nil
	}
	b, jerr := json.Marshal(NewRefusal(AsError(err)))
	if jerr != nil {
		return err
	}
	return errors.New(string(b))
}

// refusal is how an Error is told outside a socket: before an upgrade, and to the window.
type Refusal struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	RetryMS int64  `json:"retry_ms,omitempty"`
	// Password: one is set, and would do in place of the key.
	Password bool `json:"password,omitempty"`
}

func NewRefusal(e *Error) Refusal {
	return Refusal{Code: e.Code, Message: e.Message, RetryMS: ceilMilliseconds(e.Retry)}
}

// Problem is what keeps the server from running, as the operator is told. Code is "port_taken", "folder",
// "newer_log", "damaged_log", "in_use" or "start_failed". It is the error that Start returns.
type Problem struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Hint    string `json:"hint"`
	// Port that was tried; 0 where that is not the matter.
	Port int `json:"port"`
	Err  error
}

func (p *Problem) Error() string { return p.Message + " " + p.Hint }

// Unwrap gives the cause.
func (p *Problem) Unwrap() error { return p.Err }
