package transport

import (
	"encoding/binary"
	"time"

	"github.com/gorilla/websocket"

	"belfry/wsserver/wire"
)

// This file answers pings, pongs and close frames. Those that come between messages are parsed here: gorilla would
// answer them too, but then wait for the next frame with the large stack that this took, and an idle client does nothing
// but answer pings.

// maxControlPayload is the longest payload of a control frame (RFC 6455, 5.5).
const maxControlPayload = 125

// parseControl takes a ping or pong off b and unmasks it, if b begins with a complete one. Everything else is left to gorilla.
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
	c.stackGrown = true
	return true
}

func (c *Conn) onPing(data string) error {
	c.noteFrame()
	c.Send(wire.Frame(websocket.PongMessage, []byte(data)))
	return nil
}

func (c *Conn) onPong(data string) error {
	c.noteFrame()
	sent := c.pingSent.Load()
	if sent != 0 && len(data) == 8 && int64(binary.BigEndian.Uint64([]byte(data))) == sent {
		c.rtt.Store(time.Now().UnixNano() - sent)
		c.pingSent.Store(0)
	}
	return nil
}

// onClose answers the peer's close frame with the same code.
func (c *Conn) onClose(code int, _ string) error {
	if code == websocket.CloseNoStatusReceived {
		code = websocket.CloseNormalClosure
	}
	c.End(nil, code, "")
	return nil
}

// pingFrame is a ping whose payload is the time of sending, by which onPong recognises the answer.
func pingFrame(now time.Time) []byte {
	var nonce [8]byte
	binary.BigEndian.PutUint64(nonce[:], uint64(now.UnixNano()))
	return wire.Frame(websocket.PingMessage, nonce[:])
}
