package wire

import "encoding/binary"

// Opcodes (RFC 6455 §11.8) of the frames that are written here.
const (
	opText  = 1
	opClose = 8
)

// Close codes. Belfry's own are 4000 and up; after CloseRemoved and CloseNotAllowed a page must not reconnect by itself.
const (
	CloseLeft       = 1000
	CloseGoingAway  = 1001 // reason "retry_ms=N"
	CloseBadText    = 1007
	CloseRemoved    = 4001
	CloseTooSlow    = 4002
	CloseNotAllowed = 4003
)

const (
	// final is the bit of a frame's first byte which says that no fragment follows.
	final = 0x80
	// maxHeader is the size of the longest header without a mask.
	maxHeader = 10
	// maxCloseReason keeps a close frame's payload, code and reason, within the 125 bytes of a control frame.
	maxCloseReason = 120
)

// Frame returns payload as an unmasked, unfragmented frame (RFC 6455 §5.2) with an opcode of its §11.8.
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

// CloseFrame returns a close frame with one of the Close codes; a reason that does not fit is cut.
func CloseFrame(code int, reason string) []byte {
	return Frame(opClose, append(binary.BigEndian.AppendUint16(nil, uint16(code)), Clip(reason, maxCloseReason)...)) //nolint:gosec // close codes have 16 bits
}
