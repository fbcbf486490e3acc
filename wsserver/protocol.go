package wsserver

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/gorilla/websocket"
)

// Limits of the wire (docs/protocol.md, "Limits"). Sizes are bytes of UTF-8 unless said otherwise.
const (
	protocolVersion = 1
	maxMessage      = 64 << 10
	maxFrame        = 512 << 10
	maxTopic        = 64
	maxUserID       = 64
	maxCode         = 1024
	maxID           = 64
	maxName         = 64 // code points
	maxTitle        = 200
	maxTopics       = 32
	maxNamed        = 1000 // topics in one frame, whether they exist or not
	maxReason       = 500
	maxAck          = 40 // code points
)

// Close codes. Belfry's own are 4000 and up; after removed and notAllowed a page must not come back by itself.
const (
	closeLeft       = websocket.CloseNormalClosure
	closeGoingAway  = websocket.CloseGoingAway // reason "retry_ms=N"
	closeBadText    = websocket.CloseInvalidFramePayloadData
	closeRemoved    = 4001
	closeTooSlow    = 4002
	closeNotAllowed = 4003
)

// timeFormat is RFC 3339 in UTC with milliseconds.
const timeFormat = "2006-01-02T15:04:05.000Z"

// wireTime is a time as the wire writes it.
type wireTime time.Time

// MarshalText writes the time in UTC with milliseconds.
func (t wireTime) MarshalText() ([]byte, error) {
	return time.Time(t).UTC().AppendFormat(nil, timeFormat), nil
}

// UnmarshalText reads what MarshalText writes.
func (t *wireTime) UnmarshalText(b []byte) error {
	p, err := time.Parse(time.RFC3339Nano, string(b))
	*t = wireTime(p)
	return err
}

func (t wireTime) String() string { return time.Time(t).UTC().Format(timeFormat) }

// request is any frame that a client sends: the union of their fields.
type request struct {
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
func decode(frame []byte, v any) (head requestHead, err error) {
	if t := bytes.TrimLeft(frame, " \t\r\n"); len(t) == 0 || t[0] != '{' {
		return head, ErrBadFrame
	}
	if err := json.Unmarshal(frame, v); err != nil {
		return readHead(frame), ErrBadFrame.because(describe(err))
	}
	return head, nil
}

// requestHead is what an error names of the frame it answers.
type requestHead struct {
	Action string
	ID     string
	Seq    uint64
}

// readHead reads action and id alone, each only where it is a string.
func readHead(frame []byte) (h requestHead) {
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
	h.Action, h.ID = clip(h.Action, maxID), clip(h.ID, maxID)
	return h
}

func describe(err error) string {
	var kind *json.UnmarshalTypeError
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &kind):
		return fmt.Sprintf("The field %q cannot be a %s.", clip(kind.Field, maxID), clip(kind.Value, maxID))
	case errors.As(err, &syntax):
		return fmt.Sprintf("That frame is not JSON: it breaks off or goes wrong at byte %d.", syntax.Offset)
	}
	return ErrBadFrame.Message
}

// clip cuts s to at most n bytes at a rune's edge.
func clip(s string, n int) string {
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
	welcomeFrame struct {
		Type     string         `json:"type"`
		Protocol int            `json:"protocol"`
		UserID   string         `json:"user_id"`
		Token    string         `json:"token,omitempty"`
		Epoch    string         `json:"epoch"`
		Seq      uint64         `json:"seq"`
		Time     wireTime       `json:"time"`
		Limits   map[string]int `json:"limits"`
		// Name that the person has, where it is not the one that was asked for.
		Name string `json:"name,omitempty"`
	}
	topicsFrame struct {
		Type   string  `json:"type"`
		Topics []Topic `json:"topics"`
	}
	acceptedFrame struct {
		Type string   `json:"type"`
		ID   string   `json:"id"`
		Seq  uint64   `json:"seq"`
		Time wireTime `json:"time"`
	}
	countsFrame struct {
		Type        string `json:"type"`
		Subscribers int    `json:"subscribers"`
		Clients     int    `json:"clients"`
	}
	recoveredFrame struct {
		Type     string   `json:"type"`
		Topics   []string `json:"topics"`
		From     uint64   `json:"from"`
		To       uint64   `json:"to"`
		Complete bool     `json:"complete"`
		Gone     bool     `json:"gone"`
		Epoch    string   `json:"epoch"`
	}
	historyFrame struct {
		Type     string    `json:"type"`
		ID       string    `json:"id,omitempty"`
		Messages []Message `json:"messages"`
		More     bool      `json:"more"`
		// Acked are those among them that the client has acknowledged.
		Acked []uint64 `json:"acked"`
	}
	ackedFrame struct {
		Type string   `json:"type"`
		Seq  uint64   `json:"seq"`
		Time wireTime `json:"time"`
	}
	remindFrame struct {
		Type string `json:"type"`
		Seq  uint64 `json:"seq"`
	}
	waitingFrame struct {
		Type string `json:"type"`
	}
	withdrawnFrame struct {
		Type string `json:"type"`
		Seq  uint64 `json:"seq"`
		Of   uint64 `json:"of"`
	}
	errorFrame struct {
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
func wireLimits(topics int) map[string]int {
	return map[string]int{
		"message": maxMessage, "frame": maxFrame, "topic": maxTopic, "user_id": maxUserID, "id": maxID,
		"name": maxName, "topics": topics,
	}
}

// inMilliseconds rounds up: who comes back a moment too early is refused again.
func inMilliseconds(d time.Duration) int64 {
	return int64((d + time.Millisecond - 1) / time.Millisecond)
}

func newErrorFrame(e *Error, h requestHead) errorFrame {
	return errorFrame{
		Type: "error", Code: e.Code, Message: e.Message, Action: h.Action, ID: h.ID,
		RetryMS: inMilliseconds(e.Retry), Field: e.Field, Free: e.Free, Seq: h.Seq,
	}
}

func closeFrame(code int, reason string) []byte {
	return frame(websocket.CloseMessage, websocket.FormatCloseMessage(code, clip(reason, 120)))
}
