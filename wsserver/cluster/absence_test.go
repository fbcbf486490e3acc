package cluster

import (
	"testing"
	"time"
)

// One answer that there is no order, or that it ends before what a machine has, is none: whoever gave it may have just come back,
// or have led before it was cut off. A machine ended by itself for it, also where nobody had answered for a while before.
func TestAbsence_IsSureAfterAWhile(t *testing.T) {
	start := time.Now()
	a := absence{machines: 3}
	for _, one := range []struct {
		after        time.Duration
		absent, want bool
	}{
		{0, true, false},
		{lostAfter - 1, true, false},
		{lostAfter, false, false}, // nobody answers: it may be there
		{lostAfter + 1, true, false},
		{2*lostAfter + 1, true, true},
	} {
		if got := a.isSure(one.absent, start.Add(one.after)); got != one.want {
			t.Errorf("after %v, %v: %v", one.after, one.absent, got)
		}
	}
	if alone := (absence{machines: 1}); !alone.isSure(true, start) {
		t.Error("a machine alone waits for itself")
	}
}
