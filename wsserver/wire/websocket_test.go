package wire

import (
	"encoding/binary"
	"strings"
	"testing"
	"unicode/utf8"
)

// payload checks the header of one frame and returns its payload.
func payload(t *testing.T, f []byte) []byte {
	t.Helper()
	n, at := int(f[1]), 2
	switch n {
	case 126:
		n, at = int(binary.BigEndian.Uint16(f[2:])), 4
	case 127:
		n, at = int(binary.BigEndian.Uint64(f[2:])), 10
	}
	if f[0] != 0x81 || len(f) != at+n {
		t.Fatalf("header % x of a frame of %d bytes", f[:at], len(f))
	}
	return f[at:]
}

func TestFrame_HasTheShortestHeader(t *testing.T) {
	for n, header := range map[int]int{0: 2, 1: 2, 125: 2, 126: 4, 65535: 4, 65536: 10} {
		f := Frame(opText, make([]byte, n))
		if len(f) != header+n || len(payload(t, f)) != n {
			t.Errorf("%d bytes: a frame of %d", n, len(f))
		}
	}
}

func TestCloseFrame_ReasonFitsAControlFrame(t *testing.T) {
	f := CloseFrame(CloseRemoved, strings.Repeat("é", 100))
	if len(f) > 2+125 || !utf8.Valid(f[4:]) {
		t.Errorf("a frame of %d bytes, valid %v", len(f), utf8.Valid(f[4:]))
	}
}
