package wire

import "encoding/binary"

// Opcodes of WebSocket frames (RFC 6455 §11.8).
const (
	OpText   = 0x1
	OpBinary = 0x2
	OpClose  = 0x8
	OpPing   = 0x9
	OpPong   = 0xA
)

const (
	// final is the bit of a frame's first byte which says that no fragment follows.
	final = 0x80
	// maxHeader is the size of the longest header without a mask.
	maxHeader = 10
	// maxCloseReason keeps a close frame's payload, code and reason, within the 125 bytes of a control frame.
	maxCloseReason = 120
)

// Frame returns payload behind the header of an unmasked, unfragmented frame (RFC 6455 §5.2).
func Frame(opcode int, payload []byte) []byte {
	b := make([]byte, 0, len(payload)+maxHeader)
	b = append(b, final|byte(opcode))
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

// CloseFrame returns a close frame with one of the codes above, and of reason as much as fits.
func CloseFrame(code int, reason string) []byte {
	return Frame(OpClose, append(binary.BigEndian.AppendUint16(nil, uint16(code)), Clip(reason, maxCloseReason)...)) //nolint:gosec // close codes have 16 bits
}
