package abuse

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/gorilla/websocket"

	"belfry/wsserver/wstest"
)

// frame is a client's frame with the mask zero; head is FIN, the reserved bits and the opcode.
func frame(head byte, payload []byte) []byte {
	b := []byte{head}
	switch n := len(payload); {
	case n < 126:
		b = append(b, 0x80|byte(n))
	case n < 1<<16:
		b = append(b, 0x80|126, byte(n>>8), byte(n))
	default:
		b = append(b, 0x80|127, 0, 0, 0, 0, byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
	}
	return append(append(b, 0, 0, 0, 0), payload...)
}

// badFrames violates the WebSocket protocol in every way. Each connection ends with the right close code.
func badFrames(a *arena) {
	text := []byte(`{"action":"subscribe"}`)
	endless := [][]byte{frame(0x01, bytes.Repeat([]byte("x"), 60<<10))}
	for range 12 {
		endless = append(endless, frame(0x00, bytes.Repeat([]byte("x"), 60<<10)))
	}
	unmasked := append([]byte{0x81, byte(len(text))}, text...)
	huge := []byte{0x81, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0}
	negative := []byte{0x81, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0}
	rows := []struct {
		what string
		send [][]byte
		code []int
	}{
		{"a frame that is too large", [][]byte{frame(0x81, bytes.Repeat([]byte("x"), 600<<10))}, []int{1009}},
		{"an immense length", [][]byte{huge}, []int{1009}},
		{"a negative length", [][]byte{negative}, []int{1006}},
		{"fragments without end", endless, []int{1009}},
		{"bad UTF-8", [][]byte{frame(0x81, []byte("\xff\xfe"))}, []int{1007}},
		{"UTF-8 cut between fragments", [][]byte{frame(0x01, []byte("\xe2")), frame(0x80, []byte("\x28"))}, []int{1007}},
		{"no mask", [][]byte{unmasked}, []int{1002}},
		{"a reserved bit", [][]byte{frame(0xc1, text)}, []int{1002}},
		{"a reserved opcode", [][]byte{frame(0x83, text)}, []int{1002}},
		{"a reserved control opcode", [][]byte{frame(0x8b, nil)}, []int{1002}},
		{"a long ping", [][]byte{frame(0x89, make([]byte, 126))}, []int{1002}},
		{"a ping in fragments", [][]byte{frame(0x09, nil)}, []int{1002}},
		{"a continuation of nothing", [][]byte{frame(0x80, text)}, []int{1002}},
		{"a message within another", [][]byte{frame(0x01, text), frame(0x81, text)}, []int{1002}},
		{"a close of one byte", [][]byte{frame(0x88, []byte{3})}, []int{1000, 1002}},
		{"a close with a code of none", [][]byte{frame(0x88, []byte{3, 237})}, []int{1002}},
		{"a close that is not UTF-8", [][]byte{frame(0x88, []byte{3, 232, 0xff})}, []int{1002, 1007}},
		{"an honest close", [][]byte{frame(0x88, []byte{3, 232})}, []int{1000}},
		{"a request where frames are", [][]byte{[]byte("GET /server HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")}, []int{1002}},
	}
	conns := make([]*wstest.Client, len(rows))
	for i, row := range rows {
		conns[i] = a.client(a.all, "127.7.0.1")
		go func() {
			for _, b := range row.send {
				if _, err := conns[i].Conn().NetConn().Write(b); err != nil {
					return // it was ended
				}
			}
		}()
	}
	a.later(func() {
		for i, row := range rows {
			code, _ := conns[i].ExpectClosed()
			a.wants(row.what, code, row.code...)
		}
	})
}

// monsters sends hostile values in every field of every action. None ends a connection.
func monsters(a *arena) {
	long := func(s string, size int) string { return strings.Repeat(s, size/len(s)) }
	values := []any{
		nil, true, -1, 1e300,
		[]any{},
		map[string]any{},
		"", "\x00\x01\x1f", "\u202e\u2066", "<script>alert(1)</script>",
		json.RawMessage(`1e999999`), json.RawMessage(`"\ud800"`), json.RawMessage(strings.Repeat("9", 5_000)),
		json.RawMessage(strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000)),
		json.RawMessage(strings.Repeat(`{"a":`, 5_000) + "1" + strings.Repeat("}", 5_000)),
		long("a\u0301\u0316\u20dd", 64<<10), long("\n", 64<<10), long("\u200f", 64<<10), long("x", 70<<10),
	}
	fields := []string{
		"action", "name", "user_id", "token", "code", "topics", "topic", "since", "epoch", "limit", "id", "message", "reply_to",
		"seq", "before",
	}
	actions := []string{"hello", "subscribe", "unsubscribe", "notify", "received", "read", "ack", "history", "no such action"}
	conns := make([]*wstest.Client, len(actions))
	for i, action := range actions {
		conns[i] = a.client(a.t, fmt.Sprintf("127.8.0.%d", i+1))
		var frames [][]byte
		for _, field := range fields {
			for j, v := range values {
				if j >= len(values)-a.scale(7, 0) && (len(field)+j)%4 != 0 {
					continue // a part of the long ones in each round: bytes are limited
				}
				frames = append(frames, monster(action, field, v))
			}
		}
		go func() {
			for _, b := range append(frames, malformed()...) {
				_ = conns[i].Conn().WriteMessage(websocket.TextMessage, b) // whether the connection lives is checked below
			}
		}()
	}
	for i, action := range actions {
		if !a.sent(conns[i], func(f wstest.Frame) bool { return f.ID == "the last" }) {
			a.t.Errorf("%s: it answers no more", action)
		}
	}
}

// monster is a frame with a hostile value in one field.
func monster(action, field string, value any) []byte {
	body := map[string]any{"action": action, "message": "m", "topic": "general", "seq": 1}
	body[field] = value
	b, err := json.Marshal(body)
	if err != nil { // a number that Go does not encode
		return fmt.Appendf(nil, `{"action":%q,%q:%s}`, action, field, value)
	}
	return b
}

// malformed are frames that are not exactly one object; the last one is valid.
func malformed() (list [][]byte) {
	for _, text := range []string{
		"", " ", "null", "[]", "0", `"x"`, "{", `{"action":"subscribe"`, `{"action":"subscribe"}x`, `{"action":"a","action":"subscribe"}`,
		`{"action":"notify","message":"a","message":["b"]}`, `{"Action":"subscribe","ACTION":"history"}`, "\ufeff{}", "{'action':'leave'}",
		strings.Repeat("\n", 500<<10) + `{"action":"subscribe"}`, `{"action":"notify","message":"` + strings.Repeat(`\n`, 250<<10) + `"}`,
		`{"action":"history","id":"the last"}`,
	} {
		list = append(list, []byte(text))
	}
	return list
}
