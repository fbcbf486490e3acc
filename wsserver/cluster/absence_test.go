package cluster

import (
	"context"
	"testing"
	"time"
)

// One answer that there is no order is none: whoever gave it may have just come back. A machine ended by itself for it.
func TestAbsence_IsSureAfterAWhile(t *testing.T) {
	start := time.Now()
	a := absence{machines: 3}
	for _, one := range []struct {
		after time.Duration
		err   error
		want  bool
	}{
		{0, errNoStream, false},
		{lostAfter - 1, errNoStream, false},
		{lostAfter, context.DeadlineExceeded, false}, // nobody answers: it may be there
		{lostAfter + 1, errNoStream, false},
		{2*lostAfter + 1, errNoStream, true},
	} {
		if got := a.isSure(one.err, start.Add(one.after)); got != one.want {
			t.Errorf("after %v, %v: %v", one.after, one.err, got)
		}
	}
	if alone := (absence{machines: 1}); !alone.isSure(errNoStream, start) {
		t.Error("a machine alone waits for itself")
	}
}
