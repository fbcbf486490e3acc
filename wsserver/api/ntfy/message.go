package ntfy

import (
	"crypto/rand"
	"fmt"
	"strconv"
	"strings"
	"time"

	"belfry/wsserver/wire"
)

// Events of a stream.
const (
	eventOpen      = "open"
	eventKeepalive = "keepalive"
	eventMessage   = "message"
	eventDelete    = "message_delete"
)

// Message is a message, or another event of a stream, with the fields of ntfy in its order.
type Message struct {
	ID string `json:"id"`
	// SequenceID is the message that is taken back; in message_delete alone.
	SequenceID string   `json:"sequence_id,omitempty"`
	Time       int64    `json:"time"` // Unix seconds
	Event      string   `json:"event"`
	Topic      string   `json:"topic"`
	Title      string   `json:"title,omitempty"`
	Message    string   `json:"message,omitempty"`
	Priority   int      `json:"priority,omitempty"`
	Tags       []string `json:"tags,omitempty"`
	Click      string   `json:"click,omitempty"`
}

// defaultPriority is what no priority means.
const defaultPriority = 3

// priority is from 1 to 5, also where none is said.
func (m *Message) priority() int {
	if m.Priority == 0 {
		return defaultPriority
	}
	return m.Priority
}

// idDigits is how long an id is.
const idDigits = 12

// FormatID returns a message's number as an id: 12 digits, as long as ntfy's ids are.
func FormatID(seq uint64) string { return fmt.Sprintf("%0*d", idDigits, seq) }

// ParseID reads an id as FormatID writes it.
func ParseID(id string) (seq uint64, ok bool) {
	seq, err := strconv.ParseUint(id, 10, 64)
	return seq, err == nil && len(id) >= idDigits && FormatID(seq) == id && seq <= wire.MaxNumber
}

// NewMessage returns a message of the log; topic is the one that a subscriber knows it by.
func NewMessage(w wire.Message, topic string) Message {
	m := Message{ID: FormatID(w.Seq), Event: eventMessage, Topic: topic, Title: w.Title, Message: w.Message, Tags: w.Tags, Click: w.Click}
	if at, err := time.Parse(wire.TimeFormat, w.Time); err == nil {
		m.Time = at.Unix()
	}
	if w.Priority != defaultPriority {
		m.Priority = w.Priority
	}
	return m
}

// newEvent is an event that is about the stream itself. Its id is that of no message: it has letters.
func newEvent(event string, topics []string, at time.Time) Message {
	return Message{ID: rand.Text()[:idDigits], Time: at.Unix(), Event: event, Topic: strings.Join(topics, ",")}
}

// Formats in which a stream is written.
const (
	formatJSON   = "json"
	formatSSE    = "sse"
	formatRaw    = "raw"
	formatSocket = "ws" // each event is a frame
)

// contentTypes are those of the formats over HTTP.
var contentTypes = map[string]string{
	formatJSON: "application/x-ndjson; charset=utf-8",
	formatSSE:  "text/event-stream; charset=utf-8",
	formatRaw:  "text/plain; charset=utf-8",
}

// oneLine replaces what ends a line anywhere: in a stream of lines each is an event.
var oneLine = strings.NewReplacer("\r\n", " ", "\n", " ", "\r", " ", "\u2028", " ", "\u2029", " ", "\u0085", " ", "\v", " ", "\f", " ")

// format returns an event as it is written in a format.
func format(kind string, m *Message) []byte {
	switch {
	case kind == formatRaw && m.Event == eventDelete:
		return nil
	case kind == formatRaw:
		return []byte(oneLine.Replace(m.Message) + "\n")
	case kind == formatSSE && m.Event == eventMessage:
		return append(append([]byte("data: "), wire.JSON(m)...), "\n\n"...) // JSON holds no line break
	case kind == formatSSE:
		return append(append([]byte("event: "+m.Event+"\ndata: "), wire.JSON(m)...), "\n\n"...)
	case kind == formatSocket:
		return wire.JSON(m)
	}
	return append(wire.JSON(m), '\n')
}
