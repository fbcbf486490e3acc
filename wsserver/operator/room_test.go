package operator

import (
	"strings"
	"testing"

	"belfry/wsserver/wire"
)

func TestQRCodes_AreDrawnInOrderAndWithinBounds(t *testing.T) {
	var s Room
	codes, err := s.QRCodes([]string{"http://192.168.1.24:8000/#code=a", "http://192.168.1.24:8000/#code=b"})
	if err != nil || len(codes) != 2 || codes[0].Size < 21 || codes[0] == codes[1] {
		t.Errorf("%v %v", codes, err)
	}
	for _, texts := range [][]string{make([]string, maxQRCodes+1), {strings.Repeat("x", maxQRBytes+1)}} {
		if _, err := s.QRCodes(texts); wire.AsError(err).Code != wire.ErrTooLarge.Code {
			t.Errorf("%d texts: %v", len(texts), err)
		}
	}
}
