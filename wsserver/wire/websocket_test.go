package wire_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/gorilla/websocket"

	"belfry/wsserver/wire"
	"belfry/wsserver/wstest"
)

func TestFrame_HasTheShortestHeader(t *testing.T) {
	for n, header := range map[int]int{0: 2, 1: 2, 125: 2, 126: 4, 65535: 4, 65536: 10} {
		f := wire.Frame(websocket.TextMessage, make([]byte, n))
		if len(f) != header+n || len(wstest.Payload(t, f)) != n {
			t.Errorf("%d bytes: a frame of %d", n, len(f))
		}
	}
}

func TestCloseFrame_ReasonFitsAControlFrame(t *testing.T) {
	f := wire.CloseFrame(wire.CloseRemoved, strings.Repeat("é", 100))
	if len(f) > 2+125 || !utf8.Valid(f[4:]) {
		t.Errorf("a frame of %d bytes, valid %v", len(f), utf8.Valid(f[4:]))
	}
}
