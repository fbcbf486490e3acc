package wsserver

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"strconv"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/gorilla/websocket"
)

// This file makes frames. What is made for every message is written by hand, the rest by encoding/json; a test holds
// both to the same bytes.

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// maxPooled keeps a rare large frame from staying in the pool.
const maxPooled = 16 << 10

func putBuffer(buf *bytes.Buffer) {
	if buf.Cap() <= maxPooled {
		buffers.Put(buf)
	}
}

// encode returns v as one ready text frame, header and all: encoded once, written to any number of sockets, never
// changed afterwards. v is one of the frame types above, which always encode.
func encode(v any) []byte {
	buf := buffers.Get().(*bytes.Buffer)
	defer putBuffer(buf)
	buf.Reset()
	enc := json.NewEncoder(buf)
	enc.SetEscapeHTML(false) // pages treat all of it as text
	if err := enc.Encode(v); err != nil {
		return encode(newErrorFrame(errInternal, requestHead{}))
	}
	return frame(websocket.TextMessage, bytes.TrimRight(buf.Bytes(), "\n"))
}

// frame puts the header of an unmasked, unfragmented frame (RFC 6455 §5.2) before payload.
func frame(opcode int, payload []byte) []byte {
	b := make([]byte, 0, len(payload)+10)
	b = append(b, 0x80|byte(opcode))
	switch n := len(payload); {
	case n < 126:
		b = append(b, byte(n))
	case n < 1<<16:
		b = append(b, 126, byte(n>>8), byte(n))
	default:
		b = binary.BigEndian.AppendUint64(append(b, 127), uint64(n))
	}
	return append(b, payload...)
}

// payloads are buffers for frames written by hand.
var payloads = sync.Pool{New: func() any { return new([]byte) }}

// byHand returns as a ready text frame what write appends.
func byHand(write func(b []byte) []byte) []byte {
	p := payloads.Get().(*[]byte)
	*p = write((*p)[:0])
	f := frame(websocket.TextMessage, *p)
	if cap(*p) <= maxPooled {
		payloads.Put(p)
	}
	return f
}

// encodeEntry is the frame that an entry of the log travels in.
func encodeEntry(e *Entry) []byte {
	if e.Of > 0 {
		return encode(withdrawnFrame{"withdrawn", e.Seq, e.Of})
	}
	return byHand(func(b []byte) []byte { return appendMessage(b, e) })
}

// appendMessage is e.Message() as JSON.
func appendMessage(b []byte, e *Entry) []byte {
	b = strconv.AppendUint(append(b, `{"type":"message","seq":`...), e.Seq, 10)
	b = appendField(b, "id", e.ID)
	b = appendTime(append(b, `,"time":`...), e.Time)
	b = appendString(append(b, `,"audience":`...), e.Audience)
	b = appendField(b, "topic", e.Topic)
	b = appendField(b, "user_id", e.UserID)
	b = append(b, `,"from":{`...)
	if e.From.UserID != "" {
		b = append(appendString(append(b, `"user_id":`...), e.From.UserID), ',')
	}
	if e.From.Operator {
		b = append(b, `"operator":true,`...)
	}
	b = appendString(append(b, `"name":`...), e.From.Name)
	b = appendString(append(b, `},"message":`...), e.Text)
	b = appendField(b, "title", e.Title)
	if e.Priority != 0 {
		b = strconv.AppendInt(append(b, `,"priority":`...), int64(e.Priority), 10)
	}
	b = appendField(b, "ack", e.Ack)
	if e.ReplyTo != 0 {
		b = strconv.AppendUint(append(b, `,"reply_to":`...), e.ReplyTo, 10)
	}
	return append(b, '}')
}

func encodeAccepted(id string, a Appended) []byte {
	return byHand(func(b []byte) []byte {
		b = appendString(append(b, `{"type":"accepted","id":`...), id)
		b = strconv.AppendUint(append(b, `,"seq":`...), a.Seq, 10)
		return append(appendTime(append(b, `,"time":`...), a.Time), '}')
	})
}

func encodeCounts(c countsFrame) []byte {
	return byHand(func(b []byte) []byte {
		b = strconv.AppendInt(append(b, `{"type":"counts","subscribers":`...), int64(c.Subscribers), 10)
		return append(strconv.AppendInt(append(b, `,"clients":`...), int64(c.Clients), 10), '}')
	})
}

// appendField adds a field whose empty value is left out.
func appendField(b []byte, name, value string) []byte {
	if value == "" {
		return b
	}
	b = append(append(append(b, `,"`...), name...), `":`...)
	return appendString(b, value)
}

func appendTime(b []byte, t time.Time) []byte {
	return append(t.UTC().AppendFormat(append(b, '"'), timeFormat), '"')
}

// appendString adds s as a JSON string. What needs an escape, as little does, is left to encoding/json.
func appendString(b []byte, s string) []byte {
	if !unescaped(s) {
		return appendEscaped(b, s)
	}
	return append(append(append(b, '"'), s...), '"')
}

// unescaped reports whether a JSON string holds s as it is.
func unescaped(s string) bool {
	ascii := true
	for i := range len(s) {
		switch c := s[i]; {
		case c < ' ', c == '"', c == '\\', c == 0xE2: // the last begins U+2028 and U+2029, which are escaped
			return false
		case c >= utf8.RuneSelf:
			ascii = false
		}
	}
	return ascii || utf8.ValidString(s)
}

func appendEscaped(b []byte, s string) []byte {
	buf := buffers.Get().(*bytes.Buffer)
	defer putBuffer(buf)
	buf.Reset()
	enc := json.NewEncoder(buf)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(s) // a string always encodes
	return append(b, bytes.TrimRight(buf.Bytes(), "\n")...)
}
