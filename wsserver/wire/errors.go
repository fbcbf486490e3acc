package wire

import (
	"encoding/json"
	"errors"
	"time"
)

// Error is a failure as people may read it: a stable code (docs/protocol.md lists them) and a sentence. An Error is not
// changed after it was made; WithMessage returns a copy.
type Error struct {
	Code    string
	Message string
	// Retry is how long to wait before trying the same again; 0: any time.
	Retry time.Duration
	// Field is the field of the frame that the error is about ("user_id", "name"); "" if it is about all of it.
	Field string
	// Free is a free name to offer in place of one that is taken.
	Free string
	// Blocked: the operator keeps this person or network out, and asking again is no use.
	Blocked bool
}

// Error returns the sentence.
func (e *Error) Error() string { return e.Message }

// Is reports whether target is an Error of the same code, with any sentence.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code
}

// Errors that callers distinguish with errors.Is.
var (
	ErrBadFrame      = &Error{Code: "bad_frame", Message: "That frame is not one JSON object with fields of the right kind."}
	ErrUnknownAction = &Error{Code: "unknown_action", Message: "This server does not know that action."}
	ErrTooLarge      = &Error{Code: "too_large", Message: "That is too long."}
	ErrUnknownTopic  = &Error{Code: "unknown_topic", Message: "There is no such topic."}
	ErrTopicExists   = &Error{Code: "topic_exists", Message: "There is already a topic with that name."}
	ErrUnknownUser   = &Error{Code: "unknown_user", Message: "That person is not connected."}
	ErrIDConflict    = &Error{Code: "id_conflict", Message: "That id was already used for another message."}
	ErrIdentityTaken = &Error{Code: "identity_taken", Message: "That user_id belongs to someone else.", Field: "user_id"}
	ErrNameRefused   = &Error{Code: "name_refused", Message: "You cannot use that name here.", Field: "name"}
	ErrNotAllowed    = &Error{Code: "not_allowed", Message: "That is not allowed."}
	ErrNotKept       = &Error{Code: "not_kept", Message: "Belfry could not save the message, so it was not sent. Try again."}
	ErrClosing       = &Error{Code: "closing", Message: "Belfry is stopping and accepts nothing new."}
	// ErrCutOff is of what is written at a machine that reaches too few of the room's other machines.
	ErrCutOff = &Error{Code: "not_kept", Message: "This machine is cut off from the other machines. What you do here is not kept until it reaches them again.", Retry: 2 * time.Second}
	// ErrSettingNotKept is of a setting that could not be written to the data folder.
	ErrSettingNotKept = &Error{Code: "not_kept", Message: "Belfry could not write to the data folder."}
	// ErrDiskFull, ErrLogLocked and ErrLogGone are joined to ErrNotKept if they are the reason; ErrLogGone lasts until
	// the program is started again.
	ErrDiskFull  = errors.New("the disk is full")
	ErrLogLocked = errors.New("another program is using the log's file")
	ErrLogGone   = errors.New("the log's file was removed or replaced")
	ErrInternal  = &Error{Code: "internal", Message: "Something went wrong in Belfry. Its log says why."}
)

// WithMessage returns a copy of e with another sentence.
func (e *Error) WithMessage(message string) *Error {
	c := *e
	c.Message = message
	return &c
}

// SettingNotKept is ErrSettingNotKept with the system's reason, for the operator.
func SettingNotKept(err error) *Error {
	return ErrSettingNotKept.WithMessage("Belfry could not write to the data folder: " + Reason(err) + ".")
}

// AsError returns the Error that err is or wraps, else ErrInternal.
func AsError(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return ErrInternal
}

// ErrorJSON returns an error whose text is err's Refusal as JSON, for a caller that receives only an error's text. Nil
// stays nil.
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

// Refusal is an Error as it is sent outside a WebSocket connection: in an HTTP response, and to the window.
type Refusal struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	RetryMS int64  `json:"retry_ms,omitempty"`
	// Password: a password is set and is accepted in place of the key.
	Password bool `json:"password,omitempty"`
	Blocked  bool `json:"blocked,omitempty"`
	// Nodes are where the other machines of the room can be reached, where this one sends people there; Epoch names the log to
	// them.
	Nodes []string `json:"nodes,omitempty"`
	Epoch string   `json:"epoch,omitempty"`
}

// NewRefusal is e as a Refusal.
func NewRefusal(e *Error) Refusal {
	return Refusal{Code: e.Code, Message: e.Message, RetryMS: ceilMilliseconds(e.Retry), Blocked: e.Blocked}
}

// Problem is the reason why the server cannot run, as the operator reads it. Code is "port_taken", "folder",
// "newer_log", "damaged_log", "in_use" or "start_failed". It is the error that Start returns.
type Problem struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Hint    string `json:"hint"`
	// Port that was tried; 0 if the problem is another.
	Port int   `json:"port"`
	Err  error `json:"-"` // the cause
}

// Error returns the sentence and the hint.
func (p *Problem) Error() string { return p.Message + " " + p.Hint }

// Unwrap returns the cause.
func (p *Problem) Unwrap() error { return p.Err }
