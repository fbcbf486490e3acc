package storm

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
)

// This file is the client's side of RFC 6455, as far as Belfry uses it: no extensions, no fragments.

const (
	opText  = 1
	opClose = 8
	opPing  = 9
	opPong  = 10
)

// maxFrame is more than the server ever sends in one frame.
const maxFrame = 16 << 20

// mask is the same each time: the server unmasks it all the same.
var mask = [4]byte{0x37, 0xfa, 0x21, 0x3d}

var (
	errMasked   = errors.New("the server sent a masked frame")
	errFragment = errors.New("the server sent a fragment, or set a bit of an extension")
	errTooLarge = errors.New("the server sent a frame over 16 MiB")
)

// appendFrame appends a whole masked frame.
func appendFrame(b []byte, op byte, payload []byte) []byte {
	b = append(b, 0x80|op)
	switch n := len(payload); {
	case n < 126:
		b = append(b, 0x80|byte(n))
	case n < 1<<16:
		b = binary.BigEndian.AppendUint16(append(b, 0x80|126), uint16(n))
	default:
		b = binary.BigEndian.AppendUint64(append(b, 0x80|127), uint64(n))
	}
	b = append(b, mask[:]...)
	for i, c := range payload {
		b = append(b, c^mask[i&3])
	}
	return b
}

// cutFrame takes a frame off the front of b. size is 0 as long as it is not whole.
func cutFrame(b []byte) (op byte, payload []byte, size int, err error) {
	if len(b) < 2 {
		return 0, nil, 0, nil
	}
	switch {
	case b[0]&0xf0 != 0x80:
		return 0, nil, 0, errFragment
	case b[1]&0x80 != 0:
		return 0, nil, 0, errMasked
	}
	n, at := uint64(b[1]), 2
	switch {
	case n == 126 && len(b) >= 4:
		n, at = uint64(binary.BigEndian.Uint16(b[2:])), 4
	case n == 127 && len(b) >= 10:
		n, at = binary.BigEndian.Uint64(b[2:]), 10
	case n >= 126:
		return 0, nil, 0, nil
	}
	if n > maxFrame {
		return 0, nil, 0, errTooLarge
	}
	if size = at + int(n); len(b) < size {
		return 0, nil, 0, nil
	}
	return b[0] & 15, b[at:size], size, nil
}

// key is what a handshake shows, and accept what the server must answer to it: the example of RFC 6455.
const (
	key    = "dGhlIHNhbXBsZSBub25jZQ=="
	accept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
)

// handshake is the request of one.
func handshake(host, path, headers string) []byte {
	return []byte("GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + key + "\r\n" + headers + "\r\n")
}

// cutAnswer takes the answer to it off the front of b. size is 0 as long as it is not whole.
func cutAnswer(b []byte) (size int, err error) {
	end := bytes.Index(b, []byte("\r\n\r\n"))
	if end < 0 {
		return 0, nil
	}
	if answer := b[:end]; !bytes.HasPrefix(answer, []byte("HTTP/1.1 101 ")) || !bytes.Contains(answer, []byte(accept)) {
		return 0, fmt.Errorf("the handshake was refused: %.200q", answer)
	}
	return end + 4, nil
}
