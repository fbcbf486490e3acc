package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"
)

// Limits of the wire (docs/protocol.md, "Limits"). Sizes are bytes of UTF-8 unless said otherwise.
const (
	ProtocolVersion = 1
	MaxMessage      = 64 << 10
	MaxFrame        = 512 << 10
	MaxTopic        = 64
	MaxUserID       = 64
	MaxCode         = 1024
	MaxID           = 64
	MaxName         = 64 // code points
	MaxTitle        = 200
	MaxTopics       = 32
	MaxNamed        = 1000 // topics in one frame, whether they exist or not
	MaxReason       = 500
	MaxAck          = 40 // code points
)

// Close codes. Belfry's own are 4000 and up; after removed and notAllowed a page must not come back by itself.
const (
	CloseLeft       = 1000
	CloseGoingAway  = 1001 // reason "retry_ms=N"
	CloseBadText    = 1007
	CloseRemoved    = 4001
	CloseTooSlow    = 4002
	CloseNotAllowed = 4003
)

// timeFormat is RFC 3339 in UTC with milliseconds.
const TimeFormat = "2006-01-02T15:04:05.000Z"

// wireTime is a time as the wire writes it.
type Time time.Time

// MarshalText writes the time in UTC with milliseconds.
func (t Time) MarshalText() ([]byte, error) {
	return time.Time(t).UTC().AppendFormat(nil, TimeFormat), nil
}

// UnmarshalText reads what MarshalText writes.
func (t *Time) UnmarshalText(b []byte) error {
	p, err := time.Parse(time.RFC3339Nano, string(b))
	*t = Time(p)
	return err
}

func (t Time) String() string { return time.Time(t).UTC().Format(TimeFormat) }

// request is any frame that a client sends: the union of their fields.
type Request struct {
	Action  string   `json:"action"`
	ID      string   `json:"id,omitempty"`
	UserID  string   `json:"user_id,omitempty"`
	Name    *string  `json:"name,omitempty"`
	Token   string   `json:"token,omitempty"`
	Code    string   `json:"code,omitempty"`
	Since   *uint64  `json:"since,omitempty"`
	Epoch   string   `json:"epoch,omitempty"`
	Before  uint64   `json:"before,omitempty"`
	Limit   int      `json:"limit,omitempty"`
	Topics  []string `json:"topics,omitempty"`
	Topic   string   `json:"topic,omitempty"`
	Message string   `json:"message,omitempty"`
	ReplyTo uint64   `json:"reply_to,omitempty"`
	Seq     uint64   `json:"seq,omitempty"`
}

// decode reads one frame into v, a struct. On failure it returns ErrBadFrame with a sentence that says where;
// whatever could be read of action and id is then in head, for the answer to name.
func Decode(frame []byte, v any) (head RequestHead, err error) {
	if t := bytes.TrimLeft(frame, " \t\r\n"); len(t) == 0 || t[0] != '{' {
		return head, ErrBadFrame
	}
	if err := json.Unmarshal(frame, v); err != nil {
		return readHead(frame), ErrBadFrame.WithMessage(describeDecodeError(err))
	}
	return head, nil
}

// requestHead is what an error names of the frame it answers.
type RequestHead struct {
	Action string
	ID     string
	Seq    uint64
}

// readHead reads action and id alone, each only where it is a string.
func readHead(frame []byte) (h RequestHead) {
	var fields struct {
		Action json.RawMessage `json:"action"`
		ID     json.RawMessage `json:"id"`
		Seq    json.RawMessage `json:"seq"`
	}
	if json.Unmarshal(frame, &fields) != nil {
		return h
	}
	// A field of another kind leaves its "" in place.
	_ = json.Unmarshal(fields.Action, &h.Action)
	_ = json.Unmarshal(fields.ID, &h.ID)
	_ = json.Unmarshal(fields.Seq, &h.Seq)
	h.Action, h.ID = Clip(h.Action, MaxID), Clip(h.ID, MaxID)
	return h
}

func describeDecodeError(err error) string {
	var kind *json.UnmarshalTypeError
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &kind):
		return fmt.Sprintf("The field %q cannot be a %s.", Clip(kind.Field, MaxID), Clip(kind.Value, MaxID))
	case errors.As(err, &syntax):
		return fmt.Sprintf("That frame is not JSON: it breaks off or goes wrong at byte %d.", syntax.Offset)
	}
	return ErrBadFrame.Message
}

// clip cuts s to at most n bytes at a rune's edge.
func Clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// Sender is who wrote a message: a client, or the operator.
type Sender struct {
	UserID   string `json:"user_id,omitempty"`
	Operator bool   `json:"operator,omitempty"`
	Name     string `json:"name"`
}

// Message is a message as it travels and as it is listed. Time is RFC 3339 UTC with milliseconds.
type Message struct {
	Type     string `json:"type"`
	Seq      uint64 `json:"seq"`
	ID       string `json:"id,omitempty"`
	Time     string `json:"time"`
	Audience string `json:"audience"`
	Topic    string `json:"topic,omitempty"`
	// UserID is the client whose conversation it is; only with audience "private".
	UserID   string `json:"user_id,omitempty"`
	From     Sender `json:"from"`
	Message  string `json:"message"`
	Title    string `json:"title,omitempty"`
	Priority int    `json:"priority,omitempty"`
	// Ack is the words on the button, where an acknowledgement is asked for.
	Ack     string `json:"ack,omitempty"`
	ReplyTo uint64 `json:"reply_to,omitempty"`
}

type (
	WelcomeFrame struct {
		Type     string         `json:"type"`
		Protocol int            `json:"protocol"`
		UserID   string         `json:"user_id"`
		Token    string         `json:"token,omitempty"`
		Epoch    string         `json:"epoch"`
		Seq      uint64         `json:"seq"`
		Time     Time           `json:"time"`
		Limits   map[string]int `json:"limits"`
		// Name that the person has, where it is not the one that was asked for.
		Name string `json:"name,omitempty"`
	}
	TopicsFrame struct {
		Type   string  `json:"type"`
		Topics []Topic `json:"topics"`
	}
	AcceptedFrame struct {
		Type string `json:"type"`
		ID   string `json:"id"`
		Seq  uint64 `json:"seq"`
		Time Time   `json:"time"`
	}
	CountsFrame struct {
		Type        string `json:"type"`
		Subscribers int    `json:"subscribers"`
		Clients     int    `json:"clients"`
	}
	RecoveredFrame struct {
		Type     string   `json:"type"`
		Topics   []string `json:"topics"`
		From     uint64   `json:"from"`
		To       uint64   `json:"to"`
		Complete bool     `json:"complete"`
		Gone     bool     `json:"gone"`
		Epoch    string   `json:"epoch"`
	}
	HistoryFrame struct {
		Type     string    `json:"type"`
		ID       string    `json:"id,omitempty"`
		Messages []Message `json:"messages"`
		More     bool      `json:"more"`
		// Acked are those among them that the client has acknowledged.
		Acked []uint64 `json:"acked"`
	}
	AckedFrame struct {
		Type string `json:"type"`
		Seq  uint64 `json:"seq"`
		Time Time   `json:"time"`
	}
	RemindFrame struct {
		Type string `json:"type"`
		Seq  uint64 `json:"seq"`
	}
	WaitingFrame struct {
		Type string `json:"type"`
	}
	WithdrawnFrame struct {
		Type string `json:"type"`
		Seq  uint64 `json:"seq"`
		Of   uint64 `json:"of"`
	}
	ErrorFrame struct {
		Type    string `json:"type"`
		Code    string `json:"code"`
		Message string `json:"message"`
		Action  string `json:"action,omitempty"`
		ID      string `json:"id,omitempty"`
		RetryMS int64  `json:"retry_ms,omitempty"`
		Field   string `json:"field,omitempty"`
		Free    string `json:"free,omitempty"`
		Seq     uint64 `json:"seq,omitempty"`
	}
)

// wireLimits are those that a page need not know by itself.
func Limits(topics int) map[string]int {
	return map[string]int{
		"message": MaxMessage, "frame": MaxFrame, "topic": MaxTopic, "user_id": MaxUserID, "id": MaxID,
		"name": MaxName, "topics": topics,
	}
}

// ceilMilliseconds rounds up: who comes back a moment too early is refused again.
func ceilMilliseconds(d time.Duration) int64 {
	return int64((d + time.Millisecond - 1) / time.Millisecond)
}

func NewErrorFrame(e *Error, h RequestHead) ErrorFrame {
	return ErrorFrame{
		Type: "error", Code: e.Code, Message: e.Message, Action: h.Action, ID: h.ID,
		RetryMS: ceilMilliseconds(e.Retry), Field: e.Field, Free: e.Free, Seq: h.Seq,
	}
}

// operatorID is the operator's in keys; the wire reserves it, so that no client can have it.
const OperatorID = "operator"

const OperatorName = "Operator"

const TopicOpen = "open" // everyone in it reads and writes

const TopicAnnounce = "announce" // only the operator speaks; what a client writes there reaches the operator alone

// generalTopic exists from the start.
const GeneralTopic = "general"

// Topic is a named group of subscribers.
type Topic struct {
	Topic    string `json:"topic"`
	Title    string `json:"title"`
	Kind     string `json:"kind"`
	Archived bool   `json:"archived"`
}
