package receipts

import (
	"fmt"
	"testing"
)

func TestRanges_HoldWhatWasAdded(t *testing.T) {
	var s ranges
	for _, add := range []seqRange{{10, 9}, {1, 5}, {7, 8}, {20, 30}, {6, 6}, {10, 12}} {
		s = s.add(add.From, add.To)
	}
	if got := fmt.Sprint(s); got != "[{1 12} {20 30}]" && got != "[{1 8} {10 12} {20 30}]" {
		t.Errorf("ranges %s", got)
	}
	for seq, want := range map[uint64]bool{0: false, 1: true, 8: true, 9: false, 10: true, 12: true, 13: false, 20: true, 31: false} {
		if s.has(seq) != want {
			t.Errorf("has %d: %v, want %v", seq, !want, want)
		}
	}
}
