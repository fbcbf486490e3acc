package wire

import (
	"bytes"
	"encoding/json"
	"strconv"
	"sync"
	"time"
	"unicode/utf8"
)

// maxPooled keeps the memory of rare large frames out of the pools.
const maxPooled = 16 << 10

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// GetBuffer returns an empty buffer for one frame, to be given back to PutBuffer.
func GetBuffer() *bytes.Buffer {
	buf := buffers.Get().(*bytes.Buffer)
	buf.Reset()
	return buf
}

// PutBuffer takes back a buffer; nothing may use its bytes any more.
func PutBuffer(buf *bytes.Buffer) {
	if buf.Cap() <= maxPooled {
		buffers.Put(buf)
	}
}

// Encode returns v, one of the frame types, as a text frame with its header. A v that JSON cannot express becomes an
// internal error, since the other side waits for an answer.
func Encode(v any) []byte {
	buf := GetBuffer()
	defer PutBuffer(buf)
	enc := json.NewEncoder(buf)
	enc.SetEscapeHTML(false) // pages treat all of it as text
	if err := enc.Encode(v); err != nil {
		return Encode(NewErrorFrame(ErrInternal, RequestHead{}))
	}
	return Frame(opText, bytes.TrimRight(buf.Bytes(), "\n"))
}

// payloads are buffers for EncodeFunc.
var payloads = sync.Pool{New: func() any { return new([]byte) }}

// EncodeFunc returns the JSON that write appends to its argument as a text frame with its header.
func EncodeFunc(write func(b []byte) []byte) []byte {
	p := payloads.Get().(*[]byte)
	*p = write((*p)[:0])
	f := Frame(opText, *p)
	if cap(*p) <= maxPooled {
		payloads.Put(p)
	}
	return f
}

// EncodeCounts is Encode for the frame that is sent most often beside messages.
func EncodeCounts(c CountsFrame) []byte {
	return EncodeFunc(func(b []byte) []byte {
		b = strconv.AppendInt(append(b, `{"type":"counts","subscribers":`...), int64(c.Subscribers), 10)
		return append(strconv.AppendInt(append(b, `,"clients":`...), int64(c.Clients), 10), '}')
	})
}

// AppendField appends a comma, name and value, or nothing where value is empty.
func AppendField(b []byte, name, value string) []byte {
	if value == "" {
		return b
	}
	b = append(append(append(b, `,"`...), name...), `":`...)
	return AppendString(b, value)
}

// AppendTime appends t as a JSON string in TimeFormat.
func AppendTime(b []byte, t time.Time) []byte {
	return append(t.UTC().AppendFormat(append(b, '"'), TimeFormat), '"')
}

// AppendString appends s as a JSON string. The few that need escapes are left to encoding/json.
func AppendString(b []byte, s string) []byte {
	if !needsNoEscape(s) {
		return appendEscaped(b, s)
	}
	return append(append(append(b, '"'), s...), '"')
}

// needsNoEscape reports whether s needs no escaping in a JSON string.
func needsNoEscape(s string) bool {
	ascii := true
	for i := range len(s) {
		switch c := s[i]; {
		case c < ' ', c == '"', c == '\\', c == 0xE2: // 0xE2 begins U+2028 and U+2029, which are escaped
			return false
		case c >= utf8.RuneSelf:
			ascii = false
		}
	}
	return ascii || utf8.ValidString(s)
}

func appendEscaped(b []byte, s string) []byte {
	buf := GetBuffer()
	defer PutBuffer(buf)
	enc := json.NewEncoder(buf)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(s) // a string always encodes
	return append(b, bytes.TrimRight(buf.Bytes(), "\n")...)
}
