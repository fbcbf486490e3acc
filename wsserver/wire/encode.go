package wire

import (
	"bytes"
	"encoding/json"
	"strconv"
	"sync"
	"time"
	"unicode/utf8"
)

// This file makes frames. What is made for every message is written by hand, the rest by encoding/json; a test holds
// both to the same bytes.

var Buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// maxPooled keeps a rare large frame from staying in the pool.
const maxPooled = 16 << 10

func PutBuffer(buf *bytes.Buffer) {
	if buf.Cap() <= maxPooled {
		Buffers.Put(buf)
	}
}

// encode returns v as one ready text frame, header and all: encoded once, written to any number of sockets, never
// changed afterwards. v is one of the frame types above, which always encode.
func Encode(v any) []byte {
	buf := Buffers.Get().(*bytes.Buffer)
	defer PutBuffer(buf)
	buf.Reset()
	enc := json.NewEncoder(buf)
	enc.SetEscapeHTML(false) // pages treat all of it as text
	if err := enc.Encode(v); err != nil {
		return Encode(NewErrorFrame(ErrInternal, RequestHead{}))
	}
	return Frame(OpText, bytes.TrimRight(buf.Bytes(), "\n"))
}

// payloads are buffers for frames written by hand.
var payloads = sync.Pool{New: func() any { return new([]byte) }}

// byHand returns as a ready text frame what write appends.
func EncodeFunc(write func(b []byte) []byte) []byte {
	p := payloads.Get().(*[]byte)
	*p = write((*p)[:0])
	f := Frame(OpText, *p)
	if cap(*p) <= maxPooled {
		payloads.Put(p)
	}
	return f
}

func EncodeCounts(c CountsFrame) []byte {
	return EncodeFunc(func(b []byte) []byte {
		b = strconv.AppendInt(append(b, `{"type":"counts","subscribers":`...), int64(c.Subscribers), 10)
		return append(strconv.AppendInt(append(b, `,"clients":`...), int64(c.Clients), 10), '}')
	})
}

// appendField adds a field whose empty value is left out.
func AppendField(b []byte, name, value string) []byte {
	if value == "" {
		return b
	}
	b = append(append(append(b, `,"`...), name...), `":`...)
	return AppendString(b, value)
}

func AppendTime(b []byte, t time.Time) []byte {
	return append(t.UTC().AppendFormat(append(b, '"'), TimeFormat), '"')
}

// appendString adds s as a JSON string. What needs an escape, as little does, is left to encoding/json.
func AppendString(b []byte, s string) []byte {
	if !needsNoEscape(s) {
		return appendEscaped(b, s)
	}
	return append(append(append(b, '"'), s...), '"')
}

// needsNoEscape reports whether a JSON string holds s as it is.
func needsNoEscape(s string) bool {
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
	buf := Buffers.Get().(*bytes.Buffer)
	defer PutBuffer(buf)
	buf.Reset()
	enc := json.NewEncoder(buf)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(s) // a string always encodes
	return append(b, bytes.TrimRight(buf.Bytes(), "\n")...)
}
