package transport

import "github.com/gorilla/websocket"

// This file answers a peer's pings and pongs that come between messages. Gorilla would answer them too, and then wait
// for the next frame with the large stack that this took: an idle client does nothing but answer pings.

// maxControlPayload is the longest payload of a control frame (RFC 6455, 5.5).
const maxControlPayload = 125

// parseControl takes a ping or pong off b, unmasked, where b begins with a whole one. All else is gorilla's to judge.
func parseControl(b []byte) (kind int, data string, rest []byte, ok bool) {
	const head = 6 // two bytes and the mask
	const final, masked = 0x80, 0x80
	if len(b) < head || b[1]&masked == 0 {
		return 0, "", b, false
	}
	kind, size := int(b[0])&^final, int(b[1])&^masked
	if b[0]&final == 0 || kind != websocket.PingMessage && kind != websocket.PongMessage || size > maxControlPayload || len(b) < head+size {
		return 0, "", b, false
	}
	payload := b[head : head+size]
	for i := range payload {
		payload[i] ^= b[2+i%4]
	}
	return kind, string(payload), b[head+size:], true
}

// answerControl answers one ping or pong that was read ahead, and reports whether there was one.
func (c *Conn) answerControl() bool {
	kind, data, ok := c.socket.control()
	switch {
	case !ok:
		return false
	case kind == websocket.PingMessage:
		_ = c.onPing(data) // never fails
	default:
		_ = c.onPong(data)
	}
	c.StackGrown = true
	return true
}
